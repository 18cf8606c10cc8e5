//! A client grant: what an administrator lets an application have at an API.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::client::Client;
use super::clock::Timestamp;
use super::fields::Fields;
use super::limits;
use super::management_scope;
use super::problem::Problem;
use super::resource_server::ResourceServer;

/// On whose behalf the application may use the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GrantSubject {
    /// On its own, and for people who let it.
    #[default]
    Any,
    /// On its own (`client_credentials`).
    Client,
    /// For people who sign in through it.
    User,
}

impl GrantSubject {
    pub const ALL: [Self; 3] = [Self::Any, Self::Client, Self::User];

    /// The word in the database; Management API bodies leave [`Self::Any`] out.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Client => "client",
            Self::User => "user",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether a grant of this type counts for a token of `whom`.
    pub const fn counts_for(self, whom: TokenOf) -> bool {
        matches!(
            (self, whom),
            (Self::Any, _)
                | (Self::Client, TokenOf::Application)
                | (Self::User, TokenOf::Person | TokenOf::Exchange)
        )
    }
}

/// Whose token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenOf {
    Application,
    Person,
    /// A person's, handed on to another API (RFC 8693): every application needs a client grant for that.
    Exchange,
}

/// What an application may have at one API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientGrant {
    pub id: String,
    pub client_id: String,
    /// The API's identifier.
    pub audience: String,
    pub subject_type: GrantSubject,
    pub scope: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

/// What an application may have at an API, as things stand now.
#[derive(Clone, Debug)]
pub struct ApiAccess {
    pub api: Arc<ResourceServer>,
    pub scopes: BTreeSet<String>,
}

impl ApiAccess {
    /// Whether `client` may ask this API for `authorization_details` of a type (RFC 9396 §5): the API declares it, and
    /// the application registered it.
    pub fn takes_details(&self, client: &Client, details_type: &str) -> bool {
        let registered = &client.settings.authorization_details_types;
        self.api.understands(details_type) && registered.iter().any(|name| name == details_type)
    }

    /// What `client`, whose grants are `grants`, may have at `api`; `None`: nothing at all.
    pub fn of(
        client: &Client,
        api: Arc<ResourceServer>,
        grants: &[ClientGrant],
        whom: TokenOf,
    ) -> Option<Self> {
        let scopes = scopes_open_to(client, &api, grants, whom)?;
        Some(Self { api, scopes })
    }
}

/// The scopes of `api` that `client` may ask for in tokens of `whom`; `None` if it may have no token for the API
/// at all. `grants` are the client's.
///
/// A first-party application has every scope of an API in people's tokens, without a grant: the company's own
/// applications speak to the company's own APIs, and the person's rights are the API's to know. A third-party
/// application, and every application on its own behalf, has what its client grants say. People's tokens open the
/// Management API in the hub's own applications alone, which sign administrators in; who is one, is asked elsewhere.
fn scopes_open_to(
    client: &Client,
    api: &ResourceServer,
    grants: &[ClientGrant],
    whom: TokenOf,
) -> Option<BTreeSet<String>> {
    if api.is_system {
        match whom {
            TokenOf::Application => {}
            TokenOf::Person if client.is_built_in() => {}
            TokenOf::Person | TokenOf::Exchange => return None,
        }
    }
    if api.is_system && client.is_management {
        return Some(management_scope::ALL.iter().map(|scope| (*scope).to_owned()).collect());
    }
    if client.settings.is_first_party && whom == TokenOf::Person {
        return Some(api.settings.scopes.iter().map(|scope| scope.value.clone()).collect());
    }
    let mut counting = grants
        .iter()
        .filter(|grant| grant.client_id == client.client_id)
        .filter(|grant| grant.audience == api.identifier && grant.subject_type.counts_for(whom))
        .peekable();
    counting.peek()?;
    // A scope the API has dropped since is no longer one.
    Some(counting.flat_map(|grant| &grant.scope).filter(|scope| api.has_scope(scope)).cloned().collect())
}

