//! What a hub has: its applications and connections, each with the version it was read at.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::Document;
use super::normal::{Properties, Sort, of_the_hub};
use crate::cli::applications::{client_id, name};
use crate::cli::server::{Answer, Server, ServerError, segment};

/// One application or connection.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// `client_id` of an application, `id` of a connection.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) etag: Option<String>,
    pub(super) normal: Properties,
    /// The client ids that may use the connection.
    pub(super) enabled: Vec<String>,
    pub(super) has_secret: bool,
    /// Made by the hub itself: no file's business.
    is_built_in: bool,
}

/// Everything a file could be about.
#[derive(Clone, Debug, Default)]
pub(super) struct HubState {
    pub(super) applications: Vec<Item>,
    pub(super) connections: Vec<Item>,
    /// Every application's name by client id, those of the hub itself included.
    names: BTreeMap<String, String>,
}

impl HubState {
    /// # Errors
    /// The hub refuses.
    pub(super) async fn of(server: &Server) -> Result<Self, ServerError> {
        let paths = |items: &[Value], resource: &str, id: &str| -> Vec<String> {
            let ids = items.iter().filter_map(|item| item.get(id)?.as_str());
            ids.map(|id| format!("{resource}/{}", segment(id))).collect()
        };
        let applications = server.list("clients").await?;
        let connections = server.list("connections").await?;
        let applications = server.get_each(paths(&applications, "clients", "client_id")).await?;
        let connections = server.get_each(paths(&connections, "connections", "id")).await?;
        Ok(Self::made_of(&applications, &connections))
    }

    fn made_of(applications: &[Answer], connections: &[Answer]) -> Self {
        let names = |answer: &Answer| (client_id(&answer.json).to_owned(), name(&answer.json).to_owned());
        let items = |answers: &[Answer], id: &str| -> Vec<Item> {
            let mut items: Vec<Item> = answers.iter().map(|answer| Item::of(answer, id)).collect();
            items.retain(|item| !item.is_built_in);
            items.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
            items
        };
        Self {
            applications: items(applications, "client_id"),
            connections: items(connections, "id"),
            names: applications.iter().map(names).collect(),
        }
    }

    /// What the hub calls the application: its name where that is nobody else's, its client id otherwise.
    pub(super) fn reference(&self, client_id: &str) -> String {
        match self.names.get(client_id) {
            Some(name) if self.called(name).len() == 1 && !self.names.contains_key(name) => name.clone(),
            Some(_) | None => client_id.to_owned(),
        }
    }

    /// The client ids of the applications of that name.
    pub(super) fn called(&self, name: &str) -> Vec<&str> {
        self.names.iter().filter(|(_, known)| *known == name).map(|(id, _)| id.as_str()).collect()
    }

    /// Whether there is an application with that client id.
    pub(super) fn has_application(&self, client_id: &str) -> bool {
        self.names.contains_key(client_id)
    }

    /// The file that describes it.
    pub(super) fn document(&self) -> Document {
        let application = |item: &Item| {
            let mut written = Sort::Application.written(&item.normal, false);
            written.insert("client_id".into(), json!(item.id));
            written
        };
        let connection = |item: &Item| {
            let mut written = Sort::Connection.written(&item.normal, item.has_secret);
            let mut enabled: Vec<String> = item.enabled.iter().map(|id| self.reference(id)).collect();
            enabled.sort();
            if !enabled.is_empty() {
                written.insert("enabled_clients".into(), json!(enabled));
            }
            if let (true, Some(Value::Object(options))) = (item.has_secret, written.get_mut("options")) {
                options.insert("client_secret".into(), json!({"env": secret_variable(&item.name)}));
            }
            written
        };
        Document {
            applications: self.applications.iter().map(application).collect(),
            connections: self.connections.iter().map(connection).collect(),
        }
    }
}

impl Item {
    fn of(answer: &Answer, id: &str) -> Self {
        let json = &answer.json;
        let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let is = |value: Option<&Value>| value.and_then(Value::as_bool).unwrap_or_default();
        let enabled = json.get("enabled_clients").and_then(Value::as_array).into_iter().flatten();
        let mut enabled: Vec<String> = enabled.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        enabled.sort();
        Self {
            id: text(id),
            name: text("name"),
            etag: answer.etag.clone(),
            normal: of_the_hub(json),
            enabled,
            has_secret: is(json.get("options").and_then(|options| options.get("has_client_secret"))),
            is_built_in: is(json.get("is_system")),
        }
    }
}

/// The variable that a connection's secret comes from, unless the file says another.
fn secret_variable(connection: &str) -> String {
    format!("{}_CLIENT_SECRET", connection.to_uppercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(json: Value) -> Answer {
        Answer { json, etag: Some("\"1\"".into()) }
    }

    #[test]
    fn a_name_of_several_applications_is_no_reference_and_the_hubs_own_are_not_exported() {
        let app = |id: &str, name: &str, is_system: bool| {
            answer(json!({"client_id": id, "name": name, "app_type": "regular_web", "is_system": is_system}))
        };
        let apps = [
            app("b", "Wiki", false),
            app("a", "Wiki", false),
            app("c", "Shop", false),
            app("m", "Own", true),
        ];
        let connection = answer(json!({
            "id": "con_1", "name": "acme-eu", "strategy": "oidc", "enabled_clients": ["a", "c", "m", "gone"],
            "options": {"has_client_secret": true, "client_id": "x", "discovery_url": "https://idp.example"},
        }));
        let state = HubState::made_of(&apps, &[connection]);
        let document = state.document();
        let ids: Vec<&Value> = document.applications.iter().map(|item| &item["client_id"]).collect();
        assert_eq!(ids, ["c", "a", "b"], "by name, then id");
        assert_eq!(document.connections[0]["enabled_clients"], json!(["Own", "Shop", "a", "gone"]));
        assert_eq!(
            document.connections[0]["options"]["client_secret"],
            json!({"env": "ACME_EU_CLIENT_SECRET"})
        );
    }
}
