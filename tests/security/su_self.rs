//! Nobody registers anything by themselves, where the operator says so: SU-25.

use riser_core::assurance::Factor;
use riser_server::EnrolmentPolicy;
use riser_testkit::authenticator::{KeyKind, SoftAuthenticator};
use riser_testkit::browser::Browser;
use riser_testkit::server::{Setup, TestServer};
use serde_json::json;

use crate::support::refusal;

async fn server_that_lets(by_oneself: &[Factor]) -> TestServer {
    let enrolment = EnrolmentPolicy { by_oneself: by_oneself.to_vec(), ..EnrolmentPolicy::default() };
    TestServer::start_with(Setup { enrolment, ..Setup::default() }).await
}

async fn page(browser: &mut Browser) -> String {
    browser.send(reqwest::Method::GET, "/account", &[("accept", "text/html")], None).await.body
}

const ADDS: [(&str, Factor, &str); 5] = [
    ("add_passkey", Factor::Passkey, "add-passkey"),
    ("add_hardware_key", Factor::Passkey, "add-hardware-key"),
    ("add_totp", Factor::Totp, "add-totp"),
    ("new_recovery_codes", Factor::RecoveryCode, "new-recovery-codes"),
    ("set_password", Factor::Password, ""),
];

#[tokio::test]
async fn atk_su_25_who_comes_first_with_a_password_enrols_nothing_and_is_told_whom_to_ask() {
    let server = server_that_lets(&[]).await;
    let (user, mut ada) = server.signed_in("ada").await;
    let before = ada.account().await;
    assert_eq!(before["may_add"], json!([]));
    let html = page(&mut ada).await;
    for (action, _, button) in ADDS.iter().filter(|(action, ..)| *action != "set_password") {
        let opened = ada.try_account_visit(&json!({ "action": action })).await;
        assert_eq!(refusal(&opened), (403, "enrolment_not_permitted".to_owned()), "{action}: {opened:?}");
        assert!(opened.body.contains("administrator"), "{opened:?}");
        assert!(!html.contains(&format!("\"{button}\"")), "{button}");
    }
    assert!(html.contains("by-link") && html.contains("Ask your administrator"), "{html}");
    assert_eq!(ada.account().await["credentials"], before["credentials"]);
    // The password that is there may be another: nothing new is registered by that.
    let visit = ada.account_visit(&json!({ "action": "set_password" })).await;
    ada.confirm_by_password(&visit).await;
    let set = json!({ "password": "a violet window over the harbour" });
    assert_eq!(ada.post(&format!("{visit}/enrol/password"), &set).await.json()["status"], "done");
    // A link lets in what it says.
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut key = SoftAuthenticator::synced(KeyKind::Es256);
    assert_eq!(ada.register(&visit, &mut key).await.json()["status"], "done");
}

#[tokio::test]
async fn atk_su_25_a_visit_that_is_older_than_the_rule_registers_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("riser.db");
    let (cookies, id, started);
    {
        let server = TestServer::start_at(Setup::default(), &path).await;
        let (_, mut ada) = server.signed_in("ada").await;
        let visit = ada.account_visit(&json!({ "action": "add_totp" })).await;
        ada.confirm_by_password(&visit).await;
        id = visit.rsplit('/').next().unwrap().to_owned();
        cookies = ada.cookies.clone();
        started = riser_server::Clock::now(&*server.clock).0;
    }
    let enrolment = EnrolmentPolicy { by_oneself: Vec::new(), ..EnrolmentPolicy::default() };
    let server = TestServer::start_at(Setup { enrolment, ..Setup::default() }, &path).await;
    server.clock.advance(started - riser_server::Clock::now(&*server.clock).0);
    let mut ada = server.browser();
    ada.cookies = cookies;
    let visit = format!("/interaction/{id}");
    assert_eq!(ada.get(&visit).await.status, 200, "the visit is there");
    for call in ["enrol/totp/options", "enrol/totp"] {
        let refused = ada.post(&format!("{visit}/{call}"), &json!({ "code": "123456" })).await;
        assert_ne!(refused.status, 200, "{refused:?}");
    }
    let refused = ada.post(&format!("{visit}/enrol/totp/options"), &json!({})).await;
    assert_eq!(refusal(&refused), (403, "enrolment_not_permitted".to_owned()), "{refused:?}");
}

#[tokio::test]
async fn atk_su_25_each_kind_is_let_in_by_its_own_word() {
    for lets in [Factor::Passkey, Factor::Totp, Factor::RecoveryCode, Factor::Password] {
        let server = server_that_lets(&[lets]).await;
        let (_, mut ada) = server.signed_in("ada").await;
        for (action, factor, _) in ADDS {
            let opened = ada.try_account_visit(&json!({ "action": action })).await;
            // Everybody here has a password, which may always be another.
            let passes = factor == lets || factor == Factor::Password;
            assert_eq!(opened.status == 200, passes, "{action} where {lets:?} may be added: {opened:?}");
        }
    }
}
