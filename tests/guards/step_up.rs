//! The loop of a person before a guarded application: one refusal, one prompt, one yes.

use reqwest::Method;
use riser_forward_auth::Source;
use riser_testkit::flow::text;
use riser_wire::Challenge;
use serde_json::json;

use crate::site::{NAVIGATION, Site};

#[tokio::test]
async fn a_page_is_reached_after_one_sign_in_and_tells_the_application_who_it_is() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let (mut browser, _) = site.ada().await;
        assert_eq!(site.visit(&mut browser, "/assets/a.css").await.status, 200);
        assert_eq!(site.application.take()[0].remote_user, Vec::<String>::new());
        let back = site.sign_in(&mut browser, "ada").await;
        assert_eq!((back.status, back.location()), (303, "/"), "{back:?}");
        let page = site.visit(&mut browser, "/tenants?page=2").await;
        assert_eq!(page.status, 200, "{page:?}");
        let said = page.json();
        assert_eq!(said["target"], "/tenants?page=2");
        assert_eq!(said["remote_user"], json!(["ada"]));
        assert_eq!(said["acr"], json!(["aal1"]));
        assert_eq!(said["subject"].as_array().unwrap().len(), 1);
    }
}

/// The issue's own bar: every guard converges in exactly one round.
#[tokio::test]
async fn a_step_up_converges_in_exactly_one_round() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let (mut browser, key) = site.ada().await;
        site.sign_in(&mut browser, "ada").await;
        let cookie = browser.cookies["riser_guard"].clone();
        let refused = site.visit(&mut browser, "/users/9?tab=a").await;
        assert_eq!(refused.status, 303, "{refused:?}");
        let back = site.prove(&mut browser, refused.location(), &key).await;
        assert_eq!((back.status, back.location()), (303, "/users/9?tab=a"), "{back:?}");
        site.application.take();
        let page = site.visit(&mut browser, back.location()).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert_eq!(page.json()["acr"], json!(["phr aal2 aal1"]));
        assert_eq!(site.application.take().len(), 1);
        // And it lasts for its window.
        assert_eq!(site.visit(&mut browser, "/users/10").await.status, 200);
        assert_ne!(browser.cookies["riser_guard"], cookie, "a new name at each rise (WB-02)");
    }
}

#[tokio::test]
async fn a_form_is_refused_with_a_page_that_offers_the_step_up_and_is_never_sent_by_us() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let (mut browser, key) = site.ada().await;
        site.sign_in(&mut browser, "ada").await;
        site.application.take();
        let refused = site.submit(&mut browser, "/tenants/7/delete").await;
        assert_eq!(refused.status, 401, "{refused:?}");
        assert!(refused.body.contains("data-outcome=\"step_up_required\""), "{}", refused.body);
        let challenge = Challenge::parse(&refused.headers["www-authenticate"]).unwrap();
        assert_eq!(challenge.acr_values[0].as_str(), "phr");
        let offer = refused.body.split("href=\"/.riser/step-up?").nth(1).unwrap().split('"').next().unwrap();
        let sent = site.visit(&mut browser, &format!("/.riser/step-up?{offer}")).await;
        let back = site.prove(&mut browser, sent.location(), &key).await;
        assert_eq!((back.status, back.location()), (303, "/tenants/7"), "the page where it was asked");
        assert!(site.application.take().is_empty(), "nothing was sent for the person");
        let done = site.submit(&mut browser, "/tenants/7/delete").await;
        assert_eq!(done.status, 200, "{done:?}");
        assert_eq!(site.application.take().len(), 1);
    }
}

#[tokio::test]
async fn a_program_gets_the_challenge_of_rfc_9470_and_its_token_is_taken() {
    for site in [Site::behind_nginx().await, Site::as_layer().await] {
        let (_, mut own, key) = site.provider.with_passkey("ada").await;
        // A client of its own, whose tokens are for the site by a resource indicator, is the gate's client here.
        let mut stranger = site.provider.browser();
        let refused =
            site.call(&mut stranger, Method::GET, "/users/9", &[("accept", "application/json")]).await;
        assert_eq!((refused.status, refused.headers["www-authenticate"].as_str()), (401, "Bearer"));
        let redirect_uri = format!("{}/.riser/callback", site.public_url);
        let changes = [("redirect_uri", redirect_uri.as_str())];
        let code = own.code("admin", &changes).await;
        let weak = token(&site, &code, &redirect_uri).await;
        let bearer = format!("Bearer {weak}");
        let refused = site.call(&mut stranger, Method::GET, "/users/9", &[("authorization", &bearer)]).await;
        assert_eq!(refused.status, 401, "{refused:?}");
        assert_eq!(refused.json()["step_up"]["acr_values"], "phr");
        assert_eq!(refused.json()["step_up"]["max_age"], 300);
        let visit = own
            .visit("admin", &[("redirect_uri", &redirect_uri), ("acr_values", "phr"), ("max_age", "300")])
            .await;
        let code = own.passkey(&visit, &key).await.param("code").unwrap();
        let bearer = format!("Bearer {}", token(&site, &code, &redirect_uri).await);
        let done = site.call(&mut stranger, Method::GET, "/users/9", &[("authorization", &bearer)]).await;
        assert_eq!(done.status, 200, "{done:?}");
        assert_eq!(done.json()["remote_user"], json!([]), "a token does not say what people call its person");
        assert_eq!(done.json()["subject"].as_array().unwrap().len(), 1);
    }
}

