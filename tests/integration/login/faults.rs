//! Whatever a provider does wrong ends in an error to the application: no session, no token, one log entry
//! that names the failing check.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use vestibule::domain::connection::Channel;

use crate::support::application::{Application, browser};
use crate::support::databases::{self, TestDatabase};
use crate::support::fake_provider::{CLIENT_SECRET, FakeProvider};
use crate::support::faults::{self, Fault};
use crate::support::hub::TestHub;

#[actix_web::test]
async fn every_fault_ends_in_an_error_to_the_application_without_session_or_token_on_sqlite() {
    every_fault_ends_in_an_error(databases::sqlite()).await;
}

#[actix_web::test]
async fn every_fault_ends_in_an_error_to_the_application_without_session_or_token_on_postgres() {
    every_fault_ends_in_an_error(databases::postgres()).await;
}

async fn every_fault_ends_in_an_error(database: TestDatabase) {
    let hub = TestHub::start(database).await;
    let app = Application::register(&hub).await;
    let attempts = stream::iter(faults::every_case().into_iter().enumerate())
        .map(|(number, (fault, channel))| attempt(&app, number, fault, channel));
    let wrong: Vec<String> = attempts.buffer_unordered(16).filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{} faults ended otherwise:\n{}", wrong.len(), wrong.join("\n"));
    for table in ["users", "identities", "sessions", "grants"] {
        assert_eq!(hub.database.count(table), 0, "{table}");
    }
    hub.stop().await;
}

#[test]
fn no_two_faults_are_the_same_and_there_are_more_than_sixty() {
    let cases = faults::every_case();
    let names: BTreeSet<&str> = cases.iter().map(|(fault, _)| fault.name).collect();
    let pairs: BTreeSet<String> =
        cases.iter().map(|(fault, channel)| format!("{} {channel:?}", fault.name)).collect();
    assert_eq!(pairs.len(), cases.len());
    assert!(names.len() > 60, "{}", names.len());
}

/// What went otherwise than promised.
async fn attempt(app: &Application<'_>, number: usize, fault: Fault, channel: Channel) -> Option<String> {
    let name = format!("fault{number}");
    let wrong = |what: String| Some(format!("{} ({channel:?}, {name}): {what}", fault.name));
    let provider = FakeProvider::start(&app.hub.clock);
    provider.behave(fault.behaviour);
    let mut connection = provider.connection(&name, channel);
    (fault.settings)(&mut connection.options);
    let connection = app.connect(connection).await;

    let asked = app.ask(&[("connection", &name)]);
    let mut browser = browser();
    let page = browser.walk(&asked.url, &[]).await;
    if let Err(what) = asked.error_in(app.hub, &page) {
        return wrong(what);
    }
    if browser.cookies().iter().any(|cookie| cookie.name.ends_with("_session")) {
        return wrong("a session was opened".into());
    }
    let entries = app.log_about(&connection).await;
    let checks: Vec<Option<&str>> =
        entries.iter().map(|entry| entry.details.get("check")?.as_str()).collect();
    if checks != [Some(fault.check)] || entries[0].log_type != "f" {
        return wrong(format!("logged {entries:?}"));
    }
    let scene = provider.scenes().pop().unwrap_or_default();
    let told = format!("{entries:?} {:?}", page.answer());
    let secrets = [CLIENT_SECRET, &scene.code, &scene.nonce, &scene.access_token];
    if secrets.iter().any(|secret| !secret.is_empty() && told.contains(secret)) {
        return wrong(format!("shows too much: {told}"));
    }
    None
}
