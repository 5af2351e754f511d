use riser_core::session::Session;
use riser_core::{Acr, SessionId};
use riser_policy::{Decision, Evidence, Explained, Policies, Request, decide, explain, reach};
use riser_server::{Trust, live_credentials};
use riser_store::Store as _;
use serde_json::{Value, json};

use super::super::{ConfigArg, print};
use super::words::{document, held, object, parts, resource, risk, sentence};
use crate::failure::Failure;
use crate::installation::{Installation, now};
use crate::metadata;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// The person's name.
    #[arg(long)]
    user: String,
    /// What they would do.
    #[arg(long)]
    action: String,
    /// On what: TYPE:ID.
    #[arg(long)]
    resource: String,
    /// What the application sends with the action, as a JSON object; `risk` in it are signals of risk.
    #[arg(long, default_value = "{}")]
    context: String,
    /// What the application says of the person, as a JSON object.
    #[arg(long, default_value = "{}")]
    user_properties: String,
    /// What the application says of the resource, as a JSON object.
    #[arg(long, default_value = "{}")]
    resource_properties: String,
    /// Which client asks.
    #[arg(long, default_value = "")]
    client: String,
    /// A level that the session holds, proved just now or so long ago: `phr`, `aal2@10m`. May be said again.
    #[arg(long)]
    holding: Vec<String>,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

pub async fn run(args: &Args) -> Result<(), Failure> {
    let installation = Installation::open(&args.config.config)?;
    let Installation { parts, store } = installation;
    let (_, policies) =
        parts.policy.ok_or_else(|| Failure::new("there is no [policy] in the configuration"))?;
    let (at, ground) = (now(), &parts.provider.ground);
    let person = store.user_by_name(&args.user).await?.filter(|person| !person.disabled);
    let person =
        person.ok_or_else(|| Failure::new(format!("there is no open account of `{}`", args.user)))?;
    let metadata = match &parts.trust.metadata {
        Some(file) => Some(metadata::read(file, None, at).await?),
        None => None,
    };
    let trust = Trust::new(parts.trust.roots, parts.trust.policy, metadata);
    let live = live_credentials(&trust, &store.credentials(&person.id).await?, at);

    let wrong = |what: String| Failure::new(what);
    let mut attributes = object(&args.context).map_err(wrong)?;
    let risk = risk(&mut attributes).map_err(wrong)?;
    let (resource_type, resource) = resource(&args.resource).map_err(wrong)?;
    let request = Request {
        user: person.name.clone(),
        user_attributes: object(&args.user_properties).map_err(wrong)?,
        action: args.action.clone(),
        resource_type,
        resource,
        resource_attributes: object(&args.resource_properties).map_err(wrong)?,
        attributes,
        client: args.client.clone(),
        risk,
        signals: Vec::new(),
        at: Some(at),
    };
    let proved: Result<Vec<(Acr, u32)>, String> =
        args.holding.iter().map(|text| held(text, &ground.ladder)).collect();
    let evidence = Evidence::holding(policies.windows(), &ground.ladder, &proved.map_err(wrong)?);
    let session = Session { id: SessionId::new(""), user: person.id, authentications: Vec::new() };
    let can = reach(&session, &live, ground, None, at);
    let decision = decide(&policies, &request, &evidence, &ground.ladder, &can);
    let explained = explain(&policies, &request, &evidence);
    print(args.json, &told(&decision, &explained), &lines(&policies, args, &decision, &explained).join("\n"));
    Ok(())
}

fn told(decision: &Decision, explained: &Result<Explained, String>) -> Value {
    let mut document = document(decision);
    let rules = explained.as_ref().map(|explained| explained.rules.as_slice()).unwrap_or_default();
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let facts: Vec<Value> = rule
                .facts
                .iter()
                .map(|fact| json!({ "condition": fact.text, "holds": fact.holds }))
                .collect();
            json!({
                "id": rule.id, "place": rule.place, "effect": if rule.forbids { "forbid" } else { "permit" },
                "applies": rule.applies, "conditions": facts,
            })
        })
        .collect();
    document["rules"] = json!(rules);
    document
}

fn lines(
    policies: &Policies,
    args: &Args,
    decision: &Decision,
    explained: &Result<Explained, String>,
) -> Vec<String> {
    let mut lines = vec![sentence(decision)];
    let (_, _, asked, message) = parts(decision);
    lines.extend(message.map(|message| format!("  People are told: {message}")));
    match explained {
        Err(fault) => lines.push(format!("  The rules could not be asked: {fault}")),
        Ok(explained) if explained.rules.is_empty() => {
            let known: Vec<&str> = policies.actions().collect();
            lines.push(format!(
                "  No rule speaks of `{}`. The actions are: {}",
                args.action,
                known.join(", ")
            ));
        }
        Ok(explained) => {
            for rule in &explained.rules {
                let applies = match rule.applies {
                    Some(true) => "applies",
                    Some(false) => "does not apply",
                    None => "fails",
                };
                let effect = if rule.forbids { "forbid" } else { "permit" };
                lines.push(format!("  {effect} {} ({}) {applies}", rule.id, rule.place));
                for fact in &rule.facts {
                    let holds = match fact.holds {
                        Some(true) => "yes",
                        Some(false) => "no",
                        None => "fails",
                    };
                    lines.push(format!("    {holds:<5} {}", fact.text));
                }
            }
        }
    }
    lines.push(match (decision, asked) {
        (Decision::Permit { .. }, _) => "Nothing has to change.".to_owned(),
        (Decision::StepUp(_), Some(asked)) => {
            format!("What would change it: {} proves {}.", args.user, asked.acr)
        }
        (Decision::Enrol(_), Some(asked)) => {
            format!(
                "What would change it: {} registers a factor that reaches {}, and proves it.",
                args.user, asked.acr
            )
        }
        _ => "Nothing that can be proved would change it.".to_owned(),
    });
    lines
}
