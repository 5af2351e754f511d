//! What is shown is what is hashed, whatever is asked.

use proptest::prelude::*;
use serde_json::json;

use super::{AuthorizationDetails, DetailsError, DetailsType, Digest, challenge};
use crate::{Acr, ClientId, SessionId};

fn parse(text: &str) -> Result<AuthorizationDetails, DetailsError> {
    AuthorizationDetails::parse(text, &DetailsType::built_in(&Acr::parse("phr").unwrap()))
}

fn payment(amount: &str, payee: &str, iban: &str, reference: Option<&str>) -> serde_json::Value {
    let mut entry = json!({
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": amount },
        "creditorName": payee,
        "creditorAccount": { "iban": iban },
    });
    if let Some(reference) = reference {
        entry["remittanceInformationUnstructured"] = reference.into();
    }
    json!([entry])
}

fn any_payment() -> impl Strategy<Value = serde_json::Value> {
    let amount = "[1-9][0-9]{0,5}\\.[0-9]{2}";
    let payee = "[A-Za-zÄÖÜäöüß&.-]{1,6}( [A-Za-z]{1,6})?";
    let iban = "DE[0-9]{20}";
    let reference = proptest::option::of("[A-Z0-9]{1,8}");
    (amount, payee, iban, reference)
        .prop_map(|(amount, payee, iban, reference)| payment(&amount, &payee, &iban, reference.as_deref()))
}

proptest! {
    #[test]
    fn atk_ps_03_two_payments_look_alike_exactly_when_their_digests_are_equal(one in any_payment(), other in any_payment()) {
        let (one, other) = (parse(&one.to_string()).unwrap(), parse(&other.to_string()).unwrap());
        prop_assert_eq!(one.rows() == other.rows(), one.digest() == other.digest());
    }

    #[test]
    fn atk_ps_01_any_change_of_one_character_changes_the_digest(payment in any_payment(), at in any::<prop::sample::Index>(), with in "[0-9A-Za-z]") {
        let original = parse(&payment.to_string()).unwrap();
        let text = payment.to_string();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let place = places[at.index(places.len())];
        let old = text[place..].chars().next().unwrap();
        let changed = format!("{}{with}{}", &text[..place], &text[place + old.len_utf8()..]);
        if let Ok(changed) = parse(&changed) && changed.array() != original.array() {
            prop_assert_ne!(changed.digest(), original.digest());
        }
    }

    #[test]
    fn whatever_is_parsed_is_kept_as_it_was_sent_and_never_panics(text in ".{0,200}") {
        if let Ok(details) = parse(&text) {
            prop_assert_eq!(details.array(), &serde_json::from_str::<serde_json::Value>(&text).unwrap());
        }
    }
}

#[test]
fn rfc_8785_spelling_and_order_do_not_change_the_digest() {
    let plain = payment("1234.00", "ACME", "DE02120300000000202051", None);
    let spaced = "[ {\"creditorAccount\":{\"iban\":\"DE02120300000000202051\"}, \"instructedAmount\" : \
                  {\"amount\":\"1234.00\",\"currency\":\"EUR\"},\"type\":\"payment_initiation\",\"creditorName\":\"\\u0041CME\"} ]";
    assert_eq!(parse(&plain.to_string()).unwrap().digest(), parse(spaced).unwrap().digest());
}

