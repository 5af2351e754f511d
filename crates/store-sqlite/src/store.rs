use async_trait::async_trait;
use riser_core::abuse::Budget;
use riser_core::audit::Entry;
use riser_core::protocol::Grant;
use riser_core::session::Session;
use riser_core::signals::Sightings;
use riser_core::{ClientId, CredentialId, GrantId, InteractionId, SessionId, UnixTime, UserId};
use riser_store::{
    BlockedApplication, Cancellation, Ceremony, CodeIssue, Completion, ConnectedApplication, CredentialUse,
    Enrolment, Hashed, Interaction, LetterId, Load, NewCredential, NewUser, OutgoingLetter, Person, Presence,
    PushedRequest, RecordedDecision, Recovery, RecoveryCode, RecoveryId, Redeemed, RefreshToken, Reserved,
    Seen, SessionLife, SessionSummary, Sighting, Spendable, Spent, Standing, Store, StoreError,
    StoredCredential, Told, WebauthnId,
};
use rusqlite::Connection;

use crate::audit::Record;
use crate::error::to_json;
use crate::grants::{Issue, Next, Redemption};
use crate::handle::SqliteStore;
use crate::interactions::{EndOfVisit, Ending, Opening, Step, Taken};
use crate::outbox::Telling;
use crate::remembered::{Changed, News};
use crate::writer::Durability::{Flushed, Unflushed};
use crate::{
    account, addresses, attempts, audit, blocks, consume, credentials, edit, grants, interactions, keys,
    outbox, people, recoveries, rehearsal, seen, sessions, sweep,
};

/// What is kept is written as JSON on the caller's thread; the writer only binds and steps.
#[async_trait]
impl Store for SqliteStore {
    async fn create_user(&self, user: NewUser, now: UnixTime, audit: Entry) -> Result<(), StoreError> {
        let audit = Record::of(&audit)?;
        self.apart().run(Flushed, move |db| people::create(db, &user, now, &audit)).await
    }

    async fn user_by_name(&self, name: &str) -> Result<Option<Person>, StoreError> {
        self.readers().read(|db| people::by_name(db, name))
    }

    async fn user(&self, id: &UserId) -> Result<Option<Person>, StoreError> {
        self.readers().read(|db| people::by_id(db, id))
    }

    async fn users(&self) -> Result<Vec<Person>, StoreError> {
        self.readers().read(people::list)
    }

    async fn disable_user(&self, id: &UserId, now: UnixTime, told: Told) -> Result<(), StoreError> {
        let (id, telling) = (id.clone(), Telling::of(told)?);
        self.change(move |db| people::disable(db, &id, now, &telling)).await
    }

    async fn enable_user(&self, id: &UserId, now: UnixTime, told: Told) -> Result<(), StoreError> {
        let (id, telling) = (id.clone(), Telling::of(told)?);
        self.change(move |db| people::enable(db, &id, now, &telling)).await
    }

    async fn set_email(
        &self,
        id: &UserId,
        email: Option<String>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (id, telling) = (id.clone(), Telling::of(told)?);
        let work = move |db: &Connection| {
            addresses::move_to(db, &id, email.as_deref(), now)?;
            telling.tell(db, now)
        };
        self.change(work).await
    }

    async fn set_password(
        &self,
        user: &UserId,
        password: NewCredential,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (user, telling) = (user.clone(), Telling::of(told)?);
        let work = move |db: &Connection| {
            edit::set_password(db, &user, &password, now)?;
            telling.tell(db, now)
        };
        self.change(work).await
    }

    async fn credentials(&self, user: &UserId) -> Result<Vec<StoredCredential>, StoreError> {
        self.readers().read(|db| credentials::of_user(db, user))
    }

    async fn passkey(&self, id: &WebauthnId) -> Result<Option<StoredCredential>, StoreError> {
        self.readers().read(|db| credentials::by_webauthn_id(db, id))
    }

    async fn revoke_credential(
        &self,
        id: &CredentialId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (id, telling) = (id.clone(), Telling::of(told)?);
        self.change(move |db| credentials::revoke(db, &id, now, &telling)).await
    }

