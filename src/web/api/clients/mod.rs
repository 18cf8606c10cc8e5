//! `/api/v2/clients…`

pub(super) mod create;
pub(super) mod edit;
pub(super) mod list;
pub(super) mod list_secrets;
pub(super) mod read;
pub(super) mod remove;
pub(super) mod remove_secret;
pub(super) mod rotate_secret;

use serde_json::{Value, json};

use crate::domain::client::client_json;
use crate::flows::manage::ClientWithSecret;

/// An application with its new secret, which no other answer shows.
fn with_secret(made: &ClientWithSecret) -> Value {
    let mut json = client_json(&made.client);
    if let (Some(secret), Some(members)) = (&made.secret, json.as_object_mut()) {
        members.insert("client_secret".into(), json!(secret.reveal()));
    }
    json
}
