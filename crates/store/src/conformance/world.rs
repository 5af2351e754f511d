//! The people, visits and grants that the rows are about. Grants are real ones: decided, not made up.

use riser_core::assurance::{
    Ceiling, Factor, Ladder, Possession, Proof, ProofRecord, Properties, default_ladder,
};
use riser_core::audit::{Entry, Event};
use riser_core::protocol::{AuthorizeRequest, Grant, GrantNames, Prompt};
use riser_core::session::{Authentication, LiveCredential, Session};
use riser_core::step_up::{Decision, Ground, Mode, Requirement, decide};
use riser_core::transaction::{AuthorizationDetails, DetailsType};
use riser_core::{Acr, ClientId, CredentialId, GrantId, InteractionId, Seconds, SessionId, UnixTime, UserId};

use crate::{
    Ceremony, CodeIssue, Completion, CredentialUse, Hashed, Interaction, Left, NewCredential, NewUser,
    Passkey, Progress, Purpose, Secret, SessionChange, SessionLife, Spendable, Store, StoredRequest, Told,
    Visit, WebauthnId,
};

/// When every row begins.
pub(super) const NOW: UnixTime = UnixTime(1_800_000_000);
/// The product's defaults.
pub(super) const LIFE: SessionLife = SessionLife { absolute: Seconds(12 * 3600), idle: Seconds(1800) };
/// How many callers race.
pub(super) const RACERS: usize = 64;

pub(super) fn later(seconds: u32) -> UnixTime {
    NOW.plus(Seconds(seconds))
}

pub(super) fn hash(text: &str) -> Hashed {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    Hashed(digest.as_ref().try_into().unwrap())
}

/// An entry that names `what`, so that a row can find it again.
pub(super) fn entry(what: &str) -> Entry {
    let event = Event::InteractionFailed {
        interaction: InteractionId::new(what),
        reason: "noted".to_owned(),
        user: None,
        cause: None,
        prompt: None,
    };
    Entry { at: NOW, event }
}

/// What records `what`, and tells nobody.
pub(super) fn told(what: &str) -> Told {
    entry(what).into()
}

/// How often an entry made by [`entry`] is in the audit log.
pub(super) async fn recorded(store: &impl Store, what: &str) -> usize {
    let all = store.audit(0, 10_000).await.unwrap();
    all.iter().filter(|(_, found)| *found == entry(what)).count()
}

pub(super) fn passkey(name: &str) -> NewCredential {
    NewCredential {
        id: CredentialId::new(format!("credential of {name}")),
        label: "Blue key".to_owned(),
        ceiling: Ceiling::Unlimited,
        rising: None,
        secret: Secret::Passkey(Passkey {
            webauthn_id: WebauthnId(format!("webauthn of {name}").into_bytes()),
            public_key: vec![4, 0, 255],
            sign_count: 7,
            backup_eligible: true,
            backup_state: false,
            user_verified: true,
            hardware_bound: false,
            aaguid: [9; 16],
            model: Some("Riser Test Key".to_owned()),
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
            attestation_object: vec![0xa3; 300],
            client_data_json: b"{\"type\":\"webauthn.create\"}".to_vec(),
        }),
    }
}

/// An account `name` with one passkey.
pub(super) async fn account(store: &impl Store, name: &str) -> UserId {
    let id = UserId::new(format!("user {name}"));
    let user = NewUser {
        id: id.clone(),
        name: name.to_owned(),
        email: Some(format!("{name}@example.com")),
        credentials: vec![passkey(name)],
    };
    store.create_user(user, NOW, entry(&format!("create {name}"))).await.unwrap();
    id
}

fn properties() -> Properties {
    Properties::Possession(Possession {
        user_verified: true,
        phishing_resistant: true,
        hardware_bound: false,
    })
}

#[allow(clippy::disallowed_methods, reason = "a row of the suite vouches for a proof of its own making")]
fn proof(credential: &CredentialId) -> Proof {
    Proof::from_verified(ProofRecord {
        factor: Factor::Passkey,
        credential: credential.clone(),
        properties: properties(),
        ceiling: Ceiling::Unlimited,
    })
}

pub(super) fn authentication(
    interaction: &InteractionId,
    credential: &CredentialId,
    at: UnixTime,
) -> Authentication {
    Authentication { at, interaction: interaction.clone(), bound_to: None, proofs: vec![proof(credential)] }
}

fn request(details: Option<AuthorizationDetails>) -> AuthorizeRequest {
    AuthorizeRequest {
        client: ClientId::new("bank"),
        redirect_uri: "https://bank.example/callback".to_owned(),
        state: Some("opaque \" state".to_owned()),
        nonce: Some("nonce".to_owned()),
        scope: vec!["openid".to_owned()],
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
        audience: "https://bank.example".to_owned(),
        prompt: Prompt::default(),
        id_token_hint: None,
        subject: None,
        login_hint: None,
        max_age: Some(Seconds(300)),
        asked: vec![Acr::parse("phr").unwrap()],
        mode: Mode::Essential,
        details,
        dpop_jkt: None,
        pushed: None,
    }
}

