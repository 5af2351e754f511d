//! Typed identifiers. Their values come from outside: nothing here makes one up. They stand in nearly everything
//! that is passed on, so that a copy shares its text.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a value that was made by, or read from, its owner.
            pub fn new(value: impl Into<Arc<str>>) -> Self {
                Self(value.into())
            }

            /// The value.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

text_id! {
    /// A registered client (RFC 6749 §2.2).
    ClientId,
    /// One registered factor of one user, as Riser names it (never the authenticator's own id).
    CredentialId,
    /// What was authorized once, and all the tokens that came of it.
    GrantId,
    /// One visit of a person. It opens nothing by itself.
    InteractionId,
    /// A session; `sid` on the wire. It survives a step-up.
    SessionId,
    /// A person's account; `sub` on the wire.
    UserId,
}
