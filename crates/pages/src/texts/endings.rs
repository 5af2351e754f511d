//! How visits end.

/// How a visit ended without success: what happened, and what the person can do.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) heading: &'static str,
    pub(crate) why: &'static str,
    pub(crate) cure: &'static str,
}

/// The endings, and the sentences of the one that says what somebody lacks.
#[derive(Debug)]
pub(crate) struct Endings {
    pub(crate) missing_passkey: Ended,
    pub(crate) missing_hardware: Ended,
    pub(crate) missing_factor: Ended,
    pub(crate) unreachable: Ended,
    pub(crate) cancelled: Ended,
    pub(crate) blocked: Ended,
    pub(crate) too_many_failures: Ended,
    pub(crate) expired: Ended,
    pub(crate) failed: Ended,

    pub(crate) held_back_hardware: &'static str,
    pub(crate) held_back: &'static str,
    pub(crate) one_of: &'static str,
    pub(crate) rises: &'static str,
    pub(crate) rises_unnamed: &'static str,
    pub(crate) rises_then: &'static str,
    pub(crate) self_service: &'static str,
    pub(crate) to_account: &'static str,

    pub(crate) account_done: &'static str,
    pub(crate) account_done_lead: &'static str,
    pub(crate) account_cancelled: &'static str,
    pub(crate) recovery_cancelled: &'static str,
    pub(crate) to_your_account: &'static str,
}

pub(super) const ENGLISH: Endings = Endings {
    missing_passkey: Ended {
        heading: "A passkey is needed",
        why: "{name} asks for a stronger proof than a password, and your account has no passkey that may give it.",
        cure: "Ask your administrator or {name} for an enrolment link. With it you can add a passkey, and then try again.",
    },
    missing_hardware: Ended {
        heading: "A hardware key is needed",
        why: "{name} asks for a hardware security key, and your account has none that may be used for it.",
        cure: "Ask your administrator or {name} for an enrolment link. With it you can add your hardware key, and then try again.",
    },
    missing_factor: Ended {
        heading: "One more factor is needed",
        why: "{name} asks for a stronger proof than your account can give now.",
        cure: "Ask your administrator or {name} for an enrolment link. With it you can add what is missing, and then try again.",
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
    blocked: Ended {
        heading: "You blocked this application",
        why: "You do not want to be asked by {name}, so nothing was done. It was told that you declined.",
        cure: "If you want to use {name}, let it ask again in your account, and then start again.",
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

    held_back_hardware: "“{name}” is no hardware key that is accepted here: it may be synced between devices, or its maker is not known.",
    held_back: "“{name}” does not count for this yet: it was added when less had been proved than is asked for here.",
    one_of: "What would do: {what}.",
    rises: "“{name}” can be used for this from {when} on.",
    rises_unnamed: "A passkey that you added can be used for this from {when} on.",
    rises_then: "There is nothing to do but wait. Then go back to {name} and try again.",
    self_service: "You can add one yourself in your account. It counts for this after a waiting time, which your account shows.",
    to_account: "Add it in your account",

    account_done: "Done",
    account_done_lead: "Your account is changed as you asked.",
    account_cancelled: "You can start again from your account whenever you like.",
    recovery_cancelled: "You can start again whenever you like.",
    to_your_account: "To your account",
};
