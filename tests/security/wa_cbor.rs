//! Hostile bytes through the endpoints: WA-10, WA-11. Each is answered with 400 or 422, quickly, and counts
//! for nothing.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use riser_testkit::authenticator::{KeyKind, Lies, SoftAuthenticator};
use riser_testkit::server::TestServer;
use serde_json::{Value, json};

use crate::support::{creation_options, lying, options, refusal};

/// Byte strings that no attestation object is.
fn hostile_objects(good: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let with = |head: &[u8], tail: &[u8]| [head, tail].concat();
    let mut cut = good.to_vec();
    cut.truncate(good.len() / 2);
    let mut doubled = good.to_vec();
    doubled[0] = 0xa4;
    doubled.extend_from_slice(b"\x63fmt\x64none");
    vec![
        ("nothing", vec![]),
        ("a break", vec![0xff]),
        ("deep arrays", vec![0x81; 40_000]),
        ("deep maps", b"\xa1\x61a".repeat(13_000)),
        ("deep tags", vec![0xc0; 40_000]),
        ("endless array", vec![0x9f; 20_000]),
        ("endless map", vec![0xbf; 20_000]),
        ("endless bytes", with(&[0x5f], &[0x41, 0].repeat(10_000))),
        ("a huge byte string", vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a huge text", vec![0x7b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a huge array", vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a huge map", vec![0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("a map of a billion", vec![0xba, 0x3b, 0x9a, 0xca, 0x00]),
        ("trailing bytes", with(good, &[0])),
        ("two objects", with(good, good)),
        ("half an object", cut),
        ("a doubled key", doubled),
        ("an integer", vec![0x01]),
        ("a reserved head", vec![0x1c]),
        ("null", vec![0xf6]),
        ("not a number", vec![0xf9, 0x7e, 0x00]),
        ("an empty map", vec![0xa0]),
        ("invalid UTF-8", vec![0xa1, 0x63, 0xff, 0xfe, 0xfd, 0x01]),
    ]
}

#[tokio::test]
async fn atk_wa_10_hostile_cbor_is_refused_quickly_and_registers_nothing() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let challenge = creation_options(&mut ada, &visit).await;
    let honest = SoftAuthenticator::synced(KeyKind::Es256).create(&server.issuer, &challenge).unwrap();
    let good = honest["response"]["attestationObject"].as_str().unwrap();
    let good = URL_SAFE_NO_PAD.decode(good).unwrap();
    for (name, bytes) in hostile_objects(&good) {
        let visit = ada.get(&link).await.location().to_owned();
        let challenge = creation_options(&mut ada, &visit).await;
        let mut registration =
            SoftAuthenticator::synced(KeyKind::Es256).create(&server.issuer, &challenge).unwrap();
        registration["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(&bytes));
        let began = Instant::now();
        let refused = ada.post(&format!("{visit}/enrol/passkey"), &registration).await;
        assert!(began.elapsed() < Duration::from_secs(2), "{name}");
        assert!(matches!(refused.status, 400 | 422), "{name}: {refused:?}");
        assert!(!refusal(&refused).1.is_empty(), "{name}: {refused:?}");
    }
    assert_eq!(server.app.store.credentials(&user).await.unwrap().len(), 1, "the password alone");
    assert_eq!(ada.get(&link).await.status, 303, "and the link is not spent");
}

#[tokio::test]
async fn atk_wa_10_an_attestation_object_with_a_byte_turned_over_passes_only_where_nothing_depends_on_it() {
    let server = TestServer::start().await;
    let (user, mut ada) = server.signed_in("ada").await;
    // Every fifth byte: a bounded loop that meets each part of the object.
    for position in (0..200).step_by(5) {
        let link = server.enrolment_link(&user, "phr").await;
        let visit = ada.get(&link).await.location().to_owned();
        let challenge = creation_options(&mut ada, &visit).await;
        let mut registration =
            SoftAuthenticator::synced(KeyKind::Es256).create(&server.issuer, &challenge).unwrap();
        let text = registration["response"]["attestationObject"].as_str().unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        // The header, the model, the id with its length, the key: 37 + 16 + 34 + 77 bytes at the end.
        let data = bytes.len() - 164;
        let Some(byte) = bytes.get_mut(position) else { break };
        *byte ^= 0x80;
        registration["response"]["attestationObject"] = json!(URL_SAFE_NO_PAD.encode(&bytes));
        let answer = ada.post(&format!("{visit}/enrol/passkey"), &registration).await;
        let free = (data + 33..data + 53).contains(&position); // the counter and the model
        assert_eq!(answer.status, if free { 200 } else { 422 }, "{position}: {answer:?}");
    }
}

#[tokio::test]
async fn atk_wa_10_hostile_authenticator_data_is_refused() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    for (name, bytes) in [
        ("nothing", vec![]),
        ("a byte short", vec![0; 36]),
        ("all ones", vec![0xff; 37]),
        ("sixteen kilobytes", vec![0; 16 * 1024]),
        ("more than that", vec![0; 17 * 1024]),
        ("all flags and deep CBOR", [vec![0xff; 37], vec![0x81; 9000]].concat()),
    ] {
        let visit = ada.visit("app", &[("acr_values", "phr")]).await;
        let mut assertion = ada.assertion(&visit, &key).await;
        assertion["response"]["authenticatorData"] = json!(URL_SAFE_NO_PAD.encode(&bytes));
        let refused = ada.post(&format!("{visit}/passkey"), &assertion).await;
        assert!(matches!(refused.status, 400 | 401), "{name}: {refused:?}");
    }
    assert_eq!(ada.held().await["acr"], "aal1");
}

