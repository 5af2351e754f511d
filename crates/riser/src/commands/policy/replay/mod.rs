//! `riser policy replay`: a new set of rules against the requests that were recorded. Nothing is changed, and a server may
//! run beside it.

mod chart;
mod report;
mod run;

use std::path::PathBuf;

use riser_policy::RecordedQuestion;
use riser_store::Store as _;

use self::report::Report;
use self::run::Run;
use super::super::{ConfigArg, print};
use crate::config::Parts;
use crate::failure::Failure;
use crate::installation::open_store;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// The folder of the new rules, with a .cedarschema of its own.
    #[arg(long)]
    policies: PathBuf,
    /// One JSON document.
    #[arg(long)]
    json: bool,
    /// A chart of the prompts before and after, as SVG.
    #[arg(long)]
    chart: Option<PathBuf>,
}

/// How many are read at once.
const PAGE: u32 = 1000;

pub async fn run(args: &Args) -> Result<(), Failure> {
    let parts = Parts::load(&args.config.config)?;
    let (folder, in_force) =
        parts.policy.ok_or_else(|| Failure::new("there is no [policy] in the configuration"))?;
    let ground = &parts.provider.ground;
    let new = folder.at(args.policies.clone()).load(&ground.ladder)?;
    let store = open_store(&parts.database)?;
    let (mut before, mut after) = (Run::new(&in_force, ground), Run::new(&new, ground));
    let (mut report, mut position) = (Report::default(), 0);
    loop {
        let page = store.decisions(position, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        position = *last;
        for (_, recorded) in &page {
            let question: RecordedQuestion = serde_json::from_str(&recorded.question)
                .map_err(|error| Failure::new(format!("a recorded decision cannot be read: {error}")))?;
            let session = recorded.facts.session();
            let at = recorded.at;
            let was = before.ask(&question, &session, &recorded.facts.live, at);
            let is = after.ask(&question, &session, &recorded.facts.live, at);
            report.add(at, &question, &was, &is);
        }
    }
    if report.is_empty() {
        return Err(Failure::new(
            "no decision is recorded: write `record = \"7d\"` under [policy], and let a day of traffic pass",
        ));
    }
    if let Some(path) = &args.chart {
        let svg = chart::of(&report)?;
        std::fs::write(path, svg)
            .map_err(|error| Failure::new(format!("{}: cannot be written: {error}", path.display())))?;
    }
    print(args.json, &report.document(), &report.lines().join("\n"));
    Ok(())
}