#[test]
#[rustfmt::skip] // a table
fn rfc_9396_5_only_one_well_formed_entry_of_a_known_type_is_taken() {
    let with = |changes: serde_json::Value| {
        let mut entry = payment("1.00", "ACME", "DE02120300000000202051", None)[0].clone();
        for (name, value) in changes.as_object().unwrap() {
            entry[name] = value.clone();
        }
        json!([entry]).to_string()
    };
    let long = "x".repeat(141);
    for (name, text) in [
        ("not JSON", "{".to_owned()),
        ("an object", "{}".to_owned()),
        ("no entry", "[]".to_owned()),
        ("two entries", json!([payment("1.00", "A", "DE021", None)[0], payment("1.00", "A", "DE021", None)[0]]).to_string()),
        ("an unknown type", with(json!({ "type": "transfer" }))),
        ("no type", json!([{}]).to_string()),
        ("a field more", with(json!({ "priority": "high" }))),
        ("an amount that is a number", with(json!({ "instructedAmount": { "currency": "EUR", "amount": 1 } }))),
        ("a field more inside", with(json!({ "creditorAccount": { "iban": "DE02120300000000202051", "bic": "X" } }))),
        ("a currency in small letters", with(json!({ "instructedAmount": { "currency": "eur", "amount": "1.00" } }))),
        ("an IBAN with spaces", with(json!({ "creditorAccount": { "iban": "DE02 1203" } }))),
        ("a text of 141 characters", with(json!({ "creditorName": long }))),
        ("an empty text", with(json!({ "creditorName": "" }))),
        ("a line break", with(json!({ "creditorName": "ACME\nGmbH" }))),
        ("a change of direction", with(json!({ "creditorName": "ACME\u{202e}HbmG" }))),
        ("an invisible character", with(json!({ "creditorName": "ACME\u{200b}" }))),
        ("a space around it", with(json!({ "creditorName": " ACME" }))),
        ("a bad reference", with(json!({ "remittanceInformationUnstructured": "a\u{2028}b" }))),
        ("a null reference is no text", with(json!({ "remittanceInformationUnstructured": 5 }))),
        ("a doubled name", "[{\"type\":\"payment_initiation\",\"creditorName\":\"A\",\"creditorName\":\"B\",\"instructedAmount\":{\"currency\":\"EUR\",\"amount\":\"1.00\"},\"creditorAccount\":{\"iban\":\"DE021\"}}]".to_owned()),
        ("too large", format!("[{}]", " ".repeat(9000))),
    ] {
        assert!(parse(&text).is_err(), "{name}: {text}");
    }
    let exactly = with(json!({ "creditorName": "x".repeat(140) }));
    assert!(parse(&exactly).is_ok());
}

#[test]
fn an_action_shows_what_it_is_on_what_and_its_own_rows() {
    let action = |changes: serde_json::Value| {
        let mut entry = json!({
            "type": "riser_action", "action": "tenant.delete", "resource": "tenant/42",
            "parameters_sha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "display": [["Tenant", "ACME"]],
        });
        for (name, value) in changes.as_object().unwrap() {
            entry[name] = value.clone();
        }
        parse(&json!([entry]).to_string())
    };
    let rows = action(json!({})).unwrap().rows().to_vec();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect();
    assert_eq!(rows, [("Action", "tenant.delete"), ("On", "tenant/42"), ("Tenant", "ACME")]);
    assert!(action(json!({ "parameters_sha256": "e".repeat(64) })).is_ok());
    for bad in [
        json!({ "parameters_sha256": "short" }),
        json!({ "parameters_sha256": "E".repeat(64) }),
        json!({ "display": [] }),
        json!({ "display": [["a"]] }),
        json!({ "display": vec![["a", "b"]; 13] }),
        json!({ "display": [["a", "b\u{202e}"]] }),
        json!({ "action": "" }),
        json!({ "resource": "a\nb" }),
        json!({ "more": 1 }),
    ] {
        assert!(action(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn a_challenge_is_for_one_nonce_session_client_and_transaction() {
    let digest = |text: &str| Digest::of(&text.into()).unwrap();
    let made = |nonce: u8, session: &str, client: &str, details: &str| {
        challenge(&[nonce; 32], &SessionId::new(session), &ClientId::new(client), &digest(details))
    };
    let one = made(1, "s", "c", "d");
    assert_eq!(one, made(1, "s", "c", "d"));
    for other in
        [made(2, "s", "c", "d"), made(1, "t", "c", "d"), made(1, "s", "e", "d"), made(1, "s", "c", "f")]
    {
        assert_ne!(one, other);
    }
    // Computed independently: python3 hashlib over "riser/tx/1" || nonce || sha256(sid) || sha256(client) || sha256(JCS).
    let expected = "d1cc9c72d500feb5";
    let hex: String = one[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, expected);
}
