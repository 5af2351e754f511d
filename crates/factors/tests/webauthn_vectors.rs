//! The W3C's own vectors: every pair whose algorithm is offered verifies, every other is refused with its reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use riser_core::assurance::{Factor, Properties};
use riser_factors::webauthn::{
    Attestation, AttestationFormat, AttestationRoots, ClientDataError, KeyError, PublicKey,
    RegistrationError, UserVerification, verify_assertion, verify_registration,
};
use support::vectors::{pairs, root};
use support::{NOW, passkey, rp};

/// What becomes of a pair: with the vectors' root configured, and without.
enum Expected {
    Accepted(Attestation, Attestation),
    Refused(RegistrationError),
}

fn chained(format: AttestationFormat) -> Expected {
    let root = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &root());
    let root = root.as_ref().try_into().unwrap();
    Expected::Accepted(Attestation::Chained { format, root }, Attestation::Unanchored)
}

fn expected(name: &str) -> Expected {
    let not_offered = |algorithm: &str| {
        Expected::Refused(RegistrationError::Key(KeyError::NotOffered { algorithm: algorithm.to_owned() }))
    };
    match name {
        "none-es256" | "none-es256-long-credential-id" => {
            Expected::Accepted(Attestation::None, Attestation::None)
        }
        "packed-self-es256" => Expected::Accepted(Attestation::Self_, Attestation::Self_),
        "none-es256-crossOrigin" | "none-es256-topOrigin" => {
            Expected::Refused(RegistrationError::ClientData(ClientDataError::CrossOrigin))
        }
        "packed-es256" | "packed-es384" | "packed-rs256" | "packed-eddsa" => {
            chained(AttestationFormat::Packed)
        }
        "tpm-es256" => chained(AttestationFormat::Tpm),
        "apple-es256" => chained(AttestationFormat::Apple),
        "fido-u2f-es256" => chained(AttestationFormat::FidoU2f),
        // Its key description says "software" and leaves both authorization lists empty (w3c/webauthn#2379): the
        // statement verifies, but nothing says that the key is in hardware.
        "android-key-es256" => Expected::Accepted(Attestation::Unanchored, Attestation::Unanchored),
        "packed-es512" => not_offered("ES512"),
        "packed-ed448" => not_offered("Ed448"),
        other => panic!("no expectation for `{other}`"),
    }
}

#[test]
fn std_webauthn_l3_section_16_every_pair() {
    let rp = rp(UserVerification::Preferred);
    let with_root = AttestationRoots::from_der([root()]).unwrap();
    for pair in pairs() {
        let name = &pair.name;
        let response = pair.registration.response();
        let verify = |roots: &AttestationRoots| {
            verify_registration(&rp, &pair.registration.challenge, &response, roots, NOW)
        };
        let (registered, rootless) =
            match (expected(name), verify(&with_root), verify(&AttestationRoots::none())) {
                (Expected::Refused(expected), first, second) => {
                    assert_eq!(first, Err(expected.clone()), "{name}");
                    assert_eq!(second, Err(expected), "{name}");
                    continue;
                }
                (Expected::Accepted(with, without), Ok(first), Ok(second)) => {
                    assert_eq!(first.attestation, with, "{name}");
                    assert_eq!(second.attestation, without, "{name}");
                    (first, second)
                }
                (Expected::Accepted(..), first, second) => panic!("{name}: {first:?} {second:?}"),
            };
        assert!(!rootless.hardware_bound(), "{name}");
        assert_eq!(registered.transports, ["internal"], "{name}");

        // What is stored verifies what comes later.
        let mut passkey = passkey(&registered);
        passkey.public_key = PublicKey::from_bytes(&passkey.public_key.to_bytes()).unwrap();
        let response = pair.authentication.response(&registered.webauthn_id);
        let asserted = verify_assertion(&rp, &pair.authentication.challenge, &passkey, &response)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let record = asserted.proof().record().clone();
        assert_eq!(record.factor, Factor::Passkey, "{name}");
        let Properties::Possession(held) = record.properties else { panic!("{name}") };
        assert!(held.phishing_resistant, "{name}");
        // MP-01: user verification is this assertion's flag, bit 2.
        assert_eq!(held.user_verified, pair.authentication.authenticator_data[32] & 4 != 0, "{name}");
        assert_eq!(held.hardware_bound, registered.hardware_bound(), "{name}");
        assert_eq!(asserted.evidence().signature, pair.authentication.signature, "{name}");
    }
}
