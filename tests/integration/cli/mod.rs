//! Promises of the commands, kept by the program itself.

mod administrators;
mod apps;
mod completions;
mod files;
mod files_refused;
mod keys;
mod login;
mod provider_session;
mod provider_usage;
mod providers;
mod settings;
mod stopping;
mod terminal;

use std::path::Path;
use std::process::Command;

/// The program with no environment but `settings`, in an empty folder.
fn vestibule(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    command.args(arguments).current_dir(folder).env_clear();
    command.envs(settings.iter().copied());
    command
}
