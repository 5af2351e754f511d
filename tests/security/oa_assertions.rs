//! What a client signs to prove itself: OA-14 to OA-20 at `private_key_jwt`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_core::protocol::{GrantType, TokenEndpointAuthMethod};
use riser_testkit::browser::Answer;
use riser_testkit::flow::{basic, text};
use riser_testkit::jws::{ClientKey, keyed};
use riser_testkit::server::{Setup, TestServer, client};
use serde_json::{Value, json};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn start() -> (TestServer, ClientKey, ClientKey) {
    let (mut robot, key) = keyed("robot");
    let (mut other, other_key) = keyed("other");
    for registered in [&mut robot, &mut other] {
        registered.client.grant_types.push(GrantType::ClientCredentials);
    }
    let server = TestServer::start_with(Setup { clients: vec![robot, other], ..Setup::default() }).await;
    (server, key, other_key)
}

/// An assertion as a good client makes it.
fn good(server: &TestServer, jti: &str) -> Value {
    let now = server.now();
    json!({ "iss": "robot", "sub": "robot", "aud": server.issuer, "iat": now, "exp": now + 60, "jti": jti })
}

async fn present(server: &TestServer, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let mut pairs = vec![
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    pairs.extend_from_slice(more);
    server.browser().form("/token", &[], &pairs).await
}

async fn refused(server: &TestServer, assertion: &str, what: &str) {
    let answer = present(server, assertion, &[]).await;
    assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")), "{what}");
}

fn es256() -> Value {
    json!({ "alg": "ES256" })
}

#[tokio::test]
async fn std_ca_01_a_client_proves_itself_by_its_key() {
    let (server, key, _) = start().await;
    // As clients write it: without a type, as a mere JWT, or by the name that it has now.
    for (number, typ) in [None, Some("JWT"), Some("client-authentication+jwt")].into_iter().enumerate() {
        let mut header = es256();
        if let Some(typ) = typ {
            header["typ"] = json!(typ);
        }
        let assertion = key.sign(&header, &good(&server, &format!("good {number}")));
        let answer = present(&server, &assertion, &[("client_id", "robot")]).await;
        assert_eq!(answer.status, 200, "{typ:?}: {answer:?}");
    }
    let without_name = present(&server, &key.sign(&es256(), &good(&server, "nameless")), &[]).await;
    assert_eq!(without_name.status, 200, "RFC 7521 §4.2: {without_name:?}");
    // Every back-channel endpoint takes it.
    let token = text(&without_name.json(), "access_token").to_owned();
    let assertion = key.sign(&es256(), &good(&server, "introspect"));
    let pairs = [
        ("token", token.as_str()),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion.as_str()),
    ];
    let told = server.browser().form("/introspect", &[], &pairs).await;
    assert_eq!((told.status, &told.json()["active"]), (200, &json!(true)));
}

#[tokio::test]
async fn atk_oa_19_an_assertion_is_good_once() {
    let (server, key, other_key) = start().await;
    let assertion = key.sign(&es256(), &good(&server, "once"));
    let all = (0..20).map(|_| present(&server, &assertion, &[]));
    let mut passed = 0;
    for answer in all {
        passed += usize::from(answer.await.status == 200);
    }
    assert_eq!(passed, 1);
    let raced = key.sign(&es256(), &good(&server, "raced"));
    let (one, two, three) = tokio::join!(
        present(&server, &raced, &[]),
        present(&server, &raced, &[]),
        present(&server, &raced, &[])
    );
    let passed = [one, two, three].iter().filter(|answer| answer.status == 200).count();
    assert_eq!(passed, 1);
    // The same name in a fresh signature is the same name; another client's names are its own.
    let mut again = good(&server, "once");
    again["exp"] = json!(server.now() + 120);
    refused(&server, &key.sign(&es256(), &again), "a name that came before").await;
    let mut others = good(&server, "once");
    (others["iss"], others["sub"]) = (json!("other"), json!("other"));
    assert_eq!(present(&server, &other_key.sign(&es256(), &others), &[]).await.status, 200);
    // Nor is it good after its end, when its name may have been forgotten.
    server.clock.advance(80);
    server.app.store.sweep(riser_core::UnixTime(server.now()), 100).await.unwrap();
    refused(&server, &assertion, "after its end").await;
}

