//! The log entry of a change, and of a refused one: who, what, and which properties; never a value.

use serde_json::{Map, Value, json};

use super::{Actor, Resource};
use crate::domain::audit::{LogEntry, LogType, Origin};
use crate::domain::client::Client;
use crate::domain::client_grant::ClientGrant;
use crate::domain::connection::Connection;
use crate::domain::consent::Consent;
use crate::domain::limits;
use crate::domain::refresh_token_choice::RefreshTokenChoice;
use crate::domain::resource_server::ResourceServer;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::flows::hub::Hub;

/// What was changed.
pub(super) enum Target<'a> {
    Connection(&'a Connection),
    Client(&'a Client),
    User(&'a User),
    ResourceServer(&'a ResourceServer),
    ClientGrant(&'a ClientGrant),
    Session(&'a Session),
    RefreshToken(&'a crate::domain::grant::Grant),
    Grant(&'a Consent),
    InitialAccessToken(&'a str),
    /// Claimed by the connection.
    Domain(&'a Connection, &'a str),
    SetupTicket(&'a Connection, &'a str),
    TestLogin(&'a Connection, &'a str),
}

/// An entry about a change by `actor`, for the transaction that makes the change.
pub(super) fn change(hub: &Hub, actor: &Actor, description: &str) -> LogEntry {
    entry(hub, LogType::ManagementWrite, description, &actor.origin, Some(actor))
}

/// Names what was changed.
pub(super) fn name(entry: &mut LogEntry, target: Target<'_>) {
    let (resource, id) = match target {
        Target::Connection(connection) => {
            entry.name(connection);
            (Resource::Connection, &connection.id)
        }
        Target::Client(client) => (Resource::Client, &client.client_id),
        Target::User(user) => {
            entry.name(user);
            (Resource::User, &user.user_id)
        }
        Target::ResourceServer(api) => {
            entry.details.insert("audience".into(), json!(api.identifier));
            (Resource::ResourceServer, &api.id)
        }
        Target::InitialAccessToken(id) => return name_id(entry, Resource::InitialAccessToken, id),
        Target::Domain(connection, domain) => {
            return name_part(entry, connection, Resource::Domain, domain);
        }
        Target::SetupTicket(connection, id) => {
            return name_part(entry, connection, Resource::SetupTicket, id);
        }
        Target::TestLogin(connection, id) => {
            return name_part(entry, connection, Resource::TestLogin, id);
        }
        Target::ClientGrant(grant) => {
            entry.details.insert("granted_to".into(), json!(grant.client_id));
            entry.details.insert("audience".into(), json!(grant.audience));
            (Resource::ClientGrant, &grant.id)
        }
        Target::Session(session) => {
            entry.name(session);
            (Resource::Session, &session.id)
        }
        Target::RefreshToken(grant) => {
            entry.name(grant);
            entry.details.insert("granted_to".into(), json!(grant.client_id));
            (Resource::RefreshToken, &grant.id)
        }
        Target::Grant(consent) => {
            entry.name(consent);
            entry.details.insert("granted_to".into(), json!(consent.client_id));
            entry.details.insert("audience".into(), json!(consent.audience));
            (Resource::Grant, &consent.id)
        }
    };
    name_id(entry, resource, id);
}

/// Something of a connection.
fn name_part(entry: &mut LogEntry, connection: &Connection, resource: Resource, id: &str) {
    entry.name(connection);
    name_id(entry, resource, id);
}

fn name_id(entry: &mut LogEntry, resource: Resource, id: &str) {
    entry.details.insert("changed".into(), json!({"resource": resource.word(), "id": id}));
}

/// Names whose refresh tokens were taken back; `user` is the one that was asked for, if there is such a user.
pub(super) fn name_choice(entry: &mut LogEntry, choice: &RefreshTokenChoice, user: Option<&User>) {
    entry.name(&user);
    match choice {
        RefreshTokenChoice::Ids(ids) => entry.details.insert("ids".into(), json!(ids)),
        RefreshTokenChoice::OfUser(_) => {}
        RefreshTokenChoice::OfUserAtClient { client_id, .. } | RefreshTokenChoice::OfClient(client_id) => {
            entry.details.insert("granted_to".into(), json!(client_id));
        }
    }
}

/// Names the properties that `patch` touches.
pub(super) fn touching(mut entry: LogEntry, patch: &Map<String, Value>) -> LogEntry {
    let mut paths = Vec::new();
    collect_paths(patch, "", &mut paths);
    entry.details.insert("properties".into(), json!(paths));
    entry
}

/// The dotted paths that `patch` touches, at most [`limits::LOGGED_PROPERTIES`]: names, no values.
fn collect_paths(patch: &Map<String, Value>, prefix: &str, paths: &mut Vec<String>) {
    for (key, value) in patch {
        if paths.len() >= limits::LOGGED_PROPERTIES {
            return;
        }
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(inner) if !inner.is_empty() => collect_paths(inner, &path, paths),
            _ => paths.push(path),
        }
    }
}

/// An entry about a refused change, for the journal.
pub fn refusal(hub: &Hub, what: &str, reason: &str, origin: &Origin, actor: Option<&Actor>) -> LogEntry {
    entry(hub, LogType::ManagementFailed, &format!("{what}: {reason}"), origin, actor)
}

fn entry(
    hub: &Hub,
    log_type: LogType,
    description: &str,
    origin: &Origin,
    actor: Option<&Actor>,
) -> LogEntry {
    let suffix = hub.random.alphanumeric(12);
    let mut entry = LogEntry::new(hub.clock.now(), &suffix, log_type, description, origin);
    entry.name(&actor.map(|actor| &actor.client));
    if let Some(user) = actor.and_then(|actor| actor.administrator.as_ref()) {
        // The user of an entry is whom it is about.
        let administrator = json!({"user_id": user.user_id, "name": user.display_name()});
        entry.details.insert("administrator".into(), administrator);
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touched_properties_are_named_and_never_their_values() {
        let patch = json!({
            "options": {"client_secret": "s3cret", "attribute_map": {"attributes": {}}},
            "display_name": "Acme",
        });
        let mut paths = Vec::new();
        collect_paths(patch.as_object().unwrap(), "", &mut paths);
        assert_eq!(paths, ["display_name", "options.attribute_map.attributes", "options.client_secret"]);
    }
}
