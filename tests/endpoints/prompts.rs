//! More prompts is not better: a client that asks without end is not heard for a while.

use riser_testkit::server::TestServer;

#[tokio::test]
async fn atk_su_42_a_client_that_asks_without_end_is_silenced_and_others_are_not() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let phr = [("acr_values", "phr")];
    for _ in 0..100 {
        ada.visit("shop", &phr).await;
    }
    let silenced = ada.authorize("shop", &phr).await;
    assert_eq!(silenced.param("error").as_deref(), Some("access_denied"), "{silenced:?}");
    // What needs no prompt is answered as before, and another client may ask.
    ada.code("shop", &[]).await;
    let visit = ada.visit("app", &phr).await;
    assert_eq!(ada.passkey(&visit, &key).await.json()["status"], "done");
    // The owner sees who it was, and the wait ends.
    let account = ada.account().await;
    assert!(account["activity"].to_string().contains("prompts_exhausted"), "{account}");
    server.clock.advance(15 * 60);
    ada.visit("shop", &phr).await;
}

#[tokio::test]
async fn an_answer_gives_all_prompts_back() {
    let server = TestServer::start().await;
    let (_, mut ada, key) = server.with_passkey("ada").await;
    let fresh = [("acr_values", "phr"), ("max_age", "0")];
    for _ in 0..110 {
        ada.step_up("app", &fresh, &key).await;
    }
}
