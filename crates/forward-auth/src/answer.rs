//! Verdicts as HTTP answers.

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use riser_guard::{Challenge, FetchError, GuardError, StepUpNeeded};
use serde::{Deserialize, Serialize};

use crate::{
    asked::Asked,
    gate::Gate,
    pages::{Notice, page},
    verdict::{Refusal, Verdict, Who},
    visits::Purpose,
};

/// Why the answer is no, in one word, for logs of the proxy.
const REASON: HeaderName = HeaderName::from_static("x-riser-reason");

/// A step-up that a page of ours offers: sealed, so that no other site can send a person to a prompt (SU-42).
#[derive(Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) acr_values: String,
    pub(crate) max_age: Option<u32>,
    pub(crate) return_to: String,
    pub(crate) reason: Option<String>,
}

impl Gate {
    /// A yes or a no, for a proxy that knows only these: 200, 401 with the challenge, 403.
    pub(crate) fn tersely(&self, verdict: &Verdict) -> Response {
        let guard = &self.0.guard;
        let (status, reason, challenge) = match verdict {
            Verdict::Permit(who) => return permit(who),
            Verdict::Stranger(error) => (StatusCode::UNAUTHORIZED, "sign_in", Some(guard.refuse(error))),
            Verdict::StepUp(needed, ..) => {
                (StatusCode::UNAUTHORIZED, "step_up_required", Some(guard.step_up(needed)))
            }
            Verdict::Unmet(unmet) => {
                (StatusCode::FORBIDDEN, "insufficient_scope", Some(guard.challenge(unmet)))
            }
            Verdict::Deny(_) => (StatusCode::FORBIDDEN, "denied", None),
            Verdict::Unavailable(_) => (StatusCode::FORBIDDEN, "unavailable", None),
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(REASON, HeaderValue::from_static(reason));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(value) =
            challenge.and_then(|answer| answer.headers().get(header::WWW_AUTHENTICATE).cloned())
        {
            headers.insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }

    /// The whole answer: to a person a redirect or a page, to a program the challenge with a problem document.
    pub(crate) async fn fully(&self, verdict: Verdict, asked: &Asked, headers: &HeaderMap) -> Response {
        let is_person = is_navigation(headers);
        let goes = is_person && matches!(asked.method, Method::GET | Method::HEAD);
        match verdict {
            Verdict::Permit(who) => permit(&who),
            Verdict::Stranger(GuardError::NoToken) if goes => {
                self.send(headers, Purpose::SignIn, &asked.target).await
            }
            Verdict::StepUp(needed, Who::Session(session, _), reason) if goes => {
                let purpose = Purpose::StepUp(needed.challenge, session, reason);
                self.send(headers, purpose, &asked.target).await
            }
            Verdict::StepUp(needed, Who::Session(..), reason) if is_person => {
                self.offer(&needed, reason, headers)
            }
            Verdict::Stranger(GuardError::NoToken) if is_person => self.sign_in_first(),
            Verdict::Stranger(error) => self.0.guard.refuse(&error).map(Body::from),
            Verdict::StepUp(needed, ..) => self.0.guard.step_up(&needed).map(Body::from),
            Verdict::Unmet(unmet) => self.0.guard.challenge(&unmet).map(Body::from),
            Verdict::Deny(refusal) => self.denied(&refusal, is_person),
            Verdict::Unavailable(why) => self.unavailable(&why, is_person),
        }
    }

    /// The answer to a question that cannot be read.
    pub(crate) fn refused(&self, refusal: &Refusal, headers: &HeaderMap) -> Response {
        self.denied(refusal, is_navigation(headers))
    }

    fn denied(&self, refusal: &Refusal, is_person: bool) -> Response {
        tracing::info!(why = %refusal, "A request was refused");
        if is_person {
            return self.notice(
                StatusCode::FORBIDDEN,
                "denied",
                "This is not permitted",
                refusal.sentence(),
                "/",
            );
        }
        problem(StatusCode::FORBIDDEN, "This is not permitted", refusal.sentence())
    }

    fn unavailable(&self, why: &str, is_person: bool) -> Response {
        tracing::warn!(why, "A request could not be judged, and was refused");
        let mut response = if is_person {
            self.away()
        } else {
            let error = GuardError::Unavailable(FetchError::Unreachable(String::new()));
            self.0.guard.refuse(&error).map(Body::from)
        };
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        response
    }

    /// The page for when the provider does not answer.
    pub(crate) fn away(&self) -> Response {
        let title = "Not possible at the moment";
        let text = "The sign-in service does not answer, so nothing was done. Please try again in a minute.";
        self.notice(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title, text, "/")
    }

    fn sign_in_first(&self) -> Response {
        let text = "You are not signed in any more, so nothing was done. Sign in, then do it again.";
        self.notice(StatusCode::UNAUTHORIZED, "signed_out", "Please sign in", text, "/")
    }

    /// What was sent is not kept and not sent again: the person confirms, goes back to the page, and does it there.
    fn offer(&self, needed: &StepUpNeeded, reason: Option<String>, headers: &HeaderMap) -> Response {
        let config = &self.0.config;
        let Challenge { acr_values, max_age, .. } = &needed.challenge;
        let acr_values = acr_values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let return_to = self.page_before(headers);
        let max_age = max_age.map(|age| age.0);
        let offer = Offer { acr_values, max_age, return_to: return_to.clone(), reason };
        let (browser, is_new) = match self.browser(headers) {
            Ok(browser) => browser,
            Err(error) => return self.unavailable(&error.to_string(), true),
        };
        let sealed = match self.0.sealer.seal("offer", &browser, &offer) {
            Ok(sealed) => sealed,
            Err(error) => return self.unavailable(&error.to_string(), true),
        };
        let said = offer
            .reason
            .as_deref()
            .unwrap_or("This needs a stronger or more recent proof than your sign-in.");
        let text = format!(
            "{said} Nothing was done yet: confirm, and then do it again on the page that you come back to."
        );
        let notice = Notice {
            site: &config.name,
            outcome: "step_up_required",
            title: "Confirm that it is you",
            text: &text,
            act: Some(("Confirm", &format!("/.riser/step-up?offer={sealed}"))),
            back: &return_to,
        };
        let mut response = page(StatusCode::UNAUTHORIZED, &notice);
        let answer = self.0.guard.step_up(needed);
        if let Some(value) = answer.headers().get(header::WWW_AUTHENTICATE) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value.clone());
        }
        self.keep_browser(&browser, is_new, response.headers_mut());
        response
    }

    /// A page with one thing to say.
    pub(crate) fn notice(
        &self,
        status: StatusCode,
        outcome: &str,
        title: &str,
        text: &str,
        back: &str,
    ) -> Response {
        page(status, &Notice { site: &self.0.config.name, outcome, title, text, act: None, back })
    }
}

/// A yes, with who it is.
fn permit(who: &Who) -> Response {
    let mut response = Response::new(Body::empty());
    response.headers_mut().extend(who.headers());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: &'a str,
}

fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let problem = Problem { title, status: status.as_u16(), detail };
    let mut response = Response::new(Body::from(serde_json::to_string(&problem).unwrap_or_default()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether a person looks at the answer: a browser loads a page, and says so.
fn is_navigation(headers: &HeaderMap) -> bool {
    let says = |name: &str, expected: &str| headers.get(name).is_none_or(|value| value == expected);
    let html = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    html.is_some_and(|accept| accept.contains("text/html"))
        && says("sec-fetch-mode", "navigate")
        && says("sec-fetch-dest", "document")
        && !headers.contains_key(header::AUTHORIZATION)
}
