//! `vestibule providers edit NAME`

use std::collections::BTreeSet;

use anyhow::bail;
use serde_json::{Map, Value, json};

use super::add::{check, report};
use super::{EditArguments, Format, body};
use crate::cli::applications::Applications;
use crate::cli::outcome::{Usage, on_one_line};
use crate::cli::print;
use crate::cli::server::{Server, segment};
use crate::config::Terminal;

/// Tries the connection as it would be, and changes what the flags say.
///
/// # Errors
/// Nothing to change; what would keep people from signing in; what the hub refuses; a change meanwhile.
pub(super) async fn run(terminal: &Terminal, arguments: EditArguments) -> anyhow::Result<()> {
    let flags = arguments.flags.and_environment(&terminal.provider_flags)?;
    let secret = flags.read_secret()?;
    let mut patch = body::patch(&flags, secret.as_ref())?;
    let names_applications = !flags.enable_for.is_empty() || !arguments.disable_for.is_empty();
    if patch.is_empty() && !names_applications {
        return Err(
            Usage("nothing to change: say what, for instance --scopes \"openid email\"".into()).into()
        );
    }
    let name = &arguments.name;
    let server = Server::connect(terminal).await?;
    let current = existing(&server, name).await?;
    if names_applications {
        let applications = Applications::of(&server).await?;
        let more = applications.find_all("--enable-for", &flags.enable_for)?;
        let fewer = applications.find_all("--disable-for", &arguments.disable_for)?;
        patch.insert("enabled_clients".into(), enabled(&current.json, more, &fewer));
    }
    let path = format!("connections/{}", segment(current.id()));
    if !arguments.no_check && patch.contains_key("options") && current.text("strategy") == Some("oidc") {
        let outcome = check(&server, &format!("{path}/check"), &patch).await?;
        let is_discovered = discovers(&current.json, &patch);
        report(&outcome, &format!("{name} was not changed"), is_discovered, arguments.force)?;
    }
    let made = server.patch(&path, &Value::Object(patch), current.etag.as_deref()).await?.json;
    print(&match arguments.format {
        Format::Json => format!("{made:#}\n"),
        Format::Text => changed(name, &current.json, &made),
    })
}

/// Where people come back to is the provider's to know.
fn changed(name: &str, before: &Value, after: &Value) -> String {
    let url =
        |of: &Value| of.get("callback_url").and_then(Value::as_str).map(on_one_line).unwrap_or_default();
    let told = format!("Changed {name}.\n");
    match url(after) {
        now if now == url(before) => told,
        now => format!("{told}\nAt the provider, register\n  redirect URI               {now}\n"),
    }
}

/// A connection as it is, with its version.
pub(super) struct Existing {
    pub(super) json: Value,
    pub(super) etag: Option<String>,
}

impl Existing {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.json.get(name)?.as_str()
    }

    pub(super) fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }
}

/// The connection of that name.
///
/// # Errors
/// There is none.
pub(super) async fn existing(server: &Server, name: &str) -> anyhow::Result<Existing> {
    let Some(found) = server.find_connection(name).await? else {
        bail!("there is no connection {name:?}\n  fix: `vestibule providers list` shows their names");
    };
    let id = found.get("id").and_then(Value::as_str).unwrap_or_default();
    let answer = server.get(&format!("connections/{}", segment(id))).await?;
    Ok(Existing { json: answer.json, etag: answer.etag })
}

fn enabled(current: &Value, more: Vec<String>, fewer: &[String]) -> Value {
    let now = current.get("enabled_clients").and_then(Value::as_array).into_iter().flatten();
    let mut clients: BTreeSet<String> = now.filter_map(|id| id.as_str().map(str::to_owned)).collect();
    clients.extend(more);
    clients.retain(|id| !fewer.contains(id));
    json!(clients)
}

fn discovers(current: &Value, patch: &Map<String, Value>) -> bool {
    let url = |from: Option<&Value>| from.and_then(|options| options.get("discovery_url")).cloned();
    let after = url(patch.get("options")).or_else(|| url(current.get("options")));
    after.is_some_and(|url| !url.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_are_added_and_taken_away_and_the_others_stay() {
        let current = json!({"enabled_clients": ["a", "b"]});
        assert_eq!(enabled(&current, vec!["c".into()], &["a".into()]), json!(["b", "c"]));
        assert_eq!(enabled(&json!({}), vec!["a".into()], &[]), json!(["a"]));
    }
}
