use super::ConfigArg;
use crate::failure::Failure;
use crate::installation::Installation;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArg,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let installation = Installation::open(&args.config.config)?;
    println!("{}: at this version's schema.", installation.parts.database.display());
    Ok(())
}
