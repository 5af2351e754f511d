//! What verifying costs, against the bars that it was given:
//!
//! ```text
//! cargo run --release -p riser-factors --example measure
//! ```
//!
//! An assertion takes at most one and a half times its signature check. The largest hostile attestation takes less
//! than 5 ms, and less than 1 MiB of memory in all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for developers, on the tests' own parts"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use ciborium::Value as Cbor;
use riser_factors::webauthn::{
    AttestationRoots, AuthenticationResponse, Metadata, MetadataSigner, RegistrationResponse,
    UserVerification, verify_assertion, verify_registration,
};
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::makers::{Authority, Service, entry, payload};
use support::vectors::{Object, Registration, pair, root};
use support::{NOW, passkey, rp};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RATIO_BAR: f64 = 1.5;
const TIME_BAR: Duration = Duration::from_millis(5);
const MEMORY_BAR: usize = 1024 * 1024;

fn main() -> ExitCode {
    let cheap = assertions();
    let bounded = attestations();
    metadata();
    if cheap && bounded { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The shortest of many: the machine does other things too.
fn shortest(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .min()
        .unwrap()
}

/// The middle of many.
fn usual(rounds: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let started = Instant::now();
            work();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[rounds / 2]
}

fn assertions() -> bool {
    let rp = rp(UserVerification::Preferred);
    let pair = pair("packed-es256");
    let roots = AttestationRoots::from_der([root()]).unwrap();
    let response = pair.registration.response();
    let registered = verify_registration(&rp, &pair.registration.challenge, &response, &roots, NOW).unwrap();
    let passkey = passkey(&registered);
    let assertion = &pair.authentication;
    let json = assertion.json(&passkey.webauthn_id).to_string();
    let parsed = AuthenticationResponse::parse(json.as_bytes()).unwrap();
    let hash = digest(&SHA256, &assertion.client_data_json);
    let message = [&assertion.authenticator_data[..], hash.as_ref()].concat();
    let stored = passkey.public_key.to_bytes();

    let bare = usual(5_000, || {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &stored[1..]);
        key.verify(black_box(&message), &assertion.signature).unwrap();
    });
    let verified = usual(5_000, || {
        black_box(verify_assertion(&rp, &assertion.challenge, &passkey, black_box(&parsed)).unwrap());
    });
    let all = usual(5_000, || {
        let parsed = AuthenticationResponse::parse(black_box(json.as_bytes())).unwrap();
        black_box(verify_assertion(&rp, &assertion.challenge, &passkey, &parsed).unwrap());
    });
    let ratio = |time: Duration| time.as_secs_f64() / bare.as_secs_f64();
    println!("ES256 signature check alone   {bare:>9.1?}");
    println!("assertion verified            {verified:>9.1?}  {:.2} times", ratio(verified));
    println!("assertion read and verified   {all:>9.1?}  {:.2} times, at most {RATIO_BAR}", ratio(all));
    ratio(all) <= RATIO_BAR
}

fn attestations() -> bool {
    let mut good = true;
    for (name, registration) in hostile() {
        let rp = rp(UserVerification::Preferred);
        let roots = AttestationRoots::from_der([root()]).unwrap();
        let json = registration.json().to_string();
        let verify = || {
            let response = RegistrationResponse::parse(black_box(json.as_bytes()));
            let accepted = response.is_ok_and(|response| {
                verify_registration(&rp, &registration.challenge, &response, &roots, NOW).is_ok()
            });
            black_box(accepted);
        };
        let region = Region::new(ALLOCATOR);
        verify();
        let allocated = region.change().bytes_allocated;
        let took = shortest(50, verify);
        println!("{name:<34} {:>6} bytes {took:>9.1?} {:>7} bytes allocated", json.len(), allocated);
        good &= took < TIME_BAR && allocated <= MEMORY_BAR;
    }
    println!("at most {TIME_BAR:?} and {MEMORY_BAR} bytes each");
    good
}

/// As much metadata as the service gives: no bar, but the reader wants to know what an update costs.
fn metadata() {
    let authority = Authority::root("Service");
    let service = Service::below(&authority, "mds.fidoalliance.org");
    let entries: Vec<_> = (1..=400)
        .map(|model| {
            let mut entry =
                entry(&format!("{model:032x}"), &[&authority], json!([{ "status": "FIDO_CERTIFIED_L1" }]));
            entry["metadataStatement"]["icon"] = json!("A".repeat(20_000));
            entry
        })
        .collect();
    let blob = service.blob(&payload(&entries));
    let signer = MetadataSigner::fido(AttestationRoots::from_der([authority.der]).unwrap());
    let region = Region::new(ALLOCATOR);
    assert_eq!(Metadata::load(&blob, &signer, None, NOW).unwrap().models(), 400);
    let allocated = region.change().bytes_allocated;
    let took = shortest(10, || drop(black_box(Metadata::load(&blob, &signer, None, NOW).unwrap())));
    println!(
        "metadata of 400 models              {} bytes {took:.1?} {allocated} bytes allocated",
        blob.len()
    );
}

/// As much as is read at all (64 KiB of JSON, three quarters of it the attestation object), in the forms that cost
/// the most.
fn hostile() -> Vec<(&'static str, Registration)> {
    let packed = pair("packed-es256").registration;
    let room = (64 * 1024 - packed.json().to_string().len()) / 4 * 3 - 64;
    let with = |change: &dyn Fn(&mut Object)| {
        let mut object = Object::read(&packed.attestation_object);
        change(&mut object);
        Registration { attestation_object: object.write(), ..packed.clone() }
    };
    let entry = |index: usize, length: usize| {
        (Cbor::from(format!("{}{index:04}", "k".repeat(length))), Cbor::from(0))
    };
    let nested = |tag: u8, size: usize| {
        // DER sequences within sequences, each as long as what it holds.
        let mut der = Vec::new();
        while der.len() + 5 < size {
            let length = u32::try_from(der.len()).unwrap().to_be_bytes();
            der = [&[tag, 0x83, length[1], length[2], length[3]][..], &der].concat();
        }
        der
    };
    let certificate = {
        let object = Object::read(&packed.attestation_object);
        let x5c = object.statement.iter().find(|(name, _)| name.as_text() == Some("x5c")).unwrap();
        x5c.1.as_array().unwrap()[0].as_bytes().unwrap().clone()
    };
    vec![
        ("honest", packed.clone()),
        ("honest, with room filled", with(&|object| object.set("more", vec![0; room]))),
        (
            "names that differ at their ends",
            with(&|object| {
                object.statement.extend((0..200).map(|index| entry(index, room / 200 - 12)));
            }),
        ),
        (
            "as many items as there may be",
            with(&|object| object.set("more", Cbor::Array(vec![Cbor::Null; 480]))),
        ),
        (
            "as many small texts as there may be",
            with(&|object| {
                object.set("more", Cbor::Array(vec![Cbor::from("x".repeat(room / 480 - 4)); 480]));
            }),
        ),
        (
            "certificates of nested sequences",
            with(&|object| object.set("x5c", Cbor::Array(vec![Cbor::Bytes(nested(0x30, room / 4 - 8)); 4]))),
        ),
        (
            "certificates of many sequences",
            with(&|object| {
                let der = [0x30, 0x00].repeat(room / 8 - 8);
                let length = u32::try_from(der.len()).unwrap().to_be_bytes();
                let der = [&[0x30, 0x83, length[1], length[2], length[3]][..], &der].concat();
                object.set("x5c", Cbor::Array(vec![Cbor::Bytes(der); 4]));
            }),
        ),
        (
            "the longest chain of its own",
            with(&|object| object.set("x5c", Cbor::Array(vec![Cbor::Bytes(certificate.clone()); 4]))),
        ),
        ("half an object", {
            let mut object = with(&|object| object.set("more", vec![0; room])).attestation_object;
            object.truncate(object.len() / 2);
            Registration { attestation_object: object, ..packed.clone() }
        }),
        ("arrays in arrays", Registration { attestation_object: vec![0x81; room], ..packed.clone() }),
    ]
}
