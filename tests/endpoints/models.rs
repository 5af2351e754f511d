//! What becomes of hardware keys when their model's standing changes, while sessions stand on them.
#![allow(
    dead_code,
    reason = "the makers are shared with the tests of the verifiers, which need more of them"
)]

use riser_core::UnixTime;
use riser_factors::webauthn::{AttestationRoots, Metadata, MetadataPolicy, MetadataSigner};
use riser_server::Trust;
use riser_testkit::flow::claims;
use riser_testkit::server::{Setup, TestServer};
use serde_json::{Value, json};

use authenticator::{KeyKind, SoftAuthenticator};
use makers::{Authority, Service, entry, leaf_params, maker, payload};

mod authenticator {
    pub use riser_testkit::authenticator::{Attester, KeyKind, SoftAuthenticator, SoftKey};
}

#[path = "../../crates/factors/tests/support/makers.rs"]
mod makers;

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

const MODEL: &str = "72697365-722d-736f-6674-2d746f6b656e";

fn metadata(service_root: &Authority, maker: &Authority, reports: Value) -> Metadata {
    let blob = Service::below(service_root, "mds.fidoalliance.org").blob(&payload(&[entry(
        MODEL,
        &[maker],
        reports,
    )]));
    let roots = AttestationRoots::from_der([service_root.der.clone()]).unwrap();
    Metadata::load(&blob, &MetadataSigner::fido(roots), None, UnixTime(1_800_000_000)).unwrap()
}

#[tokio::test]
async fn a_model_that_turns_bad_lowers_the_sessions_that_stand_on_it_at_once() {
    let (service, maker_root) = (Authority::root("Service"), Authority::root("Maker"));
    let good = metadata(
        &service,
        &maker_root,
        json!([{ "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-01" }]),
    );
    let trust = Trust::new(AttestationRoots::none(), MetadataPolicy::default(), Some(good));
    let server = TestServer::start_with(Setup { trust, ..Setup::default() }).await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phrh").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut key =
        SoftAuthenticator::security_key(KeyKind::Es256).attested_by(maker(&maker_root, &leaf_params(), &[]));
    assert_eq!(ada.register(&visit, &mut key).await.json()["status"], "done");
    let tokens = ada.step_up("app", &[("acr_values", "phrh")], &key).await;
    assert_eq!(claims(tokens["access_token"].as_str().unwrap())["acr"], "phrh");
    assert_eq!(ada.held().await["acr"], "phrh");
    let account = ada.account().await;
    let row = account["credentials"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&row["label"], &row["hardware_bound"]), (&json!(format!("Model {MODEL}")), &json!(true)));

    let bad = metadata(
        &service,
        &maker_root,
        json!([
            { "status": "FIDO_CERTIFIED_L1", "effectiveDate": "2024-01-01" },
            { "status": "USER_KEY_PHYSICAL_COMPROMISE", "effectiveDate": "2026-01-01" },
        ]),
    );
    server.app.trust.renew(bad);
    // Nothing was signed out: the session holds what a passkey shows that is no hardware key.
    assert_eq!(ada.held().await["acr"], "phr");
    let asked = ada.visit("app", &[("acr_values", "phrh")]).await;
    let state = ada.get(&asked).await.json();
    assert_eq!(
        (&state["reason"], &state["lacking"]["hardware"]),
        (&json!("enrolment_required"), &json!(true)),
        "{state}"
    );
    // And another of that model comes in no more.
    let link = server.enrolment_link(&user, "phrh").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut another =
        SoftAuthenticator::security_key(KeyKind::Es256).attested_by(maker(&maker_root, &leaf_params(), &[]));
    assert_eq!(ada.register(&visit, &mut another).await.problem(), "credential_not_usable");
}

#[tokio::test]
async fn a_key_that_vouches_for_itself_is_no_hardware_key() {
    let (service, maker_root) = (Authority::root("Service"), Authority::root("Maker"));
    let good = metadata(&service, &maker_root, json!([]));
    let trust = Trust::new(AttestationRoots::none(), MetadataPolicy::default(), Some(good));
    let server = TestServer::start_with(Setup { trust, ..Setup::default() }).await;
    let (user, mut ada) = server.signed_in("ada").await;
    let link = server.enrolment_link(&user, "phrh").await;
    let visit = ada.get(&link).await.location().to_owned();
    let vouches_for_itself =
        || SoftAuthenticator::security_key(KeyKind::Es256).attested_by(authenticator::Attester::Itself);
    let refused = ada.register(&visit, &mut vouches_for_itself()).await;
    assert_eq!((refused.status, refused.problem().as_str()), (422, "hardware_key_required"));
    // Under a link for less it is registered, as any passkey; by its own word it is no hardware.
    let link = server.enrolment_link(&user, "phr").await;
    let visit = ada.get(&link).await.location().to_owned();
    let mut key = vouches_for_itself();
    assert_eq!(ada.register(&visit, &mut key).await.json()["status"], "done");
    ada.step_up("app", &[("acr_values", "phr")], &key).await;
    assert_eq!(ada.account().await["credentials"][1]["hardware_bound"], false);
    let asked = ada.visit("app", &[("acr_values", "phrh")]).await;
    assert_eq!(ada.get(&asked).await.json()["reason"], "enrolment_required");
}
