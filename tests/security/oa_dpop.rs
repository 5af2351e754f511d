//! Tokens that are bound to a key: OA-11 to OA-13, and the rules of RFC 9449.

use riser_core::protocol::{GrantType, TokenEndpointAuthMethod};
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::flow::{VERIFIER, basic, claims, text};
use riser_testkit::jws::ClientKey;
use riser_testkit::server::{Setup, TestServer, client};
use serde_json::{Value, json};

struct Maker<'s> {
    server: &'s TestServer,
    key: ClientKey,
}

impl<'s> Maker<'s> {
    fn new(server: &'s TestServer) -> Self {
        Self { server, key: ClientKey::generate() }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.public() })
    }

    /// What a good client says for a request.
    fn claims(&self, method: &str, path: &str, token: Option<&str>, jti: &str) -> Value {
        let mut claims = json!({
            "jti": jti, "htm": method, "htu": format!("{}{path}", self.server.issuer), "iat": self.server.now(),
        });
        if let Some(token) = token {
            claims["ath"] = json!(riser_tokens::s256(token));
        }
        claims
    }

    fn proof(&self, method: &str, path: &str, token: Option<&str>) -> String {
        let jti = riser_server::secret_token(&riser_server::SystemRandom);
        self.key.sign(&self.header(), &self.claims(method, path, token, &jti))
    }
}

/// Redeems a code of the public client `app` with a proof, or without.
async fn redeem(browser: &mut Browser, code: &str, proof: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = proof.into_iter().map(|proof| ("dpop", proof)).collect();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    browser.form("/token", &headers, &pairs).await
}

async fn refresh(browser: &mut Browser, token: &str, proof: Option<&str>) -> Answer {
    let headers: Vec<(&str, &str)> = proof.into_iter().map(|proof| ("dpop", proof)).collect();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "app")];
    browser.form("/token", &headers, &pairs).await
}

async fn userinfo(browser: &mut Browser, scheme: &str, token: &str, proof: Option<&str>) -> Answer {
    let authorization = format!("{scheme} {token}");
    let mut headers = vec![("authorization", authorization.as_str())];
    headers.extend(proof.map(|proof| ("dpop", proof)));
    browser.send(reqwest::Method::GET, "/userinfo", &headers, None).await
}

#[tokio::test]
async fn std_dp_04_a_proof_at_the_token_endpoint_binds_the_access_token_to_its_key() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let maker = Maker::new(&server);
    let code = ada.code("app", &[]).await;
    let tokens = redeem(&mut ada, &code, Some(&maker.proof("POST", "/token", None))).await.json();
    assert_eq!(tokens["token_type"], "DPoP");
    let token = text(&tokens, "access_token");
    assert_eq!(claims(token)["cnf"], json!({ "jkt": maker.key.thumbprint() }));
    let told = userinfo(&mut ada, "DPoP", token, Some(&maker.proof("GET", "/userinfo", Some(token)))).await;
    assert_eq!(told.status, 200, "{told:?}");
    // Without a proof nothing is bound.
    let plain = ada.tokens("app", &[]).await;
    assert_eq!(
        (&plain["token_type"], claims(text(&plain, "access_token")).get("cnf")),
        (&json!("Bearer"), None)
    );
}

