//! What a visit to one's own account will do, and the registrations that follow.

/// One change: what it is called, what it means, and what happens on refusal.
#[derive(Debug)]
pub(crate) struct Change {
    /// Of the window.
    pub(crate) title: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) promise: &'static str,
}

/// All of them.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) view: Change,
    pub(crate) add_passkey: Change,
    pub(crate) add_hardware_key: Change,
    pub(crate) add_totp: Change,
    pub(crate) set_password: Change,
    pub(crate) new_recovery_codes: Change,
    pub(crate) rename: Change,
    pub(crate) remove: Change,
    pub(crate) set_email: Change,
    pub(crate) no_email: Change,
    pub(crate) other: Change,
    pub(crate) sign_in_to: &'static str,
    pub(crate) sign_in_to_view: &'static str,
    pub(crate) unnamed: &'static str,
}

pub(super) const ENGLISH: Changes = Changes {
    view: Change {
        title: "Open your account",
        heading: "Open your account",
        lead: "Confirm that it’s you to see what is registered and what has happened.",
        promise: "If you cancel, nothing changes.",
    },
    add_passkey: Change {
        title: "Add a passkey",
        heading: "Add a passkey",
        lead: "First confirm that it’s you with what you already have. The new passkey comes next.",
        promise: "If you cancel, nothing is added.",
    },
    add_hardware_key: Change {
        title: "Add a hardware key",
        heading: "Add a hardware key",
        lead: "First confirm that it’s you with what you already have. The new key comes next.",
        promise: "If you cancel, nothing is added.",
    },
    add_totp: Change {
        title: "Add an authenticator app",
        heading: "Add an authenticator app",
        lead: "First confirm that it’s you with what you already have. The app comes next.",
        promise: "If you cancel, nothing is added.",
    },
    set_password: Change {
        title: "Set a new password",
        heading: "Set a new password",
        lead: "First confirm that it’s you. The new password comes next.",
        promise: "If you cancel, your password stays as it is.",
    },
    new_recovery_codes: Change {
        title: "Make new recovery codes",
        heading: "Make new recovery codes",
        lead: "First confirm that it’s you. The codes come next.",
        promise: "If you cancel, the codes you have stay as they are.",
    },
    rename: Change {
        title: "Rename",
        heading: "Rename “{name}” to “{to}”",
        lead: "Confirm that it’s you, and it is done.",
        promise: "If you cancel, the name stays.",
    },
    remove: Change {
        title: "Remove",
        heading: "Remove “{name}”",
        lead: "Confirm that it’s you, and it is done. What is removed can no longer sign you in or confirm anything, and it cannot be brought back.",
        promise: "If you cancel, nothing is removed.",
    },
    set_email: Change {
        title: "Send notices to another address",
        heading: "Send notices to {to}",
        lead: "Confirm that it’s you, and it is done. The address that was used until now is told as well.",
        promise: "If you cancel, notices go where they went before.",
    },
    no_email: Change {
        title: "Stop notices by e-mail",
        heading: "Stop notices by e-mail",
        lead: "Confirm that it’s you, and it is done. Without an address, nobody can tell you when somebody else changes your account.",
        promise: "If you cancel, notices go where they went before.",
    },
    other: Change {
        title: "Change your account",
        heading: "Change your account",
        lead: "Confirm that it’s you, and it is done.",
        promise: "If you cancel, nothing changes.",
    },
    sign_in_to: "to confirm: ",
    sign_in_to_view: "to open your account",
    unnamed: "passkey",
};

super::texts! { Enrolment ENROLMENT {
    add_hardware: "Touch your hardware key",
    add_hardware_button: "Add hardware key",
    add_hardware_lead: "Plug in your hardware security key, or hold it to your phone, and touch it when it blinks. A passkey that is synced between devices, or kept in a phone or a password manager, will not do here.",
    add_hardware_hint: "Your browser will ask you to touch the key and may ask for its PIN.",

    either: "Add a passkey or an app",
    totp: "Add an authenticator app",
    totp_lead: "An authenticator app shows a new six-digit code every 30 seconds. It works without a network.",
    totp_scan: "Scan this picture with the app.",
    totp_picture: "QR code for your authenticator app. The same is written below as a key.",
    totp_cannot_scan: "Cannot scan? Type the key instead",
    totp_only_type: "Type this key into the app:",
    totp_issuer: "Account",
    totp_name: "Name",
    totp_key: "Key",
    totp_key_note: "Time-based, six digits, every 30 seconds, SHA-1: what apps call the default.",
    totp_code: "Code from the app",
    totp_code_hint: "The six digits that the app shows now for this account.",
    totp_button: "Add app",
    totp_missing: "The key for the app cannot be shown now. Cancel, and start again.",

    password: "Set a new password",
    password_lead: "At least {n} characters, of any kind: letters, digits, blanks, anything. A sentence of your own is easy to remember and hard to guess.",
    password_label: "New password",
    password_hint: "You can paste it from a password manager. A password that is known from other people’s leaks is not taken.",
    password_show: "Show password",
    password_hide: "Hide password",
    password_button: "Set password",

    codes: "Make new recovery codes",
    codes_lead: "Recovery codes are for the day you lose a passkey or an app. Each works once, and none of them signs you in by itself: together with your password it lets you replace what you lost.",
    codes_old: "If you have codes already, they stop working as soon as the new ones are made.",
    codes_once: "The codes are shown once. Have paper, a printer or a password manager ready.",
    codes_button: "Show the new codes",
} }
