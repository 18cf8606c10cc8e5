//! Which refresh tokens an administrator takes back in one call.

use serde_json::{Map, Value};

use super::fields::Fields;
use super::limits;
use super::problem::Problem;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshTokenChoice {
    Ids(Vec<String>),
    OfUser(String),
    OfUserAtClient { user_id: String, client_id: String },
    OfClient(String),
}

impl RefreshTokenChoice {
    /// The user that it names.
    pub fn user_id(&self) -> Option<&str> {
        match self {
            Self::OfUser(user_id) | Self::OfUserAtClient { user_id, .. } => Some(user_id),
            Self::Ids(_) | Self::OfClient(_) => None,
        }
    }

    /// Reads `{"ids"}`, `{"user_id"}`, `{"user_id", "client_id"}` or `{"client_id"}`.
    ///
    /// # Errors
    /// Every problem of the body.
    pub fn read(body: &Map<String, Value>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut fields = Fields::new(body, "");
        let characters = 1..=limits::SHORT_TEXT_CHARACTERS;
        let ids = fields.texts("ids", limits::REFRESH_TOKENS_PER_CALL, characters.clone());
        let user_id = fields.text("user_id", characters.clone());
        let client_id = fields.text("client_id", characters);
        let is_named = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
        let names_owner = is_named("user_id") || is_named("client_id");
        if is_named("ids") && names_owner {
            fields.refuse("ids", "cannot be sent together with user_id or client_id; send one or the other");
        }
        if ids.as_ref().is_some_and(Vec::is_empty) {
            fields.refuse("ids", "names no refresh token");
        }
        if !is_named("ids") && !names_owner {
            fields.refuse("ids", "is required, or else user_id, client_id, or both of these");
        }
        fields.finish(&mut problems);
        match (ids, user_id, client_id) {
            _ if !problems.is_empty() => Err(problems),
            (Some(ids), ..) => Ok(Self::Ids(ids)),
            (None, Some(user_id), None) => Ok(Self::OfUser(user_id)),
            (None, Some(user_id), Some(client_id)) => Ok(Self::OfUserAtClient { user_id, client_id }),
            (None, None, Some(client_id)) => Ok(Self::OfClient(client_id)),
            (None, None, None) => Err(vec![Problem::new("ids", "is required")]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<RefreshTokenChoice, Vec<String>> {
        RefreshTokenChoice::read(body.as_object().unwrap())
            .map_err(|problems| problems.into_iter().map(|problem| problem.path).collect())
    }

    #[test]
    fn each_way_to_choose_is_read() {
        let (user, client) = (|| "u".to_owned(), || "c".to_owned());
        for (body, expected) in [
            (json!({"ids": ["a", "b", "a"]}), RefreshTokenChoice::Ids(vec!["a".into(), "b".into()])),
            (json!({"user_id": "u"}), RefreshTokenChoice::OfUser(user())),
            (json!({"client_id": "c"}), RefreshTokenChoice::OfClient(client())),
            (
                json!({"user_id": "u", "client_id": "c"}),
                RefreshTokenChoice::OfUserAtClient { user_id: user(), client_id: client() },
            ),
        ] {
            assert_eq!(read(&body), Ok(expected), "{body}");
        }
    }

    #[test]
    fn a_body_that_could_mean_more_than_it_says_is_refused() {
        let many: Vec<String> = (0..=limits::REFRESH_TOKENS_PER_CALL).map(|id| id.to_string()).collect();
        for body in [
            json!({}),
            json!({"ids": null, "user_id": null}),
            json!({"ids": []}),
            json!({"ids": many}),
            json!({"ids": ["a"], "user_id": "u"}),
            json!({"ids": ["a"], "client_id": "c"}),
            json!({"ids": "a"}),
            json!({"user_id": 5}),
            json!({"user_id": 5, "client_id": "c"}),
            json!({"user_id": "", "client_id": "c"}),
            json!({"user_id": "u", "clients": "c"}),
        ] {
            assert!(read(&body).is_err(), "{body}");
        }
    }
}
