//! `vestibule export`, `plan` and `apply`: connections and applications of a hub as one file, without secrets.

mod apply;
mod difference;
mod document;
mod hub_state;
mod normal;
mod plan;
mod show;
mod wanted;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use self::document::Document;
use self::hub_state::HubState;
use self::plan::{Plan, Wishes};
use super::confirm::confirm;
use super::server::{Server, ServerArguments};
use super::{Format, print, wait_for};
use crate::config::Terminal;

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    server: ServerArguments,
    /// The file to write; otherwise it is printed.
    file: Option<String>,
    /// Writes over a file that is there.
    #[arg(long)]
    overwrite: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    wishes: WishesArguments,
    /// Ends with 0 if nothing would change, 2 if something would, 1 if that cannot be told.
    #[arg(long)]
    detailed_exitcode: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ApplyArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    wishes: WishesArguments,
    /// Asks nothing.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
struct WishesArguments {
    /// The file, as `vestibule export` writes it; - for standard input.
    file: String,
    /// Removes what is not in the file, applications that registered themselves included.
    #[arg(long)]
    prune: bool,
    /// Sends the client secrets of connections that have one already, too; otherwise they stay.
    #[arg(long)]
    secrets: bool,
}

/// Writes what the hub has.
///
/// # Errors
/// The hub refuses, or the file cannot be written.
pub(super) fn export(arguments: ExportArguments) -> anyhow::Result<()> {
    let terminal = arguments.server.settings()?;
    let text = wait_for(async {
        let server = Server::connect(&terminal).await?;
        anyhow::Ok(HubState::of(&server).await?.document().text())
    })??;
    let Some(path) = arguments.file.as_deref().filter(|path| *path != "-") else { return print(&text) };
    write(Path::new(path), &text, arguments.overwrite).with_context(|| format!("{path} cannot be written"))
}

fn write(path: &Path, text: &str, overwrite: bool) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).create_new(!overwrite).truncate(true);
    options.open(path)?.write_all(text.as_bytes())
}

/// Prints what `apply` would do.
///
/// # Errors
/// The file is none, or the hub refuses.
pub(super) fn plan(arguments: PlanArguments) -> anyhow::Result<ExitCode> {
    let terminal = arguments.server.settings()?;
    let plan = wait_for(async {
        let (_, plan) = planned(&terminal, &arguments.wishes).await?;
        anyhow::Ok(plan)
    })??;
    print(&match arguments.format {
        Format::Text => show::text(&plan),
        Format::Json => format!("{:#}\n", show::json(&plan)),
    })?;
    let is_changing = arguments.detailed_exitcode && !plan.steps.is_empty();
    Ok(if is_changing { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// Shows the plan, asks, and does it.
///
/// # Errors
/// As `plan`; a secret that is missing; nobody said yes; the hub refuses a step, which says what was done until then.
pub(super) fn apply(arguments: ApplyArguments) -> anyhow::Result<()> {
    let terminal = arguments.server.settings()?;
    let question = "Make these changes?";
    wait_for(async {
        let (server, plan) = planned(&terminal, &arguments.wishes).await?;
        print(&show::text(&plan))?;
        if plan.steps.is_empty() {
            return Ok(());
        }
        let secrets = apply::secrets(&plan, &terminal)?;
        if !arguments.yes {
            if arguments.wishes.file == "-" {
                anyhow::bail!("the file came by standard input, so nobody can be asked: say --yes");
            }
            confirm(question)?;
        }
        apply::run(&server, &plan, &secrets).await
    })?
}

async fn planned(terminal: &Terminal, arguments: &WishesArguments) -> anyhow::Result<(Server, Plan)> {
    // The file first: what is wrong with it needs no hub.
    let document = Document::read(&arguments.file)?;
    let server = Server::connect(terminal).await?;
    let state = HubState::of(&server).await?;
    let wishes = Wishes { prune: arguments.prune, secrets: arguments.secrets };
    let plan = Plan::new(&document, &state, &wishes)?;
    Ok((server, plan))
}
