//! A person's way to the provider and back. Nothing is kept here meanwhile: what is needed travels sealed in `state`.

use std::sync::Arc;

use axum::{body::Body, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use riser_guard::{Acr, Challenge, GuardError, Requirement, Seconds, UnixTime, VerifiedToken};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    answer::Offer,
    cookies::Cookie,
    gate::Gate,
    path::CleanPath,
    provider::{Ask, ProviderError, Redeemed, VisitSecrets},
    seal::NoRandomness,
    secret::Secret,
    sessions::Session,
};

/// A way there and back takes no longer.
const VISIT_LIFE: Seconds = Seconds(15 * 60);
/// Longer addresses are not come back to: `state` travels in an address itself.
const LONGEST_RETURN: usize = 1024;

/// Why a person is sent to the provider.
pub(crate) enum Purpose {
    SignIn,
    /// For this much, by the person who is signed in; and what the rule says to people.
    StepUp(Challenge, Arc<Session>, Option<String>),
}

/// What travels in `state`.
#[derive(Serialize, Deserialize)]
struct Visit {
    began: UnixTime,
    nonce: String,
    verifier: String,
    return_to: String,
    /// Of a step-up: whom it is asked of, and what for.
    step_up: Option<Wanted>,
}

#[derive(Serialize, Deserialize)]
struct Wanted {
    subject: String,
    acr_values: String,
    max_age: Option<u32>,
    reason: Option<String>,
}

/// The answer of the provider (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) state: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) iss: Option<String>,
}

impl Answer {
    /// Reads a query; one in which something stands twice is none.
    fn read(query: &str) -> Option<Self> {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match &*name {
                "state" => &mut answer.state,
                "code" => &mut answer.code,
                "error" => &mut answer.error,
                "iss" => &mut answer.iss,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return None;
            }
        }
        Some(answer)
    }
}

impl Gate {
    /// Sends a person to the provider; afterwards they come back to `return_to`.
    pub(crate) async fn send(&self, headers: &HeaderMap, purpose: Purpose, return_to: &str) -> Response {
        match self.begin(headers, purpose, return_to).await {
            Ok(response) => response,
            Err(error) => {
                tracing::warn!(%error, "A person cannot be sent to the provider");
                self.away()
            }
        }
    }

    async fn begin(
        &self,
        headers: &HeaderMap,
        purpose: Purpose,
        return_to: &str,
    ) -> Result<Response, VisitError> {
        let now = self.now();
        let (browser, is_new) = self.browser(headers)?;
        let (nonce, verifier) = (Secret::generate()?, Secret::generate()?);
        let step_up = match &purpose {
            Purpose::SignIn => None,
            Purpose::StepUp(challenge, session, reason) => Some(Wanted {
                subject: session.subject.clone(),
                acr_values: challenge.acr_values.iter().map(Acr::as_str).collect::<Vec<_>>().join(" "),
                max_age: challenge.max_age.map(|age| age.0),
                reason: reason.clone(),
            }),
        };
        let visit = Visit {
            began: now,
            nonce: nonce.expose().to_owned(),
            verifier: verifier.expose().to_owned(),
            return_to: local(return_to).unwrap_or("/").to_owned(),
            step_up,
        };
        let state = self.0.sealer.seal("visit", &browser, &visit)?;
        let secrets = VisitSecrets { state: &state, nonce: nonce.expose(), verifier: verifier.expose() };
        let ask = match &purpose {
            Purpose::SignIn => Ask::SignIn,
            Purpose::StepUp(challenge, session, _) => {
                Ask::StepUp { challenge, id_token_hint: &session.id_token }
            }
        };
        let address = self.0.provider.authorization_url(ask, &secrets, now).await?;
        let mut response = to(&address);
        self.keep_browser(&browser, is_new, response.headers_mut());
        Ok(response)
    }

