//! One-time codes: the RFC's own values, another's opinion, and that no code counts twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

use proptest::prelude::*;
use riser_core::assurance::{Ceiling, Factor, Possession, Properties};
use riser_core::{CredentialId, UnixTime};
use riser_factors::totp::{EnrolledTotp, TotpError, TotpSecret, confirm, provisioning_uri, qr_svg, verify};
use totp_rs::{Algorithm, Builder, Totp};

const RFC_SECRET: &[u8; 20] = b"12345678901234567890";
const NOW: UnixTime = UnixTime(1_790_000_000);

fn enrolled(secret: [u8; 20], last_step: Option<i64>) -> EnrolledTotp {
    EnrolledTotp {
        credential: CredentialId::new("totp-1"),
        secret: TotpSecret::from_random(secret),
        last_step,
        ceiling: Ceiling::Unlimited,
    }
}

fn oracle(secret: [u8; 20]) -> Totp {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(secret.to_vec())
        .with_issuer(Some("Example"))
        .with_account_name("ada")
        .build()
        .unwrap()
}

fn code(secret: [u8; 20], at: UnixTime) -> String {
    oracle(secret).generate(u64::try_from(at.0).unwrap()).to_string()
}

#[test]
fn rfc_6238_appendix_b_vectors() {
    // The appendix has eight digits; six are the last six of them.
    for (time, eight) in [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ] {
        let (proof, step) = verify(Some(&enrolled(*RFC_SECRET, None)), &eight[2..], UnixTime(time)).unwrap();
        assert_eq!(step, time / 30);
        assert_eq!(proof.record().factor, Factor::Totp);
        // SP 800-63B-4 §3.2.5: typed, so never resistant to phishing.
        assert_eq!(proof.record().properties, Properties::Possession(Possession::default()));
        assert_eq!(proof.record().credential, CredentialId::new("totp-1"));
    }
}

