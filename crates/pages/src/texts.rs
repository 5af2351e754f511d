//! Every word of ours that a person reads. A translation is another [`Texts`].
//!
//! `{name}` stands for one name from outside (the application's or the person's), `{n}` for a number.

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

    pub(crate) missing_passkey: Ended,
    pub(crate) missing_hardware: Ended,
    pub(crate) unreachable: Ended,
    pub(crate) cancelled: Ended,
    pub(crate) too_many_failures: Ended,
    pub(crate) expired: Ended,
    pub(crate) failed: Ended,

    pub(crate) request_id: &'static str,
    pub(crate) account: Account,
    pub(crate) home: Home,
    pub(crate) notices: Notices,
}

/// How a visit ended without success: what happened, and what the person can do.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) heading: &'static str,
    pub(crate) why: &'static str,
    pub(crate) cure: &'static str,
}

/// The account page.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) heading: &'static str,
    pub(crate) passkeys: &'static str,
    pub(crate) none: &'static str,
    pub(crate) unnamed: &'static str,
    pub(crate) created: &'static str,
    pub(crate) last_used: &'static str,
    pub(crate) never: &'static str,
    pub(crate) added: &'static str,
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

/// What went wrong on the way, by the problem's or the browser's name. The script reads the same list.
#[derive(Debug)]
pub(crate) struct Notices {
    pub(crate) invalid_credentials: &'static str,
    pub(crate) rate_limited: &'static str,
    pub(crate) rate_limited_seconds: &'static str,
    pub(crate) rate_limited_minutes: &'static str,
    pub(crate) user_verification_required: &'static str,
    pub(crate) wrong_user: &'static str,
    pub(crate) credential_not_usable: &'static str,
    pub(crate) challenge_spent: &'static str,
    pub(crate) interaction_closed: &'static str,
    pub(crate) interaction_expired: &'static str,
    pub(crate) interaction_not_found: &'static str,
    pub(crate) cross_site: &'static str,
    pub(crate) unavailable: &'static str,
    pub(crate) other: &'static str,
    pub(crate) waiting: &'static str,
    pub(crate) dismissed: &'static str,
    pub(crate) unsupported: &'static str,
    pub(crate) already_added: &'static str,
    pub(crate) network: &'static str,
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

    missing_passkey: Ended {
        heading: "A passkey is needed",
        why: "{name} asks for a stronger proof than a password, and your account has no passkey that may give it.",
        cure: "Ask your administrator or {name} for an enrolment link. With it you can add a passkey, and then try again.",
    },
    missing_hardware: Ended {
        heading: "A hardware key is needed",
        why: "{name} asks for a hardware security key, and none is registered for your account. A passkey that is synced between devices is not enough here.",
        cure: "Ask your administrator or {name} for an enrolment link. With it you can add your hardware key, and then try again.",
    },
    unreachable: Ended {
        heading: "This cannot be confirmed here",
        why: "No factor that you have or could add reaches what {name} asks for.",
        cure: "Nothing was done. Tell {name} or your administrator: the cause is in how they are set up, not in anything you did.",
    },
    cancelled: Ended {
        heading: "Cancelled",
        why: "You did not confirm, so nothing was done.",
        cure: "You can go back to {name} and start again whenever you like.",
    },
    too_many_failures: Ended {
        heading: "Too many tries",
        why: "It did not work several times in a row, so this visit was ended to protect your account. Nothing was done.",
        cure: "Go back to {name} to start again. If it was not you who tried, tell your administrator.",
    },
    expired: Ended {
        heading: "This visit has run out of time",
        why: "It was open for too long, so it was ended to protect your account. Nothing was done.",
        cure: "Go back to {name} and start again.",
    },
    failed: Ended {
        heading: "This did not work",
        why: "The request could not be completed. Nothing was done.",
        cure: "Go back to {name} and start again.",
    },

    request_id: "If you ask for help, give this number:",
    account: Account {
        heading: "Your account",
        passkeys: "Passkeys",
        none: "You have no passkey yet.",
        unnamed: "Passkey",
        created: "Added",
        last_used: "Last used",
        never: "Never",
        added: "Your passkey was added.",
    },
    home: Home {
        heading: "Riser confirms that it’s you",
        lead: "When something important needs more than being signed in, applications send you here. You confirm with a passkey, and go on where you left off.",
        how: "There is nothing to do on this page: begin in the application that you want to use.",
        account: "Your account",
        discovery: "For developers: the provider’s configuration",
    },
    notices: Notices {
        invalid_credentials: "The name or the password is not right. Check both and try again.",
        rate_limited: "There were too many tries. Wait a moment, then try again.",
        rate_limited_seconds: "There were too many tries. Try again in {n} seconds.",
        rate_limited_minutes: "There were too many tries. Try again in {n} minutes.",
        user_verification_required: "Your device did not check that it is you. Use one with a fingerprint, a face or a PIN.",
        wrong_user: "That passkey belongs to another person. Use your own.",
        credential_not_usable: "That passkey cannot be used for this. Use another one, or cancel.",
        challenge_spent: "That try had already ended. Please try again.",
        interaction_closed: "This visit has ended. Go back to the application.",
        interaction_expired: "This visit has run out of time. Go back to the application and start again.",
        interaction_not_found: "This visit is not open in this browser. Go back to the application and start again.",
        cross_site: "The request did not come from this page. Reload it and try again.",
        unavailable: "This is not available at the moment. Nothing was done. Try again shortly.",
        other: "That did not work. Nothing was done. Please try again.",
        waiting: "Waiting for your passkey…",
        dismissed: "The passkey prompt was closed before it was finished. Try again when you are ready.",
        unsupported: "This browser cannot use passkeys here. Try another browser or device.",
        already_added: "This device already holds a passkey for your account.",
        network: "The server could not be reached. Check your connection and try again.",
    },
};
