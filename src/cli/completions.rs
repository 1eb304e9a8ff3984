//! `lockgate completions SHELL`.

use super::Outcome;
use super::failure::Failure;
use super::output::print_bytes;
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  lockgate completions bash > ~/.local/share/bash-completion/completions/lockgate
  lockgate completions zsh  > ~/.zfunc/_lockgate
  lockgate completions fish > ~/.config/fish/completions/lockgate.fish";

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::definition(), "lockgate", &mut script);
    print_bytes(&script)?;
    Ok(Outcome::Clean)
}
