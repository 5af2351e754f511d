//! What the restarted server says to who comes back.

use std::collections::BTreeSet;

use serde_json::json;

use crate::client::Browser;
use crate::worker::{Record, Step};

/// Who was acknowledged is still signed in, still at that level, and their tokens still stand.
pub async fn answers_stand(issuer: &str, records: &[Record]) {
    let mut asked = 0;
    for session in records.iter().flat_map(|record| &record.sessions) {
        // A rise that was done and not answered has taken the cookie with it.
        if session.lost_in.is_some() || session.step_ups.is_empty() {
            continue;
        }
        let mut browser = session.browser.clone();
        let silent = browser.authorize(&[("prompt", "none"), ("acr_values", "phr")]).await.unwrap();
        assert!(silent.param("code").is_some(), "an acknowledged proof is not in its session: {silent:?}");
        asked += 1;
    }
    assert!(asked > 0, "no session was left to ask for");
    let mut browser = Browser::new(issuer);
    for step_up in records.iter().flat_map(Record::step_ups).filter(|step_up| !step_up.bound) {
        let Some(token) = &step_up.access_token else { continue };
        let answer = browser.userinfo(token).await.unwrap();
        assert_eq!(answer.status, 200, "an acknowledged token does not stand: {answer:?}");
    }
}

/// Elevations, challenges and codes that were used are refused; what was in doubt works once at most.
pub async fn what_was_used_is_refused(issuer: &str, records: Vec<Record>) {
    let mut client = Browser::new(issuer);
    for step_up in records.iter().flat_map(Record::step_ups) {
        let Some(token) = step_up.access_token.as_deref().filter(|_| step_up.bound) else { continue };
        let again = client.consume(token).await.unwrap();
        let expected: &[u16] = if step_up.consumed == Step::Done { &[409] } else { &[200, 409] };
        assert!(expected.contains(&again.status), "an elevation spent twice: {again:?}");
        let once_more = client.consume(token).await.unwrap();
        assert_eq!(once_more.status, 409, "an elevation spent twice: {once_more:?}");
    }
    let mut refusals = BTreeSet::new();
    for session in records.iter().flat_map(|record| &record.sessions) {
        let mut browser = session.browser.clone();
        // A cookie that was lost opens a visit all the same: for somebody who has yet to sign in.
        let elsewhere = browser.authorize(&[("acr_values", "phr"), ("max_age", "0")]).await.unwrap().visit();
        for step_up in &session.step_ups {
            for visit in [&step_up.visit, &elsewhere] {
                let answer = browser.post(&format!("{visit}/passkey"), &step_up.assertion).await.unwrap();
                let error = answer.error();
                let gone = ["interaction_closed", "interaction_expired", "interaction_not_found"];
                let ended = gone.contains(&error.as_str());
                let fits = if *visit == elsewhere { error == "challenge_spent" } else { ended };
                assert!(fits, "a challenge was answered twice: {answer:?}");
                refusals.insert((answer.status, error));
            }
        }
        for step_up in &session.step_ups {
            let again = client.redeem(&step_up.code).await.unwrap();
            if step_up.redeemed == Step::InDoubt && again.status == 200 {
                let once_more = client.redeem(&step_up.code).await.unwrap();
                assert_eq!((once_more.status, once_more.error()), (400, "invalid_grant".to_owned()));
                continue;
            }
            assert_eq!(
                (again.status, again.error()),
                (400, "invalid_grant".to_owned()),
                "a code redeemed twice"
            );
        }
    }
    println!("refused: {}", json!(refusals));
}
