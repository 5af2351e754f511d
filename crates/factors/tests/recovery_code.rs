//! Recovery codes: what is shown, what is read, and what is kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use riser_core::UserId;
use riser_factors::recovery_code::{RecoveryCode, RecoveryCodeError};

const RANDOM: [u8; 10] = [0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf];

fn ada() -> UserId {
    UserId::new("ada")
}

#[test]
fn a_code_is_four_groups_of_an_unmistakable_alphabet() {
    assert_eq!(*RecoveryCode::from_random(&RANDOM).reveal(), "0123-4567-89AB-CDEF");
    assert_eq!(*RecoveryCode::from_random(&[0; 10]).reveal(), "0000-0000-0000-0000");
    assert_eq!(*RecoveryCode::from_random(&[0xff; 10]).reveal(), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
}

#[test]
fn what_a_person_types_is_read_kindly() {
    let hash = RecoveryCode::from_random(&RANDOM).hash(&ada());
    for typed in [
        "0123-4567-89AB-CDEF",
        "0123456789abcdef",
        " 0123 4567\t89ab cdef\n",
        "o1234567-89ab-cdef",
        "OI23-4567-89AB-CDEF",
        "Ol23\u{2013}4567\u{2011}89AB\u{2212}CDEF",
        "0-1-2-3-4-5-6-7-8-9-a-b-c-d-e-f",
    ] {
        assert_eq!(RecoveryCode::parse(typed).unwrap().hash(&ada()), hash, "{typed:?}");
    }
}

#[test]
fn what_cannot_be_a_code_is_not_looked_up() {
    for typed in [
        "",
        "-",
        "0123-4567-89AB-CDE",
        "0123-4567-89AB-CDEF0",
        "U123-4567-89AB-CDEF",
        "\u{ff10}123-4567-89AB-CDEF",
        "!123-4567-89AB-CDEF",
        &"-".repeat(200),
    ] {
        assert_eq!(RecoveryCode::parse(typed).map(|_| ()), Err(RecoveryCodeError::Malformed), "{typed:?}");
    }
}

#[test]
fn std_800_63b_4_4_2_1_1_what_is_kept_is_a_hash_of_the_owner_and_the_code() {
    let code = RecoveryCode::from_random(&RANDOM);
    assert_ne!(code.hash(&ada()), code.hash(&UserId::new("eve")));
    assert_ne!(code.hash(&ada()), RecoveryCode::from_random(&[1; 10]).hash(&ada()));
    assert_eq!(format!("{code:?}"), "RecoveryCode(..)");
}

#[test]
fn a_set_is_ten_codes() {
    let random = std::array::from_fn(|index| [u8::try_from(index).unwrap(); 10]);
    let set = RecoveryCode::set(&random);
    let hashes: BTreeSet<_> = set.iter().map(|code| code.hash(&ada())).collect();
    assert_eq!(hashes.len(), 10);
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(random: [u8; 10]) {
        let code = RecoveryCode::from_random(&random);
        let read = RecoveryCode::parse(&code.reveal()).unwrap();
        prop_assert_eq!(read.hash(&ada()), code.hash(&ada()));
        prop_assert_eq!(read.reveal(), code.reveal());
    }

    #[test]
    fn different_bytes_are_different_codes(one: [u8; 10], other: [u8; 10]) {
        let same = RecoveryCode::from_random(&one).reveal() == RecoveryCode::from_random(&other).reveal();
        prop_assert_eq!(same, one == other);
    }

    #[test]
    fn no_text_is_a_panic(text in ".*") {
        let _ = RecoveryCode::parse(&text);
    }
}
