//! Administrators hear by mail of what they should know before people call them.

mod delivery;
mod outages;
mod reminders;

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{Channel, Connection};
use vestibule::domain::diagnosis::State;
use vestibule::domain::limits;
use vestibule::domain::locale::Locale;
use vestibule::flows::{diagnoses, letters};

use crate::support::administrators::{ADMINISTRATOR, first_administrator, link_for, set_up};
use crate::support::databases::TestDatabase;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::hub::TestHub;
use crate::support::sign_in::provider_connection;
use crate::support::smtp_sink::{Received, SmtpSink};

const FRENCH_ADMINISTRATOR: &str = "marie@hub.example";
const FROM: &str = "The Hub <hub@hub.example>";

/// A hub with an administrator, a mail server, and a connection to a provider.
struct Post {
    hub: TestHub,
    sink: SmtpSink,
    provider: FakeProvider,
    connection: Connection,
}

impl Post {
    async fn start(database: TestDatabase) -> Self {
        Self::start_with(database, &[], json!({})).await
    }

    /// With more settings, and `options` of the connection.
    async fn start_with(database: TestDatabase, settings: &[(&str, &str)], options: Value) -> Self {
        Self::at(database, settings, options, SmtpSink::start(), FakeProvider::start).await
    }

    /// With a mail server and a provider of one's own.
    async fn at(
        database: TestDatabase,
        settings: &[(&str, &str)],
        options: Value,
        sink: SmtpSink,
        provider: impl FnOnce(&Clock) -> FakeProvider,
    ) -> Self {
        let url = sink.url();
        let own = [("VESTIBULE_SMTP_URL", url.as_str()), ("VESTIBULE_MAIL_FROM", FROM)];
        let own = own.into_iter().filter(|(name, _)| settings.iter().all(|(chosen, _)| chosen != name));
        let all: Vec<(&str, &str)> = own.chain(settings.iter().copied()).collect();
        let hub = TestHub::start_with(database, "http", &all).await;
        first_administrator(&hub).await;
        let provider = provider(&hub.clock);
        let mut body = provider_connection("acme", &provider, Channel::BackChannel, &[]);
        body["display_name"] = json!("Acme");
        for (name, value) in options.as_object().unwrap() {
            body["options"][name] = value.clone();
        }
        let connection = hub.connection(body).await;
        Self { hub, sink, provider, connection }
    }

    /// Somebody who set up their account in French.
    async fn with_a_french_administrator(&self) {
        let made =
            set_up(&link_for(&self.hub, FRENCH_ADMINISTRATOR).await, "", "correct horse battery").await;
        assert_eq!(made.status, 200, "{made:?}");
        let now = self.hub.clock.now();
        self.hub
            .hub
            .store
            .write(move |tx| {
                let all = tx.list_administrators()?;
                let one = all.iter().find(|one| one.user.email() == Some(FRENCH_ADMINISTRATOR)).unwrap();
                tx.add_administrator(&one.user.user_id, Locale::Fr, now)
            })
            .await
            .unwrap();
    }

    /// Checks the connection anew; the state it is in.
    async fn check(&self) -> State {
        self.hub.clock.advance(limits::DIAGNOSIS_SECONDS + 1);
        let id = self.connection.id.clone();
        let connection = self.hub.hub.store.read(move |tx| tx.find_connection(&id)).await.unwrap().unwrap();
        diagnoses::status(&self.hub.hub, &connection).await.unwrap().state()
    }

    fn break_provider(&self) {
        let behaviour = Behaviour { discovery: Some(|answer, _| answer.fail(404)), ..Behaviour::default() };
        self.provider.behave(behaviour);
    }

    fn mend_provider(&self) {
        self.provider.behave(Behaviour::default());
    }

    /// Sends everything that is due, and waits for what the hub itself is sending just now. Everything the server got.
    async fn mail(&self) -> Vec<Received> {
        while letters::send_due(&self.hub.hub).await.unwrap() > 0 {}
        for _ in 0..200 {
            if self.under_way() == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        self.sink.received()
    }

    /// Letters that somebody has taken a moment ago and not settled.
    fn under_way(&self) -> usize {
        let [lease_began, lease_ends] = [-30, 0]
            .map(|seconds| self.hub.clock.now().plus_seconds(limits::MAIL_LEASE_SECONDS + seconds).millis());
        let taken = format!("attempts > 0 AND due_at > {lease_began} AND due_at <= {lease_ends}");
        let query = format!("SELECT id AS value FROM mailings WHERE {taken}");
        self.hub.database.values(&query).len()
    }

    /// The next mail to the same person may go.
    fn pause(&self) {
        self.hub.clock.advance(limits::MAIL_PAUSE_SECONDS + 1);
    }
}

/// Whom the mail went to, and what it was about.
fn told(mail: &[Received]) -> Vec<(&str, &str)> {
    let mut told: Vec<(&str, &str)> =
        mail.iter().map(|one| (one.to.as_str(), one.subject.as_str())).collect();
    told.sort_unstable();
    told
}
