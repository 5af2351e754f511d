use std::path::PathBuf;

use riser_core::assurance::Ladder;
use riser_core::{Acr, Seconds, UnixTime};
use riser_policy::{Attributes, Decision, Evidence, Policies, Reach, Request, decide};
use serde::Deserialize;
use serde_json::json;

use super::super::{ConfigArg, print};
use super::words::{document, held, level, parts, resource, risk, sentence};
use crate::config::{Parts, parse_duration};
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// A TOML or JSON file of expected decisions.
    file: PathBuf,
    #[command(flatten)]
    config: ConfigArg,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

/// A file of expected decisions. An unknown key is an error: a misspelt expectation would hold always.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    user: String,
    #[serde(default)]
    user_properties: Attributes,
    action: String,
    resource: String,
    #[serde(default)]
    resource_properties: Attributes,
    #[serde(default)]
    context: Attributes,
    #[serde(default)]
    client: String,
    #[serde(default)]
    at: i64,
    #[serde(default)]
    holding: Vec<String>,
    /// Levels that the person can prove; every level when left out.
    can_reach: Option<Vec<String>>,
    expect: Outcome,
    acr: Option<String>,
    max_age: Option<String>,
    policies: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Permitted,
    StepUpRequired,
    EnrolmentRequired,
    Denied,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Permitted => "permitted",
            Self::StepUpRequired => "step_up_required",
            Self::EnrolmentRequired => "enrolment_required",
            Self::Denied => "denied",
        }
    }
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let parts = Parts::load(&args.config.config)?;
    let (_, policies) =
        parts.policy.ok_or_else(|| Failure::new("there is no [policy] in the configuration"))?;
    let ladder = &parts.provider.ground.ladder;
    let name = args.file.display();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::new(format!("{name}: cannot be read: {error}")))?;
    let file: File = if args.file.extension().is_some_and(|kind| kind == "json") {
        serde_json::from_str(&text).map_err(|error| Failure::new(format!("{name}: {error}")))?
    } else {
        toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = text.get(..at).unwrap_or(&text).matches('\n').count() + 1;
            Failure::new(format!("{name}:{line}: {}", error.message()))
        })?
    };
    if file.case.is_empty() {
        return Err(Failure::new(format!("{name}: there is no [[case]]: nothing would be tested")));
    }
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for case in &file.case {
        let decision = case
            .decide(&policies, ladder)
            .map_err(|what| Failure::new(format!("{name}: `{}`: {what}", case.name)))?;
        let holds =
            case.holds(&decision).map_err(|what| Failure::new(format!("{name}: `{}`: {what}", case.name)))?;
        cases.push(json!({ "name": case.name, "holds": holds, "decision": document(&decision) }));
        if !holds {
            wrong.push(format!("`{}` is {}", case.name, sentence(&decision)));
        }
    }
    let total = cases.len();
    let document = json!({ "cases": cases, "wrong": wrong.len() });
    print(args.json, &document, &format!("{} of {total} decisions hold.", total - wrong.len()));
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("{name}: {}", wrong.join("; "))))
}

impl Case {
    fn decide(&self, policies: &Policies, ladder: &Ladder) -> Result<Decision, String> {
        let mut attributes = self.context.clone();
        let risk = risk(&mut attributes)?;
        let (resource_type, resource) = resource(&self.resource)?;
        let request = Request {
            user: self.user.clone(),
            user_attributes: self.user_properties.clone(),
            action: self.action.clone(),
            resource_type,
            resource,
            resource_attributes: self.resource_properties.clone(),
            attributes,
            client: self.client.clone(),
            risk,
            signals: Vec::new(),
            at: Some(UnixTime(self.at)),
        };
        let proved: Vec<(Acr, u32)> =
            self.holding.iter().map(|text| held(text, ladder)).collect::<Result<_, _>>()?;
        let evidence = Evidence::holding(policies.windows(), ladder, &proved);
        let can: Option<Vec<Acr>> = match &self.can_reach {
            Some(names) => Some(names.iter().map(|name| level(name, ladder)).collect::<Result<_, _>>()?),
            None => None,
        };
        let reach = |level: &Acr, _: Option<Seconds>| match &can {
            Some(can) if !can.iter().any(|can| ladder.is_at_least(can, level)) => Reach::Enrolment,
            _ => Reach::Prompt,
        };
        Ok(decide(policies, &request, &evidence, ladder, &reach))
    }

    /// Whether the decision is the expected one, in all that is said of it.
    fn holds(&self, decision: &Decision) -> Result<bool, String> {
        let (reason, policies, asked, _) = parts(decision);
        let max_age = self.max_age.as_deref().map(parse_duration).transpose()?;
        let acr_holds =
            self.acr.as_ref().is_none_or(|acr| asked.is_some_and(|asked| asked.acr.as_str() == acr));
        // Where a level is expected and no age, none is: an age that came in by a change is found.
        let age_holds =
            self.acr.is_none() && max_age.is_none() || asked.is_some_and(|asked| asked.max_age == max_age);
        let mut expected = self.policies.clone().unwrap_or_default();
        let mut named = policies.to_vec();
        expected.sort();
        named.sort();
        let rules_hold = self.policies.is_none() || expected == named;
        Ok(reason == self.expect.name() && acr_holds && age_holds && rules_hold)
    }
}
