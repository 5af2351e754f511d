//! A transfer from the form to the money, and everything that must not move any.

#![allow(clippy::unwrap_used, reason = "a set-up that fails fails the test")]

mod common;

use common::{World, browser::transfer};
use serde_json::{Value, json};

type Rows<const N: usize> = [(&'static str, fn(&mut Value)); N];

const FULL: &str = "EUR 10,000.00";

#[tokio::test]
async fn a_transfer_is_challenged_approved_and_done_once() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let body = transfer("1234.00", "key-00000001");

    let challenged = ada.send_transfer(&body).await;
    assert_eq!(challenged.status, 401);
    assert_eq!(challenged.header("content-type"), "application/problem+json");
    assert_eq!(challenged.header("cache-control"), "no-store");
    let header = challenged.header("www-authenticate");
    assert!(header.starts_with("Bearer error=\"insufficient_user_authentication\""), "{header}");
    let problem = challenged.json();
    let details = json!([{
        "type": "payment_initiation",
        "instructedAmount": { "currency": "EUR", "amount": "1234.00" },
        "creditorName": "ACME GmbH",
        "creditorAccount": { "iban": "DE89370400440532013000" },
    }]);
    assert_eq!(problem["step_up"]["acr_values"], "phr");
    assert_eq!(problem["step_up"]["authorization_details"], details);
    let id = problem["transfer"].as_str().unwrap();
    assert_eq!(ada.progress(id).await["status"], "pending");

    let popup = ada.approve(id).await;
    assert_eq!(popup.status, 200);
    assert!(popup.body.contains("data-outcome=\"approved\""));
    // RFC 9470 §4: the challenge, copied; and the person, hinted at.
    let asked = world.issuer.last();
    assert_eq!(asked["acr_values"], "phr");
    assert_eq!(asked["max_age"], "300");
    assert_eq!(serde_json::from_str::<Value>(&asked["authorization_details"]).unwrap(), details);
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["id_token_hint"].starts_with("ey"));
    // No token in the page, and the session is the one from before.
    assert!(!popup.body.contains("eyJ") && popup.header("set-cookie").is_empty());
    assert_eq!(ada.progress(id).await["status"], "approved");
    assert_eq!(ada.balance().await, FULL);

    let done = ada.send_transfer(&body).await;
    assert_eq!(done.status, 201, "{}", done.body);
    assert_eq!(done.json()["balance_text"], "EUR 8,766.00");
    assert_eq!(ada.balance().await, "EUR 8,766.00");

    // The same request again: the same result, no more money.
    for _ in 0..3 {
        let again = ada.send_transfer(&body).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
        assert_eq!(again.json(), done.json());
    }
    assert_eq!(ada.balance().await, "EUR 8,766.00");
}

#[tokio::test]
async fn atk_su_18_many_at_once_move_the_money_once() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let body = transfer("10.00", "key-00000001");
    let id = ada.propose(&body).await;
    ada.approve(&id).await;
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (mut ada, body) = (ada.clone(), body.clone());
            tokio::spawn(async move { ada.send_transfer(&body).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert!(statuses.contains(&201));
    assert!(statuses.iter().all(|status| [200, 201].contains(status)), "{statuses:?}");
    assert_eq!(ada.balance().await, "EUR 9,990.00");
}

#[tokio::test]
async fn another_body_is_another_request() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let id = ada.propose(&transfer("10.00", "key-00000001")).await;
    ada.approve(&id).await;

    // The key belongs to the approved body.
    let mut other_payee = transfer("10.00", "key-00000001");
    other_payee["payee"] = json!("EVIL GmbH");
    for body in [transfer("10.01", "key-00000001"), other_payee] {
        let refused = ada.send_transfer(&body).await;
        assert_eq!((refused.status, refused.problem()), (409, "idempotency_key_reused".into()));
    }
    // With a key of its own it needs an approval of its own.
    let asked = ada.send_transfer(&transfer("10.01", "key-00000002")).await;
    assert_eq!(asked.status, 401);
    assert_eq!(asked.json()["step_up"]["authorization_details"][0]["instructedAmount"]["amount"], "10.01");
    assert_eq!(ada.balance().await, FULL);
    // The approved one is still good.
    assert_eq!(ada.send_transfer(&transfer("10.00", "key-00000001")).await.status, 201);
    assert_eq!(ada.send_transfer(&transfer("10.01", "key-00000001")).await.status, 409);
}