#[tokio::test]
async fn atk_oa_18_only_the_issuers_own_name_is_an_audience() {
    let (server, key, _) = start().await;
    let issuer = &server.issuer;
    for (number, aud) in [
        json!(format!("{issuer}/token")),
        json!(format!("{issuer}/")),
        json!(issuer.to_uppercase()),
        json!([issuer]),
        json!([issuer, "https://evil.example"]),
        json!("https://evil.example"),
        json!(""),
        json!({ "0": issuer }),
        Value::Null,
    ]
    .into_iter()
    .enumerate()
    {
        let mut claims = good(&server, &format!("aud {number}"));
        claims["aud"] = aud.clone();
        refused(&server, &key.sign(&es256(), &claims), &aud.to_string()).await;
    }
}

#[tokio::test]
async fn atk_oa_17_every_claim_of_a_wrong_type_or_value_is_refused_and_none_is_skipped() {
    let (server, key, _) = start().await;
    let now = server.now();
    let mut rows = Vec::new();
    for name in ["iss", "sub", "jti"] {
        for value in
            [Value::Null, json!(1), json!(true), json!([name]), json!({}), json!(""), json!("somebody")]
        {
            // A name may be any text.
            if name != "jti" || value != json!("somebody") {
                rows.push((name, value));
            }
        }
    }
    for name in ["exp", "nbf", "iat"] {
        for value in [
            Value::Null,
            json!("never"),
            json!((now + 60).to_string()),
            json!([now + 60]),
            json!(true),
            json!({}),
            json!(1.5e300),
        ] {
            rows.push((name, value));
        }
    }
    rows.extend([
        ("exp", json!(now - 11)),
        ("exp", json!(now + 3601)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(-1)),
        ("nbf", json!(now + 11)),
        ("iat", json!(now + 11)),
        ("jti", json!("x".repeat(257))),
    ]);
    for (number, (name, value)) in rows.into_iter().enumerate() {
        let mut claims = good(&server, &format!("type {number}"));
        claims[name] = value.clone();
        refused(&server, &key.sign(&es256(), &claims), &format!("{name} {value}")).await;
    }
    for name in ["iss", "sub", "aud", "exp", "jti"] {
        let mut claims = good(&server, &format!("without {name}"));
        claims.as_object_mut().unwrap().remove(name);
        refused(&server, &key.sign(&es256(), &claims), &format!("without {name}")).await;
    }
    // What is optional may be left out.
    let mut claims = good(&server, "short");
    claims.as_object_mut().unwrap().remove("iat");
    assert_eq!(present(&server, &key.sign(&es256(), &claims), &[]).await.status, 200);
}

#[tokio::test]
async fn atk_oa_15_atk_oa_20_the_header_chooses_neither_algorithm_nor_key() {
    let (server, key, other_key) = start().await;
    let claims = |what: &str| good(&server, what);
    for header in [
        json!({ "alg": "none" }),
        json!({ "alg": "HS256" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "PS256" }),
        json!({ "alg": "es256" }),
        json!({ "alg": "ES256", "kid": "../../etc/passwd" }),
        json!({ "alg": "ES256", "kid": "' OR 1=1 --" }),
        json!({ "alg": "ES256", "crit": ["exp"] }),
        json!({ "alg": "ES256", "typ": "dpop+jwt" }),
        json!({ "alg": "ES256", "typ": "at+jwt" }),
        json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt" }),
        json!({ "alg": ["ES256"] }),
        json!({}),
    ] {
        refused(&server, &key.sign(&header, &claims(&header.to_string())), &header.to_string()).await;
    }
    // Another's key, shown along or not; or pointed to.
    for header in [
        es256(),
        json!({ "alg": "ES256", "jwk": other_key.public() }),
        json!({ "alg": "ES256", "jku": format!("{}/jwks", server.issuer) }),
        json!({ "alg": "ES256", "x5u": "https://evil.example/" }),
    ] {
        refused(&server, &other_key.sign(&header, &claims(&header.to_string())), &header.to_string()).await;
    }
    // Nothing signed, and an HMAC with the public key as its secret.
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = |header: Value, what: &str| format!("{}.{}", encode(&header), encode(&claims(what)));
    refused(&server, &format!("{}.", unsigned(json!({ "alg": "none" }), "none")), "none").await;
    refused(&server, &format!("{}.", unsigned(es256(), "empty")), "an empty signature").await;
    let text = unsigned(json!({ "alg": "HS256" }), "hmac");
    let secret = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key.public().to_string().as_bytes());
    let tag = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&secret, text.as_bytes()));
    refused(&server, &format!("{text}.{tag}"), "HMAC by the public key").await;
    // It was good all along.
    assert_eq!(present(&server, &key.sign(&es256(), &claims("good")), &[]).await.status, 200);
}

