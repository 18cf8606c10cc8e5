//! A provider's harmless oddities never keep a person out of an application.

use futures_util::{StreamExt as _, stream};
use vestibule::domain::connection::Channel;

use crate::support::application::{Application, browser};
use crate::support::databases::each_database;
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::TestHub;
use crate::support::oddities::{self, Oddity};

#[actix_web::test]
async fn every_oddity_signs_in() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let attempts = stream::iter(oddities::every_case().into_iter().enumerate())
            .map(|(number, (oddity, channel))| attempt(&app, number, oddity, channel));
        attempts.buffer_unordered(8).collect::<Vec<()>>().await;
        hub.stop().await;
    }
}

async fn attempt(app: &Application<'_>, number: usize, oddity: Oddity, channel: Channel) {
    let name = format!("oddity{number}");
    let provider = FakeProvider::start(&app.hub.clock);
    provider.behave(oddity.behaviour);
    let mut connection = provider.connection(&name, channel);
    (oddity.settings)(&mut connection.options);
    app.connect(connection).await;

    let asked = app.ask(&[("connection", &name)]);
    let page = browser().walk(&asked.url, &[]).await;
    assert!(page.answered("code").is_some(), "{} ({channel:?}): {page:?}", oddity.name);
    let claims = asked.claims_in(app, &page).await;
    let user_id = claims["sub"].as_str().unwrap();
    assert!(user_id.starts_with(&format!("oidc|{name}|")), "{} ({channel:?}): {user_id}", oddity.name);
}
