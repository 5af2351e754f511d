//! The rules of the model, over arbitrary sessions and requirements. Named after the rule they prove.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::table::{HERE, NOW, acr, credential, ground, live, proof};
use super::{Candidate, Decision, Freshness, Ground, Mode, Requirement, Satisfied, decide};
use crate::assurance::{
    Ceiling, Factor, Kind, Ladder, LevelSpec, Possession, Proof, ProofRecord, Properties, Slot, SlotSpec,
};
use crate::session::{Authentication, LiveCredential, Session};
use crate::transaction::Digest;
use crate::{Acr, CredentialId, InteractionId, Seconds, SessionId, UnixTime, UserId};

const CREDENTIALS: [&str; 6] = ["password", "totp", "passkey", "passkey2", "touch", "key"];
const LEVELS: [&str; 4] = ["aal1", "aal2", "phr", "phrh"];

pub(crate) fn any_ceiling() -> impl Strategy<Value = Ceiling> {
    prop_oneof![
        4 => Just(Ceiling::Unlimited),
        2 => proptest::sample::select(&LEVELS[..]).prop_map(|name| Ceiling::UpTo(BTreeSet::from([acr(name)]))),
        1 => Just(Ceiling::UpTo(BTreeSet::new())),
    ]
}

/// A proof by one of the six: what it shows is at most what its credential can.
#[allow(clippy::disallowed_methods, reason = "tests make the proofs that verifiers would")]
pub(crate) fn any_proof() -> impl Strategy<Value = Proof> {
    (proptest::sample::select(&CREDENTIALS[..]), any_ceiling(), any::<[bool; 3]>()).prop_map(
        |(name, ceiling, keep)| {
            let (factor, most) = credential(name);
            let properties = match most {
                Properties::Possession(held) => Properties::Possession(Possession {
                    user_verified: held.user_verified && keep[0],
                    phishing_resistant: held.phishing_resistant && keep[1],
                    hardware_bound: held.hardware_bound && keep[2],
                }),
                other => other,
            };
            Proof::from_verified(ProofRecord {
                factor,
                credential: CredentialId::new(name),
                properties,
                ceiling,
            })
        },
    )
}

fn digest(name: &str) -> Digest {
    Digest::of(&serde_json::Value::from(name)).unwrap()
}

fn any_authentication() -> impl Strategy<Value = Authentication> {
    let proofs = proptest::collection::vec(any_proof(), 1..4);
    let place = proptest::sample::select(&[HERE, "there", "yonder"][..]);
    let bound = proptest::option::weighted(0.2, proptest::sample::select(&["pay", "delete"][..]));
    (-5_i64..1200, place, bound, proofs).prop_map(|(age, place, bound, proofs)| Authentication {
        at: UnixTime(NOW - age),
        interaction: InteractionId::new(place),
        bound_to: bound.map(digest),
        proofs,
    })
}

pub(crate) fn any_session() -> impl Strategy<Value = Session> {
    proptest::collection::vec(any_authentication(), 0..6).prop_map(|authentications| Session {
        id: SessionId::new("s"),
        user: UserId::new("u"),
        authentications,
    })
}

pub(crate) fn any_live() -> impl Strategy<Value = Vec<LiveCredential>> {
    proptest::collection::vec((any::<bool>(), any_ceiling()), CREDENTIALS.len()).prop_map(|states| {
        live(&CREDENTIALS)
            .into_iter()
            .zip(states)
            .filter(|(_, (usable, _))| *usable)
            .map(|(credential, (_, ceiling))| LiveCredential { ceiling, ..credential })
            .collect()
    })
}

fn any_freshness() -> impl Strategy<Value = Freshness> {
    prop_oneof![
        3 => Just(Freshness::AnyAge),
        3 => (1_u32..1300).prop_map(|age| Freshness::Within(Seconds(age))),
        1 => Just(Freshness::ThisInteraction),
    ]
}

fn any_levels() -> impl Strategy<Value = Vec<Acr>> {
    proptest::sample::subsequence(LEVELS.map(acr).to_vec(), 0..=3).prop_shuffle()
}

