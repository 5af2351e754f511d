//! What nobody honest sends, made from what honest ones did: valid registrations, assertions and metadata, changed
//! at random places. Seeded, so that a run can be had again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use riser_factors::webauthn::{
    AttestationRoots, AttestationTrust, AuthenticationResponse, Metadata, MetadataPolicy, MetadataSigner,
    Passkey, RegistrationResponse, UserVerification, verify_assertion, verify_registration,
};
use serde_json::{Value, json};

use super::chance::Chance;
use super::makers::{Authority, Service, entry, payload};
use super::vectors::{Authentication, Object, Registration, pairs, root};
use super::{NOW, passkey, rp};

const SIGNER: &str = "mds.fidoalliance.org";

/// What a run found.
#[derive(Default)]
pub struct Found {
    pub runs: usize,
    pub accepted: usize,
    /// The longest that one input took, and which.
    pub slowest: Duration,
    pub slowest_run: usize,
    /// Inputs that made the verifier panic, or accept what nobody signed.
    pub faults: Vec<(usize, &'static str)>,
}

/// Something valid, and what becomes of it when it is changed.
pub struct Corpus {
    registrations: Vec<Registration>,
    assertions: Vec<(Authentication, Passkey)>,
    service: Service,
    payload: Value,
    blob: Vec<u8>,
    signer: MetadataSigner,
    roots: AttestationRoots,
}

impl Corpus {
    pub fn new() -> Self {
        let authority = Authority::root("Service");
        let service = Service::below(&authority, SIGNER);
        let payload = payload(&[
            entry(
                "00010203-0405-0607-0809-0a0b0c0d0e0f",
                &[&authority],
                json!([{ "status": "FIDO_CERTIFIED_L1" }]),
            ),
            entry(
                "ffffffff-0405-0607-0809-0a0b0c0d0e0f",
                &[],
                json!([{ "status": "REVOKED", "effectiveDate": "2024-01-01" }]),
            ),
        ]);
        let roots = AttestationRoots::from_der([root()]).unwrap();
        let rp = rp(UserVerification::Preferred);
        let (mut registrations, mut assertions) = (Vec::new(), Vec::new());
        for pair in pairs() {
            let response = pair.registration.response();
            let Ok(registered) =
                verify_registration(&rp, &pair.registration.challenge, &response, &roots, NOW)
            else {
                continue;
            };
            assertions.push((pair.authentication.clone(), passkey(&registered)));
            registrations.push(pair.registration);
        }
        assert!(registrations.len() > 8);
        let blob = service.blob(&payload);
        let signer = MetadataSigner::fido(AttestationRoots::from_der([authority.der]).unwrap());
        Self { registrations, assertions, service, payload, blob, signer, roots }
    }

    /// Verifies `runs` changed inputs and measures each. One that comes near `bar` is measured again, because the
    /// machine may have looked elsewhere: the shortest time counts.
    pub fn run(&self, seed: u64, runs: usize, bar: Duration) -> Found {
        let metadata = Metadata::load(&self.blob, &self.signer, None, NOW).unwrap();
        let mut chance = Chance(seed);
        let mut found = Found { runs, ..Found::default() };
        for run in 0..runs {
            let (valid, input) = self.input(&mut chance);
            let mut took = Duration::MAX;
            for _ in 0..8 {
                let started = Instant::now();
                let outcome = catch_unwind(AssertUnwindSafe(|| self.verify(&input, &metadata)));
                took = took.min(started.elapsed());
                let fault = match outcome {
                    Err(_) => Some("panic"),
                    Ok(Verdict::Refused) => None,
                    Ok(Verdict::Accepted) => {
                        found.accepted += 1;
                        (!input.may_be_accepted(&valid)).then_some("accepted, though it was not signed")
                    }
                };
                found.faults.extend(fault.map(|fault| (run, fault)));
                if took < bar / 8 {
                    break;
                }
            }
            if took > found.slowest {
                (found.slowest, found.slowest_run) = (took, run);
            }
        }
        found
    }

