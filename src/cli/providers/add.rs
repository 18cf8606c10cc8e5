//! `vestibule providers add NAME`

use std::fmt::Write as _;

use anyhow::bail;
use serde_json::{Map, Value, json};

use super::body;
use super::kind::{Kind, kind_of};
use super::verdict::Verdict;
use super::{AddArguments, Format};
use crate::cli::applications::Applications;
use crate::cli::outcome::on_one_line;
use crate::cli::print;
use crate::cli::server::Server;
use crate::config::Terminal;
use crate::domain::issuer::Issuer;

/// Tries the connection that the flags describe, makes it, and prints what to do next.
///
/// # Errors
/// Missing flags, all of them; what keeps people from signing in, with the flag to blame; what the hub refuses.
pub(super) async fn run(terminal: &Terminal, arguments: AddArguments) -> anyhow::Result<()> {
    let flags = arguments.flags.and_environment(&terminal.provider_flags)?;
    let secret = flags.read_secret()?;
    let mut body = body::new_connection(arguments.name.as_deref(), &flags, secret.as_ref())?;
    let name = arguments.name.unwrap_or_default();
    let server = Server::connect(terminal).await?;
    if server.find_connection(&name).await?.is_some() {
        bail!(
            "there is a connection {name:?} already\n  fix: choose another name, or change it with `vestibule providers edit {name}`"
        );
    }
    if !flags.enable_for.is_empty() {
        let wanted = Applications::of(&server).await?.find_all("--enable-for", &flags.enable_for)?;
        body.insert("enabled_clients".into(), json!(wanted));
    }
    if !arguments.no_check {
        let outcome = check(&server, "connections/check", &body).await?;
        report(&outcome, &format!("{name} was not added"), !flags.no_discovery, arguments.force)?;
    }
    let made = server.post("connections", &Value::Object(body)).await?.json;
    print(&match arguments.format {
        Format::Json => format!("{made:#}\n"),
        Format::Text => what_next(&made, server.issuer(), flags.kind.as_deref()),
    })
}

/// What the provider would say to the connection.
///
/// # Errors
/// The settings are refused before it is asked.
pub(super) async fn check(server: &Server, path: &str, body: &Map<String, Value>) -> anyhow::Result<Verdict> {
    Ok(Verdict(server.post(path, &Value::Object(body.clone())).await?.json))
}

/// Tells on stderr what is not as it should be, and is an error if people could not sign in; unless that was forced.
///
/// # Errors
/// What failed, each under the flag to blame.
pub(super) fn report(
    verdict: &Verdict,
    what_was_not_done: &str,
    is_discovered: bool,
    is_forced: bool,
) -> anyhow::Result<()> {
    let warnings = verdict.warnings(is_discovered);
    if !warnings.is_empty() {
        eprintln!("warning: people can sign in, but\n{}", warnings.trim_end());
    }
    match verdict.blame(is_discovered) {
        Some(blame) if is_forced => eprintln!("warning: people cannot sign in\n{}", blame.trim_end()),
        Some(blame) => bail!(
            "{what_was_not_done}: people could not sign in through it\n{}\n  --force does it all the same",
            blame.trim_end()
        ),
        None => {}
    }
    Ok(())
}

fn what_next(made: &Value, issuer: &Issuer, kind: Option<&str>) -> String {
    let text = |name: &str| on_one_line(made.get(name).and_then(Value::as_str).unwrap_or_default());
    let options = made.get("options").cloned().unwrap_or_default();
    let list = |value: Option<&Value>| -> Vec<String> {
        let texts = value.and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(|text| Some(on_one_line(text.as_str()?))).collect()
    };
    let (name, mut words) = (text("name"), String::new());
    let _ = writeln!(words, "Added {name} ({}, {}).\n", text("id"), kind_of(made));
    let _ = writeln!(words, "At the provider, register");
    let _ = writeln!(words, "  redirect URI               {}", text("callback_url"));
    let _ = writeln!(words, "  post-logout redirect URI   {}  (optional)", issuer.join("logout/callback"));
    let method = options.get("token_endpoint_auth_method").and_then(Value::as_str);
    if method == Some("private_key_jwt") {
        let keys = issuer.join(&format!("oauth/connection/{name}/.well-known/jwks.json"));
        let _ = writeln!(words, "  key set                    {keys}");
    }
    for advice in kind.and_then(Kind::of).iter().flat_map(Kind::advice) {
        let _ = writeln!(words, "- {advice}");
    }
    words.push_str("\nHere\n");
    let domains = list(options.get("domain_aliases"));
    let _ = match domains.is_empty() {
        true => writeln!(
            words,
            "- Lead people to it by their address: vestibule providers edit {name} --domains DOMAIN"
        ),
        false => writeln!(words, "- People of {} sign in here.", domains.join(", ")),
    };
    let _ = match list(made.get("enabled_clients")).as_slice() {
        [] => writeln!(
            words,
            "- No application may use it yet: vestibule providers edit {name} --enable-for APPLICATION"
        ),
        clients => writeln!(words, "- Applications that may use it: {}.", clients.join(", ")),
    };
    words
}