fn any_requirement() -> impl Strategy<Value = Requirement> {
    let bound = proptest::option::weighted(0.15, proptest::sample::select(&["pay", "delete"][..]));
    (any_levels(), any_levels(), any_freshness(), bound).prop_map(|(asked, floor, freshness, bound)| {
        let requirement = Requirement::new(InteractionId::new(HERE), UnixTime(NOW))
            .asking(asked, Mode::Essential)
            .with_floor(floor)
            .with_freshness(freshness);
        match bound {
            Some(name) => requirement.bound_to(digest(name)),
            None => requirement,
        }
    })
}

fn satisfied(session: &Session, requirement: &Requirement, live: &[LiveCredential]) -> Option<Satisfied> {
    match decide(session, requirement, live, &ground()) {
        Decision::Satisfied(met) => Some(met),
        _ => None,
    }
}

fn candidates(session: &Session, requirement: &Requirement, live: &[LiveCredential]) -> Vec<Candidate> {
    match decide(session, requirement, live, &ground()) {
        Decision::StepUp(candidates) => candidates,
        _ => Vec::new(),
    }
}

/// The session once the proofs are made in this visit, as the candidate names them.
#[allow(clippy::disallowed_methods, reason = "tests make the proofs that verifiers would")]
fn completed(
    session: &Session,
    requirement: &Requirement,
    proofs: &[super::Wanted],
    live: &[LiveCredential],
) -> Session {
    let made = proofs.iter().map(|wanted| {
        let credential = live.iter().find(|live| live.id == wanted.credential).unwrap();
        Proof::from_verified(ProofRecord {
            factor: wanted.factor,
            credential: wanted.credential.clone(),
            properties: wanted.properties,
            ceiling: credential.ceiling.clone(),
        })
    });
    session.clone().with(Authentication {
        at: UnixTime(NOW + 30),
        interaction: requirement.interaction().clone(),
        bound_to: requirement.binding(),
        proofs: made.collect(),
    })
}

