//! The command line: one file per command.

mod admins;
mod applications;
mod apps;
mod completions;
mod config_check;
mod confirm;
mod demo;
mod file;
mod hubs_database;
mod keys;
mod login;
mod migrate;
mod outcome;
pub mod ports;
mod providers;
mod serve;
mod server;
mod table;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config;

pub use outcome::{exit_code, shown};

/// One OpenID Connect issuer in front of every enterprise identity provider.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the hub with settings from the environment and `.env` in the working folder.
    #[command(after_long_help = config::settings_help())]
    Serve,
    /// Shows it all on this machine: a hub, the Acme identity provider and a sample application.
    ///
    /// One process, loopback only, with temporary data. Prints what to open and with whom to sign in.
    Demo(demo::DemoArguments),
    /// Brings the database to the current schema and exits; `serve` does so too.
    Migrate,
    /// Lists, invites and removes the people who manage the hub.
    ///
    /// Works on the database that the settings name; running hubs notice within a second.
    Admins(admins::AdminsArguments),
    /// Signs an administrator in at a running hub, with a browser.
    ///
    /// Prints an address, opens it, and waits on http://localhost:8301 for the browser to come back. The sign-in is kept in
    /// vestibule/credentials.json of the person's settings, for the commands below; `vestibule logout` ends it.
    Login(login::LoginArguments),
    /// Ends the sign-in of this terminal, at the hub too.
    Logout(login::LogoutArguments),
    /// Connects identity providers to a running hub, from anywhere.
    Providers(providers::ProvidersArguments),
    /// Registers applications at a running hub, from anywhere.
    Apps(apps::AppsArguments),
    /// Writes the connections and applications of a running hub as one file, without secrets.
    ///
    /// What goes without saying is not in it; a secret is named by the variable that `apply` takes it from. The same hub
    /// gives the same bytes, so that the file can be kept and reviewed.
    Export(file::ExportArguments),
    /// Shows what `apply` would create, change and remove, property by property; changes nothing.
    Plan(file::PlanArguments),
    /// Makes a running hub what a file says, after showing the plan and asking.
    ///
    /// A property that is not in the file gets its default; a connection or application that is not in it stays, unless
    /// --prune says otherwise. What somebody else changes meanwhile is refused.
    Apply(file::ApplyArguments),
    /// Lists, rotates and revokes the keys that sign tokens.
    ///
    /// Works on the database that the settings name; running hubs notice within a second.
    Keys(KeysArguments),
    /// Shows the settings and checks them.
    Config(ConfigArguments),
    /// Prints a script that completes commands and flags in a shell.
    ///
    /// For instance: vestibule completions bash > /etc/bash_completion.d/vestibule
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
struct KeysArguments {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Lists every key that is published or was revoked.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Lets the next keys sign; what was signed before stays valid.
    ///
    /// The keys that signed so far stay published until their last token has expired.
    Rotate {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Takes a key out of use, because it leaked: every token it signed is refused at once.
    ///
    /// If it is a current key, the next one takes over. Applications that verify tokens on their own keep our
    /// key set for up to five minutes. There is no way back: the private key is destroyed.
    Revoke {
        /// The id of the key, as `vestibule keys list` shows it.
        #[arg(value_name = "KID", allow_hyphen_values = true)]
        key_id: String,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Debug, Args)]
struct ConfigArguments {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Prints every setting, where its value comes from, and all problems at once; changes nothing.
    ///
    /// Secrets are shown as ***. Ends with exit code 1 if there are problems.
    #[command(after_long_help = config::settings_help())]
    Check {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prints `.env.example`.
    #[command(hide = true)]
    Example,
}

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Runs one command to its end.
///
/// # Errors
/// What went wrong and what to do, fit for the terminal.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let done = match cli.command {
        Command::Plan(arguments) => return file::plan(arguments),
        Command::Export(arguments) => file::export(arguments),
        Command::Apply(arguments) => file::apply(arguments),
        Command::Serve => serve::run(),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Migrate => migrate::run(),
        Command::Admins(arguments) => admins::run(&arguments),
        Command::Login(arguments) => login::run(&arguments),
        Command::Logout(arguments) => login::run_logout(&arguments),
        Command::Providers(arguments) => providers::run(arguments),
        Command::Apps(arguments) => apps::run(arguments),
        Command::Keys(arguments) => match arguments.command {
            KeysCommand::List { format } => keys::run(keys::Action::List, format),
            KeysCommand::Rotate { format } => keys::run(keys::Action::Rotate, format),
            KeysCommand::Revoke { key_id, format } => keys::run(keys::Action::Revoke(key_id), format),
        },
        Command::Config(arguments) => match arguments.command {
            ConfigCommand::Check { format } => config_check::run(format),
            ConfigCommand::Example => print(&config::env_example()),
        },
        Command::Completions { shell } => completions::run(shell),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Does what waits for a network.
fn wait_for<F: Future>(work: F) -> anyhow::Result<F::Output> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work))
}

/// Writes `text` to standard output, made harmless for a terminal; a reader that stopped reading (`| head`) is no error.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::{ErrorKind, Write as _};
    let mut output = std::io::stdout().lock();
    match output.write_all(shown(text).as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_command_explains_itself() {
        let mut root = Cli::command();
        root.build();
        root.clone().debug_assert();
        let mut open = vec![root];
        while let Some(command) = open.pop() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            open.extend(command.get_subcommands().filter(|command| command.get_name() != "help").cloned());
        }
    }

    #[test]
    fn help_of_config_check_names_every_setting() {
        let mut root = Cli::command();
        let check = root.find_subcommand_mut("config").unwrap().find_subcommand_mut("check").unwrap();
        let help = check.render_long_help().to_string();
        for setting in config::settings::ALL {
            assert!(help.contains(setting.name), "{}", setting.name);
        }
    }
}
