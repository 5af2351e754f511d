//! What the tests of this crate share. The soft authenticator is the testkit's, taken by path: the testkit itself
//! stands on the server, which stands on this crate.
#![allow(dead_code, unused_imports, reason = "every test file uses a part of it")]

#[path = "../../../testkit/src/authenticator/mod.rs"]
pub mod authenticator;
pub mod chance;
pub mod hostile;
pub mod makers;
pub mod vectors;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_core::assurance::Ceiling;
use riser_core::{CredentialId, UnixTime};
use riser_factors::webauthn::{Passkey, Registered, RelyingParty, UserVerification};

pub const ORIGIN: &str = "https://example.org";
pub const RP_ID: &str = "example.org";
/// In 2026: within the validity of the vectors' certificates.
pub const NOW: UnixTime = UnixTime(1_790_000_000);

pub fn rp(user_verification: UserVerification) -> RelyingParty {
    RelyingParty::new(RP_ID, [ORIGIN], user_verification).unwrap()
}

pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The record that a server would keep of a registration.
pub fn passkey(registered: &Registered) -> Passkey {
    Passkey {
        credential: CredentialId::new("cred-1"),
        webauthn_id: registered.webauthn_id.clone(),
        public_key: registered.public_key.clone(),
        sign_count: registered.sign_count,
        backup_eligible: registered.backup_eligible,
        backup_state: registered.backup_state,
        user_verified: registered.user_verified,
        ceiling: Ceiling::Unlimited,
        hardware_bound: registered.hardware_bound(),
    }
}