/// An independent reading of the model: is there any choice of proofs that fills an alternative of `level`?
fn meets(session: &Session, requirement: &Requirement, live: &[LiveCredential], level: &str) -> bool {
    let usable: Vec<(&CredentialId, Properties, i64, bool)> = session
        .authentications
        .iter()
        .flat_map(|past| past.proofs.iter().map(move |proof| (past, proof.record())))
        .filter_map(|(past, proof)| {
            let now = live.iter().find(|live| live.id == proof.credential)?;
            let own = past.interaction.as_str() == HERE;
            let of_action = requirement.binding().is_none_or(|digest| own && past.bound_to == Some(digest));
            let fresh = own
                || (past.at.0 <= NOW
                    && match requirement.freshness() {
                        Freshness::AnyAge => true,
                        Freshness::ThisInteraction => false,
                        Freshness::Within(Seconds(age)) => {
                            NOW - past.at.0 <= i64::from(age) - i64::from(age / 2).min(30)
                        }
                    });
            let rank = |ceiling: &Ceiling| match ceiling {
                Ceiling::Unlimited => 9,
                Ceiling::UpTo(names) => names
                    .iter()
                    .filter_map(|name| LEVELS.iter().position(|other| *other == name.as_str()))
                    .max()
                    .map_or(0, |at| at + 1),
            };
            let needed = LEVELS.iter().position(|other| *other == level)? + 1;
            let allowed = rank(&proof.ceiling).min(rank(&now.ceiling)) >= needed;
            let properties = proof.properties.at_most(now.properties)?;
            (of_action && fresh && allowed).then_some((&proof.credential, properties, NOW - past.at.0, own))
        })
        .collect();
    let held = |properties: &Properties| match properties {
        Properties::Possession(held) => *held,
        _ => Possession::default(),
    };
    let alive = |age: i64, own: bool| own || !level.starts_with("phr") || age < 15 * 60 - 30;
    let knows = |properties: &Properties| properties.kind() == Kind::Knowledge;
    usable.iter().any(|(first, one, age, own)| {
        let single = match level {
            "aal1" => true,
            "aal2" => held(one).user_verified,
            "phr" => held(one).user_verified && held(one).phishing_resistant,
            _ => held(one).user_verified && held(one).phishing_resistant && held(one).hardware_bound,
        };
        let pair = usable.iter().any(|(second, two, other_age, other_own)| {
            let second_will_do = match level {
                "aal1" => false,
                "aal2" => two.kind() == Kind::Possession,
                "phr" => held(two).phishing_resistant,
                _ => held(two).phishing_resistant && held(two).hardware_bound,
            };
            first != second && knows(one) && second_will_do && alive(*other_age, *other_own)
        });
        alive(*age, *own) && (single || pair)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_an_independent_reading(session in any_session(), live in any_live(), freshness in any_freshness(), at in 0_usize..4) {
        let requirement = Requirement::new(InteractionId::new(HERE), UnixTime(NOW))
            .asking(vec![acr(LEVELS[at])], Mode::Essential)
            .with_freshness(freshness);
        prop_assert_eq!(satisfied(&session, &requirement, &live).is_some(), meets(&session, &requirement, &live, LEVELS[at]));
    }

    #[test]
    fn rule_1_nothing_but_the_inputs_and_not_their_order(session in any_session(), requirement in any_requirement(), live in any_live()) {
        let mut shuffled = session.clone();
        shuffled.authentications.reverse();
        let mut back = live.clone();
        back.reverse();
        match (decide(&session, &requirement, &live, &ground()), decide(&shuffled, &requirement, &back, &ground())) {
            (Decision::Satisfied(one), Decision::Satisfied(other)) => {
                prop_assert_eq!(one.acr(), other.acr());
                prop_assert_eq!(one.auth_time(), other.auth_time());
                prop_assert_eq!(one.acr_satisfied(), other.acr_satisfied());
            }
            (Decision::StepUp(one), Decision::StepUp(other)) => {
                let sets = |candidates: Vec<Candidate>| -> BTreeSet<Vec<super::Wanted>> {
                    candidates.into_iter().map(|candidate| candidate.proofs).collect()
                };
                prop_assert_eq!(sets(one), sets(other));
            }
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn rule_2_another_proof_never_lowers(session in any_session(), more in any_authentication(), requirement in any_requirement(), live in any_live()) {
        if let Some(before) = satisfied(&session, &requirement, &live) {
            let after = satisfied(&session.with(more), &requirement, &live);
            prop_assert!(after.is_some());
            let ladder = ground().ladder;
            if let (Some(before), Some(after)) = (before.acr(), after.as_ref().and_then(Satisfied::acr)) {
                prop_assert!(!ladder.is_at_least(before, after) || before == after, "{before} fell to {after}");
            }
        }
    }

    #[test]
    fn rule_2_waiting_never_raises(session in any_session(), asked in any_levels(), age in 1_u32..1300, wait in 1_u32..1300, live in any_live()) {
        let past_only = Session {
            authentications: session.authentications.into_iter().filter(|past| past.at.0 <= NOW).collect(),
            ..session
        };
        let at = |received: UnixTime| Requirement::new(InteractionId::new("new"), received)
            .asking(asked.clone(), Mode::Essential)
            .with_freshness(Freshness::Within(Seconds(age)));
        let now = UnixTime(NOW);
        if satisfied(&past_only, &at(now.plus(Seconds(wait))), &live).is_some() {
            prop_assert!(satisfied(&past_only, &at(now), &live).is_some());
        }
    }

    #[test]
    fn rule_3_candidates_are_minimal(session in any_session(), requirement in any_requirement(), live in any_live()) {
        let found = candidates(&session, &requirement, &live);
        for (index, candidate) in found.iter().enumerate() {
            for left_out in 0..candidate.proofs.len() {
                let mut fewer = candidate.proofs.clone();
                fewer.remove(left_out);
                let session = completed(&session, &requirement, &fewer, &live);
                prop_assert!(satisfied(&session, &requirement, &live).is_none(), "{candidate:?} asks too much");
            }
            let ids = |candidate: &Candidate| candidate.proofs.iter().map(|wanted| wanted.credential.clone()).collect::<BTreeSet<_>>();
            for (other, contained) in found.iter().enumerate() {
                prop_assert!(index == other || !ids(contained).is_subset(&ids(candidate)));
            }
        }
    }

    #[test]
    fn rule_3_an_acceptable_level_that_is_held_is_never_prompted_past(session in any_session(), asked in any_levels(), live in any_live()) {
        let one = |levels: Vec<Acr>| Requirement::new(InteractionId::new("new"), UnixTime(NOW)).asking(levels, Mode::Essential);
        if asked.iter().any(|level| satisfied(&session, &one(vec![level.clone()]), &live).is_some()) {
            prop_assert!(satisfied(&session, &one(asked), &live).is_some());
        }
    }

    #[test]
    fn rule_4_a_password_alone_never_raises_a_session_that_began_with_one(live in any_live(), asked in any_levels(), ages in proptest::collection::vec(0_i64..1200, 1..4)) {
        let session = Session {
            id: SessionId::new("s"),
            user: UserId::new("u"),
            authentications: ages.iter().map(|age| Authentication {
                at: UnixTime(NOW - age),
                interaction: InteractionId::new("there"),
                bound_to: None,
                proofs: vec![proof("password", Ceiling::Unlimited)],
            }).collect(),
        };
        let can_count = live.iter().any(|live| live.id.as_str() == "password" && live.ceiling == Ceiling::Unlimited);
        let requirement = Requirement::new(InteractionId::new("new"), UnixTime(NOW)).asking(asked, Mode::Essential);
        for candidate in candidates(&session, &requirement, &live) {
            let password_alone = candidate.proofs.iter().all(|wanted| wanted.factor == Factor::Password);
            prop_assert!(!(can_count && password_alone), "{candidate:?}");
        }
    }

    #[test]
    fn rule_5_it_ends(session in any_session(), requirement in any_requirement(), live in any_live()) {
        for candidate in candidates(&session, &requirement, &live) {
            let session = completed(&session, &requirement, &candidate.proofs, &live);
            prop_assert!(satisfied(&session, &requirement, &live).is_some(), "{candidate:?} did not end it");
        }
    }

    #[test]
    fn rule_6_fresh_means_all_of_it(session in any_session(), requirement in any_requirement(), live in any_live()) {
        if let Some(met) = satisfied(&session, &requirement, &live) {
            for proof in met.support() {
                let own = session.authentications.iter().any(|past| {
                    past.at == proof.at && past.interaction.as_str() == HERE && past.proofs.iter().any(|made| made.record().credential == proof.credential)
                });
                let fresh = match requirement.freshness() {
                    Freshness::AnyAge => true,
                    Freshness::ThisInteraction => false,
                    Freshness::Within(Seconds(age)) => NOW - proof.at.0 <= i64::from(age),
                };
                prop_assert!(own || (fresh && proof.at.0 <= NOW));
            }
            prop_assert_eq!(Some(met.auth_time()), met.support().iter().map(|proof| proof.at).min());
        }
    }

    #[test]
    fn rule_7_nobody_elses_credential_counts(session in any_session(), requirement in any_requirement(), live in any_live()) {
        let foreign = |past: &Authentication| Authentication {
            proofs: past.proofs.iter().filter(|proof| live.iter().any(|live| live.id == proof.record().credential)).cloned().collect(),
            ..past.clone()
        };
        let own = Session { authentications: session.authentications.iter().map(foreign).collect(), ..session.clone() };
        prop_assert_eq!(decide(&session, &requirement, &live, &ground()), decide(&own, &requirement, &live, &ground()));
    }

    #[test]
    fn rule_8_no_credential_lifts_a_session_above_its_ceiling(session in any_session(), requirement in any_requirement(), live in any_live()) {
        if let Some(met) = satisfied(&session, &requirement, &live) {
            let ladder = ground().ladder;
            let reported: Vec<&Acr> = met.acr().into_iter().chain(met.acr_satisfied()).collect();
            for level in reported {
                for proof in met.support() {
                    let live = live.iter().find(|live| live.id == proof.credential).unwrap();
                    let allowed = match &live.ceiling {
                        Ceiling::Unlimited => true,
                        Ceiling::UpTo(names) => names.iter().any(|name| ladder.is_at_least(name, level)),
                    };
                    // A level that a part of the support meets by itself does not need the rest of it.
                    prop_assert!(allowed || met.support().len() > 1, "{level} by {}", proof.credential);
                }
            }
        }
    }

    #[test]
    fn rule_8_enrolling_adds_no_proof(session in any_session(), requirement in any_requirement(), live in any_live(), ceiling in any_ceiling()) {
        let mut with_new = live.clone();
        let (factor, properties) = credential("passkey");
        with_new.push(LiveCredential { id: CredentialId::new("just enrolled"), factor, properties, ceiling });
        prop_assert_eq!(
            satisfied(&session, &requirement, &live).is_some(),
            satisfied(&session, &requirement, &with_new).is_some()
        );
    }

    #[test]
    fn rule_10_requirements_only_rise(session in any_session(), requirement in any_requirement(), floor in any_levels(), freshness in any_freshness(), live in any_live()) {
        let risen = requirement.clone().with_floor(floor).with_freshness(freshness);
        if satisfied(&session, &risen, &live).is_some() {
            prop_assert!(satisfied(&session, &requirement, &live).is_some());
        }
    }

    #[test]
    fn rule_12_what_is_reported_was_asked_and_is_met(session in any_session(), asked in any_levels(), live in any_live()) {
        let requirement = Requirement::new(InteractionId::new("new"), UnixTime(NOW)).asking(asked.clone(), Mode::Essential);
        if let Some(met) = satisfied(&session, &requirement, &live) {
            let reported = met.acr().cloned();
            if asked.is_empty() {
                for level in LEVELS {
                    let alone = Requirement::new(InteractionId::new("new"), UnixTime(NOW)).asking(vec![acr(level)], Mode::Essential);
                    let higher = reported.as_ref().is_none_or(|reported| !ground().ladder.is_at_least(reported, &acr(level)));
                    prop_assert!(!higher || satisfied(&session, &alone, &live).is_none(), "{level} was held and not reported");
                }
            } else {
                prop_assert!(asked.contains(reported.as_ref().unwrap()));
            }
        }
    }

    #[test]
    fn rule_13_asking_again_asks_at_least_the_floor_and_offers_a_passkey_first(session in any_session(), live in any_live(), at in 0_usize..3) {
        let requirement = Requirement::new(InteractionId::new(HERE), UnixTime(NOW))
            .with_floor(vec![acr(LEVELS[at])])
            .with_freshness(Freshness::ThisInteraction);
        let nothing_yet = Session {
            authentications: session.authentications.into_iter().filter(|past| past.interaction.as_str() != HERE).collect(),
            ..session
        };
        let found = candidates(&nothing_yet, &requirement, &live);
        let has_passkey = |candidate: &Candidate| candidate.proofs.len() == 1 && candidate.proofs[0].factor == Factor::Passkey;
        if found.iter().any(has_passkey) {
            prop_assert!(has_passkey(&found[0]));
        }
        for candidate in &found {
            let risen = completed(&nothing_yet, &requirement, &candidate.proofs, &live);
            let floor = Requirement::new(InteractionId::new(HERE), UnixTime(NOW)).asking(vec![acr(LEVELS[at])], Mode::Essential);
            prop_assert!(satisfied(&risen, &floor, &live).is_some());
        }
    }

    #[test]
    fn what_is_superseded_changes_no_decision(session in any_session(), requirement in any_requirement(), live in any_live(), past in 0_i64..1300) {
        // Any request that is still open arrived at most an interaction's life before the store prunes.
        let prune_at = UnixTime(NOW + past.min(600));
        let drop = session.superseded(prune_at);
        let pruned = Session {
            authentications: session.authentications.iter().enumerate().filter(|(index, _)| !drop.contains(index)).map(|(_, past)| past.clone()).collect(),
            ..session.clone()
        };
        let unbound = Requirement::new(InteractionId::new("new"), UnixTime(NOW)).with_freshness(requirement.freshness());
        match (decide(&session, &unbound, &live, &ground()), decide(&pruned, &unbound, &live, &ground())) {
            (Decision::Satisfied(one), Decision::Satisfied(other)) => {
                prop_assert_eq!(one.acr(), other.acr());
                prop_assert_eq!(one.auth_time(), other.auth_time());
            }
            (one, other) => prop_assert_eq!(one, other),
        }
    }
}

fn any_slot() -> impl Strategy<Value = SlotSpec> {
    let kinds = [None, Some(Kind::Knowledge), Some(Kind::Possession), Some(Kind::Inherence)];
    (proptest::sample::select(kinds.to_vec()), any::<[bool; 3]>()).prop_map(|(kind, flags)| {
        let flag = |on: bool| on.then_some(true);
        SlotSpec {
            kind,
            user_verified: flag(flags[0]),
            phishing_resistant: flag(flags[1]),
            hardware_bound: flag(flags[2]),
        }
    })
}

fn any_ladder() -> impl Strategy<Value = Ladder> {
    let level = proptest::collection::vec(proptest::collection::vec(any_slot(), 1..3), 1..3);
    proptest::collection::vec(level, 1..4).prop_filter_map("a checked ladder", |levels| {
        let specs: Vec<LevelSpec> = levels
            .into_iter()
            .enumerate()
            .map(|(index, alternatives)| LevelSpec {
                acr: acr(&format!("l{index}")),
                aliases: vec![],
                alternatives,
                lifetime: None,
            })
            .collect();
        Ladder::new(&specs).ok()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, max_global_rejects: 200_000, ..ProptestConfig::default() })]

    #[test]
    fn whoever_meets_a_level_meets_what_it_is_at_least(ladder in any_ladder(), session in any_session()) {
        let ground = Ground { ladder: ladder.clone(), enrollable: vec![] };
        let everything = live(&CREDENTIALS);
        let names: Vec<Acr> = ladder.names().into_iter().cloned().collect();
        let met = |level: &Acr| {
            let requirement = Requirement::new(InteractionId::new("new"), UnixTime(NOW)).asking(vec![level.clone()], Mode::Essential);
            matches!(decide(&unlimited(&session), &requirement, &everything, &ground), Decision::Satisfied(_))
        };
        for stronger in &names {
            prop_assert!(ladder.is_at_least(stronger, stronger));
            for weaker in &names {
                if ladder.is_at_least(stronger, weaker) && met(stronger) {
                    prop_assert!(met(weaker), "{stronger} is at least {weaker}");
                }
                for weakest in &names {
                    if ladder.is_at_least(stronger, weaker) && ladder.is_at_least(weaker, weakest) {
                        prop_assert!(ladder.is_at_least(stronger, weakest));
                    }
                }
            }
        }
    }

    #[test]
    fn a_slot_is_filled_by_exactly_what_shows_it(kind in proptest::option::of(proptest::sample::select(&[Kind::Knowledge, Kind::Possession][..])), wants in any::<[bool; 3]>(), shows in any::<[bool; 3]>(), holds in any::<bool>()) {
        let slot = Slot { kind, user_verified: wants[0], phishing_resistant: wants[1], hardware_bound: wants[2] };
        let held = Possession { user_verified: shows[0], phishing_resistant: shows[1], hardware_bound: shows[2] };
        let properties = if holds { Properties::Possession(held) } else { Properties::Knowledge };
        let shown = |index: usize| holds && shows[index];
        let right_kind = match kind {
            None => true,
            Some(Kind::Possession) => holds,
            Some(_) => !holds,
        };
        prop_assert_eq!(slot.filled_by(properties), right_kind && (0..3).all(|index| !wants[index] || shown(index)));
    }
}

#[allow(clippy::disallowed_methods, reason = "tests make the proofs that verifiers would")]
fn unlimited(session: &Session) -> Session {
    let lift = |proof: &Proof| {
        Proof::from_verified(ProofRecord { ceiling: Ceiling::Unlimited, ..proof.record().clone() })
    };
    Session {
        authentications: session
            .authentications
            .iter()
            .map(|past| Authentication { proofs: past.proofs.iter().map(lift).collect(), ..past.clone() })
            .collect(),
        ..session.clone()
    }
}
