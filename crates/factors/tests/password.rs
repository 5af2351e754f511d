//! Passwords: their rules, their hashes, and that being wrong has one answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

use riser_core::CredentialId;
use riser_core::assurance::{Ceiling, Factor, Properties};
use riser_factors::password::{
    EnrolledPassword, HashCost, MAX_CHARACTERS, Password, PasswordError, PasswordHash, Passwords,
    SOLE_FACTOR_MIN,
};

const SALT: [u8; 16] = *b"0123456789abcdef";
const TEXT: &str = "correct horse battery staple";

fn password(text: &str) -> Password {
    Password::attempt(text).unwrap()
}

async fn enrolled(passwords: &Passwords, text: &str) -> EnrolledPassword {
    let hash = passwords.hash(&Password::for_enrolment(text, 1).unwrap(), SALT).await.unwrap();
    EnrolledPassword { credential: CredentialId::new("pw-1"), hash, ceiling: Ceiling::Unlimited }
}

#[test]
fn std_800_63b_4_lengths_count_code_points() {
    let fifteen = "äöüäöüäöüäöüäöü";
    for (name, text, expected) in [
        ("fourteen", "12345678901234".to_owned(), Err(PasswordError::TooShort { min: 15 })),
        ("fifteen", "123456789012345".to_owned(), Ok(())),
        ("fifteen of two bytes", fifteen.to_owned(), Ok(())),
        ("longest", "ü".repeat(MAX_CHARACTERS), Ok(())),
        ("too long", "u".repeat(MAX_CHARACTERS + 1), Err(PasswordError::TooLong { max: 256 })),
        ("far too long", "u".repeat(1_000_000), Err(PasswordError::TooLong { max: 256 })),
        // Eight letters with a combining mark each are eight characters in NFC.
        ("composed", "u\u{308}".repeat(8), Err(PasswordError::TooShort { min: 15 })),
    ] {
        assert_eq!(Password::for_enrolment(&text, SOLE_FACTOR_MIN).map(|_| ()), expected, "{name}");
    }
    assert!(PasswordError::TooShort { min: 15 }.to_string().contains("15"));
}

#[test]
fn an_attempt_never_explains_the_rules() {
    assert!(Password::attempt("").is_ok());
    assert!(Password::attempt("short").is_ok());
    assert_eq!(Password::attempt(&"x".repeat(257)).map(|_| ()), Err(PasswordError::TooLong { max: 256 }));
}

#[test]
fn nothing_secret_is_printed() {
    let hash = PasswordHash::from_stored(
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE",
    )
    .unwrap();
    assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
    assert_eq!(format!("{:?}", password(TEXT)), "Password(..)");
}

