//! Pages that stand by themselves: recovery codes, links from mails, links that open later.

super::texts! { Letters {
    codes: "Your new recovery codes",
    codes_for: "For the account of {name}.",
    codes_once: "They are shown only now. Keep them where you will find them when your phone is gone: on paper, or in a password manager on another device.",
    codes_use: "Each works once. The codes that you had before no longer work.",
    codes_list: "Recovery codes",
    copy: "Copy codes",
    copied: "Copied.",
    print: "Print",
    codes_kept: "I have kept them. To my account",

    cancel_rise: "Remove “{name}”?",
    cancel_rise_lead: "It was added to the account of {to} a short while ago, and counts for more from {when} on. If it was not you who added it, remove it.",
    cancel_rise_button: "Remove it",
    cancel_recovery: "Cancel the recovery?",
    cancel_recovery_lead: "Somebody has asked to replace “{name}” on the account of {to}. It can be replaced from {when} on. If it was not you who asked, cancel it.",
    cancel_recovery_button: "Cancel the recovery",
    cancel_no_sign_in: "You need not sign in for this.",
    cancel_mine: "It was you? Then close this window, and nothing changes.",
    cancel_rise_title: "Remove a new credential",
    cancel_recovery_title: "Cancel a recovery",

    rise_cancelled: "Removed",
    rise_cancelled_lead: "“{name}” is removed from your account and can no longer be used.",
    recovery_cancelled: "The recovery is cancelled",
    recovery_cancelled_lead: "“{name}” is not replaced. Your account is as it was.",
    cancelled_now: "If it was not you who began it, somebody knows your password or has one of your recovery codes. Sign in, set a new password, and make new recovery codes.",
    cancelled_rise_now: "If it was not you who added it, somebody can sign in as you. Look at your sessions and set a new password.",
    to_account: "To your account",

    not_yet: "This link opens later",
    not_yet_lead: "It can be used from {when} on.",
    not_yet_keep: "Keep the link, for example as a bookmark, and open it again after that moment. Opening it now has changed nothing.",
    not_yet_why: "The wait gives the owner of the account the time to notice, and to cancel what was not theirs.",
} }
