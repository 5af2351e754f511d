//! The properties of the least step-up, over small generated sets of rules. The oracle is Cedar itself, asked with the
//! session as it would be.

use proptest::prelude::*;
use riser_core::{Acr, Seconds};
use serde_json::json;

use crate::decide::decide_counting;
use crate::rows::{acr, holding, ladder, load, question};
use crate::{Decision, Evidence, Policies, Reach, Request, decide};

const LEVELS: [&str; 4] = ["aal1", "aal2", "phr", "phrh"];
const SETS: [&str; 3] = ["held", "within_5m", "within_1h"];
/// The pairs of a level and an oldest age, cheapest first.
const AGES: [Option<Seconds>; 3] = [None, Some(Seconds(3600)), Some(Seconds(300))];

/// A condition that may ask for levels; growing with them, or not touching them.
fn condition(levels: bool) -> BoxedStrategy<String> {
    let plain = prop_oneof![
        Just("true".to_owned()),
        Just("context.client == \"bank\"".to_owned()),
        Just("context.client == \"shop\"".to_owned()),
        Just("context.time.hour < 12".to_owned()),
    ];
    let asks = (0..SETS.len(), 0..LEVELS.len())
        .prop_map(|(set, level)| format!("context.{}.contains(\"{}\")", SETS[set], LEVELS[level]));
    let age = prop_oneof![Just(300), Just(3600)].prop_map(|limit| format!("context.auth_age < {limit}"));
    let leaf = if levels { prop_oneof![1 => plain, 3 => asks, 1 => age].boxed() } else { plain.boxed() };
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("({a} || {b})")),
        ]
    })
    .boxed()
}

#[derive(Clone, Debug)]
struct Rule {
    forbids: bool,
    condition: String,
}

fn rules(levels_in_forbids: bool) -> impl Strategy<Value = Vec<Rule>> {
    let permit = condition(true).prop_map(|condition| Rule { forbids: false, condition });
    let forbid = condition(levels_in_forbids).prop_map(|condition| Rule { forbids: true, condition });
    proptest::collection::vec(prop_oneof![2 => permit, 1 => forbid], 0..5)
}

fn written(rules: &[Rule]) -> String {
    let one = |(index, rule): (usize, &Rule)| {
        let (effect, clause) = if rule.forbids { ("forbid", "unless") } else { ("permit", "when") };
        format!("@id(\"r{index}\") {effect}(principal, action, resource) {clause} {{ {} }};", rule.condition)
    };
    rules.iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
}

/// Rules that Cedar's type checker finds impossible are refused at the load, and are no case.
fn loaded(rules: &[Rule]) -> Option<Policies> {
    load(&written(rules), None).ok()
}

fn asked() -> Request {
    question("pay", "T:1", json!({}))
}

type Held = Vec<(usize, u32)>;

fn held() -> impl Strategy<Value = Held> {
    proptest::collection::vec((0..LEVELS.len(), prop_oneof![Just(9), Just(400), Just(4000)]), 0..3)
}

fn evidence(policies: &Policies, held: &Held) -> Evidence {
    let held: Vec<(&str, u32)> = held.iter().map(|(level, age)| (LEVELS[*level], *age)).collect();
    holding(policies, &held)
}

/// A person who can prove the levels below `can` and register those below `may`.
fn reaching(can: usize, may: usize) -> impl Fn(&Acr, Option<Seconds>) -> Reach {
    move |level, _| match LEVELS.iter().position(|name| *name == level.as_str()) {
        Some(index) if index < can => Reach::Prompt,
        Some(index) if index < may => Reach::Enrolment,
        _ => Reach::Never,
    }
}

/// What a session holds once `level` was proved now, worked out by itself.
fn after(policies: &Policies, before: &Held, level: usize, max_age: Option<Seconds>) -> Evidence {
    let mut evidence = evidence(policies, before);
    let implied: Vec<Acr> = LEVELS[..=level].iter().rev().map(|name| acr(name)).collect();
    let join = |held: &mut Vec<Acr>| {
        for name in &implied {
            if !held.contains(name) {
                held.push(name.clone());
            }
        }
    };
    join(&mut evidence.held);
    for (window, held) in policies.windows().iter().zip(evidence.within.iter_mut()) {
        if max_age.is_some_and(|max_age| max_age <= window.length()) {
            join(held);
        }
    }
    evidence.auth_age = Some(0);
    evidence
}

