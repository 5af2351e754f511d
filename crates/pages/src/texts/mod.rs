//! Every word of ours that a person reads. A translation is another [`Texts`].
//!
//! `{name}` and `{to}` stand for names from outside (the application's, the person's, a credential's), `{n}` for
//! a number, `{when}` for a date, `{long}` for a length of time, `{what}` for other words from here.

mod account;
mod changes;
mod endings;
mod letters;
mod logout;
mod mail;
mod notices;
mod recovery;
mod words;

pub(crate) use account::{Account, News};
pub(crate) use changes::{Change, Changes, Enrolment};
pub(crate) use endings::{Ended, Endings};
pub(crate) use letters::Letters;
pub(crate) use logout::Logout;
pub(crate) use mail::Mail;
pub(crate) use notices::Notices;
pub(crate) use recovery::Recovery;
pub(crate) use words::{Factors, Levels, Spans};

/// Texts that are one list of names and words: the type, and its English.
macro_rules! texts {
    ($name:ident { $($field:ident: $text:expr,)* }) => { super::texts! { $name ENGLISH { $($field: $text,)* } } };
    ($name:ident $english:ident { $($field:ident: $text:expr,)* }) => {
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $field: &'static str,)* }
        pub(super) const $english: $name = $name { $($field: $text,)* };
    };
}
use texts;

/// The texts of one language.
#[derive(Debug)]
pub(crate) struct Texts {
    /// BCP 47, for `<html lang>`.
    pub(crate) lang: &'static str,
    pub(crate) product: &'static str,
    pub(crate) error_prefix: &'static str,
    pub(crate) or: &'static str,
    pub(crate) the_application: &'static str,

    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_for: &'static str,
    pub(crate) sign_in_and_confirm: &'static str,
    pub(crate) sign_in_to_enrol: &'static str,
    pub(crate) signing_in_as: &'static str,
    pub(crate) signed_in_as: &'static str,
    pub(crate) other_name: &'static str,
    pub(crate) username: &'static str,
    pub(crate) password: &'static str,
    pub(crate) totp: &'static str,
    pub(crate) totp_hint: &'static str,
    pub(crate) proceed: &'static str,
    pub(crate) confirm: &'static str,
    pub(crate) then_totp: &'static str,
    pub(crate) then_password: &'static str,
    pub(crate) then_more: &'static str,
    pub(crate) no_way: &'static str,

    pub(crate) use_passkey: &'static str,
    pub(crate) confirm_with_passkey: &'static str,
    pub(crate) passkey_hint: &'static str,
    pub(crate) hardware_hint: &'static str,
    pub(crate) passkey_needs_script: &'static str,

    pub(crate) confirm_you: &'static str,
    pub(crate) confirm_you_lead: &'static str,
    pub(crate) confirm_payment: &'static str,
    pub(crate) confirm_action: &'static str,
    pub(crate) confirm_lead: &'static str,
    pub(crate) nothing_sent: &'static str,
    pub(crate) nothing_done: &'static str,
    pub(crate) nothing_changes: &'static str,
    pub(crate) cancel: &'static str,

    pub(crate) add_passkey: &'static str,
    pub(crate) add_passkey_lead: &'static str,
    pub(crate) add_passkey_for: &'static str,
    pub(crate) add_passkey_hint: &'static str,
    pub(crate) nothing_added: &'static str,

    pub(crate) allow: &'static str,
    pub(crate) allow_lead: &'static str,
    pub(crate) allow_button: &'static str,
    pub(crate) nothing_shared: &'static str,

    pub(crate) done_sign_in: &'static str,
    pub(crate) done_step_up: &'static str,
    pub(crate) done_enrol: &'static str,
    pub(crate) done_consent: &'static str,
    pub(crate) done_lead: &'static str,
    pub(crate) done_enrol_lead: &'static str,
    pub(crate) continue_to: &'static str,
    pub(crate) back_to: &'static str,
    pub(crate) close_window: &'static str,

    pub(crate) request_id: &'static str,
    pub(crate) home: Home,
    pub(crate) factors: Factors,
    pub(crate) levels: Levels,
    pub(crate) spans: Spans,