/// A grant as the Management API shows it.
pub fn client_grant_json(grant: &ClientGrant) -> Value {
    let mut object = Map::from_iter([
        ("id".to_owned(), json!(grant.id)),
        ("client_id".to_owned(), json!(grant.client_id)),
        ("audience".to_owned(), json!(grant.audience)),
        ("scope".to_owned(), json!(grant.scope)),
        ("created_at".to_owned(), json!(grant.created_at.iso8601())),
        ("updated_at".to_owned(), json!(grant.updated_at.iso8601())),
    ]);
    if grant.subject_type != GrantSubject::Any {
        object.insert("subject_type".into(), json!(grant.subject_type.name()));
    }
    Value::Object(object)
}

/// The grant a `POST` body describes. That application, API and scopes exist is the caller's to check:
/// [`problems_with_scope`].
///
/// # Errors
/// All problems of the body.
pub fn new_client_grant(
    body: &Map<String, Value>,
    id: &str,
    now: Timestamp,
) -> Result<ClientGrant, Vec<Problem>> {
    let mut fields = Fields::new(body, "");
    let client_id = fields.required_text("client_id", 1..=limits::SHORT_TEXT_CHARACTERS).unwrap_or_default();
    let audience =
        fields.required_text("audience", 1..=limits::API_IDENTIFIER_CHARACTERS).unwrap_or_default();
    let subject_type = fields
        .choice("subject_type", &[("client", GrantSubject::Client), ("user", GrantSubject::User)])
        .unwrap_or_default();
    let scope = scope(&mut fields);
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(ClientGrant {
        id: id.to_owned(),
        client_id,
        audience,
        subject_type,
        scope,
        created_at: now,
        updated_at: now,
        version: 1,
    })
}

/// The grant after a merge patch (RFC 7396): only its scopes change.
///
/// # Errors
/// All problems, a changed application or API among them.
pub fn changed_client_grant(
    current: &ClientGrant,
    patch: &Map<String, Value>,
    now: Timestamp,
) -> Result<ClientGrant, Vec<Problem>> {
    let mut problems = Vec::new();
    let before = client_grant_json(current);
    for name in ["id", "client_id", "audience", "subject_type", "created_at", "updated_at"] {
        if patch.get(name).is_some_and(|value| before.get(name).unwrap_or(&Value::Null) != value) {
            problems.push(Problem::new(name, "cannot be changed; make another client grant instead"));
        }
    }
    let mut fields = Fields::new(patch, "");
    fields.ignore(&["id", "client_id", "audience", "subject_type", "created_at", "updated_at"]);
    let scope = if patch.contains_key("scope") { scope(&mut fields) } else { current.scope.clone() };
    fields.finish(&mut problems);
    if problems.is_empty() {
        Ok(ClientGrant { scope, updated_at: now, ..current.clone() })
    } else {
        Err(problems)
    }
}

fn scope(fields: &mut Fields<'_>) -> Vec<String> {
    fields.texts("scope", limits::SCOPES_PER_API, 1..=limits::API_SCOPE_CHARACTERS).unwrap_or_default()
}