fn permits(policies: &Policies, evidence: &Evidence) -> bool {
    let nothing = |_: &Acr, _: Option<Seconds>| Reach::Never;
    matches!(decide(policies, &asked(), evidence, &ladder(), &nothing), Decision::Permit { .. })
}

/// Whether the level is held already, so that nobody would be asked.
fn is_held(policies: &Policies, evidence: &Evidence, level: usize, max_age: Option<Seconds>) -> bool {
    let held = match max_age {
        None => &evidence.held,
        Some(age) => {
            let index = policies.windows().iter().position(|window| window.length() == age).unwrap();
            &evidence.within[index]
        }
    };
    held.contains(&acr(LEVELS[level]))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Sound, minimal and bounded at once: every outcome is compared with all pairs, cheapest first.
    #[test]
    fn the_step_up_is_sound_minimal_and_bounded(
        rules in rules(true), held in held(), can in 0..=4usize, more in 0..=4usize,
    ) {
        let Some(policies) = loaded(&rules) else { return Ok(()) };
        let (may, before) = ((can + more).min(4), evidence(&policies, &held));
        let mut evaluations = 0;
        let decision =
            decide_counting(&policies, &asked(), &before, &ladder(), &reaching(can, may), &mut evaluations);
        prop_assert!(evaluations <= LEVELS.len() * AGES.len() + 1, "{evaluations} evaluations");
        let would_do = |from: usize, to: usize| {
            let pairs = (from..to).flat_map(|level| AGES.map(|age| (level, age)));
            let mut asked = pairs.filter(|(level, age)| !is_held(&policies, &before, *level, *age));
            asked.find(|(level, age)| permits(&policies, &after(&policies, &held, *level, *age)))
        };
        let named = |step: &crate::Asked| {
            (LEVELS.iter().position(|name| *name == step.acr.as_str()).unwrap(), step.max_age)
        };
        match &decision {
            Decision::Permit { .. } => prop_assert!(permits(&policies, &before)),
            Decision::StepUp(step) => {
                prop_assert!(!permits(&policies, &before));
                prop_assert_eq!(Some(named(step)), would_do(0, can));
                prop_assert!(!step.policies.is_empty());
            }
            Decision::Enrol(step) => {
                prop_assert_eq!(would_do(0, can), None);
                prop_assert_eq!(Some(named(step)), would_do(can, may));
            }
            Decision::Deny { fault, .. } => {
                prop_assert_eq!(fault, &None);
                prop_assert!(!permits(&policies, &before));
                prop_assert_eq!(would_do(0, may), None);
            }
        }
    }

    /// A forbid that asks for no level is never turned, however much is proved.
    #[test]
    fn deny_is_final(rules in rules(false), held in held()) {
        let Some(policies) = loaded(&rules) else { return Ok(()) };
        let before = evidence(&policies, &held);
        let only_forbids: Vec<Rule> = rules.iter().filter(|rule| rule.forbids).cloned().collect();
        // Whether a forbid applies at all: beside a rule that permits everything.
        let mut beside = only_forbids;
        beside.push(Rule { forbids: false, condition: "true".to_owned() });
        let Some(alone) = loaded(&beside) else { return Ok(()) };
        let decision = decide(&policies, &asked(), &before, &ladder(), &|_, _| Reach::Prompt);
        if !permits(&alone, &before) {
            prop_assert!(matches!(decision, Decision::Deny { .. }), "{decision:?}");
        }
    }

    /// Proving more never takes a permit away.
    #[test]
    fn more_proofs_never_deny(rules in rules(true), held in held(), level in 0..4usize, age in 0..3usize) {
        let Some(policies) = loaded(&rules) else { return Ok(()) };
        if permits(&policies, &evidence(&policies, &held)) {
            prop_assert!(permits(&policies, &after(&policies, &held, level, AGES[age])));
        }
    }
}
