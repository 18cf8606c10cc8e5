//! What each command does.

use std::fmt::Write as _;

use anyhow::bail;
use serde_json::{Value, json};

use super::body::body;
use super::{AppFlags, Format};
use crate::cli::applications::{Applications, client_id, name};
use crate::cli::confirm::confirm;
use crate::cli::outcome::{Usage, on_one_line};
use crate::cli::print;
use crate::cli::server::{Server, segment};
use crate::cli::table::table;

pub(super) async fn list(server: &Server, format: Format) -> anyhow::Result<()> {
    let applications = Applications::of(server).await?;
    print(&match format {
        Format::Text => table(
            ["NAME", "CLIENT ID", "TYPE", "CALLBACKS"],
            applications.iter().map(|one| {
                [name(one).to_owned(), client_id(one).to_owned(), text(one, "app_type"), callbacks(one)]
            }),
        ),
        Format::Json => {
            let rows = applications.iter().map(|one| {
                json!({
                    "name": one.get("name"), "client_id": one.get("client_id"), "type": one.get("app_type"),
                    "callbacks": one.get("callbacks"), "logout_urls": one.get("allowed_logout_urls"),
                })
            });
            format!("{:#}\n", Value::Array(rows.collect()))
        }
    })
}

pub(super) async fn add(server: &Server, name: &str, flags: &AppFlags, format: Format) -> anyhow::Result<()> {
    // Looked up first: an application that cannot get what was asked for is not registered.
    let connections = connections(server, &flags.provider).await?;
    let made = server.post("clients", &Value::Object(body(Some(name), flags))).await?.json;
    // The secret is in no other answer: it is printed whatever comes next.
    print(&shown(&made, &format!("Added {}.", on_one_line(name)), format))?;
    open(server, &connections, client_id(&made)).await
}

pub(super) async fn edit(
    server: &Server,
    application: &str,
    name: Option<&str>,
    flags: &AppFlags,
    format: Format,
) -> anyhow::Result<()> {
    let (path, etag) = find(server, application).await?;
    let connections = connections(server, &flags.provider).await?;
    let changed = server.patch(&path, &Value::Object(body(name, flags)), etag.as_deref()).await?.json;
    open(server, &connections, client_id(&changed)).await?;
    print(&shown(&changed, &format!("Changed {}.", text(&changed, "name")), format))
}

pub(super) async fn rotate_secret(server: &Server, application: &str, format: Format) -> anyhow::Result<()> {
    let (path, _) = find(server, application).await?;
    let changed = server.post(&format!("{path}/rotate-secret"), &json!({})).await?.json;
    let what = format!("{} has another secret.", text(&changed, "name"));
    print(&shown(&changed, &what, format))
}

pub(super) async fn remove(server: &Server, application: &str, is_forced: bool) -> anyhow::Result<()> {
    let applications = Applications::of(server).await?;
    let found = match applications.find(application) {
        Ok(found) => found,
        // Several of that name are something to remove.
        Err(_) if is_forced && !applications.iter().any(|one| name(one) == application) => {
            return print(&format!("There is no application {application:?}: nothing to remove.\n"));
        }
        Err(problem) => bail!(problem),
    };
    let path = format!("clients/{}", segment(client_id(found)));
    let etag = server.get(&path).await?.etag;
    if !is_forced {
        let name = on_one_line(name(found));
        confirm(&format!(
            "Remove {name}? What people let it have ends, and nobody can sign in to it any more."
        ))?;
    }
    server.delete(&path, etag.as_deref().filter(|_| !is_forced)).await?;
    print(&format!("Removed {}.\n", on_one_line(name(found))))
}

/// Path and version of an application.
async fn find(server: &Server, application: &str) -> anyhow::Result<(String, Option<String>)> {
    let applications = Applications::of(server).await?;
    let found = applications.find(application).map_err(anyhow::Error::msg)?;
    let path = format!("clients/{}", segment(client_id(found)));
    let etag = server.get(&path).await?.etag;
    Ok((path, etag))
}

/// The ids of the connections of those names.
async fn connections(server: &Server, names: &[String]) -> anyhow::Result<Vec<String>> {
    let (mut ids, mut problems) = (Vec::new(), Vec::new());
    for name in names {
        match server.find_connection(name).await? {
            Some(connection) => ids.push(text(&connection, "id")),
            None => problems.push(format!("--provider: there is no connection {name:?}")),
        }
    }
    if problems.is_empty() { Ok(ids) } else { Err(Usage(problems.join("\n")).into()) }
}

/// Lets the application use those connections.
async fn open(server: &Server, connections: &[String], client_id: &str) -> anyhow::Result<()> {
    for id in connections {
        let path = format!("connections/{}/clients", segment(id));
        server.patch(&path, &json!([{"client_id": client_id, "status": true}]), None).await?;
    }
    Ok(())
}

fn text(value: &Value, name: &str) -> String {
    on_one_line(value.get(name).and_then(Value::as_str).unwrap_or_default())
}

fn callbacks(application: &Value) -> String {
    let all = application.get("callbacks").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

fn shown(application: &Value, what: &str, format: Format) -> String {
    if format == Format::Json {
        return format!("{application:#}\n");
    }
    let mut words = format!("{what}\n\n");
    let _ = writeln!(words, "client id      {}", text(application, "client_id"));
    if application.get("client_secret").is_some() {
        let _ = writeln!(words, "client secret  {}", text(application, "client_secret"));
        words.push_str("\nThe secret is not shown again: keep it now.\n");
    }
    words
}
