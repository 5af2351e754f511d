//! What the pages are given: plain values, filled by whoever knows the stores.

use riser_core::{Acr, UnixTime, assurance::Factor, audit::Entry};
use riser_wire::InteractionState;

use crate::{AccountNews, Notice, qr::QrSvg};

/// One visit, whatever its kind and status.
#[derive(Clone, Copy, Debug)]
pub struct InteractionPage<'a> {
    /// The state, as programs read it.
    pub state: &'a InteractionState,
    /// What the forms carry to show that they are ours.
    pub csrf: &'a str,
    /// What went wrong with the last try.
    pub notice: Option<Notice>,
    /// What an authenticator app needs, while one is registered.
    pub totp: Option<TotpEnrolment<'a>>,
    /// The fewest characters of a new password.
    pub password_min: usize,
}

/// What an authenticator app needs to know. It holds the secret, so that the page that shows it is not kept.
#[derive(Clone, Copy, Debug)]
pub struct TotpEnrolment<'a> {
    /// The picture of the provisioning address; none if it does not fit into one.
    pub qr_svg: Option<QrSvg<'a>>,
    /// The secret in base 32, for typing. The page groups it by four.
    pub manual_key: &'a str,
    /// The name that the app lists the account under.
    pub issuer: &'a str,
}

/// An error with nowhere to redirect to: a bad client or redirect URI, a foreign or expired visit, a spent link.
#[derive(Clone, Copy, Debug)]
pub struct ErrorPage<'a> {
    /// What happened, in a few words.
    pub title: &'a str,
    /// What it means and what to do.
    pub detail: &'a str,
    /// The request's id, which the log has too.
    pub request_id: &'a str,
}

/// The page at `/`.
#[derive(Clone, Copy, Debug)]
pub struct HomePage<'a> {
    /// The issuer.
    pub issuer: &'a str,
}

/// A person's own page.
#[derive(Clone, Copy, Debug)]
pub struct AccountPage<'a> {
    /// What the forms carry to show that they are ours.
    pub csrf: &'a str,
    /// Who is signed in.
    pub username: &'a str,
    /// What just happened.
    pub news: Option<AccountNews>,
    /// A recovery that is under way.
    pub recovery: Option<OpenRecovery<'a>>,
    /// Everything that is registered and not revoked, in the order in which it is shown. Recovery codes have
    /// their own place and are left out.
    pub credentials: &'a [CredentialRow<'a>],
    /// What its owner may add by themselves.
    pub adds: Addable,
    /// How many recovery codes are left; `None` when none were made.
    pub recovery_codes: Option<usize>,
    /// Where notices go.
    pub email: Option<&'a str>,
    /// Where the person is signed in.
    pub sessions: &'a [SessionRow<'a>],
    /// The applications that have something of theirs.
    pub applications: &'a [ApplicationRow<'a>],
    /// What happened of late, the newest first.
    pub activity: &'a [ActivityRow<'a>],
    /// What the browser's passkey managers are told, so that they offer what still works and nothing else.
    pub signals: Option<Signals<'a>>,
}

/// An account whose owner must prove more before it opens: it tells nothing but what just happened.
#[derive(Clone, Copy, Debug)]
pub struct ClosedAccountPage<'a> {
    /// What the forms carry to show that they are ours.
    pub csrf: &'a str,
    /// Who is signed in.
    pub username: &'a str,
    /// What just happened.
    pub news: Option<AccountNews>,
}

/// The question whether somebody wants to be signed out.
#[derive(Clone, Copy, Debug)]
pub struct SignOutPage<'a> {
    /// What the form carries to show that it is ours.
    pub csrf: &'a str,
    /// The application that asks, if one is named.
    pub client: Option<&'a str>,
    /// What else the form carries: names and values of the request.
    pub fields: &'a [(&'a str, &'a str)],
}

/// One credential of a person.
#[derive(Clone, Debug)]
pub struct CredentialRow<'a> {
    /// Its name in Riser, which the forms carry.
    pub id: &'a str,
    /// Its factor.
    pub factor: Factor,
    /// What its owner calls it; empty if they do not.
    pub label: &'a str,
    /// The authenticator's model, as its maker's metadata names it.
    pub model: Option<&'a str>,
    /// When it was registered.
    pub created: UnixTime,
    /// When it last proved something.
    pub last_used: Option<UnixTime>,
    /// Where the key of a passkey is; `None` for what has no key.
    pub kept: Option<Kept>,
    /// The strongest levels that it may lift to today: its ceiling, and for one without a ceiling what it
    /// reaches. Empty: it lifts nobody.
    pub counts_for: Vec<Acr>,
    /// What it rises to, unless that is cancelled.
    pub waiting: Option<Waiting>,
    /// Whether it may be removed at all: the last way to sign in may not.
    pub removable: bool,
}

