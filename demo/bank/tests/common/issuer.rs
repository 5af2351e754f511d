//! A provider in miniature: no people and no pages, only what comes out of one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use riser_guard::{Clock as _, SystemClock};
use riser_tokens::{Algorithm, SigningKey, TokenType, at_hash, s256, sign};
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Change = Box<dyn Fn(&mut Value) + Send>;

pub struct Issuer {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    key: SigningKey,
    asked: Mutex<HashMap<String, HashMap<String, String>>>,
    last: Mutex<HashMap<String, String>>,
    deny: Mutex<Option<String>>,
    hides_issuer: Mutex<bool>,
    sub: Mutex<String>,
    change_access: Mutex<Change>,
    change_id: Mutex<Change>,
}

impl Issuer {
    pub async fn start() -> Self {
        let (issuer, listener) = Self::announced().await;
        issuer.listen(listener);
        issuer
    }

    /// An issuer whose address is known, but where nobody answers yet.
    pub async fn announced() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let inner = Arc::new(Inner {
            url: url.clone(),
            key: SigningKey::generate(Algorithm::Es256).unwrap(),
            asked: Mutex::default(),
            last: Mutex::default(),
            deny: Mutex::default(),
            hides_issuer: Mutex::default(),
            sub: Mutex::new("u1".into()),
            change_access: Mutex::new(Box::new(|_| ())),
            change_id: Mutex::new(Box::new(|_| ())),
        });
        (Self { url, inner }, listener)
    }

    pub fn listen(&self, listener: TcpListener) {
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(jwks))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .with_state(Arc::clone(&self.inner));
        tokio::spawn(async { axum::serve(listener, router).await });
    }

    /// From now on every request is answered with this error.
    pub fn deny(&self, error: &str) {
        *self.inner.deny.lock().unwrap() = Some(error.into());
    }
    pub fn hide_issuer(&self) {
        *self.inner.hides_issuer.lock().unwrap() = true;
    }
    /// From now on somebody else is at the browser.
    pub fn person(&self, sub: &str) {
        *self.inner.sub.lock().unwrap() = sub.into();
    }
    pub fn change_access(&self, change: impl Fn(&mut Value) + Send + 'static) {
        *self.inner.change_access.lock().unwrap() = Box::new(change);
    }
    pub fn change_id(&self, change: impl Fn(&mut Value) + Send + 'static) {
        *self.inner.change_id.lock().unwrap() = Box::new(change);
    }
    /// The parameters of the last authorization request.
    pub fn last(&self) -> HashMap<String, String> {
        self.inner.last.lock().unwrap().clone()
    }
}

async fn metadata(State(issuer): State<Arc<Inner>>) -> Json<Value> {
    let url = &issuer.url;
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(issuer): State<Arc<Inner>>) -> Json<Value> {
    Json(json!({ "keys": [issuer.key.public_jwk()] }))
}

async fn authorize(
    State(issuer): State<Arc<Inner>>,
    Query(asked): Query<HashMap<String, String>>,
) -> Redirect {
    *issuer.last.lock().unwrap() = asked.clone();
    let mut answer = form_urlencoded::Serializer::new(String::new());
    answer.append_pair("state", &asked["state"]);
    if !*issuer.hides_issuer.lock().unwrap() {
        answer.append_pair("iss", &issuer.url);
    }
    match issuer.deny.lock().unwrap().as_deref() {
        Some(error) => answer.append_pair("error", error),
        None => {
            let code = format!("code-{}", issuer.asked.lock().unwrap().len());
            answer.append_pair("code", &code);
            issuer.asked.lock().unwrap().insert(code, asked.clone());
            &mut answer
        }
    };
    Redirect::to(&format!("{}?{}", asked["redirect_uri"], answer.finish()))
}

async fn token(State(issuer): State<Arc<Inner>>, headers: HeaderMap, body: String) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    // client_secret_basic of `bank` and SECRET, form-encoded (RFC 6749 §2.3.1).
    let expected = "Basic YmFuazp0aGUrYmFuayUyN3Mrc2VjcmV0";
    let asked = issuer.asked.lock().unwrap().remove(&form["code"]);
    let Some(asked) = asked.filter(|asked| {
        headers["authorization"] == expected
            && s256(&form["code_verifier"]) == asked["code_challenge"]
            && form["redirect_uri"] == asked["redirect_uri"]
    }) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let now = SystemClock.now().0;
    let sub = issuer.sub.lock().unwrap().clone();
    let mut access = json!({
        "iss": issuer.url, "sub": sub, "aud": format!("{}/api", asked["redirect_uri"].trim_end_matches("/callback")),
        "exp": now + 120, "iat": now, "jti": "j1", "client_id": "bank", "grant_id": "g1",
        "auth_time": now, "acr": "aal1", "acr_satisfied": ["aal1"],
    });
    if let Some(details) = asked.get("authorization_details") {
        access["acr"] = json!("phr");
        access["acr_satisfied"] = json!(["aal1", "aal2", "phr"]);
        access["txn"] = json!(format!("txn-{}", asked["state"]));
        access["authorization_details"] = serde_json::from_str(details).unwrap();
    }
    issuer.change_access.lock().unwrap()(&mut access);
    let access_token = sign(&issuer.key, TokenType::AccessToken, &access).unwrap();
    let mut id = json!({
        "iss": issuer.url, "sub": sub, "aud": "bank", "exp": now + 300, "iat": now, "sid": "s1",
        "nonce": asked["nonce"], "at_hash": at_hash(&access_token, Algorithm::Es256), "auth_time": now,
    });
    issuer.change_id.lock().unwrap()(&mut id);
    let id_token = sign(&issuer.key, TokenType::IdToken, &id).unwrap();
    Json(json!({
        "access_token": access_token, "id_token": id_token, "token_type": "Bearer", "expires_in": 120,
    }))
    .into_response()
}