    /// `GET /.riser/login?return_to=/...`: for a site's own "Sign in".
    pub(crate) async fn login(&self, headers: &HeaderMap, query: &str) -> Response {
        let wanted = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "return_to");
        let return_to = wanted.map(|(_, value)| value.into_owned()).unwrap_or_default();
        self.send(headers, Purpose::SignIn, &return_to).await
    }

    /// `GET /.riser/step-up?offer=...`: from a page of ours that said what it is for.
    pub(crate) async fn take_offer(&self, headers: &HeaderMap, query: &str) -> Response {
        let sealed = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "offer");
        let browser = Cookie::Browser.read(headers, self.0.config.is_secure());
        let offer = sealed
            .zip(browser)
            .and_then(|((_, sealed), browser)| self.0.sealer.open::<Offer>("offer", &browser, &sealed));
        let (Some(offer), Some(session)) = (offer, self.session(headers)) else {
            return self.not_expected();
        };
        let Ok(acr_values) = Acr::parse_list(&offer.acr_values) else { return self.not_expected() };
        let challenge = Challenge { acr_values, max_age: offer.max_age.map(Seconds), scope: None };
        self.send(headers, Purpose::StepUp(challenge, session, offer.reason), &offer.return_to).await
    }

    /// `GET /.riser/callback`: back from the provider.
    pub(crate) async fn callback(&self, headers: &HeaderMap, query: &str) -> Response {
        let browser = Cookie::Browser.read(headers, self.0.config.is_secure());
        let answer = Answer::read(query);
        // The browser that was sent is the one that comes back (login CSRF, RFC 9700 §4.7): its own seal shows it.
        let visit = browser.zip(answer.as_ref().and_then(|answer| answer.state.as_deref()));
        let visit = visit.and_then(|(browser, state)| self.0.sealer.open::<Visit>("visit", &browser, state));
        let (Some(visit), Some(answer)) = (visit, answer) else { return self.not_expected() };
        let now = self.now();
        if !(0..i64::from(VISIT_LIFE.0)).contains(&now.since(visit.began)) {
            return self.not_expected();
        }
        // RFC 9207 §2.4: our provider always says who it is; an answer that does not is not believed.
        if answer.iss.as_deref() != Some(self.0.config.issuer.as_str()) {
            return self.not_expected();
        }
        if let Some(error) = &answer.error {
            return self.came_to_nothing(error, &visit);
        }
        let Some(code) = answer.code else { return self.not_expected() };
        match self.finish(headers, code, &visit, now).await {
            Ok(response) => response,
            Err(VisitError::Provider(error @ ProviderError::Refused(_))) => {
                tracing::info!(%error, "A code was refused");
                self.not_expected()
            }
            Err(VisitError::OtherPerson) => self.notice(
                StatusCode::FORBIDDEN,
                "wrong_person",
                "That was somebody else",
                "Another person confirmed than the one who is signed in here. Nothing was done.",
                &visit.return_to,
            ),
            Err(error) => {
                tracing::warn!(%error, "A sign-in could not be finished");
                self.away()
            }
        }
    }

    async fn finish(
        &self,
        headers: &HeaderMap,
        code: String,
        visit: &Visit,
        now: UnixTime,
    ) -> Result<Response, VisitError> {
        let inner = &self.0;
        let (verifier, nonce) = (visit.verifier.clone(), visit.nonce.clone());
        let Redeemed { subject, id_token, access_token, refresh } =
            inner.provider.redeem(code, verifier, nonce, now).await?;
        let token = inner.guard.verify(&access_token).await?;
        let wanted = visit.step_up.as_ref();
        if token.subject() != subject || wanted.is_some_and(|wanted| wanted.subject != subject) {
            return Err(VisitError::OtherPerson);
        }
        let name = inner.provider.name_of(&access_token, &subject, now).await?;
        let suffices = wanted.is_none_or(|wanted| meets(&token, wanted, now));
        let session = Session::new(name, id_token, token, refresh, now);
        let secret = Secret::generate()?;
        let old = Cookie::Session.read(headers, inner.config.is_secure());
        inner.sessions.begin(&secret, session, old.as_ref(), now);
        // Sent back only with enough: otherwise the next request would send the person here again, without end.
        let mut response = if suffices {
            to(&visit.return_to)
        } else {
            self.notice(
                StatusCode::FORBIDDEN,
                "not_enough",
                "That was not enough",
                "You confirmed, but not as strongly as this needs. Nothing was done.",
                &visit.return_to,
            )
        };
        Cookie::Session.set(&secret, inner.config.is_secure(), response.headers_mut());
        Ok(response)
    }

    /// A sign-in or step-up that the provider ended without a code. The sign-in here is as it was.
    fn came_to_nothing(&self, error: &str, visit: &Visit) -> Response {
        let (outcome, title, text) = match error {
            "access_denied" => (
                "declined",
                "You did not confirm",
                "Nothing was done. Go back, and do it again when you want to.",
            ),
            "unmet_authentication_requirements" => (
                "unmet",
                "This needs a stronger factor than you have",
                "Nothing was done: nothing that you have registered reaches this. Ask your administrator for a link \
                 under which you can register what is missing.",
            ),
            // Anything else stays out of our pages: it came through a browser.
            _ => ("failed", "You are not signed in", "The sign-in was not completed. Nothing was done."),
        };
        // Why it was asked for is most of the help where it cannot be given.
        let reason = visit.step_up.as_ref().and_then(|wanted| wanted.reason.as_deref());
        match reason.filter(|_| outcome == "unmet") {
            Some(reason) => {
                let text = format!("{reason} {text}");
                self.notice(StatusCode::FORBIDDEN, outcome, title, &text, &visit.return_to)
            }
            None => self.notice(StatusCode::FORBIDDEN, outcome, title, text, &visit.return_to),
        }
    }

    fn not_expected(&self) -> Response {
        self.notice(
            StatusCode::BAD_REQUEST,
            "not_expected",
            "This answer was not expected",
            "It was used before, took too long, or belongs to another browser. Nothing was done.",
            "/",
        )
    }

    /// `POST /.riser/sign-out`: ends the sign-in here. The one at the provider is the provider's.
    pub(crate) fn sign_out(&self, headers: &HeaderMap) -> Response {
        let all_are =
            |name: &str, expected: &str| headers.get_all(name).iter().all(|value| value == expected);
        if !all_are("origin", &self.0.config.public_url) || !all_are("sec-fetch-site", "same-origin") {
            return self.not_expected();
        }
        let secure = self.0.config.is_secure();
        if let Some(secret) = Cookie::Session.read(headers, secure) {
            self.0.sessions.end(&secret);
        }
        let title = "You are signed out here";
        let text = "Your sign-in at the sign-in service goes on until you end it there.";
        let mut response = self.notice(StatusCode::OK, "signed_out", title, text, "/");
        Cookie::Session.clear(secure, response.headers_mut());
        response
    }

    /// The browser's own secret, and whether it is new.
    pub(crate) fn browser(&self, headers: &HeaderMap) -> Result<(Secret, bool), NoRandomness> {
        match Cookie::Browser.read(headers, self.0.config.is_secure()) {
            Some(browser) => Ok((browser, false)),
            None => Ok((Secret::generate()?, true)),
        }
    }

    pub(crate) fn keep_browser(&self, browser: &Secret, is_new: bool, headers: &mut HeaderMap) {
        if is_new {
            Cookie::Browser.set(browser, self.0.config.is_secure(), headers);
        }
    }

    /// The page of ours that a request was made on, or the first.
    pub(crate) fn page_before(&self, headers: &HeaderMap) -> String {
        let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
        let own = referer.and_then(|address| address.strip_prefix(self.0.config.public_url.as_str()));
        own.and_then(local).unwrap_or("/").to_owned()
    }
}

