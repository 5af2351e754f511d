//! Signing out.

super::texts! { Logout {
    ask: "Sign out?",
    ask_for: "{name} asks whether you want to sign out.",
    what: "This signs you out of Riser in this browser, and the applications that you opened from here lose their access. Some notice it only after a few minutes.",
    sign_out: "Sign out",
    stay: "Stay signed in",
    done: "You are signed out",
    done_lead: "Nobody is signed in to Riser in this browser.",
} }
