//! A provider, an application, and between them a gate: behind nginx, or as a layer.

use std::sync::Arc;

use reqwest::Method;
use riser_core::protocol::TokenEndpointAuthMethod;
use riser_forward_auth::{Action, Gate, GateConfig, Needs, Rule, Rules, Source, nginx_conf};
use riser_guard::{Clock, Requirement, Seconds, UnixTime};
use riser_testkit::authenticator::SoftAuthenticator;
use riser_testkit::browser::{Answer, Browser};
use riser_testkit::clock::FakeClock;
use riser_testkit::server::{PASSWORD, SECRET, Setup, TestServer, client};
use tokio::net::TcpListener;

use crate::application::Application;
use crate::nginx::{Nginx, free_port};

/// Rules about actions, for those that the gate asks the provider about.
const RULES: &str = r#"
@id("delete") permit(principal, action == Action::"delete", resource);
@id("delete-needs-passkey") forbid(principal, action == Action::"delete", resource)
  unless { context.within_5m.contains("phr") };
@id("kept") @reason("This tenant is kept for the auditors.")
forbid(principal, action == Action::"delete", resource == Tenant::"kept");
"#;
const SCHEMA: &str =
    "entity User; entity Tenant; action delete appliesTo { principal: User, resource: Tenant, context: {} };";

/// What a browser sends with a navigation.
pub const NAVIGATION: [(&str, &str); 3] =
    [("accept", "text/html,*/*;q=0.8"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];

pub struct Site {
    pub provider: TestServer,
    pub application: Application,
    pub public_url: String,
    pub gate_port: u16,
    pub nginx: Option<Nginx>,
}

/// The provider's clock, as the gate reads it.
pub struct Shared(pub Arc<FakeClock>);

impl Clock for Shared {
    fn now(&self) -> UnixTime {
        riser_server::Clock::now(&*self.0)
    }
}

pub fn methods(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The rules of the site: assets for anybody, reading for who is signed in, users with a fresh passkey, deleting by the
/// provider's own rules, and nothing else.
fn rules() -> Rules {
    let fresh = Requirement::new("phr").unwrap().max_age(Seconds(300)).unwrap();
    let delete = Action { name: "delete".to_owned(), resource_type: "Tenant".to_owned() };
    let rule = |names: &[&str], path, needs, action| Rule::new(&methods(names), path, needs, action).unwrap();
    Rules::new(vec![
        rule(&["GET"], "/assets/**", Needs::Nothing, None),
        rule(&["GET", "POST"], "/users/**", Needs::Level(fresh), None),
        rule(&["POST"], "/tenants/*/delete", Needs::SignIn, Some(delete)),
        rule(&["GET"], "/**", Needs::SignIn, None),
    ])
    .unwrap()
}

impl Site {
    pub async fn behind_nginx() -> Self {
        Self::start(Source::Nginx).await
    }

    pub async fn as_layer() -> Self {
        Self::start(Source::Direct).await
    }

    /// A gate that only its proxy, the test, asks.
    pub async fn asked_by(source: Source) -> Self {
        Self::start(source).await
    }

    async fn start(source: Source) -> Self {
        let port = free_port();
        let public_url = format!("http://127.0.0.1:{port}");
        let mut admin = client("admin", TokenEndpointAuthMethod::ClientSecretBasic);
        admin.client.redirect_uris = vec![format!("{public_url}/.riser/callback")];
        admin.client.resource = Some(public_url.clone());
        let setup = Setup { clients: vec![admin], rules: Some((RULES, Some(SCHEMA))), ..Setup::default() };
        let provider = TestServer::start_with(setup).await;
        // The gate's OpenID library reads the machine's clock: both stand at this moment.
        let now = riser_guard::SystemClock.now();
        provider.clock.advance(now.since(riser_server::Clock::now(&*provider.clock)));
        let mut config = GateConfig::new(&provider.issuer, "admin", SECRET, &public_url);
        config.rules = rules();
        config.source = source;
        config.clock = Arc::new(Shared(provider.clock.clone()));
        let gate = Gate::new(config).unwrap();
        let (application, application_port) = Application::start().await;
        let (gate_port, nginx) = match source {
            Source::Direct => {
                let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
                let guarded = application.router().layer(gate.layer());
                tokio::spawn(riser_forward_auth::serve(guarded, listener, std::future::pending()));
                (port, None)
            }
            _ => {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
                let gate_port = listener.local_addr().unwrap().port();
                tokio::spawn(riser_forward_auth::serve(gate.service(), listener, std::future::pending()));
                let nginx = (source == Source::Nginx).then(|| {
                    let server = format!(
                        "server {{\nlisten 127.0.0.1:{port};\ninclude riser-guard.conf;\n\
                         location / {{ proxy_pass http://127.0.0.1:{application_port}; }}\n}}"
                    );
                    let guard = nginx_conf(&format!("127.0.0.1:{gate_port}"));
                    Nginx::start(port, &server, &[("riser-guard.conf", &guard)])
                });
                (gate_port, nginx)
            }
        };
        Self { provider, application, public_url, gate_port, nginx }
    }

    /// A person with a passkey whose browser has been nowhere yet.
    pub async fn ada(&self) -> (Browser, SoftAuthenticator) {
        let (_, _, key) = self.provider.with_passkey("ada").await;
        (self.provider.browser(), key)
    }

    /// Loads a page as a person does.
    pub async fn visit(&self, browser: &mut Browser, path: &str) -> Answer {
        browser.send(Method::GET, &format!("{}{path}", self.public_url), &NAVIGATION, None).await
    }

    /// Sends a form as a page of the site does.
    pub async fn submit(&self, browser: &mut Browser, path: &str) -> Answer {
        let referer = format!("{}/tenants/7", self.public_url);
        let mut headers = NAVIGATION.to_vec();
        headers.extend([
            ("origin", self.public_url.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("referer", referer.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ]);
        let address = format!("{}{path}", self.public_url);
        browser.send(Method::POST, &address, &headers, Some("a=b".to_owned())).await
    }

    /// Asks as a program does.
    pub async fn call(
        &self,
        browser: &mut Browser,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        browser.send(method, &format!("{}{path}", self.public_url), headers, None).await
    }

    /// Goes to the provider, signs in with the password, and comes back.
    pub async fn sign_in(&self, browser: &mut Browser, name: &str) -> Answer {
        let sent = self.visit(browser, "/").await;
        assert_eq!(sent.status, 303, "{sent:?}");
        let visit = browser.send(Method::GET, sent.location(), &[], None).await.location().to_owned();
        let done = browser.sign_in(&visit, name, PASSWORD).await;
        self.back(browser, done.json()["next"].as_str().unwrap_or_default()).await
    }

    /// Takes the provider's answer to the site.
    pub async fn back(&self, browser: &mut Browser, address: &str) -> Answer {
        assert!(address.starts_with(&self.public_url), "not back: {address}");
        browser.send(Method::GET, address, &NAVIGATION, None).await
    }

    /// From an answer that sends to the provider: the passkey, and back. Asserts that there was one prompt.
    pub async fn prove(&self, browser: &mut Browser, sent: &str, key: &SoftAuthenticator) -> Answer {
        let visit = browser.send(Method::GET, sent, &[], None).await.location().to_owned();
        assert!(visit.contains("/interaction/"), "no prompt: {visit}");
        let done = browser.passkey(&visit, key).await;
        self.back(browser, done.json()["next"].as_str().unwrap_or_default()).await
    }
}
