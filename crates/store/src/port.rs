use async_trait::async_trait;
use riser_core::abuse::Budget;
use riser_core::audit::Entry;
use riser_core::protocol::Grant;
use riser_core::session::Session;
use riser_core::signals::Sightings;
use riser_core::{ClientId, CredentialId, GrantId, InteractionId, SessionId, UnixTime, UserId};

use crate::{
    BlockedApplication, Cancellation, Ceremony, CodeIssue, Completion, ConnectedApplication, CredentialUse,
    Enrolment, Hashed, Interaction, LetterId, Load, NewCredential, NewUser, OutgoingLetter, Person, Presence,
    PushedRequest, RecordedDecision, Recovery, RecoveryCode, RecoveryId, Redeemed, RefreshToken, Reserved,
    Seen, SessionLife, SessionSummary, Sighting, Spendable, Spent, Standing, StoreError, StoredCredential,
    Told, WebauthnId,
};

/// What a store does. Each method that changes something is one transaction; unless it says otherwise it is
/// durable when it returns.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // People and their credentials.

    /// Makes an account.
    async fn create_user(&self, user: NewUser, now: UnixTime, audit: Entry) -> Result<(), StoreError>;
    /// The account of that name.
    async fn user_by_name(&self, name: &str) -> Result<Option<Person>, StoreError>;
    /// The account.
    async fn user(&self, id: &UserId) -> Result<Option<Person>, StoreError>;
    /// Every account, by name.
    async fn users(&self) -> Result<Vec<Person>, StoreError>;
    /// Shuts an account and raises its generation: its sessions, codes and grants end.
    async fn disable_user(&self, id: &UserId, now: UnixTime, told: Told) -> Result<(), StoreError>;
    /// Opens an account again. What ended when it was shut does not come back. One that is open is a
    /// conflict.
    async fn enable_user(&self, id: &UserId, now: UnixTime, told: Told) -> Result<(), StoreError>;
    /// Changes where notices go. For thirty days they still go to the old address too.
    async fn set_email(
        &self,
        id: &UserId,
        email: Option<String>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// Sets a password as an administrator does: if there is one, it gets the hash of `password` and stays
    /// the credential that it is; if there is none, `password` is registered. Raises the generation.
    async fn set_password(
        &self,
        user: &UserId,
        password: NewCredential,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// A person's credentials, revoked ones included.
    async fn credentials(&self, user: &UserId) -> Result<Vec<StoredCredential>, StoreError>;
    /// The credential that an authenticator knows by that name, revoked or not.
    async fn passkey(&self, id: &WebauthnId) -> Result<Option<StoredCredential>, StoreError>;
    /// Revokes a credential.
    async fn revoke_credential(&self, id: &CredentialId, now: UnixTime, told: Told)
    -> Result<(), StoreError>;

    // Guessing.

    /// Takes one try of each name before any is used: of all of them, or of none. Of tries that race, no
    /// more pass than the budget has.
    async fn reserve_attempts(
        &self,
        tries: &[(Hashed, Budget)],
        now: UnixTime,
    ) -> Result<Reserved, StoreError>;
    /// Takes one try of a prompt that is to be put to a person, as [`Store::reserve_attempts`] does. Not flushed:
    /// losing it means one prompt more. [`Completion::answers`] gives them back.
    async fn count_prompt(
        &self,
        prompt: Hashed,
        budget: Budget,
        now: UnixTime,
    ) -> Result<Reserved, StoreError>;
    /// Gives all tries of these names back, and one each of `one_back`: it was the right one.
    async fn clear_attempts(&self, names: &[Hashed], one_back: &[Hashed]) -> Result<(), StoreError>;

    // Enrolment links.

    /// Keeps a link.
    async fn grant_enrolment(
        &self,
        link: Hashed,
        enrolment: Enrolment,
        expires_at: UnixTime,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// What a link grants.
    async fn enrolment(&self, link: Hashed) -> Result<Option<Spent<Enrolment>>, StoreError>;

    // Recovery and cancellation.

    /// Whose code that is; nobody's once its set is revoked.
    async fn recovery_code(&self, code: Hashed) -> Result<Option<Spent<RecoveryCode>>, StoreError>;
    /// How many codes of a set are left; none once it is revoked.
    async fn recovery_codes_left(&self, set: &CredentialId) -> Result<u32, StoreError>;
    /// The recovery that is under way at `now`: there is one at a time.
    async fn open_recovery(&self, user: &UserId, now: UnixTime) -> Result<Option<Recovery>, StoreError>;
    /// Ends a recovery and its link, and raises the generation: of what stands on the account only the
    /// session `keep`, which the owner does this in, goes on.
    async fn cancel_recovery(
        &self,
        user: &UserId,
        recovery: &RecoveryId,
        keep: Option<SessionId>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// What the token of a letter would end.
    async fn cancellation(&self, token: Hashed) -> Result<Option<Spent<Cancellation>>, StoreError>;
    /// Spends the token of a letter, ends what it ends, and raises the generation: the sessions of whoever
    /// began it end too. A conflict when it has ended already, by itself or by being done.
    async fn cancel(&self, token: Hashed, now: UnixTime, told: Told) -> Result<Cancellation, StoreError>;

    // Letters.

    /// Letters that are to be sent at `now`, for the caller alone: for a minute nobody else gets them. A
    /// letter whose taker is not heard of comes again. Not flushed: losing it means that it comes again.
    async fn due_letters(&self, now: UnixTime, limit: u32) -> Result<Vec<OutgoingLetter>, StoreError>;
    /// The letter was sent: what it said, and to which address, is wiped.
    async fn letter_sent(&self, id: LetterId, now: UnixTime) -> Result<(), StoreError>;
    /// The letter was not sent: it comes again at `retry_at`, though not within its minute, or is given up and
    /// wiped when there is none.
    async fn letter_failed(
        &self,
        id: LetterId,
        retry_at: Option<UnixTime>,
        reason: &str,
        now: UnixTime,
    ) -> Result<(), StoreError>;

    // One's own account.

    /// A person's sessions that stand at `now`, the newest first.
    async fn sessions_of(
        &self,
        user: &UserId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Vec<SessionSummary>, StoreError>;
    /// What happened to an account, the newest first, before a position. See
    /// [`Event::activity_of`](riser_core::audit::Event::activity_of).
    async fn activity_of(
        &self,
        user: &UserId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Entry)>, StoreError>;
    /// The applications that hold grants of a person which stand at `now`, by name.
    async fn applications_of(
        &self,
        user: &UserId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Vec<ConnectedApplication>, StoreError>;
    /// Revokes every grant of a person to a client, also those whose codes are not redeemed yet. A conflict when
    /// there is none.
    async fn revoke_application(
        &self,
        user: &UserId,
        client: &ClientId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// Revokes as [`Store::revoke_application`] does, what there is, and issues no more codes for this person to
    /// this client. A conflict when it is blocked.
    async fn block_application(
        &self,
        user: &UserId,
        client: &ClientId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// Lets a client ask again. What was revoked does not come back. A conflict when it is not blocked.
    async fn unblock_application(
        &self,
        user: &UserId,
        client: &ClientId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// The applications that a person has blocked.
    async fn blocked_applications(&self, user: &UserId) -> Result<Vec<BlockedApplication>, StoreError>;
    /// Whether a person has blocked a client.
    async fn is_blocked(&self, user: &UserId, client: &ClientId) -> Result<bool, StoreError>;
    /// Ends everything that stands on an account, but for the session `keep`, which must stand.
    async fn raise_generation(
        &self,
        user: &UserId,
        keep: Option<SessionId>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;

    // Sessions.

    /// Who stands behind a cookie at `now`: `None` when the session ended, by either limit or by its
    /// account's generation.
    async fn presence(
        &self,
        cookie: Hashed,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError>;
    /// Who stands behind a session that `client` names, if that client holds a grant in force on it. `None` as for a
    /// cookie, but not for idleness: what a client was granted outlives an idle browser.
    async fn presence_for(
        &self,
        session: &SessionId,
        client: &ClientId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError>;
    /// Notes that a session was used. Not flushed: losing it means an earlier idle end.
    async fn touch_session(&self, session: &SessionId, now: UnixTime) -> Result<(), StoreError>;
    /// Ends a session of `owner`. Another person's, or one that was ended before, is a conflict.
    async fn end_session(
        &self,
        session: &SessionId,
        owner: &UserId,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;

    // Visits.

    /// Opens a visit. It need not outlive a kill, only a restart: losing it means "start again".
    async fn open_interaction(&self, interaction: Interaction) -> Result<(), StoreError>;
    /// The visit. One that ended may be forgotten: it says where the browser goes next, and that is of use
    /// for as long as its code lives.
    async fn interaction(&self, id: &InteractionId) -> Result<Option<Interaction>, StoreError>;
    /// Saves a visit's progress if its version is still the one that was read, spending what it spends and
    /// noting the use of a credential: what a proof uses up is used up when it is verified, not when the
    /// visit ends.
    async fn advance(
        &self,
        interaction: &Interaction,
        spends: &[(Spendable, Hashed)],
        credential_use: Option<CredentialUse>,
        now: UnixTime,
        told: Told,
    ) -> Result<(), StoreError>;
    /// Keeps a ceremony. It need not outlive a kill, only a restart: losing it means "start again".
    async fn open_ceremony(
        &self,
        challenge: Hashed,
        ceremony: Ceremony,
        expires_at: UnixTime,
    ) -> Result<(), StoreError>;
    /// The ceremony.
    async fn ceremony(&self, challenge: Hashed) -> Result<Option<Spent<Ceremony>>, StoreError>;
    /// Ends a visit: everything, or nothing with [`StoreError::Conflict`]. What comes of the visit is durable;
    /// that it ended is as lasting as the visit was.
    async fn complete(&self, completion: Completion) -> Result<(), StoreError>;

    // Grants.

    /// Keeps a request that a client pushed. It need not outlive a kill: losing it means "start again".
    async fn push_request(
        &self,
        name: Hashed,
        request: PushedRequest,
        expires_at: UnixTime,
    ) -> Result<(), StoreError>;
    /// The request that a client pushed.
    async fn pushed_request(&self, name: Hashed) -> Result<Option<Spent<PushedRequest>>, StoreError>;
    /// Issues a code without a prompt.
    async fn issue(&self, code: CodeIssue, audit: Entry) -> Result<(), StoreError>;
    /// What a code is good for.
    async fn code(&self, code: Hashed) -> Result<Option<Spent<Grant>>, StoreError>;
    /// Spends a code: the grant is in force, its elevation can be spent once.
    async fn redeem_code(
        &self,
        code: Hashed,
        grant: &Grant,
        redeemed: Redeemed,
        now: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError>;
    /// A refresh token and the grant that it stands on.
    async fn refresh_token(&self, token: Hashed) -> Result<Option<Spent<(RefreshToken, Grant)>>, StoreError>;
    /// Spends a refresh token for the next.
    async fn rotate_refresh(
        &self,
        token: Hashed,
        grant: &GrantId,
        redeemed: Redeemed,
        now: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError>;
    /// Whether a grant still stands.
    async fn standing(
        &self,
        grant: &GrantId,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Standing, StoreError>;
    /// Whether what a grant would stand on still stands, before it is in force.
    async fn foundation(
        &self,
        grant: &Grant,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Standing, StoreError>;
    /// Revokes a grant, also one whose code is not redeemed yet.
    async fn revoke_grant(&self, grant: &GrantId, now: UnixTime, audit: Entry) -> Result<(), StoreError>;
    /// Revokes one access token by its name; what its grant bought beside it stands. Twice is once.
    async fn revoke_access_token(
        &self,
        token: Hashed,
        expires_at: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError>;
    /// Whether an access token was revoked by its name.
    async fn is_revoked(&self, token: Hashed) -> Result<bool, StoreError>;
    /// Notes a name until it would be refused by its age. `false`: it came before. Of any number of callers one is
    /// the first. Not flushed: a power cut within its short life forgets it, a kill does not.
    async fn see(&self, kind: Seen, name: Hashed, until: UnixTime) -> Result<bool, StoreError>;
    /// Spends the elevation of a grant. `false`: it was spent before.
    async fn spend_elevation(&self, txn: Hashed, now: UnixTime, audit: Entry) -> Result<bool, StoreError>;

    // Rehearsal.

    /// Keeps questions that were asked, for a replay: all of them, or none.
    async fn record_decisions(&self, decisions: Vec<RecordedDecision>) -> Result<(), StoreError>;
    /// Questions after the given position, in the order in which they were kept.
    async fn decisions(&self, after: i64, limit: u32) -> Result<Vec<(i64, RecordedDecision)>, StoreError>;
    /// Removes questions that were asked until `until`, and the oldest of the rest above `most`; at most `limit` for
    /// each reason. Returns how many went.
    async fn trim_decisions(&self, until: UnixTime, most: u32, limit: u32) -> Result<u64, StoreError>;
    /// Notes where a person proved something. Not flushed: where it is lost, the place is new.
    async fn sight(&self, sighting: Sighting) -> Result<(), StoreError>;
    /// Where the person of a session was seen, as that session sees it. Refusals are those that were recorded.
    async fn sightings(
        &self,
        user: &UserId,
        session: &SessionId,
        now: UnixTime,
    ) -> Result<Sightings, StoreError>;

    // Operation.

    /// The signing keys, each as the bytes it was kept as, newest first.
    async fn signing_keys(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError>;
    /// Keeps a signing key.
    async fn add_signing_key(&self, algorithm: &str, key: &[u8], now: UnixTime) -> Result<(), StoreError>;
    /// Keeps a signing key in another form. One that is kept so no more stays as it is.
    async fn replace_signing_key(&self, from: &[u8], to: &[u8]) -> Result<(), StoreError>;
    /// Removes what has ended, at most `limit` rows a kind; returns how many went.
    async fn sweep(&self, now: UnixTime, limit: u32) -> Result<u64, StoreError>;
    /// Keeps the highest number that was ever given under a name, and returns it. The number of a signed list,
    /// for one: an older list is never taken again.
    async fn mark(&self, name: &str, value: i64) -> Result<i64, StoreError>;
    /// Records what has no other effect.
    async fn record(&self, told: Told, now: UnixTime) -> Result<(), StoreError>;
    /// Visits that ended by themselves in this span, from just after `after`: nobody answered. Each with the session that
    /// it was opened in, as far as that is still there. A visit is told of for an hour after its end, and no longer; one
    /// of nobody, who was not signed in and proved nothing, need not be told of.
    async fn unanswered_visits(
        &self,
        after: UnixTime,
        until: UnixTime,
    ) -> Result<Vec<(Interaction, Option<Session>)>, StoreError>;
    /// How busy the store is; `None` where it cannot tell.
    fn load(&self) -> Option<Load> {
        None
    }
    /// Whether the store can write now.
    async fn ready(&self) -> Result<(), StoreError>;
    /// Audit entries after the given one, oldest first, with their positions.
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<(i64, Entry)>, StoreError>;
}