fn payment() -> AuthorizationDetails {
    let text = r#"[{"type":"payment_initiation","instructedAmount":{"currency":"EUR","amount":"123.50"},
        "creditorName":"Merchant A","creditorAccount":{"iban":"DE02120300000000202051"}}]"#;
    AuthorizationDetails::parse(text, &DetailsType::built_in(&Acr::parse("phr").unwrap())).unwrap()
}

/// A visit that is not opened yet.
pub(super) fn visit(name: &str) -> Interaction {
    let id = InteractionId::new(format!("visit {name}"));
    let stored = StoredRequest {
        request: request(Some(payment())),
        requirement: Requirement::new(id.clone(), NOW)
            .asking(vec![Acr::parse("phr").unwrap()], Mode::Essential),
        consent: false,
        session: None,
        subject: Some(UserId::new("user anna")),
    };
    let mut progress = Progress::default();
    progress.typed_name = Some("anna".to_owned());
    Interaction {
        id,
        browser: hash(&format!("browser {name}")),
        purpose: Purpose::Authorize(Box::new(stored)),
        progress,
        version: 0,
        expires_at: later(600),
    }
}

/// A visit, opened.
pub(super) async fn opened(store: &impl Store, name: &str) -> Interaction {
    let interaction = visit(name);
    store.open_interaction(interaction.clone()).await.unwrap();
    interaction
}

/// A ceremony of a visit, opened; its challenge's hash.
pub(super) async fn ceremony(store: &impl Store, name: &str) -> Hashed {
    let value = Ceremony {
        interaction: InteractionId::new(format!("visit {name}")),
        registers: false,
        challenge: vec![5; 32],
        user: None,
    };
    let challenge = hash(&format!("challenge {name}"));
    store.open_ceremony(challenge, value, later(300)).await.unwrap();
    challenge
}

pub(super) fn done(mut interaction: Interaction) -> Interaction {
    interaction.progress.outcome =
        Some(Visit { failed: None, next: "https://bank.example/callback".to_owned(), until: later(60) });
    interaction
}

/// A completion that spends nothing, changes no session and records `what`.
pub(super) fn completion(interaction: Interaction, what: &str) -> Completion {
    Completion {
        interaction: done(interaction),
        spends: Vec::new(),
        session: SessionChange::Keep,
        authentication: None,
        credential_use: None,
        edit: None,
        code: None,
        answers: None,
        audit: vec![entry(what)],
        letters: Vec::new(),
        now: NOW,
    }
}

/// A person in a session.
#[derive(Clone, Debug)]
pub(super) struct SignedIn {
    pub(super) user: UserId,
    pub(super) credential: CredentialId,
    pub(super) session: Session,
    pub(super) cookie: Hashed,
}

impl SignedIn {
    pub(super) fn sid(&self) -> &SessionId {
        &self.session.id
    }

    /// This person, in a session that another visit would begin.
    pub(super) fn elsewhere(&self, name: &str) -> Self {
        let mut other = self.clone();
        other.session.id = SessionId::new(format!("session {name}"));
        other.cookie = hash(&format!("cookie {name}"));
        other
    }

    /// This session, said to be `other`'s.
    pub(super) fn claimed_by(&self, other: &Self) -> Self {
        let mut claimed = self.clone();
        claimed.user = other.user.clone();
        claimed.session.user = other.user.clone();
        claimed
    }

    pub(super) fn noted_use(&self, at: UnixTime) -> CredentialUse {
        CredentialUse {
            credential: self.credential.clone(),
            at,
            left: Left::Passkey { sign_count: 8, backup_state: true },
        }
    }

    /// A completion that begins this session on a proof made in `interaction`.
    pub(super) fn beginning(&self, interaction: Interaction, what: &str) -> Completion {
        let fact = authentication(&interaction.id, &self.credential, NOW);
        Completion {
            session: SessionChange::Begin { cookie: self.cookie, replaces: None, browser: None },
            authentication: Some((self.session.id.clone(), self.user.clone(), 1, fact)),
            credential_use: Some(self.noted_use(NOW)),
            ..completion(interaction, what)
        }
    }

    /// A completion that lifts this session to the cookie `to` on a proof made in `interaction`.
    pub(super) fn rising(&self, interaction: Interaction, to: Hashed, what: &str) -> Completion {
        Completion {
            session: SessionChange::Rise { from: self.cookie, to, superseded: Vec::new() },
            ..self.beginning(interaction, what)
        }
    }

    /// What a code for this session would be good for.
    pub(super) fn grant(&self, name: &str) -> Grant {
        self.decided(name, None)
    }