    pub(crate) account: Account,
    pub(crate) changes: Changes,
    pub(crate) endings: Endings,
    pub(crate) enrolment: Enrolment,
    pub(crate) letters: Letters,
    pub(crate) logout: Logout,
    pub(crate) news: News,
    pub(crate) notices: Notices,
    pub(crate) mail: Mail,
    pub(crate) recovery: Recovery,
}

/// The page at `/`.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) heading: &'static str,
    pub(crate) lead: &'static str,
    pub(crate) how: &'static str,
    pub(crate) account: &'static str,
    pub(crate) discovery: &'static str,
}

/// English.
pub(crate) static ENGLISH: Texts = Texts {
    lang: "en",
    product: "Riser",
    error_prefix: "Error: ",
    or: "or",
    the_application: "the application",

    sign_in: "Sign in",
    sign_in_for: "to continue to {name}",
    sign_in_and_confirm: "{name} asks you to sign in and confirm:",
    sign_in_to_enrol: "to add a passkey to your account",
    signing_in_as: "Signing in as {name}",
    signed_in_as: "Signed in as {name}",
    other_name: "Not you? Use another name",
    username: "Name",
    password: "Password",
    totp: "One-time code",
    totp_hint: "The six digits that your authenticator app shows now.",
    proceed: "Continue",
    confirm: "Confirm",
    then_totp: "You will then be asked for a one-time code.",
    then_password: "You will then be asked for your password.",
    then_more: "You will then be asked for one more proof.",
    no_way: "None of your ways to confirm can be used on this page.",

    use_passkey: "Use a passkey",
    confirm_with_passkey: "Confirm with passkey",
    passkey_hint: "Your device will ask for your fingerprint, face or PIN.",
    hardware_hint: "Have your hardware security key ready. A passkey that is synced between devices is not enough here.",
    passkey_needs_script: "A passkey needs JavaScript, which is switched off in this browser.",

    confirm_you: "Confirm it’s you",
    confirm_you_lead: "{name} asks you to confirm that it is you.",
    confirm_payment: "Confirm this payment",
    confirm_action: "Confirm this action",
    confirm_lead: "{name} asks you to confirm:",
    nothing_sent: "Nothing is sent unless you confirm.",
    nothing_done: "Nothing is done unless you confirm.",
    nothing_changes: "If you cancel, nothing changes and you stay signed in.",
    cancel: "Cancel",

    add_passkey: "Add a passkey",
    add_passkey_lead: "A passkey confirms that it is you with your fingerprint, face or PIN. It cannot be guessed, and it works on this site only.",
    add_passkey_for: "It will be added to the account of {name}.",
    add_passkey_hint: "Your device will ask where to keep it.",
    nothing_added: "If you cancel, nothing is added.",

    allow: "Allow access?",
    allow_lead: "{name} asks for access to your account: who you are, and that you have signed in.",
    allow_button: "Allow",
    nothing_shared: "Nothing is shared unless you allow it.",

    done_sign_in: "You’re signed in",
    done_step_up: "Confirmed",
    done_enrol: "Your passkey is ready",
    done_consent: "Allowed",
    done_lead: "{name} has what it asked for. You can go on where you left off.",
    done_enrol_lead: "You will be asked for it the next time something important needs your confirmation.",
    continue_to: "Continue to {name}",
    back_to: "Back to {name}",
    close_window: "You can close this window.",

    request_id: "If you ask for help, give this number:",
    home: Home {
        heading: "Riser confirms that it’s you",
        lead: "When something important needs more than being signed in, applications send you here. You confirm with a passkey, and go on where you left off.",
        how: "There is nothing to do on this page: begin in the application that you want to use.",
        account: "Your account",
        discovery: "For developers: the provider’s configuration",
    },
    factors: words::FACTORS,
    levels: words::LEVELS,
    spans: words::SPANS,
    account: account::ENGLISH,
    changes: changes::ENGLISH,
    endings: endings::ENGLISH,
    enrolment: changes::ENROLMENT,
    letters: letters::ENGLISH,
    logout: logout::ENGLISH,
    news: account::NEWS,
    notices: notices::ENGLISH,
    mail: mail::ENGLISH,
    recovery: recovery::ENGLISH,
};
