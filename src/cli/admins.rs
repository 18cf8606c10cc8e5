//! `vestibule admins list|invite|remove`: who manages the hub, in the database that the settings name.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{Format, hubs_database, print};
use crate::app;
use crate::config::Config;
use crate::crypto::random::Random;
use crate::domain::administrator::Administrator;
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::home_realm::EmailDomain;
use crate::flows::administrators::{
    Invitation, Removal, invite_administrator, list_administrators, remove_administrator,
};

#[derive(Debug, Args)]
pub struct AdminsArguments {
    #[command(subcommand)]
    command: AdminsCommand,
}

#[derive(Debug, Subcommand)]
enum AdminsCommand {
    /// Lists the people who manage the hub.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prints a link that makes the owner of an address an administrator, once, within a day.
    ///
    /// If the address has an account already, the link gives that a new password: the way back in for whoever lost
    /// theirs. An earlier link for the same address is void.
    Invite {
        #[arg(value_name = "EMAIL")]
        email: String,
    },
    /// Takes the management of the hub from somebody; running hubs notice within a second.
    ///
    /// Their account stays, and opens nothing any more. The last administrator who can sign in stays one.
    Remove {
        #[arg(value_name = "EMAIL")]
        email: String,
    },
}

/// # Errors
/// No database to work on, or it refuses; nobody of that address.
pub fn run(arguments: &AdminsArguments) -> anyhow::Result<()> {
    let config = hubs_database::settings()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let said = runtime.block_on(act(&config, &arguments.command));
    print(&said.context("if the database is older than this program, run `vestibule migrate` first")?)
}

async fn act(config: &Config, command: &AdminsCommand) -> anyhow::Result<String> {
    let random = Random::default();
    let store = app::open_store(config, &random)?;
    let now = Clock::default().now();
    Ok(match command {
        AdminsCommand::List { format } => {
            let administrators = list_administrators(&store).await?;
            match format {
                Format::Text => text(&administrators)?,
                Format::Json => format!("{:#}\n", administrators.iter().map(json_of).collect::<Value>()),
            }
        }
        AdminsCommand::Invite { email } => {
            let email = address(email)?;
            let made = invite_administrator(&store, &config.issuer, &random, email.clone(), now).await?;
            invitation(&made, &format!("Whoever opens this link becomes an administrator as {email}"))
        }
        AdminsCommand::Remove { email } => {
            let email = address(email)?;
            let origin = Origin { user_agent: "vestibule admins".into(), ..Origin::default() };
            let words = "Remove an administrator on the command line";
            let entry =
                LogEntry::new(now, &random.alphanumeric(12), LogType::ManagementWrite, words, &origin);
            match remove_administrator(&store, &email, entry).await? {
                Removal::Removed => format!("{email} manages the hub no more.\n"),
                Removal::Unknown => bail!("{email} is no administrator; `vestibule admins list` shows them"),
                Removal::Last => bail!(
                    "{email} is the only administrator who can sign in; make another one first, by `vestibule admins invite`"
                ),
            }
        }
    })
}

fn address(typed: &str) -> anyhow::Result<String> {
    match EmailDomain::of(typed) {
        Ok((email, _)) => Ok(email),
        Err(error) => bail!("{typed:?} is not an e-mail address: {error}"),
    }
}

/// What the terminal shows of a link.
pub(super) fn invitation(made: &Invitation, lead: &str) -> String {
    format!("\n{lead}.\nIt works once, until {}:\n\n  {}\n\n", until(made.expires_at), made.address.reveal())
}

/// To the minute, in UTC.
fn until(time: Timestamp) -> String {
    let text: String = time.iso8601().chars().take(16).collect();
    format!("{} UTC", text.replace('T', " "))
}

fn text(administrators: &[Administrator]) -> Result<String, std::fmt::Error> {
    let mut table = String::new();
    let email = |one: &Administrator| one.user.email().unwrap_or(&one.user.user_id).to_owned();
    let width = administrators.iter().map(|one| email(one).chars().count()).max().unwrap_or_default().max(5);
    writeln!(table, "{:width$}  {:24}  {:7}  NAME", "EMAIL", "SINCE", "STATUS")?;
    for one in administrators {
        let status = if one.user.is_blocked { "blocked" } else { "active" };
        let name = one.user.display_name();
        writeln!(table, "{:width$}  {:24}  {status:7}  {name}", email(one), one.since.iso8601())?;
    }
    Ok(table)
}

fn json_of(one: &Administrator) -> Value {
    json!({
        "user_id": one.user.user_id,
        "email": one.user.email(),
        "name": one.user.display_name(),
        "blocked": one.user.is_blocked,
        "since": one.since.iso8601(),
    })
}
