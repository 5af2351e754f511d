//! `riser policy`: why a decision is what it is, and whether decisions are what they should be.

mod explain;
mod replay;
mod test;
mod words;

use clap::Subcommand;

use crate::failure::Failure;

#[derive(Subcommand)]
pub enum Command {
    /// Why a person may or may not do something: which rule, which condition, and what would change it.
    Explain(explain::Args),
    /// Checks a file of expected decisions; ends with 1 when one does not hold.
    Test(test::Args),
    /// A new set of rules against the recorded requests: who would be asked more, less, or refused.
    Replay(replay::Args),
}

pub async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Explain(args) => explain::run(&args).await,
        Command::Test(args) => test::run(&args),
        Command::Replay(args) => replay::run(&args).await,
    }
}