    /// The same, bound to a payment; its elevation's hash.
    pub(super) fn bound_grant(&self, name: &str) -> (Grant, Hashed) {
        let grant = self.decided(name, Some(payment()));
        let txn = hash(grant.txn().unwrap());
        (grant, txn)
    }

    fn decided(&self, name: &str, details: Option<AuthorizationDetails>) -> Grant {
        let interaction = InteractionId::new(format!("visit for grant {name}"));
        let digest = details.as_ref().map(AuthorizationDetails::digest);
        let mut fact = authentication(&interaction, &self.credential, NOW);
        fact.bound_to = digest;
        let session = self.session.clone().with(fact);
        let mut requirement =
            Requirement::new(interaction, NOW).asking(vec![Acr::parse("phr").unwrap()], Mode::Essential);
        if let Some(digest) = digest {
            requirement = requirement.bound_to(digest);
        }
        let live = [LiveCredential {
            id: self.credential.clone(),
            factor: Factor::Passkey,
            properties: properties(),
            ceiling: Ceiling::Unlimited,
        }];
        let ladder = Ladder::new(&default_ladder()).unwrap();
        let ground = Ground { ladder, enrollable: vec![(Factor::Passkey, properties())] };
        let Decision::Satisfied(satisfied) = decide(&session, &requirement, &live, &ground) else {
            panic!("a passkey meets phr")
        };
        let names = GrantNames { grant: GrantId::new(format!("grant {name}")), txn: format!("txn {name}") };
        Grant::of(&satisfied, &request(details), 1, names).unwrap()
    }
}

/// A person as they would be after signing in; nothing is stored.
pub(super) fn somebody(name: &str) -> SignedIn {
    let user = UserId::new(format!("user {name}"));
    let id = SessionId::new(format!("session {name}"));
    let session = Session { id, user: user.clone(), authentications: Vec::new() };
    SignedIn { user, credential: passkey(name).id, session, cookie: hash(&format!("cookie {name}")) }
}

/// An account, and a session of it begun by a visit.
pub(super) async fn signed_in(store: &impl Store, name: &str) -> SignedIn {
    account(store, name).await;
    let mut somebody = somebody(name);
    let interaction = opened(store, &format!("{name} signs in")).await;
    let fact = authentication(&interaction.id, &somebody.credential, NOW);
    store.complete(somebody.beginning(interaction, &format!("{name} signed in"))).await.unwrap();
    somebody.session.authentications.push(fact);
    somebody
}

pub(super) fn code_for(name: &str, grant: &Grant) -> CodeIssue {
    CodeIssue {
        code: hash(&format!("code {name}")),
        grant: grant.clone(),
        expires_at: later(60),
        pushed: None,
    }
}

/// Issues a code for `grant`.
pub(super) async fn issued(store: &impl Store, name: &str, grant: &Grant) -> Hashed {
    let issue = code_for(name, grant);
    let code = issue.code;
    store.issue(issue, entry(&format!("issue {name}"))).await.unwrap();
    code
}

/// Puts `grant` in force.
pub(super) async fn in_force(store: &impl Store, name: &str, grant: &Grant, redeemed: crate::Redeemed) {
    let code = issued(store, name, grant).await;
    store.redeem_code(code, grant, redeemed, NOW, entry(&format!("redeem {name}"))).await.unwrap();
}

/// Runs `race` for every racer at once and returns what each got.
pub(super) async fn raced<T, F>(race: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    raced_by(RACERS, race).await
}

/// The same, by so many.
pub(super) async fn raced_by<T, F>(racers: usize, race: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = std::sync::Arc::new(tokio::sync::Barrier::new(racers));
    let racers: Vec<_> = (0..racers)
        .map(|racer| {
            let (start, run) = (start.clone(), race(racer));
            tokio::spawn(async move {
                start.wait().await;
                run.await
            })
        })
        .collect();
    let mut results = Vec::new();
    for racer in racers {
        results.push(racer.await.unwrap());
    }
    results
}

/// The unspent value is there, whatever its kind.
pub(super) async fn is_spendable(store: &impl Store, kind: Spendable, value: Hashed) -> bool {
    match kind {
        Spendable::Ceremony => unspent(store.ceremony(value).await.unwrap()),
        Spendable::Code => unspent(store.code(value).await.unwrap()),
        Spendable::RefreshToken => unspent(store.refresh_token(value).await.unwrap()),
        Spendable::Enrolment => unspent(store.enrolment(value).await.unwrap()),
        Spendable::RecoveryCode => unspent(store.recovery_code(value).await.unwrap()),
        Spendable::Cancel => unspent(store.cancellation(value).await.unwrap()),
        Spendable::PushedRequest => unspent(store.pushed_request(value).await.unwrap()),
        // There is no way to look at one without spending it.
        Spendable::Elevation => store.spend_elevation(value, NOW, entry("looked")).await.unwrap(),
    }
}

fn unspent<T>(found: Option<crate::Spent<T>>) -> bool {
    found.is_some_and(|found| found.spent_at.is_none())
}
