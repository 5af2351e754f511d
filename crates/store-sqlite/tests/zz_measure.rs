mod common;
use riser_core::assurance::*;
use riser_core::audit::{Entry, Event};
use riser_core::session::Authentication;
use riser_core::*;
use riser_store::*;
use riser_store_sqlite::SqliteStore;
use std::sync::Arc;
use std::time::Instant;

const NOW: UnixTime = UnixTime(1_800_000_000);
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn entry() -> Entry {
    Entry {
        at: NOW,
        event: Event::InteractionFailed {
            interaction: InteractionId::new("one"),
            reason: "noted".to_owned(),
        },
    }
}
fn h(i: usize, k: u8) -> Hashed {
    let mut b = [0u8; 32];
    let x = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    b[..8].copy_from_slice(&x.to_be_bytes());
    b[8] = k;
    b[16..24].copy_from_slice(&(i as u64).to_be_bytes());
    Hashed(b)
}

async fn many<F: Future<Output = ()> + Send + 'static>(
    what: &str,
    callers: usize,
    each: usize,
    f: impl Fn(usize) -> F + Send + Sync + 'static,
) {
    let f = Arc::new(f);
    let (t, c) = (Instant::now(), cpu());
    let hs: Vec<_> = (0..callers)
        .map(|k| {
            let f = f.clone();
            tokio::spawn(async move {
                for i in 0..each {
                    f(k * each + i).await
                }
            })
        })
        .collect();
    for x in hs {
        x.await.unwrap();
    }
    let n = (callers * each) as f64;
    let wall = t.elapsed().as_secs_f64();
    println!(
        "{what:40} callers {callers:4}: {:9.0} a second, {:6.1} us CPU each, {:6.2} ms latency",
        n / wall,
        (cpu() - c) * 1e6 / n,
        wall * 1e3 / each as f64
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measure() {
    let (store, _d) = common::fresh();
    let user = UserId::new("anna");
    let cred = CredentialId::new("c");
    store
        .create_user(
            NewUser {
                id: user.clone(),
                name: "anna".into(),
                email: None,
                credentials: vec![NewCredential {
                    id: cred.clone(),
                    label: "k".into(),
                    ceiling: Ceiling::Unlimited,
                    secret: Secret::Passkey(Passkey {
                        webauthn_id: WebauthnId(vec![1; 32]),
                        public_key: vec![4; 65],
                        sign_count: 0,
                        backup_eligible: true,
                        backup_state: true,
                        user_verified: true,
                        hardware_bound: false,
                        aaguid: [0; 16],
                        transports: vec!["internal".into()],
                        attestation_object: vec![0; 1000],
                        client_data_json: vec![0; 200],
                    }),
                }],
            },
            NOW,
            entry(),
        )
        .await
        .unwrap();
    for callers in [1usize, 8, 64, 256] {
        let s = store.clone();
        let base = callers * 10_000_000;
        many(
            "attempt (one row, flushed)",
            callers,
            if callers == 1 { 300 } else { 20_000 / callers },
            move |i| {
                let s = s.clone();
                async move { s.reserve_attempt(h(base + i, 0), 5, NOW).await.unwrap().unwrap() }
            },
        )
        .await;
    }
    for callers in [1usize, 64] {
        let s = store.clone();
        let base = callers * 10_000_000;
        many("ceremony (one row, unflushed)", callers, 20_000 / callers, move |i| {
            let s = s.clone();
            async move {
                s.open_ceremony(
                    h(base + i, 1),
                    Ceremony {
                        interaction: InteractionId::new("018f4e2a-1111-7000-8000-000000000000"),
                        registers: false,
                        challenge: vec![3; 32],
                        user: None,
                    },
                    UnixTime(NOW.0 + 300),
                )
                .await
                .unwrap()
            }
        })
        .await;
    }
    for callers in [64usize] {
        let s = store.clone();
        let base = callers * 10_000_000;
        let (user, cred) = (user.clone(), cred.clone());
        // interactions first
        let mk = |i: usize| {
            let purpose = Purpose::Enrol {
                link: [1; 32],
                enrolment: Enrolment {
                    user: UserId::new("anna"),
                    ceiling: Ceiling::Unlimited,
                    generation: 1,
                },
                session: None,
            };
            Interaction {
                id: InteractionId::new(format!("visit-{i:032}")),
                browser: h(i, 9),
                purpose,
                progress: Progress::default(),
                version: 0,
                expires_at: UnixTime(NOW.0 + 600),
            }
        };
        let s2 = s.clone();
        many("open interaction (unflushed)", callers, 12_800 / callers, move |i| {
            let s = s2.clone();
            let v = mk(base + i);
            async move { s.open_interaction(v).await.unwrap() }
        })
        .await;
        #[allow(clippy::disallowed_methods, reason = "x")]
        let proof = Proof::from_verified(ProofRecord {
            factor: Factor::Passkey,
            credential: cred.clone(),
            properties: Properties::Possession(Possession {
                user_verified: true,
                phishing_resistant: true,
                hardware_bound: false,
            }),
            ceiling: Ceiling::Unlimited,
        });
        let s2 = s.clone();
        many("complete (ceremony, begin, fact, audit)", callers, 12_800 / callers, move |i| {
            let s = s2.clone();
            let mut v = mk(base + i);
            let (user, cred, proof) = (user.clone(), cred.clone(), proof.clone());
            async move {
                v.progress.outcome = Some(Visit {
                    failed: None,
                    next: "https://bank.example/callback?code=123456".into(),
                    until: NOW,
                });
                let fact = Authentication {
                    at: NOW,
                    interaction: v.id.clone(),
                    bound_to: None,
                    proofs: vec![proof],
                };
                let _ = 0;
                s.complete(Completion {
                    interaction: v,
                    spends: vec![(Spendable::Ceremony, h(640_000_000 + i, 1))],
                    session: SessionChange::Begin { cookie: h(base + i, 3), replaces: None },
                    authentication: Some((SessionId::new(format!("session-{i:032}")), user, 1, fact)),
                    credential_use: Some(CredentialUse {
                        credential: cred,
                        at: NOW,
                        passkey: Some((1, true)),
                    }),
                    registers: None,
                    code: None,
                    audit: vec![entry()],
                    now: NOW,
                })
                .await
                .unwrap()
            }
        })
        .await;
        for callers in [1, 64] {
            let s2 = s.clone();
            many("presence (read)", callers, 12_800 / callers, move |i| {
                let s = s2.clone();
                async move {
                    s.presence(
                        h(640_000_000 + i, 3),
                        SessionLife { absolute: Seconds(43200), idle: Seconds(1800) },
                        NOW,
                    )
                    .await
                    .unwrap()
                    .unwrap();
                }
            })
            .await;
            let s2 = s.clone();
            many("user (read)", callers, 12_800 / callers, move |_| {
                let s = s2.clone();
                async move {
                    s.user(&UserId::new("anna")).await.unwrap().unwrap();
                }
            })
            .await;
        }
    }
}
