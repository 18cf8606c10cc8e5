//! `vestibule apps list|add|edit|rotate-secret|remove`: applications of a running hub.

mod body;
mod commands;

use clap::{Args, Subcommand};

use super::server::{Server, ServerArguments};
use super::{Format, wait_for};

const TYPES: [&str; 4] = ["regular_web", "spa", "native", "non_interactive"];

#[derive(Debug, Args)]
pub(super) struct AppsArguments {
    #[command(flatten)]
    server: ServerArguments,
    #[command(subcommand)]
    command: AppsCommand,
}

#[derive(Debug, Subcommand)]
enum AppsCommand {
    /// Lists every application: its name, client id, type and where sign-ins come back to.
    List {
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Registers an application and prints its client id and, once, its secret.
    Add {
        /// What people call it.
        name: String,
        #[command(flatten)]
        flags: AppFlags,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Changes what the flags say and nothing else.
    Edit {
        /// The application, by name or client id.
        application: String,
        /// Another name.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        flags: AppFlags,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Gives an application another secret and prints it, once; the former one is refused from then on.
    RotateSecret {
        /// The application, by name or client id.
        application: String,
        /// How to print.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Removes an application with everything that people let it have.
    Remove {
        /// The application, by name or client id.
        application: String,
        /// Asks nothing, and is content where there is nothing to remove.
        #[arg(long)]
        force: bool,
    },
}

/// What may be said about an application.
#[derive(Clone, Debug, Default, Args)]
struct AppFlags {
    /// What sort of application it is; regular_web unless said otherwise.
    #[arg(long = "type", value_name = "TYPE", value_parser = TYPES)]
    app_type: Option<String>,
    /// Where a sign-in may come back to, exactly; can be given several times. An edit replaces them all.
    #[arg(long, value_name = "URL")]
    callback: Vec<String>,
    /// Where a sign-out may come back to, exactly; can be given several times. An edit replaces them all.
    #[arg(long, value_name = "URL")]
    logout_url: Vec<String>,
    /// Connections it may use, by name.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    provider: Vec<String>,
}

/// Runs one of the commands.
///
/// # Errors
/// What went wrong and what to do.
pub(super) fn run(arguments: AppsArguments) -> anyhow::Result<()> {
    let terminal = arguments.server.settings()?;
    wait_for(async {
        if let AppsCommand::Edit { name, flags, .. } = &arguments.command {
            body::refuse_nothing(name.as_deref(), flags)?;
        }
        let server = Server::connect(&terminal).await?;
        match arguments.command {
            AppsCommand::List { format } => commands::list(&server, format).await,
            AppsCommand::Add { name, flags, format } => commands::add(&server, &name, &flags, format).await,
            AppsCommand::Edit { application, name, flags, format } => {
                commands::edit(&server, &application, name.as_deref(), &flags, format).await
            }
            AppsCommand::RotateSecret { application, format } => {
                commands::rotate_secret(&server, &application, format).await
            }
            AppsCommand::Remove { application, force } => {
                commands::remove(&server, &application, force).await
            }
        }
    })?
}