#[tokio::test]
async fn a_password_proves_knowledge() {
    let passwords = Passwords::new(1, 4);
    let enrolled = enrolled(&passwords, TEXT).await;
    assert!(enrolled.hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let stored = PasswordHash::from_stored(enrolled.hash.as_str()).unwrap();
    let enrolled = EnrolledPassword { hash: stored, ..enrolled };

    let (proof, _) = passwords.verify(&password(TEXT), Some(&enrolled)).await.unwrap();
    assert_eq!(proof.record().factor, Factor::Password);
    assert_eq!(proof.record().properties, Properties::Knowledge);
    assert_eq!(proof.record().credential, enrolled.credential);
}

#[tokio::test]
async fn one_answer_for_every_way_of_being_wrong() {
    let passwords = Passwords::new(1, 4);
    let enrolled = enrolled(&passwords, TEXT).await;
    for (name, text, row) in [
        ("another", "correct horse battery stapler", Some(&enrolled)),
        ("empty", "", Some(&enrolled)),
        ("another case", "Correct horse battery staple", Some(&enrolled)),
        ("right, but nobody's", TEXT, None),
    ] {
        assert_eq!(passwords.verify(&password(text), row).await.err(), Some(PasswordError::Wrong), "{name}");
    }
}

#[tokio::test]
async fn std_800_63b_4_the_same_text_in_another_normal_form_is_the_same_password() {
    let passwords = Passwords::new(1, 4);
    let enrolled = enrolled(&passwords, "Schlu\u{308}ssel im Garten").await;
    assert!(passwords.verify(&password("Schl\u{fc}ssel im Garten"), Some(&enrolled)).await.is_ok());
}

#[tokio::test]
async fn more_than_may_wait_are_told_to_come_back() {
    let passwords = Passwords::new(1, 1);
    let text = password(TEXT);
    let (first, second, third) = tokio::join!(
        passwords.verify(&text, None),
        passwords.verify(&text, None),
        passwords.verify(&text, None)
    );
    assert_eq!(first.err(), Some(PasswordError::Wrong));
    assert_eq!(second.err(), Some(PasswordError::Wrong));
    assert_eq!(third.err(), Some(PasswordError::Busy));
    // And the places are free again.
    assert_eq!(passwords.verify(&text, None).await.err(), Some(PasswordError::Wrong));
}

#[test]
fn a_stored_hash_cannot_ask_for_the_machine() {
    let output = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE";
    for (name, text) in [
        ("empty", String::new()),
        ("not PHC", "hunter2".to_owned()),
        ("argon2d", format!("$argon2d$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg${output}")),
        ("old version", format!("$argon2id$v=16$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg${output}")),
        ("no version", format!("$argon2id$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg${output}")),
        ("4 GiB", format!("$argon2id$v=19$m=4194304,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg${output}")),
        ("a million passes", format!("$argon2id$v=19$m=19456,t=1000000,p=1$MDEyMzQ1Njc4OWFiY2RlZg${output}")),
        ("no output", "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg".to_owned()),
        ("short output", "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$QUFBQUFBQUFBQUE".to_owned()),
        ("no salt", "$argon2id$v=19$m=19456,t=2,p=1".to_owned()),
    ] {
        assert_eq!(PasswordHash::from_stored(text).map(|_| ()), Err(PasswordError::UnreadableHash), "{name}");
    }
}

#[tokio::test]
async fn a_hash_below_todays_cost_is_made_again() {
    let passwords = Passwords::new(1, 4);
    let today = enrolled(&passwords, TEXT).await;
    assert_eq!(today.hash.cost(), HashCost::Current);
    let (_, cost) = passwords.verify(&password(TEXT), Some(&today)).await.unwrap();
    assert_eq!(cost, HashCost::Current);

    // Made with a quarter of the memory.
    let params = argon2::Params::new(4_864, 2, 1, Some(32)).unwrap();
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut output = [0; 32];
    argon2.hash_password_into(TEXT.as_bytes(), &SALT, &mut output).unwrap();
    let base64 =
        |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, bytes);
    let text = format!("$argon2id$v=19$m=4864,t=2,p=1${}${}", base64(&SALT), base64(&output));
    let old = EnrolledPassword { hash: PasswordHash::from_stored(text).unwrap(), ..today };
    assert_eq!(old.hash.cost(), HashCost::Outdated);
    let (_, cost) = passwords.verify(&password(TEXT), Some(&old)).await.unwrap();
    assert_eq!(cost, HashCost::Outdated);
    // Only whoever knows it learns that.
    assert_eq!(passwords.verify(&password("another"), Some(&old)).await.unwrap_err(), PasswordError::Wrong);
}

#[tokio::test]
async fn a_try_that_is_given_up_is_no_try() {
    let passwords = Passwords::new(1, 1);
    let enrolled = enrolled(&passwords, TEXT).await;
    let (right, wrong) = (password(TEXT), password("another"));
    for _ in 0..20 {
        // Both places are taken; both clients go away, one while its work runs and one while it waits.
        let mut running = Box::pin(passwords.verify(&wrong, Some(&enrolled)));
        let mut waiting = Box::pin(passwords.verify(&wrong, Some(&enrolled)));
        tokio::select! {
            biased;
            _ = &mut running => panic!("it takes longer than this"),
            _ = &mut waiting => panic!("there is one core"),
            () = std::future::ready(()) => {}
        }
        drop((running, waiting));
        // The core is busy until the work is done, and then it is free: nobody is told to come back.
        assert!(passwords.verify(&right, Some(&enrolled)).await.is_ok());
    }
}
