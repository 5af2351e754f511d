//! A provider on loopback, whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use riser_core::assurance::{Ceiling, Ladder, default_ladder};
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{AcrValuesMode, Client, GrantType, SigningAlgorithm, TokenEndpointAuthMethod};
use riser_core::step_up::Ground;
use riser_core::transaction::DetailsType;
use riser_core::{Acr, ClientId, CredentialId, Seconds, UserId};
use riser_factors::password::{Blocklist, Password, Passwords};
use riser_factors::webauthn::{RelyingParty, UserVerification};
use riser_policy::{Policies, SourceText, Window};
use riser_server::{
    App, Budgets, ClientSecret, Clock as _, EnrolmentPolicy, Keys, Metrics, Openings, Provider,
    RegisteredClient, Rehearsal, Rules, Sealing, SystemRandom, Trust, enrollable, hashed, secret_token,
};
use riser_store::{Enrolment, NewCredential, NewUser, Secret, SessionLife, Store};
use riser_store_sqlite::SqliteStore;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::browser::Browser;
use crate::clock::FakeClock;

/// The secret of the confidential test clients.
pub const SECRET: &str = "a-test-secret-of-more-than-128-bits";
/// The password of everybody that [`TestServer::add_user`] makes.
pub const PASSWORD: &str = "correct horse battery staple";

/// A whole provider on loopback: real HTTP, a real database in a folder of its own, a clock that the test moves.
pub struct TestServer {
    /// The issuer; pages and API stand under it.
    pub issuer: String,
    /// The running server's state.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<FakeClock>,
    /// Its database's folder, removed with it.
    pub folder: tempfile::TempDir,
    stop: watch::Sender<bool>,
}

/// Rules, and perhaps a schema.
pub type RulesText = (&'static str, Option<&'static str>);

/// What a test may change of the provider before it starts.
pub struct Setup {
    /// Clients beside the usual ones.
    pub clients: Vec<RegisteredClient>,
    /// Whether a passkey must verify its holder.
    pub user_verification: UserVerification,
    /// Whose word on an authenticator counts.
    pub trust: Trust,
    /// What people may do about their own credentials.
    pub enrolment: EnrolmentPolicy,
    /// How often something may be tried.
    pub budgets: Budgets,
    /// What secrets are kept under.
    pub sealing: Sealing,
    /// What actions need: rules, with the windows `5m` and `1h`, and perhaps a schema.
    pub rules: Option<RulesText>,
    /// Whether decisions are recorded, and the rules of the shadow beside them.
    pub rehearses: Option<Option<RulesText>>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            clients: Vec::new(),
            user_verification: UserVerification::Required,
            trust: Trust::none(),
            enrolment: EnrolmentPolicy::default(),
            budgets: Budgets::default(),
            sealing: Sealing::none(),
            rules: None,
            rehearses: None,
        }
    }
}

/// A client as the tests use them: `app` (public), `bank` (confidential, basic), `shop` (confidential, basic),
/// `floored` (public, minimum_acr phr), `voluntary` (public, voluntary).
#[must_use]
pub fn client(id: &str, auth_method: TokenEndpointAuthMethod) -> RegisteredClient {
    RegisteredClient {
        client: Client {
            id: ClientId::new(id),
            name: format!("The {id}"),
            redirect_uris: vec![format!("https://{id}.example/callback")],
            post_logout_redirect_uris: vec![format!("https://{id}.example/signed-out")],
            auth_method,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            minimum_acr: None,
            acr_values_mode: AcrValuesMode::Essential,
            default_max_age: None,
            resource: Some(format!("https://api.{id}.example")),
            id_token_alg: SigningAlgorithm::Es256,
            scopes: vec!["openid".to_owned(), "profile".to_owned()],
            require_pushed: false,
            dpop_bound: false,
            enrolment_ceiling: (id == "bank").then(|| acr("phr")),
        },
        secret: auth_method.needs_secret().then(|| ClientSecret::new(SECRET)),
        keys: None,
    }
}

fn usual_clients() -> Vec<RegisteredClient> {
    let mut floored = client("floored", TokenEndpointAuthMethod::None);
    floored.client.minimum_acr = Some(acr("phr"));
    let mut voluntary = client("voluntary", TokenEndpointAuthMethod::None);
    voluntary.client.acr_values_mode = AcrValuesMode::Voluntary;
    vec![
        client("app", TokenEndpointAuthMethod::None),
        client("bank", TokenEndpointAuthMethod::ClientSecretBasic),
        client("shop", TokenEndpointAuthMethod::ClientSecretBasic),
        floored,
        voluntary,
    ]
}

/// An acr in a test.
#[must_use]
pub fn acr(text: &str) -> Acr {
    Acr::parse(text).expect("a test writes valid acr values")
}

/// Rules as a test writes them, over the default ladder.
#[must_use]
pub fn policies(rules: &str, schema: Option<&str>) -> Policies {
    let file = |name: &str, text: &str| SourceText { name: name.to_owned(), text: text.to_owned() };
    let mut files = vec![file("rules.cedar", rules)];
    files.extend(schema.map(|schema| file("rules.cedarschema", schema)));
    let windows = ["5m", "1h"].map(|text| Window::parse(text).expect("a window"));
    let ladder = Ladder::new(&default_ladder()).expect("the default ladder is good");
    Policies::load(&files, &windows, &ladder).unwrap_or_else(|errors| panic!("{errors}"))
}

