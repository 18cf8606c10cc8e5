//! The applications of a hub, found by name or client id.

use serde_json::Value;

use super::outcome::Usage;
use super::server::{Server, ServerError};

/// Every application.
pub(super) struct Applications(Vec<Value>);

impl Applications {
    /// # Errors
    /// The hub refuses.
    pub(super) async fn of(server: &Server) -> Result<Self, ServerError> {
        Ok(Self(server.list("clients").await?))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    /// The one with that client id, else the only one of that name.
    ///
    /// # Errors
    /// There is none, or several have the name.
    pub(super) fn find(&self, wanted: &str) -> Result<&Value, String> {
        if let Some(found) = self.0.iter().find(|one| client_id(one) == wanted) {
            return Ok(found);
        }
        let named: Vec<&Value> = self.0.iter().filter(|one| name(one) == wanted).collect();
        match named.as_slice() {
            [one] => Ok(one),
            [] => Err(format!("there is no application {wanted:?}; `vestibule apps list` shows them")),
            several => {
                let ids: Vec<&str> = several.iter().map(|one| client_id(one)).collect();
                Err(format!(
                    "several applications are called {wanted:?}: name its client id, one of {}",
                    ids.join(", ")
                ))
            }
        }
    }

    /// The client ids of those.
    ///
    /// # Errors
    /// Every one that is not found, under the name of the flag.
    pub(super) fn find_all(&self, flag: &str, wanted: &[String]) -> Result<Vec<String>, Usage> {
        let (mut found, mut problems) = (Vec::new(), Vec::new());
        for one in wanted {
            match self.find(one) {
                Ok(application) => found.push(client_id(application).to_owned()),
                Err(problem) => problems.push(format!("{flag}: {problem}")),
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(Usage(problems.join("\n"))) }
    }
}

pub(super) fn client_id(application: &Value) -> &str {
    application.get("client_id").and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn name(application: &Value) -> &str {
    application.get("name").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_application_is_found_by_client_id_before_its_name_and_never_by_a_name_of_several() {
        let one = |client_id: &str, name: &str| json!({"client_id": client_id, "name": name});
        let all =
            Applications(vec![one("a1", "Shop"), one("a2", "Wiki"), one("a3", "Wiki"), one("Shop", "Odd")]);
        let found = |wanted: &str| all.find(wanted).map(client_id).map_err(|error| error.contains("several"));
        assert_eq!(found("a1"), Ok("a1"));
        assert_eq!(found("Shop"), Ok("Shop"), "a client id that is somebody's name");
        assert_eq!(found("Odd"), Ok("Shop"));
        assert_eq!(found("Wiki"), Err(true));
        assert_eq!(found("wiki"), Err(false));
        let Usage(told) = all.find_all("--enable-for", &["x".into(), "a1".into(), "y".into()]).unwrap_err();
        assert_eq!(told.lines().count(), 2, "{told}");
    }
}
