//! What a hub refuses, in words for the terminal: every problem with its path.

use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::problem::Problem;

/// Why a call brought nothing.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ServerError {
    #[error(
        "{origin} cannot be reached: {why}\n  fix: start the hub, or name another by --server or VESTIBULE_ISSUER; a \
         private certificate authority goes into VESTIBULE_OUTBOUND_CA_FILE"
    )]
    Unreachable { origin: String, why: String },
    #[error("this does not look like a hub: {0}\n  fix: check --server, or VESTIBULE_ISSUER")]
    NotAHub(String),
    #[error("{}", told(.0))]
    Refused(Refusal),
}

/// An answer of the Management API, or of the token endpoint, that is no success.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Refusal {
    status: u16,
    message: String,
    problems: Vec<Problem>,
}

/// The refusal of a call.
pub(super) fn of_call(status: u16, body: &[u8]) -> ServerError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = text(&body, "message").or_else(|| text(&body, "error_description"));
    let problem = |value: &Value| Some(Problem::new(text(value, "path")?, text(value, "message")?));
    let problems = body.get("problems").and_then(Value::as_array);
    let problems = problems.map(|all| all.iter().filter_map(problem).collect()).unwrap_or_default();
    match message {
        Some(message) => ServerError::Refused(Refusal { status, message, problems }),
        None => ServerError::NotAHub(format!("it answers {status} without saying why")),
    }
}

fn told(refusal: &Refusal) -> String {
    let mut words = String::from("the hub refuses");
    if refusal.problems.is_empty() {
        let _ = write!(words, ": {}", refusal.message);
    }
    for Problem { path, message, .. } in &refusal.problems {
        let _ = write!(words, "\n  {}", format!("{path} {message}").trim_start());
    }
    match refusal.status {
        401 => words.push_str("\n  fix: sign in again with `vestibule login`"),
        403 => words.push_str("\n  fix: ask an administrator of the hub for this permission"),
        412 => words.push_str(
            "\n  fix: somebody else changed it meanwhile: look at it again, and repeat the command",
        ),
        _ => {}
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_problem_is_told_with_its_path() {
        let body = json!({"statusCode": 400, "message": "Payload validation error: …", "problems": [
            {"path": "name", "message": "is required"}, {"path": "", "message": "the list is empty"},
        ]});
        let error = of_call(400, body.to_string().as_bytes());
        assert_eq!(error.to_string(), "the hub refuses\n  name is required\n  the list is empty");
    }

    #[test]
    fn an_answer_without_words_is_no_hubs() {
        assert!(matches!(of_call(502, b"<html>"), ServerError::NotAHub(_)));
        let plain = of_call(412, br#"{"message": "It was changed"}"#).to_string();
        assert!(plain.starts_with("the hub refuses: It was changed\n  fix: somebody else"), "{plain}");
    }
}
