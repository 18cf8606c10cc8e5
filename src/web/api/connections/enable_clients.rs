//! PATCH /api/v2/connections/{id}/clients

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::management_scope::UPDATE_CONNECTIONS;
use crate::domain::problem::Problem;
use crate::flows::manage;
use crate::web::api::body;
use crate::web::api::call::{authorize, connection_id};
use crate::web::api::error::ApiError;
use crate::web::api::preconditions::if_match;
use crate::web::extract::Visit;

/// `[{"client_id", "status"}]`: opens or closes the connection to applications.
pub async fn handle(visit: Visit, request: HttpRequest, payload: Payload) -> Result<HttpResponse, ApiError> {
    let what = "Update the applications of a connection";
    let actor = authorize(&visit, &request, what, UPDATE_CONNECTIONS).await?;
    let id = connection_id(&request)?;
    let clients = clients(&body::list(&request, payload).await?).map_err(ApiError::InvalidBody)?;
    manage::enable_clients(&visit.state.hub, &actor, &id, clients, if_match(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn clients(list: &[Value]) -> Result<Vec<(String, bool)>, Vec<Problem>> {
    let mut problems = Vec::new();
    if list.is_empty() || list.len() > limits::CLIENTS_PER_CALL {
        let most = limits::CLIENTS_PER_CALL;
        problems
            .push(Problem::new("", format!("the list must have 1 to {most} entries, not {}", list.len())));
        return Err(problems);
    }
    let mut clients: Vec<(String, bool)> = Vec::new();
    for (position, entry) in list.iter().enumerate() {
        let Some(object) = entry.as_object() else {
            problems.push(Problem::new(position.to_string(), "must be an object with client_id and status"));
            continue;
        };
        let mut fields = Fields::new(object, &position.to_string());
        let client_id = fields.required_text("client_id", 1..=limits::SHORT_TEXT_CHARACTERS);
        let status = fields.boolean("status");
        if status.is_none() && object.get("status").is_none_or(Value::is_null) {
            fields.refuse("status", "is required: true to enable, false to disable");
        }
        if let (Some(client_id), Some(status)) = (client_id, status) {
            if clients.iter().any(|(known, _)| *known == client_id) {
                fields.refuse("client_id", "is in the list twice");
            }
            clients.push((client_id, status));
        }
        fields.finish(&mut problems);
    }
    if problems.is_empty() { Ok(clients) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_entry_says_what_is_wrong_with_it() {
        let read = |list: Value| clients(list.as_array().unwrap());
        assert_eq!(
            read(json!([{"client_id": "a", "status": true}, {"client_id": "b", "status": false}])),
            Ok(vec![("a".into(), true), ("b".into(), false)])
        );
        let problems = read(json!([
            {"client_id": "a", "status": true}, {"client_id": "a", "status": true}, {"status": "yes"}, 5,
            {"client_id": "b", "enabled": true},
        ]))
        .unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["1.client_id", "2.client_id", "2.status", "3", "4.status", "4.enabled"]);
        assert!(read(json!([])).is_err());
        assert!(read(Value::Array(vec![json!({"client_id": "a", "status": true}); 51])).is_err());
    }
}