impl TestServer {
    /// Starts the usual provider.
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// Starts a provider.
    pub async fn start_with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = SqliteStore::open(&folder.path().join("riser.db")).expect("a database");
        Self::start_on(setup, folder, Arc::new(store)).await
    }

    /// Starts a provider on a store of the test's own.
    pub async fn start_on(setup: Setup, folder: tempfile::TempDir, store: Arc<dyn Store>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let issuer = format!("http://localhost:{port}");
        let clock = Arc::new(FakeClock::at(1_800_000_000));
        let ground = Ground {
            ladder: Ladder::new(&default_ladder()).expect("the default ladder is good"),
            enrollable: enrollable(!setup.trust.is_empty()),
        };
        let mut clients = usual_clients();
        clients.extend(setup.clients);
        let relying_party = RelyingParty::new("localhost", [issuer.clone()], setup.user_verification)
            .expect("a relying party");
        let life = SessionLife { absolute: Seconds(12 * 3600), idle: Seconds(1800) };
        let types = DetailsType::built_in(&acr("phr"));
        let provider = Provider::new(issuer.clone(), clients, ground, types, relying_party, life);
        let mut provider = provider.expect("a good provider");
        provider.enrolment = setup.enrolment;
        provider.budgets = setup.budgets;
        let (rehearsal, rehearsing) = match setup.rehearses {
            Some(shadow) => {
                let (rehearsal, rehearsing) = Rehearsal::new(true);
                rehearsal.shadow().set(shadow.map(|(rules, schema)| policies(rules, schema)));
                (rehearsal, Some(rehearsing))
            }
            None => (Rehearsal::default(), None),
        };
        let app = Arc::new(App {
            provider,
            keys: Keys::load(&*store, &setup.sealing, clock.now()).await.expect("keys"),
            store,
            passwords: Passwords::new(2, 64),
            clock: clock.clone(),
            random: Arc::new(SystemRandom),
            sealing: setup.sealing,
            trust: setup.trust,
            blocklist: Blocklist::new(std::iter::empty()),
            openings: Openings::default(),
            rules: setup.rules.map(|(rules, schema)| Rules::new(policies(rules, schema))),
            rehearsal,
            metrics: Metrics::default(),
        });
        let (stop, stopped) = watch::channel(false);
        if let Some(rehearsing) = rehearsing {
            tokio::spawn(rehearsing.run(app.clone(), stopped.clone()));
        }
        tokio::spawn(riser_server::serve(app.clone(), vec![listener], stopped));
        Self { issuer, app, clock, folder, stop }
    }

    /// The moment of its clock, in seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now().0
    }

    /// Ends the provider: it takes no connection any more.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
    }

    /// A new browser with an empty cookie jar.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&self.issuer)
    }

    /// Makes a person with a password.
    pub async fn add_user(&self, name: &str) -> UserId {
        let password = Password::for_enrolment(PASSWORD, 15).expect("a good password");
        let salt = self.app.random.bytes32()[..16].try_into().expect("16 bytes");
        let hash = self.app.passwords.hash(&password, salt).await.expect("a hash");
        let user = UserId::new(secret_token(&SystemRandom)[..22].to_owned());
        let credential = NewCredential {
            id: CredentialId::new(format!("password of {name}")),
            label: "Password".to_owned(),
            ceiling: Ceiling::Unlimited,
            rising: None,
            secret: Secret::Password(hash.as_str().to_owned()),
        };
        let new = NewUser {
            id: user.clone(),
            name: name.to_owned(),
            email: Some(format!("{name}@example.com")),
            credentials: vec![credential],
        };
        let now = self.app.clock.now();
        let event = Event::UserCreated { user: user.clone() };
        self.app.store.create_user(new, now, Entry { at: now, event }).await.expect("a new user");
        user
    }

    /// An enrolment link for a person.
    pub async fn enrolment_link(&self, user: &UserId, ceiling: &str) -> String {
        let token = secret_token(&SystemRandom);
        let now = self.app.clock.now();
        let enrolment = Enrolment {
            user: user.clone(),
            ceiling: Ceiling::UpTo(BTreeSet::from([acr(ceiling)])),
            generation: self.app.store.user(user).await.expect("a store").expect("a user").generation,
            opens_at: None,
            replaces: None,
            by: riser_core::account::Enroller::Administrator,
        };
        let event = Event::EnrolmentGranted {
            user: user.clone(),
            by: Some(riser_core::account::Enroller::Administrator),
        };
        let entry = Entry { at: now, event };
        let expires_at = now.plus(Seconds(24 * 3600));
        let told = entry.into();
        self.app
            .store
            .grant_enrolment(hashed(&token), enrolment, expires_at, now, told)
            .await
            .expect("a link");
        format!("{}/grant/{token}", self.issuer)
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        // Whatever a test is about: nobody is asked for what is still fresh.
        if !std::thread::panicking() {
            assert_eq!(self.app.metrics.redundant_prompts(), 0, "a prompt for what was still fresh");
        }
    }
}
