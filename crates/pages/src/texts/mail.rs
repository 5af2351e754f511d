//! What the owner of an account is told by mail.

super::texts! { Mail {
    product: "Riser",
    greeting: "Hello {name},",
    when: "When: {when}",
    account_line: "Account: {name} at {to}",
    not_you: "If this was not you",
    was_you: "If it was you, there is nothing to do.",
    cancel: "Cancel it now. You need not sign in for it:",
    look: "Look at your account, remove what you do not know, and set a new password. Type the address yourself or use your bookmark:",
    tell_administrator: "If you cannot sign in, tell your administrator at once.",
    why: "You get this because it is about the safety of your account. We never ask for a password or a code by mail, and no mail of ours signs you in.",

    granted: "An enrolment link was made for your account",
    granted_text: "{what} made a link with which a new passkey or another factor can be added to your account. It may count up to: {to}. The link ends on {when}.",
    by_owner: "You, signed in,",
    by_administrator: "An administrator",
    by_application: "An application",
    by_recovery: "A recovery",

    added: "New on your account: {what} “{name}”",
    added_text: "A new {what} called “{name}” was added to your account.",
    added_by_owner: "It was added by somebody who was signed in as you.",
    added_by_administrator: "It was added with an enrolment link that an administrator made.",
    added_by_application: "It was added with an enrolment link that an application made.",
    added_by_recovery: "It was added at the end of a recovery.",

    rises: "“{name}” will soon count for more",
    rises_text: "The {what} “{name}” was added to your account. From {when} on it can also be used where {to} is asked for, unless that is cancelled.",
    rise_cancelled: "“{name}” was stopped and removed",
    rise_cancelled_text: "The new “{name}” was waiting to count for more. That was cancelled, and it was removed from your account.",

    removed: "Removed from your account: {what} “{name}”",
    removed_text: "The {what} “{name}” was removed from your account and can no longer be used.",
    renamed: "“{name}” is now called “{to}”",
    renamed_text: "“{name}” on your account has a new name: “{to}”.",

    password: "Your password was changed",
    password_text: "The password of your account was changed.",
    password_by_administrator: "An administrator changed it.",

    codes: "New recovery codes were made",
    codes_text: "A new set of recovery codes was made for your account. The old codes no longer work.",

    recovery: "Somebody asks to replace “{name}” on your account",
    recovery_text: "Somebody who knows your password and had one of your recovery codes says that the {what} “{name}” is lost. From {when} on they can register another one in its place, unless it is cancelled.",
    recovery_cancelled: "A recovery was cancelled",
    recovery_cancelled_text: "The recovery of your account was cancelled. Nothing was replaced.",
    recovery_done: "“{name}” was replaced",
    recovery_done_text: "At the end of a recovery, “{name}” was replaced by a new one and can no longer be used.",

    email: "Notices about your account go to another address",
    email_text: "Notices about your account go to {to} from now on. This address gets no more of them.",
    email_none: "Notices about your account are switched off",
    email_none_text: "Nobody is told any more when something on your account changes. This address gets no more notices.",

    shut: "Your account was shut",
    shut_text: "An administrator shut your account. Nobody can sign in to it, and every session of it has ended.",
    opened: "Your account was opened again",
    opened_text: "An administrator opened your account again. What you signed in with before works as it did.",
    ended: "Every session of your account was ended",
    ended_text: "An administrator ended every session of your account and what applications were granted on them. You can sign in again at once.",

    tries: "Too many wrong tries on your account",
    tries_text: "Somebody tried to prove the {what} of your account too often and failed. It is closed until {when}. Your other ways to sign in still work.",
} }