proptest! {
    #[test]
    fn rfc_6238_another_implementation_agrees(secret: [u8; 20], time in 60_i64..1 << 40) {
        let now = UnixTime(time);
        let shown = code(secret, now);
        prop_assert_eq!(confirm(&TotpSecret::from_random(secret), &shown, now), Ok(time / 30));
    }

    #[test]
    fn rfc_6238_another_implementation_accepts_the_same_codes(
        secret: [u8; 20], time in 90_i64..1 << 40, away in -200_i64..200, other in 0_u32..1_000_000,
    ) {
        let now = UnixTime(time);
        for typed in [code(secret, UnixTime((time + away).max(0))), format!("{other:06}")] {
            let ours = verify(Some(&enrolled(secret, None)), &typed, now).is_ok();
            let theirs = oracle(secret).check(&typed, u64::try_from(time).unwrap()).is_some();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn no_text_is_a_panic(text in ".*", time: i64, last: Option<i64>) {
        let _ = verify(Some(&enrolled(*RFC_SECRET, last)), &text, UnixTime(time));
        let _ = verify(Some(&enrolled(*RFC_SECRET, last)), "287082", UnixTime(time));
    }
}

#[test]
fn rfc_6238_5_2_one_step_either_side_and_no_more() {
    let secret = *RFC_SECRET;
    let of = |steps: i64| code(secret, UnixTime(NOW.0 + 30 * steps));
    let now = NOW.0.div_euclid(30);
    for (name, steps, expected) in [
        ("two behind", -2, Err(TotpError::Wrong)),
        ("one behind", -1, Ok(now - 1)),
        ("this one", 0, Ok(now)),
        ("one ahead", 1, Ok(now + 1)),
        ("two ahead", 2, Err(TotpError::Wrong)),
    ] {
        let result = verify(Some(&enrolled(secret, None)), &of(steps), NOW).map(|(_, step)| step);
        assert_eq!(result, expected, "{name}");
    }
}

#[test]
fn atk_ab_04_a_code_counts_once() {
    let secret = *RFC_SECRET;
    let now = NOW.0.div_euclid(30);
    let of = |steps: i64| code(secret, UnixTime(NOW.0 + 30 * steps));
    for (name, last, steps, accepted) in [
        ("never used", None, 0, true),
        ("the one before was", Some(now - 1), 0, true),
        ("this one was", Some(now), 0, false),
        ("a later one was", Some(now + 1), 0, false),
        ("the one before, after this", Some(now), -1, false),
        ("the next, after this", Some(now), 1, true),
        ("a year ahead was", Some(now + 1_000_000), 1, false),
    ] {
        let result = verify(Some(&enrolled(secret, last)), &of(steps), NOW);
        assert_eq!(result.is_ok(), accepted, "{name}");
        if !accepted {
            assert_eq!(result.unwrap_err(), TotpError::Wrong, "{name}: one answer");
        }
    }
}

#[test]
fn atk_ab_04_the_confirming_code_does_not_sign_in() {
    let secret = TotpSecret::from_random(*RFC_SECRET);
    let typed = code(*RFC_SECRET, NOW);
    let step = confirm(&secret, &typed, NOW).unwrap();
    assert_eq!(
        verify(Some(&enrolled(*RFC_SECRET, Some(step))), &typed, NOW).map(|_| ()),
        Err(TotpError::Wrong)
    );
}

#[test]
fn one_answer_for_nobody_and_for_a_wrong_code() {
    let right = code(*RFC_SECRET, NOW);
    let nobodys = code([0; 20], NOW);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for (name, row, typed) in [
        ("wrong", Some(enrolled(*RFC_SECRET, None)), wrong),
        ("right, but nobody's", None, &right[..]),
        ("nobody's own", None, &nobodys[..]),
        ("another's", Some(enrolled([7; 20], None)), &right[..]),
    ] {
        assert_eq!(verify(row.as_ref(), typed, NOW).map(|_| ()), Err(TotpError::Wrong), "{name}");
    }
}

#[test]
fn a_code_is_six_ascii_digits() {
    let right = code(*RFC_SECRET, NOW);
    let (front, back) = right.split_at(3);
    for typed in [format!("{front} {back}"), format!(" {front}\u{a0}{back}\n"), right.clone()] {
        assert!(verify(Some(&enrolled(*RFC_SECRET, None)), &typed, NOW).is_ok(), "{typed:?}");
    }
    let arabic: String = right.chars().map(|c| char::from_u32(c as u32 - 0x30 + 0x660).unwrap()).collect();
    for typed in ["", "12345", "1234567", "-12345", "+12345", "12345a", "0x1234", &arabic, &"1".repeat(33)] {
        for row in [Some(enrolled(*RFC_SECRET, None)), None] {
            assert_eq!(verify(row.as_ref(), typed, NOW).map(|_| ()), Err(TotpError::Malformed), "{typed:?}");
        }
    }
}

#[test]
fn nothing_secret_is_printed() {
    let text = format!("{:?}", enrolled(*b"AAAAAAAAAAAAAAAAAAAA", None));
    assert!(text.contains("TotpSecret(..)") && !text.contains("65"), "{text}");
}

#[test]
fn atk_su_23_a_secret_has_the_length_that_the_server_makes() {
    let secret = TotpSecret::from_random(*RFC_SECRET);
    assert_eq!(TotpSecret::from_stored(secret.as_bytes()).unwrap().as_bytes(), RFC_SECRET);
    for wrong in [&b""[..], &[1; 19], &[1; 21]] {
        assert_eq!(TotpSecret::from_stored(wrong).map(|_| ()), Err(TotpError::UnreadableSecret));
    }
}

#[test]
fn rfc_4648_6_the_text_for_typing() {
    let text = TotpSecret::from_random(*RFC_SECRET).manual_entry();
    assert_eq!(*text, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
}

#[test]
fn another_implementation_reads_the_address() {
    let secret = TotpSecret::from_random(*RFC_SECRET);
    for (issuer, account, shown) in [
        ("Riser", "ada@example.org", "ada@example.org"),
        ("A & B? #1/2 100%", "zoë +1", "zoë +1"),
        ("localhost:8080", "o'neil", "o'neil"),
        ("Bank", "dom:ada", "dom ada"),
    ] {
        let uri = provisioning_uri(&secret, issuer, account);
        let read = Totp::from_url(&*uri).unwrap();
        assert_eq!(read.issuer(), Some(&*issuer.replace(':', " ")), "{}", *uri);
        assert_eq!(read.account_name(), shown);
        assert_eq!(read.generate(NOW.0 as u64).to_string(), code(*RFC_SECRET, NOW));
    }
    let uri = provisioning_uri(&secret, "A B", "a&secret=b");
    assert_eq!(
        *uri,
        "otpauth://totp/A%20B:a%26secret%3Db?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%20B&algorithm=SHA1\
         &digits=6&period=30"
    );
}

#[test]
fn the_picture_has_its_own_white_ground_and_no_script() {
    let uri = provisioning_uri(&TotpSecret::from_random(*RFC_SECRET), "Riser", "ada");
    let svg = qr_svg(&uri).unwrap();
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{}", *svg);
    assert!(svg.contains("#ffffff") && svg.contains("#000000") && svg.contains("viewBox"));
    for never in ["<script", "style", "<?xml", "href", "otpauth"] {
        assert!(!svg.contains(never), "{never}");
    }
    assert_eq!(qr_svg(&"x".repeat(4000)).map(|_| ()), Err(TotpError::TooLongForQr));
}