#[tokio::test]
async fn std_oc_37_the_bank_never_trusts_that_it_asked() {
    let stale = |claims: &mut Value| claims["auth_time"] = json!(claims["auth_time"].as_i64().unwrap() - 400);
    #[rustfmt::skip] // a table
    let rows: Rows<11> = [
        ("another amount", |claims| claims["authorization_details"][0]["instructedAmount"]["amount"] = json!("1.00")),
        ("another payee", |claims| claims["authorization_details"][0]["creditorName"] = json!("Acme GmbH")),
        ("a member more", |claims| claims["authorization_details"][0]["remittanceInformationUnstructured"] = json!("x")),
        ("unbound", |claims| { claims.as_object_mut().unwrap().remove("authorization_details"); }),
        ("without txn", |claims| { claims.as_object_mut().unwrap().remove("txn"); }),
        ("too weak", |claims| { claims["acr"] = json!("aal2"); claims["acr_satisfied"] = json!(["aal1", "aal2"]); }),
        ("no date", |claims| { claims.as_object_mut().unwrap().remove("auth_time"); }),
        ("another client", |claims| claims["client_id"] = json!("shop")),
        ("another person", |claims| claims["sub"] = json!("u2")),
        ("another audience", |claims| claims["aud"] = json!("http://127.0.0.1:1/api")),
        ("expired", |claims| claims["exp"] = json!(1)),
    ];
    let world = World::start().await;
    let mut ada = world.customer().await;
    let mut attempt = async |name: &str, key: String| {
        let body = transfer("10.00", &key);
        let id = ada.propose(&body).await;
        ada.approve(&id).await;
        let refused = ada.send_transfer(&body).await;
        assert_eq!(refused.status, 401, "{name}: {}", refused.body);
        assert_eq!(refused.json()["transfer"], json!(id), "{name}");
        // What did not serve is forgotten.
        assert_eq!(ada.progress(&id).await["status"], "pending", "{name}");
        assert_eq!(ada.balance().await, FULL, "{name}");
    };
    for (index, (name, change)) in rows.into_iter().enumerate() {
        world.issuer.change_access(change);
        attempt(name, format!("key-1000000{index}")).await;
    }
    world.issuer.change_access(stale);
    attempt("too old", "key-20000000".into()).await;
}

#[tokio::test]
async fn atk_su_18_one_elevation_serves_one_transfer() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    world.issuer.change_access(|claims| {
        if claims.get("txn").is_some() {
            claims["txn"] = json!("always the same");
        }
    });
    for (key, expected) in [("key-00000001", 201), ("key-00000002", 401)] {
        let body = transfer("10.00", key);
        let id = ada.propose(&body).await;
        ada.approve(&id).await;
        assert_eq!(ada.send_transfer(&body).await.status, expected, "{key}");
    }
    assert_eq!(ada.balance().await, "EUR 9,990.00");
}

#[tokio::test]
async fn std_decision_2_a_refusal_has_its_reason() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let body = transfer("10.00", "key-00000001");
    let id = ada.propose(&body).await;
    for (error, reason) in [
        ("access_denied", "access_denied"),
        ("unmet_authentication_requirements", "unmet_authentication_requirements"),
        ("login_required", "login_required"),
        ("<script>alert(1)</script>", "failed"),
    ] {
        world.issuer.deny(error);
        let popup = ada.approve(&id).await;
        assert!(popup.body.contains(&format!("data-outcome=\"{reason}\"")), "{error}");
        assert!(!popup.body.contains("<script>alert"));
        let progress = ada.progress(&id).await;
        assert_eq!((&progress["status"], &progress["reason"]), (&json!("refused"), &json!(reason)));
        assert_eq!(ada.send_transfer(&body).await.status, 401);
    }
    assert_eq!(ada.balance().await, FULL);
}

