//! `vestibule providers list|add|edit|remove|test`: connections of a running hub.

mod add;
mod body;
mod edit;
mod flags;
mod kind;
mod list;
mod remove;
mod test;
mod verdict;

use clap::{Args, Subcommand};

use self::flags::ProviderFlags;
use super::server::{Server, ServerArguments};
use super::{Format, wait_for};

#[derive(Debug, Args)]
pub(super) struct ProvidersArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: ProvidersCommand,
}

#[derive(Debug, Subcommand)]
enum ProvidersCommand {
    /// Lists every connection: its name, kind, address and whether people can sign in through it.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Connects an identity provider, after trying whether people could sign in through it.
    ///
    /// Tells which of address, client id and client secret is wrong, and then adds nothing. Each flag also comes from
    /// VESTIBULE_PROVIDER_…, for instance VESTIBULE_PROVIDER_CLIENT_SECRET, also from `.env`.
    Add(Box<AddArguments>),
    /// Changes what the flags say and nothing else, after trying the connection as it would be.
    ///
    /// Flags also come from VESTIBULE_PROVIDER_…, as for `add`. The client secret stays unless another is given.
    Edit(Box<EditArguments>),
    /// Removes a connection with the sessions, grants and users that have no other.
    Remove {
        /// The name of the connection.
        name: String,
        /// Asks nothing, and is content where there is nothing to remove.
        #[arg(long)]
        force: bool,
    },
    /// Asks the provider anew and tells every check: what was expected, what came, what to do.
    ///
    /// Ends with exit code 1 if people cannot sign in through it.
    Test {
        /// The name of the connection.
        name: String,
        /// Makes a link to a test login instead: whoever opens it signs in at the provider and sees what came of it.
        #[arg(long)]
        login: bool,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Debug, Args)]
struct AddArguments {
    /// The name of the connection: letters and digits, with single hyphens inside, for instance acme-eu.
    name: Option<String>,
    #[command(flatten)]
    flags: ProviderFlags,
    /// Adds the connection even if the check says that nobody can sign in through it.
    #[arg(long)]
    force: bool,
    /// Adds the connection without asking the provider.
    #[arg(long, conflicts_with = "force")]
    no_check: bool,
    /// How to print the connection.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Args)]
struct EditArguments {
    /// The name of the connection.
    name: String,
    #[command(flatten)]
    flags: ProviderFlags,
    /// Applications that may not use the connection any more, by name or client id.
    #[arg(long, value_name = "APPLICATION", value_delimiter = ',')]
    disable_for: Vec<String>,
    /// Changes the connection even if the check says that nobody could sign in through it then.
    #[arg(long)]
    force: bool,
    /// Changes the connection without asking the provider.
    #[arg(long, conflicts_with = "force")]
    no_check: bool,
    /// How to print the connection.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs one of the commands.
///
/// # Errors
/// What went wrong and what to do.
pub(super) fn run(arguments: ProvidersArguments) -> anyhow::Result<()> {
    let terminal = arguments.server.settings()?;
    wait_for(async {
        match arguments.command {
            ProvidersCommand::List { format } => list::run(&Server::connect(&terminal).await?, format).await,
            ProvidersCommand::Add(add) => add::run(&terminal, *add).await,
            ProvidersCommand::Edit(edit) => edit::run(&terminal, *edit).await,
            ProvidersCommand::Remove { name, force } => {
                remove::run(&Server::connect(&terminal).await?, &name, force).await
            }
            ProvidersCommand::Test { name, login: false, format } => {
                test::run(&Server::connect(&terminal).await?, &name, format).await
            }
            ProvidersCommand::Test { name, login: true, format } => {
                test::link(&Server::connect(&terminal).await?, &name, format).await
            }
        }
    })?
}