    fn input(&self, chance: &mut Chance) -> (Input, Input) {
        match chance.below(8) {
            0..=3 => {
                let valid = self.registrations[chance.below(self.registrations.len())].clone();
                let mut changed = valid.clone();
                change_registration(&mut changed, chance);
                (Input::Registration(valid), Input::Registration(changed))
            }
            4 | 5 => {
                let (valid, passkey) = self.assertions[chance.below(self.assertions.len())].clone();
                let mut changed = valid.clone();
                match chance.below(3) {
                    0 => chance.change(&mut changed.authenticator_data),
                    1 => chance.change(&mut changed.client_data_json),
                    _ => chance.change(&mut changed.signature),
                }
                (Input::Assertion(valid, passkey.clone()), Input::Assertion(changed, passkey))
            }
            6 => {
                let mut changed = self.blob.clone();
                chance.change(&mut changed);
                (Input::Blob(self.blob.clone()), Input::Blob(changed))
            }
            // Signed, and still not what it should be.
            _ => {
                let mut text = self.payload.to_string().into_bytes();
                chance.change(&mut text);
                let header = json!({ "alg": "ES256", "x5c": self.service.x5c() });
                let signed = self.service.signed(&header, &String::from_utf8_lossy(&text));
                (Input::Blob(signed.clone()), Input::Blob(signed))
            }
        }
    }

    fn verify(&self, input: &Input, metadata: &Metadata) -> Verdict {
        let rp = rp(UserVerification::Preferred);
        let policy = MetadataPolicy::default();
        let trust = AttestationTrust { roots: &self.roots, metadata: Some(metadata), policy: &policy };
        let accepted = match input {
            Input::Registration(registration) => {
                let json = registration.json().to_string();
                RegistrationResponse::parse(json.as_bytes()).is_ok_and(|response| {
                    verify_registration(&rp, &registration.challenge, &response, trust, NOW)
                        .is_ok_and(|registered| registered.hardware_bound())
                })
            }
            Input::Assertion(assertion, passkey) => {
                let json = assertion.json(&passkey.webauthn_id).to_string();
                AuthenticationResponse::parse(json.as_bytes()).is_ok_and(|response| {
                    verify_assertion(&rp, &assertion.challenge, passkey, &response).is_ok()
                })
            }
            Input::Blob(blob) => Metadata::load(blob, &self.signer, None, NOW).is_ok(),
        };
        if accepted { Verdict::Accepted } else { Verdict::Refused }
    }
}

enum Verdict {
    /// Counts: an assertion, metadata, or a registration that is bound to hardware.
    Accepted,
    Refused,
}

enum Input {
    Registration(Registration),
    Assertion(Authentication, Passkey),
    Blob(Vec<u8>),
}

impl Input {
    /// What was signed is as it was: all that counts rests on it.
    fn may_be_accepted(&self, valid: &Self) -> bool {
        match (self, valid) {
            (Self::Registration(this), Self::Registration(valid)) => {
                let signed = |registration: &Registration| {
                    let object = Object::read(&registration.attestation_object);
                    let mut data = object.auth_data;
                    // WebAuthn L3 §8.6: U2F signs the name, the id and the key, but neither flags, counter nor model.
                    if object.format == "fido-u2f" {
                        data[32..53].fill(0);
                    }
                    data
                };
                this.client_data_json == valid.client_data_json && signed(this) == signed(valid)
            }
            (Self::Assertion(this, _), Self::Assertion(valid, _)) => {
                this.client_data_json == valid.client_data_json
                    && this.authenticator_data == valid.authenticator_data
            }
            (Self::Blob(this), Self::Blob(valid)) => this.trim_ascii() == valid.trim_ascii(),
            _ => false,
        }
    }
}

/// At one of the layers that are within each other: the deeper ones are reached only where those around them hold.
fn change_registration(registration: &mut Registration, chance: &mut Chance) {
    let mut object = Object::read(&registration.attestation_object);
    match chance.below(6) {
        0 => return chance.change(&mut registration.client_data_json),
        1 => return chance.change(&mut registration.attestation_object),
        2 => chance.change(&mut object.auth_data),
        // The key and what follows it.
        3 => {
            let at = chance.below(object.auth_data.len());
            let mut end = object.auth_data.split_off(at);
            chance.change(&mut end);
            object.auth_data.extend_from_slice(&end);
        }
        _ => {
            let index = chance.below(object.statement.len());
            if let Some((_, value)) = object.statement.get_mut(index) {
                change_value(value, chance);
            }
        }
    }
    registration.attestation_object = object.write();
}

/// Bytes within a value: certificates, signatures, what a TPM says.
fn change_value(value: &mut ciborium::Value, chance: &mut Chance) {
    match value {
        ciborium::Value::Bytes(bytes) => chance.change(bytes),
        ciborium::Value::Array(items) if !items.is_empty() => {
            let index = chance.below(items.len());
            change_value(&mut items[index], chance);
        }
        ciborium::Value::Integer(_) => *value = ciborium::Value::from(-(chance.below(300) as i64)),
        other => *other = ciborium::Value::Bytes(vec![0; chance.below(40)]),
    }
}
