//! `vestibule completions SHELL`

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use super::{Cli, print};

/// Prints the script for that shell.
///
/// # Errors
/// It cannot be written.
pub(super) fn run(shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "vestibule", &mut script);
    print(&String::from_utf8(script)?)
}
