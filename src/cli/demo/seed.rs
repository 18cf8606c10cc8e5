//! What the demo begins with: two people at Acme, Acme as a connection of the hub, an application.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain::audit::Origin;
use crate::domain::connection::{CallbackPath, RedirectUri};
use crate::domain::issuer::Issuer;
use crate::flows::manage::{self, Actor, ManageError};

/// The application that the demo's settings let use the Management API.
pub const ADMINISTRATOR: &str = "demo-administrator";
pub const CONNECTION: &str = "acme";
/// As for any provider that names itself in its answers.
const AT_ACME: RedirectUri = RedirectUri::Shared;

/// Somebody to sign in as.
#[derive(Clone, Copy)]
pub struct Person {
    pub email: &'static str,
    pub password: &'static str,
    given_name: &'static str,
    family_name: &'static str,
}

pub const ADA: Person = Person {
    email: "ada@acme.example",
    password: "analytical-engine",
    given_name: "Ada",
    family_name: "Lovelace",
};
pub const GRACE: Person = Person {
    email: "grace@acme.example",
    password: "nanoseconds",
    given_name: "Grace",
    family_name: "Hopper",
};

/// A registered application.
pub struct Registered {
    pub client_id: String,
    pub secret: String,
}

/// Makes Acme a provider: classic accounts for two people, and the hub as its one application.
pub async fn acme(acme: &App, hub: &Issuer) -> anyhow::Result<Registered> {
    let callback = CallbackPath::of(CONNECTION, AT_ACME).at(hub);
    let actor = administrator(acme).await?;
    let hub = register(
        acme,
        &actor,
        json!({"name": "Vestibule", "app_type": "regular_web", "callbacks": [callback]}),
    )
    .await?;
    let people = object(json!({
        "name": "people",
        "display_name": "Acme",
        "strategy": "local",
        "enabled_clients": [hub.client_id],
    }));
    manage::create_connection(&acme.hub, &actor, &people).await.map_err(explain)?;
    acme.hub.directory.forget();
    for person in [ADA, GRACE] {
        let user = object(json!({
            "connection": "people",
            "email": person.email,
            "email_verified": true,
            "password": person.password,
            "name": format!("{} {}", person.given_name, person.family_name),
            "given_name": person.given_name,
            "family_name": person.family_name,
        }));
        manage::create_user(&acme.hub, &actor, &user).await.map_err(explain)?;
    }
    Ok(hub)
}

/// Makes Acme a connection of the hub, and registers the sample application.
pub async fn hub(
    hub: &App,
    acme: &Issuer,
    at_acme: &Registered,
    application_url: &str,
) -> anyhow::Result<Registered> {
    let actor = administrator(hub).await?;
    let application = register(
        hub,
        &actor,
        json!({
            "name": "Sample application",
            "app_type": "regular_web",
            "callbacks": [format!("{application_url}/callback")],
            "allowed_logout_urls": [format!("{application_url}/")],
        }),
    )
    .await?;
    let connection = object(json!({
        "name": CONNECTION,
        "display_name": "Acme",
        "strategy": "oidc",
        "show_as_button": true,
        "enabled_clients": [application.client_id],
        "options": {
            "type": "back_channel",
            "discovery_url": acme.as_str(),
            "client_id": at_acme.client_id,
            "client_secret": at_acme.secret,
            "redirect_uri": AT_ACME,
            "scope": "openid profile email",
            "domain_aliases": ["acme.example"],
        },
    }));
    manage::create_connection(&hub.hub, &actor, &connection).await.map_err(explain)?;
    hub.hub.directory.forget();
    Ok(application)
}

async fn administrator(app: &App) -> anyhow::Result<Actor> {
    let client = app.hub.directory.client(ADMINISTRATOR).await?.context("the demo has no administrator")?;
    Ok(Actor::application(client, Origin::default()))
}

async fn register(app: &App, actor: &Actor, body: Value) -> anyhow::Result<Registered> {
    let made = manage::create_client(&app.hub, actor, &object(body)).await.map_err(explain)?;
    app.hub.directory.forget();
    let secret = made.secret.context("a confidential application has a secret")?;
    Ok(Registered { client_id: made.client.client_id, secret: secret.reveal().to_owned() })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

fn explain(error: ManageError) -> anyhow::Error {
    match error {
        ManageError::Invalid(problems) => {
            let words: Vec<String> =
                problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect();
            anyhow::anyhow!("the demo cannot be set up: {}", words.join("; "))
        }
        other => anyhow::Error::new(other),
    }
}
