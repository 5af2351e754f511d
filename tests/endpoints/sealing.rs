//! Secrets at rest: what is in the database's file, with a key and without.

use std::path::Path;

use riser_server::{Clock as _, Keys, Sealing};
use riser_store::Secret;
use riser_testkit::account::App;
use riser_testkit::server::{Setup, TestServer};
use serde_json::json;

const OLD: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "/+7dzLuqmYh3ZlVEMyIRAAARIjNEVWZ3iJmqu8zd7v8=";

async fn start(path: &Path, keys: &[&str], at: Option<i64>) -> TestServer {
    let sealing = Sealing::new(keys.iter().copied()).unwrap();
    let server = TestServer::start_at(Setup { sealing, ..Setup::default() }, path).await;
    if let Some(at) = at {
        server.clock.advance(at - server.clock.now().0);
    }
    server
}

/// The secret of Ada's app, as it is kept.
async fn kept(server: &TestServer) -> Vec<u8> {
    let ada = server.app.store.user_by_name("ada").await.unwrap().unwrap();
    let stored = server.app.store.credentials(&ada.id).await.unwrap();
    let app = stored.into_iter().find_map(|stored| match stored.secret {
        Secret::Totp(totp) => Some(totp.secret),
        _ => None,
    });
    app.unwrap()
}

async fn uses_the_app(server: &TestServer, app: &App) {
    let mut ada = server.browser();
    server.sign_in(&mut ada, "ada").await;
    let visit = ada.visit("app", &[("acr_values", "aal2")]).await;
    let code = json!({ "code": app.code(&server.clock) });
    assert_eq!(ada.post(&format!("{visit}/totp"), &code).await.json()["status"], "done");
}

#[tokio::test]
async fn a_secret_of_before_there_was_a_key_is_sealed_when_it_is_next_used_and_again_under_the_next_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riser.db");
    let (app, mut at, published);
    {
        let server = start(&path, &[], None).await;
        let (user, mut ada) = server.signed_in("ada").await;
        let link = server.enrolment_link(&user, "aal2").await;
        let visit = ada.get(&link).await.location().to_owned();
        app = ada.register_totp(&visit, &server.clock).await;
        assert_eq!(kept(&server).await.len(), 20, "as it is");
        published = ada.get("/jwks").await.json();
        at = server.clock.now().0;
    }
    let mut forms = Vec::new();
    for keys in [&[OLD][..], &[NEW, OLD], &[NEW]] {
        at += 60;
        let server = start(&path, keys, Some(at)).await;
        uses_the_app(&server, &app).await;
        forms.push(kept(&server).await);
        // The signing keys are the same: what they signed is good.
        assert_eq!(server.browser().get("/jwks").await.json(), published);
        let signing = server.app.store.signing_keys().await.unwrap();
        assert!(signing.iter().all(|(_, key)| key.starts_with(b"RSL\x01")), "no bare signing key is left");
    }
    assert_eq!(forms.iter().map(Vec::len).collect::<Vec<_>>(), [56, 56, 56]);
    assert_ne!(forms[0], forms[1], "another key");
    assert_eq!(forms[1], forms[2], "and from then on it stays");
}

#[tokio::test]
async fn what_is_sealed_is_in_no_file_of_the_database_and_of_no_use_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riser.db");
    let server = start(&path, &[OLD], None).await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "aal2").await;
    let visit = ada.get(&link).await.location().to_owned();
    let offered = ada.post(&format!("{visit}/enrol/totp/options"), &json!({})).await.json();
    let app = App::reading(&offered);
    let code = json!({ "code": app.code(&server.clock) });
    assert_eq!(ada.post(&format!("{visit}/enrol/totp"), &code).await.json()["status"], "done");
    let secret = app.secret();
    let number = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let has = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
        assert!(!has(secret) && !has(number(secret).as_bytes()), "the secret stands there");
    }
    // Nothing starts without the key: doubt is no reason to make new signing keys.
    let other = Sealing::new([NEW]).unwrap();
    let error = Keys::load(&*server.app.store, &other, server.clock.now()).await.err().unwrap();
    assert!(error.to_string().contains("not configured"), "{error}");
}
