use async_trait::async_trait;
use riser_core::audit::Entry;
use riser_core::protocol::Grant;
use riser_core::{CredentialId, GrantId, InteractionId, SessionId, UnixTime, UserId};

use crate::single_use::RefreshToken;
use crate::{
    Ceremony, CodeIssue, Completion, Enrolment, Hashed, Interaction, NewUser, Person, Presence, Redeemed,
    SessionLife, Spendable, Spent, Standing, StoreError, StoredCredential, WebauthnId,
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
    async fn disable_user(&self, id: &UserId, now: UnixTime, audit: Entry) -> Result<(), StoreError>;
    /// A person's credentials, revoked ones included.
    async fn credentials(&self, user: &UserId) -> Result<Vec<StoredCredential>, StoreError>;
    /// The credential that an authenticator knows by that name, revoked or not.
    async fn passkey(&self, id: &WebauthnId) -> Result<Option<StoredCredential>, StoreError>;
    /// Revokes a credential.
    async fn revoke_credential(
        &self,
        id: &CredentialId,
        now: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError>;

    // Guessing.

    /// Takes one of a name's tries before it is used; `Err` holds when the next one may be made.
    async fn reserve_attempt(
        &self,
        name: Hashed,
        limit: u32,
        now: UnixTime,
    ) -> Result<Result<(), UnixTime>, StoreError>;
    /// Gives all of a name's tries back: it was the right one.
    async fn clear_attempts(&self, name: Hashed) -> Result<(), StoreError>;

    // Enrolment links.

    /// Keeps a link.
    async fn grant_enrolment(
        &self,
        link: Hashed,
        enrolment: Enrolment,
        expires_at: UnixTime,
        audit: Entry,
    ) -> Result<(), StoreError>;
    /// What a link grants.
    async fn enrolment(&self, link: Hashed) -> Result<Option<Spent<Enrolment>>, StoreError>;

    // Sessions.

    /// Who stands behind a cookie at `now`: `None` when the session ended, by either limit or by its
    /// account's generation.
    async fn presence(
        &self,
        cookie: Hashed,
        life: SessionLife,
        now: UnixTime,
    ) -> Result<Option<Presence>, StoreError>;
    /// Notes that a session was used. Not flushed: losing it means an earlier idle end.
    async fn touch_session(&self, session: &SessionId, now: UnixTime) -> Result<(), StoreError>;
    /// Ends a session.
    async fn end_session(&self, session: &SessionId, now: UnixTime) -> Result<(), StoreError>;

    // Visits.

    /// Opens a visit. Not flushed: losing it means "start again".
    async fn open_interaction(&self, interaction: Interaction) -> Result<(), StoreError>;
    /// The visit.
    async fn interaction(&self, id: &InteractionId) -> Result<Option<Interaction>, StoreError>;
    /// Saves a visit's progress if its version is still the one that was read, spending what it spends.
    async fn advance(
        &self,
        interaction: &Interaction,
        spends: &[(Spendable, Hashed)],
        now: UnixTime,
        audit: Vec<Entry>,
    ) -> Result<(), StoreError>;
    /// Keeps a ceremony. Not flushed: losing it means "start again".
    async fn open_ceremony(
        &self,
        challenge: Hashed,
        ceremony: Ceremony,
        expires_at: UnixTime,
    ) -> Result<(), StoreError>;
    /// The ceremony.
    async fn ceremony(&self, challenge: Hashed) -> Result<Option<Spent<Ceremony>>, StoreError>;
    /// Ends a visit: everything, or nothing with [`StoreError::Conflict`].
    async fn complete(&self, completion: Completion) -> Result<(), StoreError>;

    // Grants.

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
    /// Spends the elevation of a grant. `false`: it was spent before.
    async fn spend_elevation(&self, txn: Hashed, now: UnixTime, audit: Entry) -> Result<bool, StoreError>;

    // Operation.

    /// The signing keys, each as the bytes it was kept as, newest first.
    async fn signing_keys(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError>;
    /// Keeps a signing key.
    async fn add_signing_key(&self, algorithm: &str, key: &[u8], now: UnixTime) -> Result<(), StoreError>;
    /// Removes what has ended, at most `limit` rows a kind; returns how many went.
    async fn sweep(&self, now: UnixTime, limit: u32) -> Result<u64, StoreError>;
    /// Whether the store can write now.
    async fn ready(&self) -> Result<(), StoreError>;
    /// Audit entries after the given one, oldest first, with their positions.
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<(i64, Entry)>, StoreError>;
}
