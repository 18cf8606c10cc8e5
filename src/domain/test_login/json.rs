//! A test login as the Management API tells it.

use serde_json::{Map, Value, json};

use super::{Maker, TestLogin, TestReport};
use crate::domain::clock::Timestamp;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// In a list.
    Status,
    /// What happened, and nothing about the person.
    Steps,
    /// The person's claims and profile too.
    Everything,
}

/// The test's JSON; its link is in none of them.
pub fn test_login_json(test: &TestLogin, report: &TestReport, told: Told, now: Timestamp) -> Value {
    let time = |time: Option<Timestamp>| json!(time.map(Timestamp::iso8601));
    let made_by = match &test.made_by {
        Maker::Client(id) => json!({"client_id": id}),
        Maker::SetupTicket(id) => json!({"setup_ticket_id": id}),
        Maker::Administrator(id) => json!({"user_id": id}),
    };
    let mut json = Map::new();
    for (name, value) in [
        ("id", json!(test.id)),
        ("connection_id", json!(test.connection_id)),
        ("status", json!(test.status(report, now))),
        ("created_by", made_by),
        ("created_at", json!(test.created_at.iso8601())),
        ("expires_at", json!(test.good_until.iso8601())),
        ("begun_at", time(test.begun.as_ref().map(|begun| begun.at))),
        ("finished_at", time(test.finished_at)),
        ("kept_until", json!(test.expires_at.iso8601())),
        ("failure", json!(report.failure)),
    ] {
        json.insert(name.to_owned(), value);
    }
    if told != Told::Status {
        json.insert("steps".into(), json!(report.steps));
    }
    match told {
        Told::Everything => {
            json.insert("claims".into(), json!({"id_token": report.claims, "userinfo": report.userinfo}));
            json.insert("mapping".into(), json!(report.mapping));
        }
        Told::Steps => {
            json.insert("withheld".into(), json!("claims and mapping take the scope read:users"));
        }
        Told::Status => {}
    }
    Value::Object(json)
}
