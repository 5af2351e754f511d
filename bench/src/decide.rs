//! A decision among 1,000 rules of which 20 speak of the action, beside the limit: Cedar itself, asked those 20 alone.
//! One thread; the clock on the wall is the CPU's, as nothing here waits.

use std::hint::black_box;
use std::time::Instant;

use cedar_policy::{
    Authorizer, Context, Entities, EntityUid, Policy, PolicyId, PolicySet, RestrictedExpression,
};
use riser_core::UnixTime;
use riser_core::assurance::{Ladder, default_ladder};
use riser_policy::{Evidence, Policies, Reach, Request, SourceText, Window, decide};

use crate::Outcome;

/// All rules, and those that speak of the action.
const RULES: usize = 1000;
const SPEAKING: usize = 20;
/// The bars.
const BAR_US: f64 = 40.0;
const BAR_TIMES: f64 = 1.3;

/// What was measured, in microseconds.
pub struct Decided {
    permit: f64,
    step_up: f64,
    limit: f64,
}

impl std::fmt::Display for Decided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "A decision, {RULES} rules of which {SPEAKING} speak of the action (median of 50 rounds):"
        )?;
        writeln!(f, "  permitted             {:8.1} us   (bar {BAR_US} us)", self.permit)?;
        writeln!(f, "  step-up found         {:8.1} us   (a second evaluation and more)", self.step_up)?;
        writeln!(f, "  limit: those {SPEAKING} alone {:8.1} us", self.limit)?;
        write!(f, "  permitted / limit     {:8.2}      (bar {BAR_TIMES})", self.permit / self.limit)
    }
}

/// One rule of an action; the last of its rules permits.
fn rule(number: usize, action: &str, last: bool) -> String {
    let condition = match last {
        true => "context.held.contains(\"phr\")".to_owned(),
        false => format!("context.held.contains(\"phr\") && context.client == \"client {number}\""),
    };
    format!(
        "@id(\"r{number}\") permit(principal, action == Action::\"{action}\", resource) when {{ {condition} }};\n"
    )
}

/// Measures.
pub fn measure() -> Outcome<Decided> {
    let actions = RULES / SPEAKING;
    let texts: Vec<String> = (0..RULES)
        .map(|number| rule(number, &format!("a{}", number % actions), number >= RULES - actions))
        .collect();
    let ladder = Ladder::new(&default_ladder())?;
    let windows = [Window::parse("5m")?];
    let source = SourceText { name: "rules.cedar".to_owned(), text: texts.concat() };
    let policies = Policies::load(&[source], &windows, &ladder)?;
    let request = Request {
        user: "ada".to_owned(),
        action: "a0".to_owned(),
        resource_type: "Any".to_owned(),
        resource: "main".to_owned(),
        client: "bank".to_owned(),
        at: Some(UnixTime(1_800_000_000)),
        ..Request::default()
    };
    let phr = riser_core::Acr::parse("phr")?;
    let holds = Evidence::holding(policies.windows(), &ladder, &[(phr, 9)]);
    let nothing = Evidence::nothing(policies.windows());
    let permit = median(|| {
        let _ = black_box(decide(&policies, &request, &holds, &ladder, &|_, _| Reach::Prompt));
    });
    let step_up = median(|| {
        let _ = black_box(decide(&policies, &request, &nothing, &ladder, &|_, _| Reach::Prompt));
    });
    Ok(Decided { permit, step_up, limit: limit(&texts, actions)? })
}

/// Cedar's evaluation of the rules that speak of the action, with a request that is there already.
fn limit(texts: &[String], actions: usize) -> Outcome<f64> {
    let mut set = PolicySet::new();
    for (number, text) in texts.iter().enumerate().filter(|(number, _)| number % actions == 0) {
        set.add(Policy::parse(Some(PolicyId::new(format!("r{number}"))), text)?)?;
    }
    let uid = |text: &str| -> Outcome<EntityUid> { Ok(text.parse()?) };
    let held = ["aal1", "aal2", "phr"].map(|level| RestrictedExpression::new_string(level.to_owned()));
    let context = Context::from_pairs([
        ("held".to_owned(), RestrictedExpression::new_set(held)),
        ("client".to_owned(), RestrictedExpression::new_string("bank".to_owned())),
    ])?;
    let request = cedar_policy::Request::new(
        uid("User::\"ada\"")?,
        uid("Action::\"a0\"")?,
        uid("Any::\"main\"")?,
        context,
        None,
    )?;
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    Ok(median(|| {
        black_box(authorizer.is_authorized(&request, &set, &entities));
    }))
}

/// The median over rounds of what one run takes, in microseconds.
fn median(mut run: impl FnMut()) -> f64 {
    const ROUNDS: usize = 50;
    const EACH: u32 = 400;
    (0..EACH).for_each(|_| run());
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            (0..EACH).for_each(|_| run());
            began.elapsed().as_secs_f64() * 1e6 / f64::from(EACH)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}
