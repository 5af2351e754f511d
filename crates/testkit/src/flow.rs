//! The steps of a relying party's conversation with the provider, for tests that are about something else.

use serde_json::{Value, json};

use crate::authenticator::{KeyKind, SoftAuthenticator};
use crate::browser::{Answer, Browser};
use crate::server::{PASSWORD, SECRET, TestServer};

/// The PKCE verifier that every test client uses.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its S256 challenge (RFC 7636 Appendix B).
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A well-formed authorization request of a test client, with what the test adds or replaces; what it gives no value goes.
#[must_use]
pub fn authorize_pairs(client: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let redirect_uri = format!("https://{client}.example/callback");
    let mut pairs: Vec<(&str, &str)> = vec![
        ("client_id", client),
        ("redirect_uri", &redirect_uri),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The same as an address.
#[must_use]
pub fn authorize_path(client: &str, changes: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(authorize_pairs(client, changes));
    format!("/authorize?{}", query.finish())
}

impl Browser {
    /// Sends an authorization request.
    pub async fn authorize(&mut self, client: &str, changes: &[(&str, &str)]) -> Answer {
        self.get(&authorize_path(client, changes)).await
    }

    /// Redeems a code; the confidential clients prove themselves with [`SECRET`].
    pub async fn redeem(&mut self, client: &str, code: &str) -> Answer {
        let redirect_uri = format!("https://{client}.example/callback");
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", VERIFIER),
        ];
        self.token(client, &pairs).await
    }

    /// A token request of a client.
    pub async fn token(&mut self, client: &str, pairs: &[(&str, &str)]) -> Answer {
        let mut pairs = pairs.to_vec();
        let basic = basic(client);
        if matches!(client, "bank" | "shop") {
            return self.form("/token", &[("authorization", &basic)], &pairs).await;
        }
        pairs.push(("client_id", client));
        self.form("/token", &[], &pairs).await
    }

    /// Asks for options and answers with an assertion, in a visit.
    pub async fn passkey(&mut self, visit: &str, key: &SoftAuthenticator) -> Answer {
        let options = self.post(&format!("{visit}/passkey/options"), &json!({})).await;
        assert_eq!(options.status, 200, "{options:?}");
        let assertion = key.get(&origin_of(visit), &options.json()["publicKey"]).expect("an assertion");
        self.post(&format!("{visit}/passkey"), &assertion).await
    }
}

/// The journeys of which a test needs only the end.
impl Browser {
    /// Opens the visit of a request that its person has to answer.
    pub async fn visit(&mut self, client: &str, changes: &[(&str, &str)]) -> String {
        let answer = self.authorize(client, changes).await;
        assert!(answer.location().contains("/interaction/"), "no visit: {answer:?}");
        answer.location().to_owned()
    }

    /// The code of a request that the session satisfies already.
    pub async fn code(&mut self, client: &str, changes: &[(&str, &str)]) -> String {
        let answer = self.authorize(client, changes).await;
        answer.param("code").unwrap_or_else(|| panic!("no code: {answer:?}"))
    }

    /// The tokens of a request that the session satisfies already.
    pub async fn tokens(&mut self, client: &str, changes: &[(&str, &str)]) -> Value {
        let code = self.code(client, changes).await;
        let answer = self.redeem(client, &code).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// What the session holds, as a token without any demand tells it; `null` where nobody is signed in.
    pub async fn held(&mut self) -> Value {
        let silent = self.authorize("app", &[("prompt", "none")]).await;
        let Some(code) = silent.param("code") else { return Value::Null };
        let tokens = self.redeem("app", &code).await.json();
        let all = claims(tokens["access_token"].as_str().expect("an access token"));
        json!({ "sub": all["sub"], "sid": all["sid"], "acr": all["acr"], "amr": all["amr"], "auth_time": all["auth_time"] })
    }

    /// The tokens of a step-up by passkey.
    pub async fn step_up(
        &mut self,
        client: &str,
        changes: &[(&str, &str)],
        key: &SoftAuthenticator,
    ) -> Value {
        let visit = self.visit(client, changes).await;
        let done = self.passkey(&visit, key).await;
        let code = done.param("code").unwrap_or_else(|| panic!("no code: {done:?}"));
        self.redeem(client, &code).await.json()
    }

    /// An answer to fresh options of a visit, not sent yet.
    pub async fn assertion(&mut self, visit: &str, key: &SoftAuthenticator) -> Value {
        let options = self.post(&format!("{visit}/passkey/options"), &json!({})).await;
        assert_eq!(options.status, 200, "{options:?}");
        key.get(&origin_of(visit), &options.json()["publicKey"]).expect("an assertion")
    }

    /// A refresh.
    pub async fn refresh(&mut self, client: &str, token: &str) -> Answer {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }

    /// The claims about an access token's person.
    pub async fn userinfo(&mut self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.send(reqwest::Method::GET, "/userinfo", &[("authorization", &bearer)], None).await
    }
}

/// The header of a confidential test client.
#[must_use]
pub fn basic(client: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{client}:{SECRET}")))
}

/// The origin of an absolute address.
#[must_use]
pub fn origin_of(address: &str) -> String {
    url::Url::parse(address).expect("an absolute address").origin().ascii_serialization()
}

/// The claims of a token, unverified: tests of signatures are elsewhere.
#[must_use]
pub fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let payload = token.split('.').nth(1).expect("three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

impl TestServer {
    /// A person with a password, signed in with it at a browser of their own.
    pub async fn signed_in(&self, name: &str) -> (riser_core::UserId, Browser) {
        let user = self.add_user(name).await;
        let mut browser = self.browser();
        self.sign_in(&mut browser, name).await;
        (user, browser)
    }

    /// Signs a person in by password through the client `app`.
    pub async fn sign_in(&self, browser: &mut Browser, name: &str) -> Answer {
        let visit = browser.authorize("app", &[]).await.location().to_owned();
        let done = browser.sign_in(&visit, name, PASSWORD).await;
        assert_eq!(done.json()["status"], "done", "{done:?}");
        done
    }

    /// The same person with a passkey that may reach `phr`.
    pub async fn with_passkey(&self, name: &str) -> (riser_core::UserId, Browser, SoftAuthenticator) {
        let (user, mut browser) = self.signed_in(name).await;
        let key = self.enrol(&user, &mut browser, "phr").await;
        (user, browser, key)
    }

    /// Shuts an account.
    pub async fn disable(&self, user: &riser_core::UserId) {
        use riser_server::Clock as _;
        let at = self.clock.now();
        let event = riser_core::audit::Event::UserDisabled { user: user.clone() };
        let entry = riser_core::audit::Entry { at, event };
        self.app.store.disable_user(user, at, entry.into()).await.expect("a store");
    }

    /// Enrols a passkey by a link, at a browser where its person is signed in.
    pub async fn enrol(
        &self,
        user: &riser_core::UserId,
        browser: &mut Browser,
        ceiling: &str,
    ) -> SoftAuthenticator {
        let link = self.enrolment_link(user, ceiling).await;
        let visit = browser.get(&link).await.location().to_owned();
        let options = browser.post(&format!("{visit}/enrol/passkey/options"), &json!({})).await;
        assert_eq!(options.status, 200, "{options:?}");
        let mut key = SoftAuthenticator::synced(KeyKind::Es256);
        let registration = key.create(&self.issuer, &options.json()["publicKey"]).expect("a registration");
        let done = browser.post(&format!("{visit}/enrol/passkey"), &registration).await;
        assert_eq!(done.json()["status"], "done", "{done:?}");
        key
    }
}

/// A member of an answer that is a text.
#[must_use]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no text `{name}`: {value}"))
}

/// The hidden value of a page's forms.
#[must_use]
pub fn csrf_of(page: &str) -> String {
    let from = page.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
    from.split('"').next().unwrap_or_default().to_owned()
}

/// A payment as a bank would ask for it.
#[must_use]
pub fn payment(amount: &str, payee: &str) -> String {
    json!([{
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": amount },
        "creditorName": payee,
        "creditorAccount": { "iban": "DE02120300000000202051" },
    }])
    .to_string()
}
