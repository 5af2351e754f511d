use riser_core::UnixTime;
use serde_json::{Value, json};

use super::{ConfigArg, rfc3339};
use crate::config::Parts;
use crate::failure::Failure;
use crate::installation::{UNSEALED, now};
use crate::metadata;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// One JSON document.
    #[arg(long)]
    json: bool,
}

/// What was found, for people and for programs.
struct Report {
    document: Value,
    lines: Vec<String>,
    warnings: Vec<String>,
}

pub async fn run(args: &Args) -> Result<(), Failure> {
    let parts = Parts::load(&args.config.config)?;
    let mut report = Report::of(&parts, &args.config.config.display().to_string());
    report.trust(&parts).await?;
    report.document["warnings"] = json!(report.warnings);
    // Standard output holds what was found; what should not stay so is also seen where errors are.
    if args.json {
        println!("{}", report.document);
    } else {
        println!("{}", report.lines.join("\n"));
        for warning in &report.warnings {
            eprintln!("riser: warning: {warning}");
        }
    }
    Ok(())
}

impl Report {
    fn of(parts: &Parts, config: &str) -> Self {
        let provider = &parts.provider;
        let levels: Vec<&str> = provider.ground.ladder.names().iter().map(|acr| acr.as_str()).collect();
        let first = format!(
            "{config}: good. Issuer {}, levels {}, {} client(s).",
            provider.issuer(),
            levels.join(" "),
            parts.clients.len()
        );
        let enrolment = &provider.enrolment;
        let rise = enrolment.cooling_off.as_ref();
        let document = json!({
            "config": config, "issuer": provider.issuer(), "levels": levels, "clients": parts.clients.len(),
            "recovery_delay": enrolment.recovery_delay.0,
            "cooling_off": rise.map(|rise| json!({ "wait": rise.wait.0, "raises_to": rise.to.as_str() })),
            "blocklist_lines": parts.blocklist_lines,
            "mail": parts.mail.as_ref().map(|mail| mail.transport.described()),
        });
        let mut report = Self { document, lines: vec![first], warnings: Vec::new() };
        match &parts.mail {
            Some(mail) => report.lines.push(format!("Letters go to {}.", mail.transport.described())),
            None => report.warnings.push(
                "no [mail]: owners are not told what happens to their accounts; add `[mail] from` and `smtp`"
                    .to_owned(),
            ),
        }
        if parts.sealing.is_none() {
            report.warnings.push(UNSEALED.to_owned());
        }
        report.document["sealed"] = json!(!parts.sealing.is_none());
        if let Some(rise) = rise {
            let hours = rise.wait.0 / 3600;
            report.lines.push(format!(
                "A credential that a weak session enrols rises to {} after {hours} h.",
                rise.to
            ));
        }
        if parts.blocklist_lines > 0 {
            report.lines.push(format!("{} passwords of the operator's are refused.", parts.blocklist_lines));
        }
        report.related_origins(parts);
        report.rules(parts);
        report
    }

    /// What the rules about actions are.
    fn rules(&mut self, parts: &Parts) {
        let Some((folder, policies)) = &parts.policy else { return };
        let actions: Vec<&str> = policies.actions().collect();
        let windows: Vec<&str> = policies.windows().iter().map(riser_policy::Window::name).collect();
        self.document["policy"] = json!({
            "path": folder.path().display().to_string(), "rules": policies.count(), "actions": actions,
            "windows": windows, "schema": policies.has_schema(),
        });
        let from = if policies.has_schema() { "of the schema" } else { "that they name" };
        self.lines.push(format!(
            "{}: {} rule(s), {} action(s) {from}, {} window(s).",
            folder.path().display(),
            policies.count(),
            actions.len(),
            windows.len()
        ));
    }

    /// A browser asks the host that the passkeys are bound to, which need not be Riser's.
    fn related_origins(&mut self, parts: &Parts) {
        let party = &parts.provider.relying_party;
        let Some(well_known) = party.well_known() else { return };
        self.lines
            .push(format!("Related origins are served at /.well-known/webauthn: {}", well_known["origins"]));
        if party.rp_id() != parts.provider.host() {
            self.warnings.push(format!(
                "browsers look for related origins at https://{0}/.well-known/webauthn, and Riser is {1}: let {0} answer there with {well_known}",
                party.rp_id(),
                parts.provider.host()
            ));
        }
    }

    /// Whose word on authenticators counts. The metadata is verified as at a start, but for the number that was
    /// used before: that is in the database, which a check leaves alone.
    async fn trust(&mut self, parts: &Parts) -> Result<(), Failure> {
        let trust = &parts.trust;
        self.document["attestation_roots"] = json!(trust.root_files);
        if trust.root_files > 0 {
            self.lines.push(format!("{} file(s) of attestation roots.", trust.root_files));
        }
        let Some(file) = &trust.metadata else { return Ok(()) };
        let at = now();
        let metadata = metadata::read(file, None, at).await?;
        let due = day_before(metadata.overdue_from());
        let (number, models, skipped) = (metadata.number(), metadata.models(), metadata.skipped());
        self.document["metadata"] = json!({
            "number": number, "models": models, "skipped": skipped, "next_update": due,
            "overdue": metadata.is_overdue(at),
        });
        self.lines.push(format!("FIDO metadata number {number}: {models} models, next update {due}."));
        if skipped > 0 {
            self.lines
                .push(format!("{skipped} of its entries or roots cannot be read; their models are refused."));
        }
        if metadata.is_overdue(at) {
            self.warnings.push(format!("the FIDO metadata was to be renewed by {due}: fetch the next BLOB"));
        }
        Ok(())
    }
}

/// The day that ends at `end`, as a date.
fn day_before(end: UnixTime) -> String {
    let day = rfc3339(UnixTime(end.0.saturating_sub(1)));
    day.split_once('T').map_or(day.clone(), |(date, _)| date.to_owned())
}