#[tokio::test]
async fn atk_oa_16_no_bit_of_an_assertion_can_be_turned() {
    let (server, key, _) = start().await;
    let assertion = key.sign(&es256(), &good(&server, "bent"));
    for index in (0..assertion.len()).step_by(5) {
        let mut bent = assertion.clone().into_bytes();
        bent[index] = if bent[index] == b'A' { b'B' } else { b'A' };
        refused(&server, &String::from_utf8(bent).unwrap(), &format!("byte {index}")).await;
    }
    for cut in [0, 1, 40, assertion.len() - 1] {
        if cut > 0 {
            refused(&server, &assertion[..cut], &format!("cut at {cut}")).await;
        }
    }
    assert_eq!(present(&server, &assertion, &[]).await.status, 200);
}

#[tokio::test]
async fn atk_oa_21_no_token_of_ours_and_no_other_method_stands_for_a_key() {
    let (server, key, _) = start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let tokens = ada.tokens("bank", &[]).await;
    for kind in ["id_token", "access_token", "refresh_token"] {
        let answer = present(&server, text(&tokens, kind), &[("client_id", "robot")]).await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")), "{kind}");
    }
    // Another client's name beside it.
    let assertion = key.sign(&es256(), &good(&server, "other"));
    for id in ["other", "bank", "app", "nobody"] {
        let answer = present(&server, &assertion, &[("client_id", id)]).await;
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")), "{id}");
    }
    // Two ways at a time.
    let two = present(&server, &assertion, &[("client_secret", "x"), ("client_id", "robot")]).await;
    assert_eq!((two.status, &two.json()["error"]), (400, &json!("invalid_request")));
    // The client's own registered way and no other.
    let pairs = [("grant_type", "client_credentials")];
    let by_secret = server.browser().form("/token", &[("authorization", &basic("robot"))], &pairs).await;
    assert_eq!((by_secret.status, &by_secret.json()["error"]), (401, &json!("invalid_client")));
    for (name, value) in [
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        ("client_assertion_type", ""),
    ] {
        let pairs = [("grant_type", "client_credentials"), ("client_assertion", &assertion), (name, value)];
        let answer = server.browser().form("/token", &[], &pairs).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")), "{value}");
    }
    assert_eq!(present(&server, &assertion, &[]).await.status, 200);
}

#[tokio::test]
async fn a_client_that_is_to_prove_itself_by_a_key_has_one() {
    let without = client("keyless", TokenEndpointAuthMethod::PrivateKeyJwt);
    let (registered, _) = keyed("keyless");
    assert!(without.keys.is_none() && registered.keys.is_some());
    let server = TestServer::start().await;
    let app = &server.app;
    let provider = riser_server::Provider::new(
        server.issuer.clone(),
        vec![without],
        riser_core::step_up::Ground {
            ladder: app.provider.ground.ladder.clone(),
            enrollable: app.provider.ground.enrollable.clone(),
        },
        Vec::new(),
        riser_factors::webauthn::RelyingParty::new(
            "localhost",
            [server.issuer.clone()],
            riser_factors::webauthn::UserVerification::Required,
        )
        .unwrap(),
        app.provider.session_life,
    );
    assert!(matches!(provider, Err(riser_server::ProviderError::Keys(id)) if id == "keyless"));
}
