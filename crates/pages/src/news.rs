use crate::texts::Texts;

/// Good news on the account page: what just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountNews {
    /// A passkey was registered.
    PasskeyAdded,
    /// A hardware key was registered.
    HardwareKeyAdded,
    /// An authenticator app was registered.
    TotpAdded,
    /// The password is another one.
    PasswordChanged,
    /// A new set of recovery codes is in force.
    RecoveryCodesMade,
    /// A credential has another name.
    Renamed,
    /// A credential is gone.
    Removed,
    /// Notices go to another address.
    EmailChanged,
    /// Notices go nowhere.
    EmailRemoved,
    /// Another session was ended.
    SessionEnded,
    /// An application's access was taken back.
    ApplicationRevoked,
    /// An application is not heard any more.
    ApplicationBlocked,
    /// An application may ask again.
    ApplicationUnblocked,
    /// A recovery was cancelled.
    RecoveryCancelled,
    /// A waiting credential was cancelled.
    RiseCancelled,
}

const ALL: [AccountNews; 15] = [
    AccountNews::PasskeyAdded,
    AccountNews::HardwareKeyAdded,
    AccountNews::TotpAdded,
    AccountNews::PasswordChanged,
    AccountNews::RecoveryCodesMade,
    AccountNews::Renamed,
    AccountNews::Removed,
    AccountNews::EmailChanged,
    AccountNews::EmailRemoved,
    AccountNews::SessionEnded,
    AccountNews::ApplicationRevoked,
    AccountNews::ApplicationBlocked,
    AccountNews::ApplicationUnblocked,
    AccountNews::RecoveryCancelled,
    AccountNews::RiseCancelled,
];

impl AccountNews {
    /// Its name in `/account?news=NAME`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PasskeyAdded => "passkey_added",
            Self::HardwareKeyAdded => "hardware_key_added",
            Self::TotpAdded => "totp_added",
            Self::PasswordChanged => "password_changed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::Renamed => "renamed",
            Self::Removed => "removed",
            Self::EmailChanged => "email_changed",
            Self::EmailRemoved => "email_removed",
            Self::SessionEnded => "session_ended",
            Self::ApplicationRevoked => "application_revoked",
            Self::ApplicationBlocked => "application_blocked",
            Self::ApplicationUnblocked => "application_unblocked",
            Self::RecoveryCancelled => "recovery_cancelled",
            Self::RiseCancelled => "rise_cancelled",
        }
    }

    /// The news of that name; an unknown name is no news, so that nothing in an address chooses the words.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|news| news.name() == name)
    }

    pub(crate) fn text(self, t: &Texts) -> &'static str {
        let t = &t.news;
        match self {
            Self::PasskeyAdded => t.passkey_added,
            Self::HardwareKeyAdded => t.hardware_key_added,
            Self::TotpAdded => t.totp_added,
            Self::PasswordChanged => t.password_changed,
            Self::RecoveryCodesMade => t.recovery_codes_made,
            Self::Renamed => t.renamed,
            Self::Removed => t.removed,
            Self::EmailChanged => t.email_changed,
            Self::EmailRemoved => t.email_removed,
            Self::SessionEnded => t.session_ended,
            Self::ApplicationRevoked => t.application_revoked,
            Self::ApplicationBlocked => t.application_blocked,
            Self::ApplicationUnblocked => t.application_unblocked,
            Self::RecoveryCancelled => t.recovery_cancelled,
            Self::RiseCancelled => t.rise_cancelled,
        }
    }
}