/// Where the key of a passkey is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In a hardware key whose attestation was accepted.
    HardwareKey,
    /// On one device, which does not give it away.
    ThisDevice,
    /// Synced between a person's devices.
    Synced,
}

/// A credential that counts for more from a moment on.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The level.
    pub to: Acr,
    /// The moment.
    pub until: UnixTime,
}

/// One session of a person.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow<'a> {
    /// Its name, which the form's address carries.
    pub id: &'a str,
    /// Whether it is the one that looks at the page.
    pub this: bool,
    /// The browser in a few words, such as "Firefox on Linux"; empty if it did not say.
    pub browser: &'a str,
    /// When it began.
    pub signed_in: UnixTime,
    /// When it was last used.
    pub last_used: UnixTime,
}

/// An application that the person has to do with.
#[derive(Clone, Copy, Debug)]
pub struct ApplicationRow<'a> {
    /// Its identifier, which the form carries.
    pub client_id: &'a str,
    /// Its name as shown to people.
    pub name: &'a str,
    /// What it may do.
    pub access: Access,
}

/// What an application has of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It was granted something that stands.
    Granted {
        /// When it was first granted anything.
        since: UnixTime,
        /// When it last received a token.
        last_used: Option<UnixTime>,
    },
    /// Nothing, but it asked of late.
    Asked {
        /// When it last did.
        at: UnixTime,
    },
    /// Nothing, and it is not heard.
    Blocked {
        /// From when on.
        since: UnixTime,
    },
}

/// What a person may add by themselves. What is false takes an enrolment link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addable {
    /// A passkey.
    pub passkey: bool,
    /// A hardware key: where the operator accepts some (there is metadata to know them by).
    pub hardware_key: bool,
    /// An authenticator app.
    pub totp: bool,
    /// A first password.
    pub password: bool,
    /// A set of recovery codes.
    pub recovery_codes: bool,
}

/// Something that happened, and why the person was asked.
#[derive(Clone, Copy, Debug)]
pub struct ActivityRow<'a> {
    /// The event as the audit has it. One without words for people is left out.
    pub entry: &'a Entry,
    /// The name of the application that its cause, or the event, names.
    pub application: Option<&'a str>,
    /// The name of the credential that it names, or of the one that was used.
    pub credential: Option<&'a str>,
    /// Label and text of what was approved, where they were kept.
    pub approved: &'a [(String, String)],
}

/// A recovery that is under way.
#[derive(Clone, Copy, Debug)]
pub struct OpenRecovery<'a> {
    /// The name of what is replaced.
    pub lost: &'a str,
    /// Its factor.
    pub factor: Factor,
    /// When it was begun.
    pub requested_at: UnixTime,
    /// When the replacement can be registered.
    pub opens_at: UnixTime,
}

/// What passkey managers are told (WebAuthn Level 3 §5.1.10). All three are as WebAuthn has them, in base64url.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    /// The relying party's id.
    pub rp_id: &'a str,
    /// The user handle.
    pub user_id: &'a str,
    /// The credential ids that still work, every one.
    pub credential_ids: &'a [String],
}

/// A new set of recovery codes, shown once.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryCodesPage<'a> {
    /// Whose.
    pub username: &'a str,
    /// The codes as people type them.
    pub codes: &'a [String],
}

/// A recovery that has begun: the one page that has the link to go on with.
#[derive(Clone, Copy, Debug)]
pub struct RecoveryBegunPage<'a> {
    /// The name of what is replaced.
    pub lost: &'a str,
    /// Its factor.
    pub factor: Factor,
    /// The enrolment link, absolute.
    pub link: &'a str,
    /// When it opens.
    pub opens_at: UnixTime,
}

/// What a link from a mail cancels.
#[derive(Clone, Copy, Debug)]
pub enum Cancellable<'a> {
    /// A credential that waits: it is removed.
    Rise {
        /// Its name.
        label: &'a str,
        /// When it would count for more.
        until: UnixTime,
    },
    /// A recovery: nothing is replaced.
    Recovery {
        /// The name of what would be replaced.
        lost: &'a str,
        /// When the replacement could be registered.
        opens_at: UnixTime,
    },
}

/// The page behind a link from a mail. It changes nothing by itself: mail programs open links.
#[derive(Clone, Copy, Debug)]
pub struct CancelPage<'a> {
    /// What the link carries: `POST /cancel/{token}`.
    pub token: &'a str,
    /// Whose account.
    pub username: &'a str,
    /// What would be cancelled.
    pub what: Cancellable<'a>,
}

/// It is cancelled.
#[derive(Clone, Copy, Debug)]
pub struct CancelledPage<'a> {
    /// What was.
    pub what: Cancellable<'a>,
}

/// An enrolment link that opens later.
#[derive(Clone, Copy, Debug)]
pub struct NotYetPage {
    /// When.
    pub opens_at: UnixTime,
}