#[tokio::test]
async fn atk_wa_11_odd_client_data_is_hashed_as_it_came_and_read_one_way() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let honest = |challenge: &str| {
        format!(
            r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"{}","crossOrigin":false}}"#,
            server.issuer
        )
    };
    for (name, passes, make) in [
        ("as browsers write it", true, (|text: String| text) as fn(String) -> String),
        ("extra members", true, |text| {
            text.replace("false}", r#"false,"other_keys_can_be_added_here":{"a":[1]}}"#)
        }),
        ("white space", true, |text| text.replace(',', " ,\n\t ")),
        ("a byte order mark", true, |text| format!("\u{feff}{text}")),
        ("two byte order marks", false, |text| format!("\u{feff}\u{feff}{text}")),
        ("a doubled type", false, |text| text.replacen("{", r#"{"type":"webauthn.create","#, 1)),
        ("a doubled challenge", false, |text| text.replace("false}", r#"false,"challenge":"AAAA"}"#)),
        ("a doubled origin, escaped", false, |text| {
            text.replace("false}", r#"false,"\u006frigin":"https://evil"}"#)
        }),
        ("trailing text", false, |text| format!("{text}x")),
        ("a comma too many", false, |text| text.replace("false}", "false,}")),
        ("an array around it", false, |text| format!("[{text}]")),
        ("a challenge as an array", false, |text| {
            text.replace(r#""challenge":"#, r#""challenge":["x"],"c":"#)
        }),
        ("a cross-origin text", false, |text| text.replace(":false}", r#":"false"}"#)),
        ("a top origin of null", false, |text| text.replace("false}", r#"false,"topOrigin":null}"#)),
        ("a token binding", true, |text| {
            text.replace("false}", r#"false,"tokenBinding":{"status":"supported"}}"#)
        }),
        ("deep", false, |text| text.replace("false}", &format!(r#"false,"a":{}}}"#, "[".repeat(5000)))),
        ("long", false, |text| text.replace("false}", &format!(r#"false,"a":"{}"}}"#, "x".repeat(17_000)))),
    ] {
        let visit = ada.visit("app", &[("acr_values", "phr"), ("max_age", "0")]).await;
        let challenge = options(&mut ada, &visit).await;
        let text = make(honest(challenge["challenge"].as_str().unwrap()));
        let lies = Lies { client_data_json: Some(text), ..Lies::default() };
        let assertion = lying(&key, lies).get(&server.issuer, &challenge).unwrap();
        let answer = ada.post(&format!("{visit}/passkey"), &assertion).await;
        assert_eq!(answer.status == 200, passes, "{name}: {answer:?}");
        assert!(passes || matches!(answer.status, 400 | 401), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn atk_wa_11_responses_that_are_not_of_the_json_form_are_refused() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    type Change = fn(&mut Value);
    let changes: Vec<(&str, Change)> = vec![
        ("no type", |v| {
            v.as_object_mut().unwrap().remove("type");
        }),
        ("another type", |v| v["type"] = json!("password")),
        ("no rawId", |v| {
            v.as_object_mut().unwrap().remove("rawId");
        }),
        ("id and rawId differ", |v| v["id"] = json!("AAAA")),
        ("padded", |v| repad(v, "signature", |bytes| format!("{}=", URL_SAFE_NO_PAD.encode(bytes)))),
        ("the other alphabet", |v| repad(v, "authenticatorData", |bytes| STANDARD.encode(bytes))),
        ("not base64", |v| v["response"]["clientDataJSON"] = json!("{}")),
        ("invalid UTF-8 inside", |v| {
            v["response"]["clientDataJSON"] = json!(URL_SAFE_NO_PAD.encode(b"{\"\xff\":1}"))
        }),
        ("a number", |v| v["response"]["signature"] = json!(7)),
        ("an array", |v| v["response"]["signature"] = json!([1, 2])),
        ("null", |v| v["response"]["authenticatorData"] = json!(null)),
        ("no response", |v| {
            v.as_object_mut().unwrap().remove("response");
        }),
        ("response is a text", |v| v["response"] = json!("x")),
        ("a handle of 65 bytes", |v| v["response"]["userHandle"] = json!(URL_SAFE_NO_PAD.encode([0; 65]))),
        ("an id of 1024 bytes", |v| {
            v["id"] = json!(URL_SAFE_NO_PAD.encode([0; 1024]));
            v["rawId"] = v["id"].clone();
        }),
        ("a registration", |v| v["response"]["attestationObject"] = v["response"]["signature"].take()),
        ("70 members", |v| (0..70).for_each(|n| v[format!("m{n}")] = json!(n))),
    ];
    let visit = ada.visit("app", &[("acr_values", "phr")]).await;
    for (name, change) in changes {
        let mut assertion = ada.assertion(&visit, &key).await;
        change(&mut assertion);
        let refused = ada.post(&format!("{visit}/passkey"), &assertion).await;
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{name}");
    }
    for body in ["", "null", "[]", "7", "\"x\"", "{", "{}", "\u{feff}{}", &"[".repeat(50_000)] {
        let headers = [("content-type", "application/json")];
        let path = format!("{visit}/passkey");
        let refused = ada.send(reqwest::Method::POST, &path, &headers, Some(body.to_owned())).await;
        assert_eq!(refusal(&refused), (400, "invalid_request".to_owned()), "{body:.20}");
    }
    assert!(ada.passkey(&visit, &key).await.param("code").is_some(), "none of them counted as a try");
}

fn repad(value: &mut Value, name: &str, encode: fn(&[u8]) -> String) {
    let bytes = URL_SAFE_NO_PAD.decode(value["response"][name].as_str().unwrap()).unwrap();
    let mut text = encode(&bytes);
    if text == URL_SAFE_NO_PAD.encode(&bytes) {
        text.push('=');
    }
    value["response"][name] = json!(text);
}
