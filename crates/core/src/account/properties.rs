//! The rules of enrolment and removal, over arbitrary sessions, credentials and ceilings.

use proptest::prelude::*;

use super::{AccountAction, ceiling_of, reach, required};
use crate::assurance::{Ceiling, Factor, Possession, Proof, ProofRecord, Properties};
use crate::session::{Authentication, LiveCredential, Session};
use crate::step_up::properties::{any_live, any_session};
use crate::step_up::table::{HERE, NOW, acr, ground};
use crate::step_up::{Decision, Mode, Requirement, decide};
use crate::{Acr, CredentialId, InteractionId, UnixTime};

const LEVELS: [&str; 4] = ["aal1", "aal2", "phr", "phrh"];

fn meets(session: &Session, live: &[LiveCredential], level: &Acr) -> bool {
    let requirement = Requirement::new(InteractionId::new("later"), UnixTime(NOW))
        .asking(vec![level.clone()], Mode::Essential);
    matches!(decide(session, &requirement, live, &ground()), Decision::Satisfied(_))
}

/// The strongest thing that anyone could enrol.
fn hardware_key(ceiling: Ceiling) -> LiveCredential {
    let all = Possession { user_verified: true, phishing_resistant: true, hardware_bound: true };
    let id = CredentialId::new("the thief's");
    LiveCredential { id, factor: Factor::Passkey, properties: Properties::Possession(all), ceiling }
}

#[allow(clippy::disallowed_methods, reason = "tests make the proofs that verifiers would")]
fn proving(session: &Session, credentials: &[LiveCredential], interaction: &str, at: i64) -> Session {
    let proofs = credentials.iter().map(|live| {
        Proof::from_verified(ProofRecord {
            factor: live.factor,
            credential: live.id.clone(),
            properties: live.properties,
            ceiling: live.ceiling.clone(),
        })
    });
    session.clone().with(Authentication {
        at: UnixTime(at),
        interaction: InteractionId::new(interaction),
        bound_to: None,
        proofs: proofs.collect(),
    })
}

