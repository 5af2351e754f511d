//! All that an account's page shows, read once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_core::account::reach;
use riser_core::assurance::{Ceiling, Factor};
use riser_core::audit::{Cause, Entry, Event};
use riser_core::session::LiveCredential;
use riser_core::{Acr, ClientId, CredentialId, UnixTime};
use riser_pages::render::{Addable, Kept};
use riser_store::{
    BlockedApplication, ConnectedApplication, Presence, Recovery, Secret, SessionSummary, StoredCredential,
};

use crate::app::App;
use crate::error::ApiError;
use crate::visit::live;

/// How much of the past a page shows.
const ACTIVITY: u32 = 30;

/// What belongs to an account at one moment.
pub(super) struct Facts {
    pub(super) owner: Presence,
    pub(super) now: UnixTime,
    pub(super) live: Vec<LiveCredential>,
    /// Every credential, revoked ones too: the past names them.
    pub(super) all: Vec<StoredCredential>,
    pub(super) recovery: Option<Recovery>,
    pub(super) recovery_codes: Option<u32>,
    pub(super) sessions: Vec<SessionSummary>,
    pub(super) applications: Vec<ConnectedApplication>,
    pub(super) blocked: Vec<BlockedApplication>,
    pub(super) activity: Vec<(i64, Entry)>,
}

impl Facts {
    pub(super) async fn of(app: &App, owner: Presence) -> Result<Self, ApiError> {
        let now = app.now();
        let (user, life) = (&owner.person.id, app.provider.session_life);
        let codes = owner.credentials.iter().find(|stored| stored.secret == Secret::RecoveryCodes);
        let recovery_codes = match codes {
            Some(set) => Some(app.store.recovery_codes_left(&set.id).await?),
            None => None,
        };
        Ok(Self {
            now,
            live: live(app, &owner.credentials, now),
            all: app.store.credentials(user).await?,
            recovery: app.store.open_recovery(user, now).await?,
            recovery_codes,
            sessions: app.store.sessions_of(user, life, now).await?,
            applications: app.store.applications_of(user, life, now).await?,
            blocked: app.store.blocked_applications(user).await?,
            activity: app.store.activity_of(user, None, ACTIVITY).await?,
            owner,
        })
    }

    /// What is registered and shown as such, in the order of registration.
    pub(super) fn shown(&self) -> impl Iterator<Item = &StoredCredential> {
        self.owner.credentials.iter().filter(|stored| stored.secret != Secret::RecoveryCodes)
    }

    /// The strongest levels that a credential may lift to today.
    pub(super) fn counts_for(&self, app: &App, stored: &StoredCredential) -> Vec<Acr> {
        let ladder = &app.provider.ground.ladder;
        match stored.ceiling_at(self.now) {
            Ceiling::UpTo(levels) => levels.into_iter().filter(|level| ladder.knows(level)).collect(),
            Ceiling::Unlimited => {
                let own: Vec<LiveCredential> =
                    self.live.iter().filter(|live| live.id == stored.id).cloned().collect();
                reach(ladder, &own)
            }
        }
    }

    /// Where the key of a passkey is.
    pub(super) fn kept(&self, app: &App, stored: &StoredCredential) -> Option<Kept> {
        let Secret::Passkey(passkey) = &stored.secret else { return None };
        Some(if app.trust.now().is_hardware_bound(passkey, self.now) {
            Kept::HardwareKey
        } else if passkey.backup_eligible {
            Kept::Synced
        } else {
            Kept::ThisDevice
        })
    }

    /// The applications that asked of late and have nothing, each with when it last did, the newest first.
    pub(super) fn asking(&self) -> Vec<(&ClientId, UnixTime)> {
        let mut asking: Vec<(&ClientId, UnixTime)> = Vec::new();
        for (_, entry) in &self.activity {
            let Some(client) = asked_by(&entry.event) else { continue };
            let known = self.applications.iter().any(|connected| connected.client == *client)
                || self.blocked.iter().any(|blocked| blocked.client == *client)
                || asking.iter().any(|(seen, _)| *seen == client);
            if !known {
                asking.push((client, entry.at));
            }
        }
        asking
    }

    /// What the owner may register by themselves.
    pub(super) fn adds(&self, app: &App) -> Addable {
        let policy = &app.provider.enrolment;
        let passkey = policy.lets(Factor::Passkey);
        Addable {
            passkey,
            hardware_key: passkey && !app.trust.is_empty(),
            totp: policy.lets(Factor::Totp),
            password: policy.lets(Factor::Password),
            recovery_codes: policy.lets(Factor::RecoveryCode),
        }
    }

    /// The name of a credential, also of one that is gone.
    pub(super) fn label(&self, credential: &CredentialId) -> Option<&str> {
        self.all.iter().find(|stored| stored.id == *credential).map(|stored| stored.label.as_str())
    }

    pub(super) fn factor(&self, credential: &CredentialId) -> Option<Factor> {
        self.all.iter().find(|stored| stored.id == *credential).map(|stored| stored.secret.factor())
    }

    /// The passkeys that still work, as their authenticators know them.
    pub(super) fn webauthn_ids(&self) -> Vec<String> {
        let id = |stored: &StoredCredential| match &stored.secret {
            Secret::Passkey(passkey) => Some(URL_SAFE_NO_PAD.encode(&passkey.webauthn_id.0)),
            Secret::Password(_) | Secret::Totp(_) | Secret::RecoveryCodes => None,
        };
        self.owner.credentials.iter().filter_map(id).collect()
    }
}

/// The application that asked for what an event tells.
fn asked_by(event: &Event) -> Option<&ClientId> {
    match event {
        Event::Authenticated { cause: Some(Cause::Request { client, .. }), .. }
        | Event::InteractionFailed { cause: Some(Cause::Request { client, .. }), .. }
        | Event::PromptsExhausted { client, .. } => Some(client),
        _ => None,
    }
}

/// What was displayed of the transaction that an event is about, label and text.
pub(super) fn displayed(event: &Event) -> &[(String, String)] {
    match event {
        Event::Authenticated { cause: Some(Cause::Request { displayed, .. }), .. }
        | Event::InteractionFailed { cause: Some(Cause::Request { displayed, .. }), .. } => displayed,
        _ => &[],
    }
}

/// The name of the application that an event is about.
pub(super) fn application<'a>(app: &'a App, event: &Event) -> Option<&'a str> {
    let client = match event {
        Event::ApplicationRevoked { client, .. }
        | Event::ApplicationBlocked { client, .. }
        | Event::ApplicationUnblocked { client, .. } => client,
        other => asked_by(other)?,
    };
    app.provider.client(client.as_str()).map(|registered| registered.client.name.as_str())
}

/// The credential that an event is about.
pub(super) fn credential(event: &Event) -> Option<&CredentialId> {
    match event {
        Event::CredentialRegistered { credential, .. }
        | Event::CredentialRenamed { credential, .. }
        | Event::CredentialRevoked { credential, .. }
        | Event::CredentialReplaced { credential, .. }
        | Event::RiseCancelled { credential, .. }
        | Event::RecoveryRequested { credential, .. } => Some(credential),
        Event::Authenticated { credentials, .. } => credentials.last(),
        _ => None,
    }
}