#[tokio::test]
async fn atk_oa_12_std_dp_03_a_bound_token_is_nobodys_without_its_key_on_any_path() {
    let mut worker = client("worker", TokenEndpointAuthMethod::ClientSecretBasic);
    worker.client.grant_types.push(GrantType::ClientCredentials);
    worker.client.scopes = vec!["riser.evaluate".to_owned()];
    let server = TestServer::start_with(Setup { clients: vec![worker], ..Setup::default() }).await;
    let (_, mut ada) = server.signed_in("ada").await;
    let (maker, thief) = (Maker::new(&server), Maker::new(&server));
    let code = ada.code("app", &[]).await;
    let tokens = redeem(&mut ada, &code, Some(&maker.proof("POST", "/token", None))).await.json();
    let token = text(&tokens, "access_token");
    let other = maker.proof("GET", "/userinfo", Some("another token"));
    let bare = maker.proof("GET", "/userinfo", None);
    let foreign = thief.proof("GET", "/userinfo", Some(token));
    let own = maker.proof("GET", "/userinfo", Some(token));
    for (what, scheme, proof) in [
        ("as a bearer", "Bearer", None),
        ("as a bearer with a proof", "Bearer", Some(&own)),
        ("without a proof", "DPoP", None),
        ("by another key", "DPoP", Some(&foreign)),
        ("for another token", "DPoP", Some(&other)),
        ("for no token", "DPoP", Some(&bare)),
    ] {
        let refused = userinfo(&mut ada, scheme, token, proof.map(String::as_str)).await;
        assert_eq!(refused.status, 401, "{what}");
        let challenge = &refused.headers["www-authenticate"];
        assert!(challenge.starts_with(&format!("{scheme} error=")), "{what}: {challenge}");
    }
    // A bearer's token is none of a key's.
    let plain = ada.tokens("app", &[]).await;
    let plain = text(&plain, "access_token");
    let proof = maker.proof("GET", "/userinfo", Some(plain));
    assert_eq!(userinfo(&mut ada, "DPoP", plain, Some(&proof)).await.status, 401);
    // The refresh token of a public client is its key's too.
    let token = text(&tokens, "refresh_token");
    for proof in [None, Some(thief.proof("POST", "/token", None))] {
        let refused = refresh(&mut ada, token, proof.as_deref()).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_grant")));
    }
    let good = refresh(&mut ada, token, Some(&maker.proof("POST", "/token", None))).await;
    assert_eq!(claims(text(&good.json(), "access_token"))["cnf"]["jkt"], maker.key.thumbprint());
    let next = refresh(&mut ada, text(&good.json(), "refresh_token"), None).await;
    assert_eq!(next.status, 400, "and so is the next");

    // A client's own token.
    let proof = maker.proof("POST", "/token", None);
    let auth = basic("worker");
    let headers = [("authorization", auth.as_str()), ("dpop", proof.as_str())];
    let own = ada.form("/token", &headers, &[("grant_type", "client_credentials")]).await.json();
    let own = text(&own, "access_token");
    for (scheme, proof, status) in [
        ("Bearer", None, 401),
        ("DPoP", None, 401),
        ("DPoP", Some(thief.proof("POST", "/introspect", Some(own))), 401),
        ("DPoP", Some(maker.proof("POST", "/introspect", Some(own))), 200),
    ] {
        let authorization = format!("{scheme} {own}");
        let mut headers = vec![("authorization", authorization.as_str())];
        headers.extend(proof.as_deref().map(|proof| ("dpop", proof)));
        let answer = server.browser().form("/introspect", &headers, &[("token", "x")]).await;
        assert_eq!(answer.status, status, "{scheme} {answer:?}");
    }
}

#[tokio::test]
async fn atk_oa_11_a_proof_is_good_once_and_for_a_minute() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let maker = Maker::new(&server);
    let code = ada.code("app", &[]).await;
    let tokens = redeem(&mut ada, &code, Some(&maker.proof("POST", "/token", None))).await.json();
    let token = text(&tokens, "access_token");
    let proof = maker.proof("GET", "/userinfo", Some(token));
    assert_eq!(userinfo(&mut ada, "DPoP", token, Some(&proof)).await.status, 200);
    for seconds in [0, 1, 58, 1, 1, 9, 60] {
        server.clock.advance(seconds);
        server.app.store.sweep(riser_core::UnixTime(server.now()), 100).await.unwrap();
        let again = userinfo(&mut ada, "DPoP", token, Some(&proof)).await;
        assert_eq!((again.status, &again.json()["error"]), (401, &json!("invalid_dpop_proof")));
    }
}

