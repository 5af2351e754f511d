//! WebAuthn Level 3: registration (§7.1), authentication (§7.2), and the options that ask for them.
//!
//! Owned here: every check on what a client or an authenticator sent. Not owned: making and spending
//! challenges, looking credentials up, and deciding whose they are.

mod assertion;
mod attestation;
mod authenticator_data;
mod cbor_limits;
mod client_data;
mod cose;
mod json;
mod members;
mod metadata;
mod options;
mod registration;
mod relying_party;
mod signature;

pub use assertion::{Asserted, AssertionError, Evidence, Passkey, verify_assertion};
pub use attestation::{
    Anchor, AnchorSource, Attestation, AttestationError, AttestationFormat, AttestationRoots,
    AttestationTrust, InvalidRoot,
};
pub use authenticator_data::AuthenticatorDataError;
pub use cbor_limits::CborError;
pub use client_data::ClientDataError;
pub use cose::{Algorithm, KeyError, PublicKey};
pub use json::{AuthenticationResponse, RegistrationResponse, ResponseError};
pub use metadata::{
    BlobError, Certification, Issue, Metadata, MetadataError, MetadataPolicy, MetadataSigner, Refusal,
    Standing, Verification, parse_aaguid,
};
pub use options::{
    Attachment, Conveyance, Hint, ResidentKey, User, Wishes, creation_options, request_options,
};
pub use registration::{Registered, RegistrationError, verify_registration};
pub use relying_party::{RelyingParty, RelyingPartyError, UserVerification};