async fn token(site: &Site, code: &str, redirect_uri: &str) -> String {
    use riser_testkit::flow::{VERIFIER, basic};
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    let auth = basic("admin");
    let answer = site.provider.browser().form("/token", &[("authorization", &auth)], &pairs).await;
    text(&answer.json(), "access_token").to_owned()
}

#[tokio::test]
async fn what_the_rules_deny_no_step_up_is_offered_for() {
    let site = Site::behind_nginx().await;
    let (mut browser, key) = site.ada().await;
    site.sign_in(&mut browser, "ada").await;
    let refused = site.visit(&mut browser, "/users/9").await;
    site.prove(&mut browser, refused.location(), &key).await;
    site.application.take();
    let denied = site.submit(&mut browser, "/tenants/kept/delete").await;
    assert_eq!(denied.status, 403, "{denied:?}");
    assert!(denied.body.contains("This tenant is kept for the auditors."), "{}", denied.body);
    let denied = site.submit(&mut browser, "/nowhere").await;
    assert_eq!(denied.status, 403, "no rule: {denied:?}");
    assert!(site.application.take().is_empty());
}

#[tokio::test]
async fn a_declined_step_up_leaves_the_sign_in_and_does_nothing() {
    let site = Site::behind_nginx().await;
    let (mut browser, _) = site.ada().await;
    site.sign_in(&mut browser, "ada").await;
    site.application.take();
    let sent = site.visit(&mut browser, "/users/9").await;
    let visit = browser.send(Method::GET, sent.location(), &[], None).await.location().to_owned();
    let cancelled = browser.post(&format!("{visit}/cancel"), &json!({})).await;
    let back = site.back(&mut browser, cancelled.json()["next"].as_str().unwrap()).await;
    assert_eq!(back.status, 403);
    assert!(back.body.contains("data-outcome=\"declined\""), "{}", back.body);
    assert!(site.application.take().is_empty());
    assert_eq!(site.visit(&mut browser, "/").await.status, 200, "still signed in");
}

#[tokio::test]
async fn a_level_that_nobody_can_reach_ends_on_a_page_and_not_in_a_loop() {
    let site = Site::behind_nginx().await;
    site.provider.add_user("grace").await;
    let mut browser = site.provider.browser();
    site.sign_in(&mut browser, "grace").await;
    let sent = site.visit(&mut browser, "/users/9").await;
    let visit = browser.send(Method::GET, sent.location(), &[], None).await.location().to_owned();
    let next = browser.get(&visit).await.json()["next"].as_str().unwrap().to_owned();
    let back = site.back(&mut browser, &next).await;
    assert_eq!(back.status, 403);
    assert!(back.body.contains("data-outcome=\"unmet\""), "{}", back.body);
}

#[tokio::test]
async fn a_sign_in_is_refreshed_and_ends_with_the_session_at_the_provider() {
    let site = Site::behind_nginx().await;
    let (mut browser, _) = site.ada().await;
    let user = site.provider.app.store.user_by_name("ada").await.unwrap().unwrap().id;
    site.sign_in(&mut browser, "ada").await;
    // Access tokens live five minutes: it is refreshed, by one of many at once.
    site.provider.clock.advance(400);
    let mut tabs = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut tab, address) = (browser.clone(), format!("{}/", site.public_url));
        tabs.spawn(async move { tab.send(Method::GET, &address, &NAVIGATION, None).await.status });
    }
    assert_eq!(tabs.join_all().await, [200; 8]);
    site.provider.disable(&user).await;
    site.provider.clock.advance(400);
    let call = site.call(&mut browser, Method::GET, "/", &[("accept", "application/json")]).await;
    assert_eq!(call.status, 401, "{call:?}");
}

#[tokio::test]
async fn without_a_provider_nothing_opens_and_the_answer_says_so() {
    for source in [Source::Nginx, Source::Direct] {
        let site = match source {
            Source::Nginx => Site::behind_nginx().await,
            _ => Site::as_layer().await,
        };
        let mut browser = site.provider.browser();
        site.provider.stop();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let page = site.visit(&mut browser, "/").await;
        assert_eq!(page.status, 503, "{page:?}");
        assert!(page.body.contains("data-outcome=\"unavailable\""), "{}", page.body);
        let token = [("authorization", "Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA")];
        let call = site.call(&mut browser, Method::GET, "/", &token).await;
        assert_eq!(call.status, 503, "{call:?}");
        assert!(site.application.take().is_empty());
    }
}