    async fn reserve_attempts(
        &self,
        tries: &[(Hashed, Budget)],
        now: UnixTime,
    ) -> Result<Reserved, StoreError> {
        let tries = tries.to_vec();
        self.apart().run(Flushed, move |db| attempts::reserve(db, &tries, now)).await
    }

    async fn count_prompt(
        &self,
        prompt: Hashed,
        budget: Budget,
        now: UnixTime,
    ) -> Result<Reserved, StoreError> {
        let tries = [(prompt, budget)];
        self.apart().run(Unflushed, move |db| attempts::reserve(db, &tries, now)).await
    }

    async fn clear_attempts(&self, names: &[Hashed], one_back: &[Hashed]) -> Result<(), StoreError> {
        let (names, one_back) = (names.to_vec(), one_back.to_vec());
        self.apart().run(Flushed, move |db| attempts::clear(db, &names, &one_back)).await
    }

    async fn grant_enrolment(
        &self,
        link: Hashed,
        enrolment: Enrolment,
        expires_at: UnixTime,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (payload, telling) = (to_json(consume::TABLE, &enrolment)?, Telling::of(told)?);
        let grant = move |db: &Connection| {
            people::require_open(db, &enrolment.user, Some(enrolment.generation))?;
            consume::keep(db, Spendable::Enrolment, link, &payload, expires_at)?;
            telling.tell(db, now)
        };
        self.apart().run(Flushed, grant).await
    }

    async fn enrolment(&self, link: Hashed) -> Result<Option<Spent<Enrolment>>, StoreError> {
        self.readers().read(|db| consume::find(db, Spendable::Enrolment, link))
    }

    async fn recovery_code(&self, code: Hashed) -> Result<Option<Spent<RecoveryCode>>, StoreError> {
        self.readers().snapshot(|db| recoveries::code(db, code))
    }

    async fn recovery_codes_left(&self, set: &CredentialId) -> Result<u32, StoreError> {
        self.readers().read(|db| recoveries::codes_left(db, set))
    }

    async fn open_recovery(&self, user: &UserId, now: UnixTime) -> Result<Option<Recovery>, StoreError> {
        self.readers().read(|db| recoveries::under_way(db, user, now))
    }

    async fn cancel_recovery(
        &self,
        user: &UserId,
        recovery: &RecoveryId,
        keep: Option<SessionId>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (user, id, telling) = (user.clone(), recovery.clone(), Telling::of(told)?);
        let work =
            move |db: &Connection| recoveries::cancel_own(db, &user, &id, keep.as_ref(), now, &telling);
        self.change(work).await
    }

    async fn cancellation(&self, token: Hashed) -> Result<Option<Spent<Cancellation>>, StoreError> {
        self.readers().read(|db| consume::find(db, Spendable::Cancel, token))
    }

    async fn cancel(&self, token: Hashed, now: UnixTime, told: Told) -> Result<Cancellation, StoreError> {
        let telling = Telling::of(told)?;
        self.change(move |db| recoveries::cancel(db, token, now, &telling)).await
    }

    async fn due_letters(&self, now: UnixTime, limit: u32) -> Result<Vec<OutgoingLetter>, StoreError> {
        if !self.readers().read(|db| outbox::is_due(db, now))? {
            return Ok(Vec::new());
        }
        self.apart().run(Unflushed, move |db| outbox::take(db, now, limit)).await
    }

    async fn letter_sent(&self, id: LetterId, now: UnixTime) -> Result<(), StoreError> {
        self.apart().run(Flushed, move |db| outbox::sent(db, id, now)).await
    }

    async fn letter_failed(
        &self,
        id: LetterId,
        retry_at: Option<UnixTime>,
        reason: &str,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        let reason = reason.to_owned();
        self.apart().run(Flushed, move |db| outbox::failed(db, id, retry_at, &reason, now)).await
    }

