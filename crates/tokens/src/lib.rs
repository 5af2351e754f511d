//! Signing keys, JWS and JWK for both sides of Riser.
//!
//! Owns: which algorithms exist, how a token is signed, and the one way to read a signed token
//! ([`KeySet::verify`], the only maker of [`Verified`]). Does not own: what the claims mean, who may sign,
//! where keys are kept, and time. `exp` and its like are the caller's to judge.
//!
//! # Why this is ours
//! We prefer a library where one is kept. For JWS there is one, and two facts rule it out: `jsonwebtoken`
//! reads the private key anew at each signature (half the cost of an ES256 token), and it panics at first
//! use when both of its cryptographic backends are switched on, which a guard that lives in a stranger's
//! dependency graph cannot prevent. So this is a thin layer on aws-lc-rs, and `jsonwebtoken` is its
//! oracle in the tests.
//!
//! # What it refuses by construction
//! The algorithm is a property of a key, never of a header alone (RFC 8725 §3.1). There is no `none`, no
//! symmetric algorithm, no key inside a token (`jwk`, `jku`, `x5c`, `x5u` are not read), and `kid` only
//! chooses among keys that are trusted already. A [`DpopProof`] alone brings its key along: it proves that its sender
//! holds that key, and nothing else.

mod algorithm;
mod dpop;
mod encoding;
mod hash;
mod header;
mod jwk;
mod key;
mod key_set;
mod present;
#[cfg(test)]
mod wycheproof;

pub use algorithm::{Algorithm, TokenType, UnknownAlgorithm};
pub use dpop::DpopProof;
pub use hash::{at_hash, s256};
pub use jwk::{InvalidJwk, Jwk, Jwks};
pub use key::{KeyError, SignError, SigningKey, sign};
pub use key_set::{KeySet, KeySetError, MAX_TOKEN_BYTES, Verified, VerifyError};
