//! Passwords that nobody may have (SP 800-63B-4 §3.1.1.2).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

use proptest::prelude::*;
use riser_factors::password::{Blocked, Blocklist, Password, PasswordError};

const COMMON: &str = include_str!("../data/common-passwords.txt");
const CONTEXT: &[&str] = &["ada.lovelace@example.org", "id.bank.example", "Riser"];

fn check(blocklist: &Blocklist, text: &str) -> Option<Blocked> {
    match blocklist.check(&Password::attempt(text).unwrap(), CONTEXT) {
        Ok(()) => None,
        Err(PasswordError::Blocked { why }) => Some(why),
        Err(other) => panic!("{text}: {other}"),
    }
}

#[test]
fn std_800_63b_4_3_1_1_2_what_is_tried_first_is_refused() {
    let blocklist = Blocklist::new(["Wir sind ein Team!".to_owned(), " ".to_owned()].into_iter());
    let (common, context, pattern, listed) =
        (Some(Blocked::Common), Some(Blocked::Context), Some(Blocked::Pattern), Some(Blocked::Listed));
    for (text, expected) in [
        // On the list, in any spelling.
        ("password", common),
        ("PassWord", common),
        ("\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}", common),
        ("iloveyou", common),
        ("1234567890qwertyuiop", common),
        // Something around it, or once more.
        ("sunshine1234567", common),
        ("!!Sunshine2024!", common),
        ("dragon12", common),
        ("sunshinesunshine", common),
        ("hunter22hunter22", common),
        // The operator's own.
        ("WIR SIND EIN TEAM!", listed),
        ("Wir sind ein Team!!", listed),
        // Who and where.
        ("ada.lovelace@example.org", context),
        ("AdaLovelace1815", context),
        ("riserriserriser", context),
        ("my-bank-example", context),
        ("Lovelace, Lovelace", context),
        // No thought at all.
        ("aaaaaaaaaaaaaaa", pattern),
        ("\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}", pattern),
        ("abababababababa", pattern),
        ("x1y2x1y2x1y2x1y2", pattern),
        ("234567890123456", pattern),
        ("876543210987654", pattern),
        ("abcdefghijklmno", pattern),
        ("zyxwvutsrqponml", pattern),
        ("qwertzuiopasdfgh", pattern),
        ("mnbvcxzlkjhgfdsa", pattern),
        ("aaaabbbbccccdddd", pattern),
        ("cdefghij23456789", pattern),
        ("           ....", pattern),
        // And what is fine.
        ("correct horse battery staple", None),
        ("sunshine83619402837462", None),
        ("ein Pferd frisst keinen Gurkensalat", None),
        ("the bank is closed on sundays", None),
        ("Schl\u{fc}ssel im Garten 1234", None),
        ("tr0ub4dor&3 and friends", None),
        ("\u{3053}\u{3093}\u{306b}\u{3061}\u{306f}\u{4e16}\u{754c}\u{306e}", None),
    ] {
        assert_eq!(check(&blocklist, text), expected, "{text:?}");
    }
}

#[test]
fn the_answer_says_what_to_do() {
    for why in [Blocked::Common, Blocked::Context, Blocked::Pattern, Blocked::Listed] {
        assert!(PasswordError::Blocked { why }.to_string().contains("words"), "{why}");
    }
}

#[test]
fn the_list_is_in_its_form_and_every_entry_is_found() {
    let lines: Vec<&str> = COMMON.lines().collect();
    assert!(lines.len() > 40_000);
    let blocklist = Blocklist::default();
    for pair in lines.windows(2) {
        assert!(pair[0].as_bytes() < pair[1].as_bytes(), "{pair:?}");
    }
    for line in lines {
        assert!(line.chars().count() >= 6 && !line.contains(char::is_whitespace), "{line:?}");
        assert_eq!(check(&blocklist, line), Some(Blocked::Common), "{line:?}");
    }
}

#[test]
fn a_short_context_says_nothing() {
    let blocklist = Blocklist::default();
    for context in [&[][..], &[""], &["a", "at"], &["-"]] {
        let password = Password::attempt("a cat sat at a table").unwrap();
        assert_eq!(blocklist.check(&password, context), Ok(()), "{context:?}");
    }
}

proptest! {
    #[test]
    fn no_text_is_a_panic(text in "\\PC{0,256}", context in "\\PC{0,64}") {
        let blocklist = Blocklist::new(std::iter::once(context.clone()));
        if let Ok(password) = Password::attempt(&text) {
            let _ = blocklist.check(&password, &[&context]);
        }
    }

    // No rule of composition: random letters alone are enough.
    #[test]
    fn std_800_63b_4_3_1_1_2_random_letters_are_accepted(text in "[a-z]{20}") {
        prop_assert_eq!(check(&Blocklist::default(), &text), None);
    }
}