fn any_change() -> impl Strategy<Value = AccountAction> {
    let credential = CredentialId::new("passkey");
    prop_oneof![
        any::<bool>().prop_map(|hardware| AccountAction::AddPasskey { hardware }),
        Just(AccountAction::AddTotp),
        Just(AccountAction::SetPassword),
        Just(AccountAction::NewRecoveryCodes),
        Just(AccountAction::SetEmail { email: None }),
        Just(AccountAction::Rename { credential: credential.clone(), label: "x".to_owned() }),
        Just(AccountAction::Remove { credential }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Rule 8, and SU-19: whatever a session enrols lifts it, or any other, no further than it stood.
    #[test]
    fn atk_su_19_what_a_session_enrols_lifts_nobody_above_that_session(session in any_session(), live in any_live()) {
        let ladder = &ground().ladder;
        let ceiling = ceiling_of(&session, &live, ladder, UnixTime(NOW));
        let key = hardware_key(ceiling);
        let with_key = proving(&session, std::slice::from_ref(&key), "enrolled", NOW);
        let mut credentials = live.clone();
        credentials.push(key);
        for level in LEVELS.map(acr) {
            prop_assert!(!meets(&with_key, &credentials, &level) || meets(&session, &live, &level), "{level}");
        }
    }

    /// The same along any chain: a credential enrolled by a session that an enrolled credential raised.
    #[test]
    fn enrolling_by_what_was_enrolled_gains_nothing(session in any_session(), live in any_live()) {
        let ladder = &ground().ladder;
        let first = hardware_key(ceiling_of(&session, &live, ladder, UnixTime(NOW)));
        let mut credentials = live.clone();
        credentials.push(first.clone());
        let raised = proving(&session, &[first], "first", NOW);
        let second = LiveCredential {
            id: CredentialId::new("another of the thief's"),
            ..hardware_key(ceiling_of(&raised, &credentials, ladder, UnixTime(NOW)))
        };
        credentials.push(second.clone());
        let raised = proving(&raised, &[second], "second", NOW);
        for level in LEVELS.map(acr) {
            prop_assert!(!meets(&raised, &credentials, &level) || meets(&session, &live, &level), "{level}");
        }
    }

    /// Invariant I5: whoever meets what a change requires has just met the strongest level that the account
    /// reaches, by proofs made in this visit alone.
    #[test]
    fn atk_su_21_a_change_takes_the_accounts_strongest_level_proved_in_this_visit(
        session in any_session(), live in any_live(), action in any_change(),
    ) {
        let ladder = &ground().ladder;
        let here = InteractionId::new(HERE);
        let requirement = required(&action, here.clone(), UnixTime(NOW), &live, ladder);
        if let Decision::Satisfied(satisfied) = decide(&session, &requirement, &live, &ground()) {
            let mut here_only = session.clone();
            here_only.authentications.retain(|authentication| authentication.interaction == here);
            for level in reach(ladder, &live) {
                prop_assert!(meets(&here_only, &live, &level) || satisfied.acr_satisfied().contains(&level));
            }
            prop_assert!(!here_only.authentications.is_empty());
        }
    }

    /// What an account reaches, its owner can reach: nobody is locked out of their own account by the rule.
    #[test]
    fn the_owner_of_all_credentials_can_always_make_the_change(live in any_live(), action in any_change()) {
        let requirement = required(&action, InteractionId::new(HERE), UnixTime(NOW), &live, &ground().ladder);
        let nothing = Session {
            id: crate::SessionId::new("s"),
            user: crate::UserId::new("u"),
            authentications: Vec::new(),
        };
        let all = proving(&nothing, &live, HERE, NOW);
        let useful = !reach(&ground().ladder, &live).is_empty();
        prop_assert_eq!(matches!(decide(&all, &requirement, &live, &ground()), Decision::Satisfied(_)), useful);
    }

    /// Removing a credential never raises what the account reaches, so no removal makes a later change cheaper
    /// than it would be for its owner's weakest remaining factor alone.
    #[test]
    fn reach_is_monotone_in_credentials(live in any_live(), gone in 0_usize..6) {
        let ladder = &ground().ladder;
        let mut fewer = live.clone();
        if gone < fewer.len() {
            fewer.remove(gone);
        }
        for level in reach(ladder, &fewer) {
            prop_assert!(reach(ladder, &live).iter().any(|held| ladder.is_at_least(held, &level)));
        }
    }
}

#[test]
fn looking_asks_for_the_level_and_changing_for_a_fresh_proof_of_it() {
    let live = crate::step_up::table::live(&["password", "passkey"]);
    let ladder = &ground().ladder;
    let here = || InteractionId::new(HERE);
    let session = proving(
        &Session {
            id: crate::SessionId::new("s"),
            user: crate::UserId::new("u"),
            authentications: Vec::new(),
        },
        &live,
        "before",
        NOW - 60,
    );
    let look = required(&AccountAction::View, here(), UnixTime(NOW), &live, ladder);
    assert!(matches!(decide(&session, &look, &live, &ground()), Decision::Satisfied(_)));
    let change = required(&AccountAction::AddTotp, here(), UnixTime(NOW), &live, ladder);
    assert!(matches!(decide(&session, &change, &live, &ground()), Decision::StepUp(_)));
}

#[test]
fn what_is_left_after_a_removal_can_begin_a_sign_in() {
    let live = crate::step_up::table::live(&["password", "totp"]);
    let ladder = &ground().ladder;
    let of = |factor| live.iter().find(|live| live.factor == factor).map(|live| live.id.clone()).unwrap();
    assert!(super::may_remove(&of(Factor::Totp), &live, ladder));
    // A code alone says nobody's name.
    assert!(!super::may_remove(&of(Factor::Password), &live, ladder));
    assert!(super::may_remove(&CredentialId::new("nobody's"), &live, ladder));
}