/// The scopes of `grant` that `api` does not have.
pub fn problems_with_scope(grant: &ClientGrant, api: &ResourceServer) -> Vec<Problem> {
    let unknown = grant.scope.iter().filter(|scope| !api.has_scope(scope));
    unknown
        .take(limits::PROBLEMS_PER_BODY)
        .map(|scope| {
            let message = format!("names {scope:?}, which is no scope of the API {}", api.identifier);
            Problem::new("scope", message)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::built_in::terminal_client;
    use crate::domain::client::new_client;
    use crate::domain::resource_server::{ApiScope, ResourceServerSettings};

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn client(is_first_party: bool) -> Client {
        let body = json!({"name": "App", "is_first_party": is_first_party});
        new_client(body.as_object().unwrap(), "app", NOW).unwrap()
    }

    fn api() -> ResourceServer {
        let scopes = ["read", "write"]
            .map(|value| ApiScope { value: value.into(), description: String::new() })
            .to_vec();
        ResourceServer {
            id: "1".into(),
            identifier: "urn:orders".into(),
            settings: ResourceServerSettings { scopes, ..ResourceServerSettings::default() },
            is_system: false,
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    fn grant(subject_type: GrantSubject, scope: &[&str]) -> ClientGrant {
        ClientGrant {
            id: "g".into(),
            client_id: "app".into(),
            audience: "urn:orders".into(),
            subject_type,
            scope: scope.iter().map(|one| (*one).to_owned()).collect(),
            created_at: NOW,
            updated_at: NOW,
            version: 1,
        }
    }

    fn open(is_first_party: bool, grants: &[ClientGrant], whom: TokenOf) -> Option<Vec<String>> {
        let open = scopes_open_to(&client(is_first_party), &api(), grants, whom)?;
        Some(open.into_iter().collect())
    }

    #[test]
    fn only_people_of_first_party_applications_need_no_client_grant() {
        let all = Some(vec!["read".to_owned(), "write".to_owned()]);
        assert_eq!(open(true, &[], TokenOf::Person), all);
        assert_eq!(open(true, &[], TokenOf::Application), None);
        assert_eq!(open(false, &[], TokenOf::Person), None);
        assert_eq!(open(false, &[], TokenOf::Application), None);
    }

    #[test]
    fn a_client_grant_counts_for_its_subjects_and_its_api_alone() {
        let read = Some(vec!["read".to_owned()]);
        for (subject_type, person, application) in [
            (GrantSubject::Any, read.clone(), read.clone()),
            (GrantSubject::User, read.clone(), None),
            (GrantSubject::Client, None, read),
        ] {
            let grants = [grant(subject_type, &["read", "dropped-since"])];
            assert_eq!(open(false, &grants, TokenOf::Person), person, "{subject_type:?}");
            assert_eq!(open(false, &grants, TokenOf::Application), application, "{subject_type:?}");
        }
        let elsewhere = ClientGrant { audience: "urn:other".into(), ..grant(GrantSubject::Any, &["read"]) };
        let someone_elses = ClientGrant { client_id: "other".into(), ..grant(GrantSubject::Any, &["read"]) };
        assert_eq!(open(false, &[elsewhere, someone_elses], TokenOf::Application), None);
    }

    #[test]
    fn people_get_tokens_for_the_management_api_in_the_hubs_own_applications_alone() {
        let api = ResourceServer::management_api("https://hub.example/api/v2/".into(), NOW);
        let grants = [ClientGrant {
            audience: api.identifier.clone(),
            scope: vec!["read:users".into()],
            ..grant(GrantSubject::Any, &[])
        }];
        for is_management in [false, true] {
            let client = Client { is_management, ..client(true) };
            for people in [TokenOf::Person, TokenOf::Exchange] {
                assert_eq!(scopes_open_to(&client, &api, &grants, people), None);
            }
            let own = scopes_open_to(&client, &api, &grants, TokenOf::Application).unwrap();
            assert_eq!(own.len(), if is_management { management_scope::ALL.len() } else { 1 });
        }
        let terminal = terminal_client(NOW);
        let open = scopes_open_to(&terminal, &api, &[], TokenOf::Person).unwrap();
        assert_eq!(open.len(), management_scope::ALL.len());
        for others in [TokenOf::Application, TokenOf::Exchange] {
            assert_eq!(scopes_open_to(&terminal, &api, &[], others), None);
        }
        // Whoever has its id by the settings is another.
        let usurper = Client { is_management: true, ..terminal };
        assert_eq!(scopes_open_to(&usurper, &api, &grants, TokenOf::Person), None);
    }

    #[test]
    fn only_the_scopes_of_a_grant_change() {
        let current = grant(GrantSubject::User, &["read"]);
        let patch = |body: Value| changed_client_grant(&current, body.as_object().unwrap(), NOW);
        assert_eq!(patch(json!({"scope": ["write"]})).unwrap().scope, ["write"]);
        assert_eq!(patch(json!({})).unwrap().scope, ["read"]);
        assert_eq!(patch(client_grant_json(&current)).unwrap(), current);
        for name in ["client_id", "audience", "subject_type", "id"] {
            let refused = patch(json!({name: "other"})).unwrap_err();
            assert_eq!(refused[0].path, name);
        }
        assert_eq!(problems_with_scope(&grant(GrantSubject::Any, &["read", "delete"]), &api()).len(), 1);
    }
}
