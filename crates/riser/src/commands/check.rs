use super::ConfigArg;
use crate::config::Parts;
use crate::failure::Failure;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let parts = Parts::load(&args.config.config)?;
    let levels = parts.provider.ground.ladder.names();
    let levels: Vec<&str> = levels.iter().map(|acr| acr.as_str()).collect();
    println!(
        "{}: good. Issuer {}, levels {}, {} client(s).",
        args.config.config.display(),
        parts.provider.issuer(),
        levels.join(" "),
        parts.clients.len()
    );
    Ok(())
}