#[tokio::test]
async fn the_wrong_person_approves_nothing() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let body = transfer("10.00", "key-00000001");
    let id = ada.propose(&body).await;
    world.issuer.person("u2");
    ada.approve(&id).await;
    assert_eq!(ada.progress(&id).await["reason"], "wrong_person");
    assert_eq!(ada.send_transfer(&body).await.status, 401);
    assert_eq!(ada.balance().await, FULL);
}

#[tokio::test]
async fn atk_oa_16_an_id_token_that_does_not_fit_approves_nothing() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let rows: Rows<5> = [
        ("nonce", |claims| claims["nonce"] = json!("another")),
        ("audience", |claims| claims["aud"] = json!("shop")),
        ("issuer", |claims| claims["iss"] = json!("https://evil.example")),
        ("expired", |claims| claims["exp"] = json!(1)),
        ("at_hash", |claims| claims["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ")),
    ];
    let id = ada.propose(&transfer("10.00", "key-00000001")).await;
    for (name, change) in rows {
        world.issuer.change_id(change);
        ada.approve(&id).await;
        assert_eq!(ada.progress(&id).await["reason"], "failed", "{name}");
    }
}

#[tokio::test]
async fn atk_su_17_a_pending_transfer_belongs_to_its_browser() {
    let world = World::start().await;
    let (mut thief, mut ada) = (world.customer().await, world.customer().await);
    let body = transfer("10.00", "key-00000001");
    let planted = thief.propose(&body).await;
    // The same person, another browser: it cannot be seen, approved, or sent there.
    assert_eq!(ada.get(&format!("/api/transfers/{planted}")).await.status, 404);
    assert_eq!(ada.get(&format!("/step-up/start?transfer={planted}&mode=popup")).await.status, 404);
    assert_eq!(ada.send_transfer(&body).await.status, 409);
    // An answer that comes back to another browser is for nobody.
    let back = thief.visit(&format!("/step-up/start?transfer={planted}&mode=popup")).await;
    assert_eq!(ada.get(&back).await.status, 400);
    assert_eq!(thief.get(&back).await.status, 400);
    assert_eq!(thief.progress(&planted).await["status"], "pending");
}

#[tokio::test]
async fn without_a_popup_the_page_comes_back_and_nothing_is_sent() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let body = transfer("10.00", "key-00000001");
    let id = ada.propose(&body).await;
    let back = ada.round_trip(&format!("/step-up/start?transfer={id}&mode=redirect")).await;
    assert_eq!((back.status, back.header("location").to_owned()), (303, format!("/?transfer={id}")));
    let location = back.header("location").to_owned();
    assert_eq!(ada.get(&location).await.status, 200);
    assert_eq!(ada.balance().await, FULL);
    assert_eq!(ada.send_transfer(&body).await.status, 201);
}

#[tokio::test]
async fn what_the_balance_does_not_cover_is_not_asked_for() {
    let world = World::start().await;
    let mut ada = world.customer().await;
    let refused = ada.send_transfer(&transfer("10000.01", "key-00000001")).await;
    assert_eq!((refused.status, refused.problem()), (422, "not_covered".into()));

    // Approved while it was covered, sent when it was not.
    let (first, second) = (transfer("6000.00", "key-00000002"), transfer("6000.00", "key-00000003"));
    for body in [&first, &second] {
        let id = ada.propose(body).await;
        ada.approve(&id).await;
    }
    assert_eq!(ada.send_transfer(&first).await.status, 201);
    assert_eq!(ada.send_transfer(&second).await.status, 422);
    assert_eq!(ada.balance().await, "EUR 4,000.00");
}