#[tokio::test]
async fn atk_oa_13_std_dp_01_a_malformed_proof_is_refused_and_binds_nothing() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let maker = Maker::new(&server);
    let code = ada.code("app", &[]).await;
    let now = server.now();
    let with = |name: &str, value: Value| {
        let mut claims = maker.claims("POST", "/token", None, name);
        claims[name] = value;
        maker.key.sign(&maker.header(), &claims)
    };
    let header = |name: &str, value: Value| {
        let mut header = maker.header();
        header[name] = value;
        maker.key.sign(&header, &maker.claims("POST", "/token", None, name))
    };
    let mut private = maker.key.public();
    private["d"] = json!("AA");
    let mut proofs = vec![
        with("htm", json!("GET")),
        with("htm", json!("post")),
        with("htu", json!(format!("{}/userinfo", server.issuer))),
        with("htu", json!("https://evil.example/token")),
        with("htu", json!("/token")),
        with("iat", json!(now - 60)),
        with("iat", json!(now + 11)),
        with("iat", json!(now - 3600)),
        with("iat", json!(now.to_string())),
        with("iat", Value::Null),
        with("jti", json!("")),
        with("jti", json!(7)),
        with("jti", json!("x".repeat(257))),
        with("ath", Value::Null),
        header("typ", json!("JWT")),
        header("typ", json!("at+jwt")),
        header("alg", json!("none")),
        header("alg", json!("HS256")),
        header("alg", json!("RS256")),
        header("jwk", private),
        header("jwk", json!({ "kty": "oct", "k": "AA" })),
        header("jwk", ClientKey::generate().public()),
        header("jwk", Value::Null),
        header("crit", json!(["exp"])),
        "x".to_owned(),
        "a.b.c".to_owned(),
        String::new(),
    ];
    for name in ["jti", "htm", "htu", "iat"] {
        let mut claims = maker.claims("POST", "/token", None, &format!("without {name}"));
        claims.as_object_mut().unwrap().remove(name);
        proofs.push(maker.key.sign(&maker.header(), &claims));
    }
    for (number, proof) in proofs.iter().enumerate() {
        let refused = redeem(&mut ada, &code, Some(proof)).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]),
            (400, &json!("invalid_dpop_proof")),
            "{number}"
        );
    }
    // Two of them.
    let (one, two) = (maker.proof("POST", "/token", None), maker.proof("POST", "/token", None));
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", VERIFIER),
        ("client_id", "app"),
    ];
    let refused = ada.form("/token", &[("dpop", &one), ("DPoP", &two)], &pairs).await;
    assert_eq!(refused.json()["error"], "invalid_dpop_proof");
    // The code was not used up, and what is a little early or late is good (DP-08).
    let mut early = maker.claims("POST", "/token?x=y", None, "early");
    early["iat"] = json!(now + 10);
    let good = redeem(&mut ada, &code, Some(&maker.key.sign(&maker.header(), &early))).await;
    assert_eq!(good.status, 200, "{good:?}");
}

#[tokio::test]
async fn std_dp_05_a_code_that_was_asked_for_with_a_key_is_redeemed_with_it() {
    let server = TestServer::start().await;
    let (_, mut ada) = server.signed_in("ada").await;
    let (maker, thief) = (Maker::new(&server), Maker::new(&server));
    let thumbprint = maker.key.thumbprint();
    let code = ada.code("app", &[("dpop_jkt", &thumbprint)]).await;
    for proof in [None, Some(thief.proof("POST", "/token", None))] {
        let refused = redeem(&mut ada, &code, proof.as_deref()).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_grant")));
    }
    assert_eq!(redeem(&mut ada, &code, Some(&maker.proof("POST", "/token", None))).await.status, 200);
    let bad = ada.authorize("app", &[("dpop_jkt", "short")]).await;
    assert_eq!(bad.param("error").as_deref(), Some("invalid_request"));

    // RFC 9449 §10.1: a proof at `/par` binds as the parameter does, and both are of one key.
    let push = async |proof: &str, jkt: Option<&str>| {
        let mut pairs = vec![
            ("client_id", "app"),
            ("redirect_uri", "https://app.example/callback"),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", riser_testkit::flow::CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        pairs.extend(jkt.map(|jkt| ("dpop_jkt", jkt)));
        server.browser().form("/par", &[("dpop", proof)], &pairs).await
    };
    let mixed = push(&maker.proof("POST", "/par", None), Some(&thief.key.thumbprint())).await;
    assert_eq!((mixed.status, &mixed.json()["error"]), (400, &json!("invalid_request")));
    let pushed = push(&maker.proof("POST", "/par", None), None).await.json();
    let uri = text(&pushed, "request_uri");
    let code = ada.get(&format!("/authorize?client_id=app&request_uri={uri}")).await.param("code").unwrap();
    assert_eq!(redeem(&mut ada, &code, Some(&thief.proof("POST", "/token", None))).await.status, 400);
    assert_eq!(redeem(&mut ada, &code, Some(&maker.proof("POST", "/token", None))).await.status, 200);
}

#[tokio::test]
async fn rfc_9449_5_2_a_client_that_is_registered_for_bound_tokens_gets_no_other() {
    let mut strict = client("strict", TokenEndpointAuthMethod::ClientSecretBasic);
    strict.client.grant_types = vec![GrantType::ClientCredentials];
    strict.client.dpop_bound = true;
    let server = TestServer::start_with(Setup { clients: vec![strict], ..Setup::default() }).await;
    let pairs = [("grant_type", "client_credentials")];
    let auth = basic("strict");
    let refused = server.browser().form("/token", &[("authorization", &auth)], &pairs).await;
    assert_eq!((refused.status, &refused.json()["error"]), (400, &json!("invalid_dpop_proof")));
    let proof = Maker::new(&server).proof("POST", "/token", None);
    let bound = server.browser().form("/token", &[("authorization", &auth), ("dpop", &proof)], &pairs).await;
    assert_eq!((bound.status, &bound.json()["token_type"]), (200, &json!("DPoP")));
}
