//! Words for what has no words of its own: factors, levels, lengths of time.

super::texts! { Factors FACTORS {
    passkey: "passkey",
    hardware: "hardware key",
    password: "password",
    totp: "authenticator app",
    sms: "text message",
    app_approval: "approval on another device",
    smart_card: "smart card",
    recovery_code: "recovery code",
} }

// The names of the ladder that ships with Riser, as what a person has to do for them. Another operator's
// level is shown by its own name.
super::texts! { Levels LEVELS {
    aal1: "one factor",
    aal2: "two factors",
    phr: "a passkey",
    phrh: "a hardware key",
} }

super::texts! { Spans SPANS {
    minute: "1 minute",
    minutes: "{n} minutes",
    hour: "1 hour",
    hours: "{n} hours",
    day: "1 day",
    days: "{n} days",
} }
