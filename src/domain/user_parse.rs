//! A user from a Management API body: `POST` describes a classic account, `PATCH` merges into a user.

use serde_json::{Map, Value, json};

use super::fields::Fields;
use super::home_realm::EmailDomain;
use super::limits;
use super::merge_patch::merge_patch;
use super::problem::Problem;
use super::secret::Secret;
use super::user::User;
use super::web_address::PlainHttp;

/// A person with a classic account, as a `POST` body describes them.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The connection's name.
    pub connection: String,
    /// Lower case.
    pub email: String,
    pub password: Secret,
    /// Root attributes beside the address.
    pub profile: Map<String, Value>,
    pub user_metadata: Map<String, Value>,
    pub app_metadata: Map<String, Value>,
    pub is_blocked: bool,
}

/// The person a `POST` body describes.
///
/// # Errors
/// All problems of the body.
pub fn new_user(body: &Map<String, Value>) -> Result<NewUser, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut fields = Fields::new(body, "");
    let connection =
        fields.required_text("connection", 1..=limits::CONNECTION_NAME_CHARACTERS).unwrap_or_default();
    let typed = fields.required_text("email", 1..=limits::EMAIL_BYTES);
    let email = typed.map(|typed| EmailDomain::of(&typed));
    if let Some(Err(error)) = &email {
        fields.refuse("email", format!("is not an e-mail address: {error}"));
    }
    let password = password(&mut fields);
    let mut profile = Map::new();
    profile.insert("email_verified".into(), json!(fields.boolean("email_verified").unwrap_or(false)));
    for name in ["name", "given_name", "family_name", "nickname"] {
        if let Some(text) = fields.text(name, 1..=limits::SHORT_TEXT_CHARACTERS) {
            profile.insert(name.into(), json!(text));
        }
    }
    if let Some(picture) = fields.web_address("picture", PlainHttp::ToLoopback) {
        profile.insert("picture".into(), json!(picture));
    }
    let user_metadata = metadata(&mut fields, body, "user_metadata", &Map::new());
    let app_metadata = metadata(&mut fields, body, "app_metadata", &Map::new());
    let is_blocked = fields.boolean("blocked").unwrap_or(false);
    fields.finish(&mut problems);
    match (email, password) {
        (Some(Ok((email, _))), Some(password)) if problems.is_empty() => {
            Ok(NewUser { connection, email, password, profile, user_metadata, app_metadata, is_blocked })
        }
        _ => Err(problems),
    }
}

fn password(fields: &mut Fields<'_>) -> Option<Secret> {
    // Kept as typed: blanks at its ends belong to it.
    match fields.value("password") {
        None => fields.refuse("password", "is required"),
        Some(Value::String(text)) if text.chars().count() < limits::PASSWORD_MIN_CHARACTERS => {
            let least = limits::PASSWORD_MIN_CHARACTERS;
            fields.refuse("password", format!("must have at least {least} characters"));
        }
        Some(Value::String(text)) if text.len() > limits::PASSWORD_MAX_BYTES => {
            let most = limits::PASSWORD_MAX_BYTES;
            fields.refuse("password", format!("must have at most {most} bytes"));
        }
        Some(Value::String(text)) => return Some(Secret::new(text)),
        Some(_) => fields.refuse("password", "must be text"),
    }
    None
}

/// What a `PATCH` of a user may change.
#[derive(Clone, Debug, PartialEq)]
pub struct UserChanges {
    pub is_blocked: bool,
    pub user_metadata: Map<String, Value>,
    pub app_metadata: Map<String, Value>,
}

/// The user after a merge patch (RFC 7396) of its metadata at every depth. Root attributes are the provider's.
///
/// # Errors
/// All problems of the body.
pub fn changed_user(current: &User, patch: &Map<String, Value>) -> Result<UserChanges, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut fields = Fields::new(patch, "");
    let changes = UserChanges {
        // `null` brings the default back, as everywhere.
        is_blocked: fields
            .boolean("blocked")
            .unwrap_or(current.is_blocked && !patch.get("blocked").is_some_and(Value::is_null)),
        user_metadata: metadata(&mut fields, patch, "user_metadata", &current.user_metadata),
        app_metadata: metadata(&mut fields, patch, "app_metadata", &current.app_metadata),
    };
    for name in patch.keys() {
        if let Some(name) = ROOT_ATTRIBUTES.into_iter().find(|known| known == name) {
            fields.ignore(&[name]);
            fields.refuse(
                name,
                "is set by the person's provider at sign-in; blocked, user_metadata and app_metadata can be changed here",
            );
        }
    }
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(changes) } else { Err(problems) }
}

const ROOT_ATTRIBUTES: [&str; 10] = [
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "username",
    "phone_number",
    "password",
];

/// `name` merged into `current`; `null` empties it.
fn metadata(
    fields: &mut Fields<'_>,
    body: &Map<String, Value>,
    name: &'static str,
    current: &Map<String, Value>,
) -> Map<String, Value> {
    let is_emptied = body.get(name).is_some_and(Value::is_null);
    let mut merged = if is_emptied { Map::new() } else { current.clone() };
    match fields.value(name) {
        None => return merged,
        Some(Value::Object(patch)) => merge_patch(&mut merged, patch),
        Some(_) => fields.refuse(name, "must be an object"),
    }
    let bytes = serde_json::to_vec(&merged).map_or(usize::MAX, |json| json.len());
    if bytes > limits::METADATA_BYTES {
        fields.refuse(
            name,
            format!("would have {bytes} bytes; at most {} are possible", limits::METADATA_BYTES),
        );
    }
    merged
}