/// An address on this site, in the one spelling that rules know; nothing of any other.
fn local(address: &str) -> Option<&str> {
    let path = address.split('?').next().unwrap_or_default();
    let fits = address.len() <= LONGEST_RETURN
        && CleanPath::parse(address).is_ok_and(|clean| clean.segments().first().is_none_or(|one| one != ".riser"))
        // As a browser would read it: still on this site.
        && Url::parse("https://here.invalid")
            .and_then(|base| base.join(address))
            .is_ok_and(|url| url.host_str() == Some("here.invalid") && url.path() == path);
    fits.then_some(address)
}

fn meets(token: &VerifiedToken, wanted: &Wanted, now: UnixTime) -> bool {
    let requirement = if wanted.acr_values.is_empty() {
        wanted.max_age.map(|age| Requirement::fresh(Seconds(age)))
    } else {
        let named = Requirement::new(&wanted.acr_values);
        Some(match wanted.max_age {
            Some(age) => named.and_then(|named| named.max_age(Seconds(age))),
            None => named,
        })
    };
    matches!(requirement, Some(Ok(requirement)) if token.require(&requirement, now).is_ok())
}

fn to(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    match HeaderValue::from_str(address) {
        Ok(address) => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(header::LOCATION, address);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[derive(Debug, thiserror::Error)]
enum VisitError {
    #[error(transparent)]
    Provider(#[from] ProviderError),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error("another person came back")]
    OtherPerson,
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_this_site_is_come_back_to() {
        for address in ["/", "/tenants/7?tab=users&x=%2F", "/caf%C3%A9", "/a/"] {
            assert_eq!(local(address), Some(address));
        }
        for address in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/../x",
            "/%2e%2e",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/.riser/callback?code=x",
            "/.riser/login",
            "tenants",
            "?x",
            "/\t/evil.example",
        ] {
            assert_eq!(local(address), None, "{address}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(LONGEST_RETURN))), None);
    }

    #[test]
    fn an_answer_that_says_something_twice_is_none() {
        assert!(Answer::read("code=a&state=b&iss=c&other=1&other=2").is_some());
        for query in ["code=a&code=a", "state=a&state=b", "iss=a&iss=b", "error=a&error=b"] {
            assert!(Answer::read(query).is_none(), "{query}");
        }
    }
}