    async fn sessions_of(
        &self,
        user: &UserId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Vec<SessionSummary>, StoreError> {
        self.readers().read(|db| account::sessions(db, user, life, now))
    }

    async fn activity_of(
        &self,
        user: &UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Entry)>, StoreError> {
        self.readers().read(|db| audit::activity(db, user, before, limit))
    }

    async fn applications_of(
        &self,
        user: &UserId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Vec<ConnectedApplication>, StoreError> {
        self.readers().read(|db| account::applications(db, user, life, now))
    }

    async fn revoke_application(
        &self,
        user: &UserId,
        client: &ClientId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (user, client, telling) = (user.clone(), client.clone(), Telling::of(told)?);
        let work = move |db: &Connection| account::revoke_application(db, &user, &client, now, &telling);
        self.change(work).await
    }

    async fn block_application(
        &self,
        user: &UserId,
        client: &ClientId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (user, client, telling) = (user.clone(), client.clone(), Telling::of(told)?);
        self.change(move |db| blocks::block(db, &user, &client, now, &telling)).await
    }

    async fn unblock_application(
        &self,
        user: &UserId,
        client: &ClientId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (user, client, telling) = (user.clone(), client.clone(), Telling::of(told)?);
        self.change(move |db| blocks::unblock(db, &user, &client, now, &telling)).await
    }

    async fn blocked_applications(&self, user: &UserId) -> Result<Vec<BlockedApplication>, StoreError> {
        self.readers().read(|db| blocks::of(db, user))
    }

    async fn is_blocked(&self, user: &UserId, client: &ClientId) -> Result<bool, StoreError> {
        self.readers().read(|db| blocks::is_blocked(db, user, client))
    }

    async fn raise_generation(
        &self,
        user: &UserId,
        keep: Option<SessionId>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (user, telling) = (user.clone(), Telling::of(told)?);
        let work = move |db: &Connection| {
            people::raise(db, &user, keep.as_ref(), now)?;
            telling.tell(db, now)
        };
        self.change(work).await
    }

    async fn presence(
        &self,
        cookie: Hashed,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError> {
        self.remembered().presence(self.readers(), cookie, life, now)
    }

    async fn presence_for(
        &self,
        session: &SessionId,
        client: &ClientId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError> {
        self.readers().snapshot(|db| sessions::presence_for(db, session, client, life, now))
    }

    async fn touch_session(&self, session: &SessionId, now: UnixTime) -> Result<(), StoreError> {
        let session = session.clone();
        let changed = vec![Changed::Session(session.clone())];
        self.change_only(changed, Unflushed, move |db| sessions::touch(db, &session, now)).await
    }

    async fn end_session(
        &self,
        session: &SessionId,
        owner: &UserId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let (session, owner, telling) = (session.clone(), owner.clone(), Telling::of(told)?);
        self.change(move |db| sessions::end_own(db, &session, &owner, now, &telling)).await
    }

    async fn open_interaction(&self, interaction: Interaction) -> Result<(), StoreError> {
        let Some(without_room) = self.unwritten().open(interaction)? else { return Ok(()) };
        let opening = Opening::of(&without_room)?;
        self.apart().run(Unflushed, move |db| opening.keep(db)).await
    }

    async fn interaction(&self, id: &InteractionId) -> Result<Option<Interaction>, StoreError> {
        match self.unwritten().visit(id) {
            Some(visit) => Ok(Some(visit)),
            None => self.readers().read(|db| interactions::find(db, id)),
        }
    }

    async fn advance(
        &self,
        interaction: &Interaction,
        spends: &[(Spendable, Hashed)],
        credential_use: Option<CredentialUse>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError> {
        let taken = Taken { spends: spends.to_vec(), credential_use, told, now };
        let (step, hold) = Step::hold(self.unwritten(), interaction, taken, EndOfVisit::Written)?;
        let (hold, forgets) = (hold.asked(), self.forgets(step.changes()));
        let settle = move |result: Result<(), _>| {
            hold.settle(result.is_ok());
            drop(forgets);
            result
        };
        self.apart().run_and_settle(Flushed, move |db| step.take(db, None), settle).await
    }

    async fn open_ceremony(
        &self,
        challenge: Hashed,
        ceremony: Ceremony,
        expires_at: UnixTime,
    ) -> Result<(), StoreError> {
        let Some(without_room) = self.unwritten().begin(challenge, ceremony, expires_at)? else {
            return Ok(());
        };
        let payload = to_json(consume::TABLE, &without_room)?;
        let keep = move |db: &_| consume::keep(db, Spendable::Ceremony, challenge, &payload, expires_at);
        self.apart().run(Unflushed, keep).await
    }

    async fn ceremony(&self, challenge: Hashed) -> Result<Option<Spent<Ceremony>>, StoreError> {
        match self.unwritten().ceremony(challenge) {
            Some(ceremony) => Ok(Some(ceremony)),
            None => self.readers().read(|db| consume::find(db, Spendable::Ceremony, challenge)),
        }
    }

    async fn complete(&self, completion: Completion) -> Result<(), StoreError> {
        let (ending, hold) = Ending::hold(self.unwritten(), completion)?;
        let (hold, forgets) = (hold.asked(), self.forgets(ending.changes()));
        let settle = move |result: Result<News, _>| {
            hold.settle(result.is_ok());
            result.map(|news| forgets.and_learns(news))
        };
        self.apart().run_and_settle(Flushed, move |db| ending.commit(db), settle).await
    }

    async fn push_request(
        &self,
        name: Hashed,
        request: PushedRequest,
        expires_at: UnixTime,
    ) -> Result<(), StoreError> {
        let payload = to_json(consume::TABLE, &request)?;
        let keep = move |db: &_| consume::keep(db, Spendable::PushedRequest, name, &payload, expires_at);
        self.apart().run(Unflushed, keep).await
    }

    async fn pushed_request(&self, name: Hashed) -> Result<Option<Spent<PushedRequest>>, StoreError> {
        self.readers().read(|db| consume::find(db, Spendable::PushedRequest, name))
    }

    async fn issue(&self, code: CodeIssue, audit: Entry) -> Result<(), StoreError> {
        let (issue, audit) = (Issue::of(code)?, Record::of(&audit)?);
        let work = move |db: &Connection| {
            grants::issue(db, &issue, &audit)?;
            Ok(News { code: Some(issue.fresh()), ..News::default() })
        };
        let forgets = self.forgets(Vec::new());
        let settle = move |result: Result<News, _>| result.map(|news| forgets.and_learns(news));
        self.apart().run_and_settle(Flushed, work, settle).await
    }

    async fn code(&self, code: Hashed) -> Result<Option<Spent<Grant>>, StoreError> {
        self.remembered().code(self.readers(), code)
    }

    async fn redeem_code(
        &self,
        code: Hashed,
        grant: &Grant,
        redeemed: Redeemed,
        now: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError> {
        let (redemption, audit) = (Redemption::of(grant, &redeemed)?, Record::of(&audit)?);
        let changed = vec![Changed::Code(code, grant.id().clone())];
        let work = move |db: &Connection| grants::redeem(db, code, &redemption, now, &audit);
        self.change_only(changed, Flushed, work).await
    }

    async fn refresh_token(&self, token: Hashed) -> Result<Option<Spent<(RefreshToken, Grant)>>, StoreError> {
        self.readers().snapshot(|db| grants::refresh_token(db, token))
    }

    async fn rotate_refresh(
        &self,
        token: Hashed,
        grant: &GrantId,
        redeemed: Redeemed,
        now: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError> {
        let (grant, next, audit) = (grant.clone(), Next::of(grant, &redeemed)?, Record::of(&audit)?);
        self.apart().run(Flushed, move |db| grants::rotate(db, token, &grant, &next, now, &audit)).await
    }

    async fn standing(
        &self,
        grant: &GrantId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Standing, StoreError> {
        self.readers().snapshot(|db| grants::standing(db, grant, life, now))
    }

    async fn foundation(
        &self,
        grant: &Grant,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Standing, StoreError> {
        self.remembered().foundation(self.readers(), grant, life, now)
    }

    async fn revoke_grant(&self, grant: &GrantId, now: UnixTime, audit: Entry) -> Result<(), StoreError> {
        let (grant, audit) = (grant.clone(), Record::of(&audit)?);
        self.change(move |db| grants::revoke(db, &grant, now, &audit)).await
    }

    async fn revoke_access_token(
        &self,
        token: Hashed,
        expires_at: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError> {
        let audit = Record::of(&audit)?;
        self.apart().run(Flushed, move |db| seen::revoke(db, token, expires_at, &audit)).await
    }

    async fn is_revoked(&self, token: Hashed) -> Result<bool, StoreError> {
        self.readers().read(|db| seen::is_revoked(db, token))
    }

    async fn see(&self, kind: Seen, name: Hashed, until: UnixTime) -> Result<bool, StoreError> {
        self.apart().run(Unflushed, move |db| seen::see(db, kind, name, until)).await
    }

    async fn spend_elevation(&self, txn: Hashed, now: UnixTime, audit: Entry) -> Result<bool, StoreError> {
        let audit = Record::of(&audit)?;
        self.apart().run(Flushed, move |db| grants::spend_elevation(db, txn, now, &audit)).await
    }

    async fn signing_keys(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        self.readers().read(keys::list)
    }

    async fn add_signing_key(&self, algorithm: &str, key: &[u8], now: UnixTime) -> Result<(), StoreError> {
        let (algorithm, key) = (algorithm.to_owned(), key.to_vec());
        self.apart().run(Flushed, move |db| keys::add(db, &algorithm, &key, now)).await
    }

    async fn replace_signing_key(&self, from: &[u8], to: &[u8]) -> Result<(), StoreError> {
        let (from, to) = (from.to_vec(), to.to_vec());
        self.apart().run(Flushed, move |db| keys::replace(db, &from, &to)).await
    }

    async fn sweep(&self, now: UnixTime, limit: u32) -> Result<u64, StoreError> {
        let forgotten = self.unwritten().sweep(now.minus(sweep::INTERACTION), now);
        let work = move |db: &Connection| sweep::sweep(db, now, limit);
        let removed = self.change_only(vec![Changed::Everything], Unflushed, work).await?;
        Ok(removed + forgotten as u64)
    }

    async fn record(&self, told: Told, now: UnixTime) -> Result<(), StoreError> {
        let telling = Telling::of(told)?;
        self.apart().run(Flushed, move |db| telling.tell(db, now)).await
    }

    async fn mark(&self, name: &str, value: i64) -> Result<i64, StoreError> {
        let name = name.to_owned();
        self.apart().run(Flushed, move |db| keys::mark(db, &name, value)).await
    }

    async fn record_decisions(&self, decisions: Vec<RecordedDecision>) -> Result<(), StoreError> {
        let questions = decisions.into_iter().map(rehearsal::Question::of).collect::<Result<Vec<_>, _>>()?;
        let keep = move |db: &Connection| questions.iter().try_for_each(|question| question.keep(db));
        self.apart().run(Flushed, keep).await
    }

    async fn decisions(&self, after: i64, limit: u32) -> Result<Vec<(i64, RecordedDecision)>, StoreError> {
        self.readers().read(|db| rehearsal::after(db, after, limit))
    }

    async fn trim_decisions(&self, until: UnixTime, most: u32, limit: u32) -> Result<u64, StoreError> {
        self.apart().run(Unflushed, move |db| rehearsal::trim(db, until, most, limit)).await
    }

    async fn sight(&self, sighting: Sighting) -> Result<(), StoreError> {
        self.apart().run(Unflushed, move |db| rehearsal::sight(db, &sighting)).await
    }

    async fn sightings(
        &self,
        user: &UserId,
        sid: &SessionId,
        now: UnixTime,
    ) -> Result<Sightings, StoreError> {
        self.readers().snapshot(|db| rehearsal::sightings(db, user, sid, now))
    }

    async fn unanswered_visits(
        &self,
        after: UnixTime,
        until: UnixTime,
    ) -> Result<Vec<(Interaction, Option<Session>)>, StoreError> {
        let in_memory = self.unwritten().unanswered(after, until);
        self.readers().snapshot(|db| interactions::unanswered(db, in_memory, after, until))
    }

    fn load(&self) -> Option<Load> {
        Some(self.apart().load())
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.apart().run(Flushed, keys::beat).await
    }

    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<(i64, Entry)>, StoreError> {
        self.readers().read(|db| audit::after(db, after, limit))
    }
}
