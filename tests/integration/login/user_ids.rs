//! Who somebody is: the claim that a connection goes by, and the tenants that may come.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::application::{Application, browser};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, FakeProvider, Scene};
use crate::support::hub::TestHub;
use crate::support::keys::Token;
use crate::support::tenants::{ANOTHER_LISTED_TENANT, TENANT, for_every_tenant, of_several_tenants};

async fn sign_in(app: &Application<'_>, connection: &str) -> Value {
    let asked = app.ask(&[("connection", connection)]);
    let page = browser().walk(&asked.url, &[]).await;
    asked.claims_in(app, &page).await
}

#[actix_web::test]
async fn people_are_known_by_the_claim_that_the_connection_names() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        for channel in [Channel::BackChannel, Channel::FrontChannel] {
            let name = if channel == Channel::BackChannel { "back" } else { "front" };
            let mut connection = provider.connection(name, channel);
            connection.options.user_id_attribute = "oid".into();
            app.connect(connection).await;
            // The application's own subject changes, the person does not.
            for edit in [(|token, _| token.set("oid", "o-1")) as fn(&mut Token, &Scene), |token, _| {
                token.set("oid", "o-1");
                token.set("sub", "another");
            }] {
                provider.behave(Behaviour { id_token: Some(edit), ..Behaviour::default() });
                assert_eq!(sign_in(&app, name).await["sub"], format!("oidc|{name}|o-1"));
            }
        }
        assert_eq!(hub.database.count("users"), 2);
        assert_eq!(hub.database.count("identities"), 2);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn the_claim_that_names_people_stays_once_somebody_has_signed_in() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let connection = app.connect(provider.connection("acme", Channel::BackChannel)).await;
        let by = |claim: &str| json!({"options": {"user_id_attribute": claim}});
        let patch = |claim: &'static str| hub.patch_connection(&connection.id, by(claim));
        assert_eq!(patch("oid").await.0, 200, "nobody has signed in yet");
        assert_eq!(patch("sub").await.0, 200);
        sign_in(&app, "acme").await;
        let (status, refused) = patch("oid").await;
        assert_eq!((status, &refused["problems"][0]["path"]), (400, &json!("options.user_id_attribute")));
        assert!(
            refused["message"].as_str().unwrap().contains("would come back as somebody else"),
            "{refused}"
        );
        assert_eq!(patch("sub").await.0, 200, "the same claim is no change");
        assert_eq!(sign_in(&app, "acme").await["sub"], "oidc|acme|alice");
        hub.stop().await;
    }
}

#[actix_web::test]
async fn every_listed_tenant_comes_in_under_its_own_issuer() {
    fn of(token: &mut Token, scene: &Scene, tenant: &str) {
        token.set("tid", tenant);
        token.set("iss", format!("{}/{tenant}/v2.0", scene.issuer));
    }
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = FakeProvider::start(&hub.clock);
        let mut connection = provider.connection("acme", Channel::BackChannel);
        of_several_tenants(&mut connection.options);
        app.connect(connection).await;
        for (edit, tenant, subject) in [
            ((|token, scene| of(token, scene, TENANT)) as fn(&mut Token, &Scene), TENANT, "alice"),
            (
                |token, scene| {
                    of(token, scene, ANOTHER_LISTED_TENANT);
                    token.set("sub", "bob");
                },
                ANOTHER_LISTED_TENANT,
                "bob",
            ),
        ] {
            provider.behave(Behaviour {
                discovery: Some(for_every_tenant),
                id_token: Some(edit),
                ..Behaviour::default()
            });
            assert_eq!(sign_in(&app, "acme").await["sub"], format!("oidc|acme|{subject}"));
            let issuers = hub
                .database
                .values(&format!("SELECT issuer AS value FROM identities WHERE subject = '{subject}'"));
            assert_eq!(issuers, [format!("{}/{tenant}/v2.0", provider.issuer)]);
        }
        // The same subject of another tenant is another person, and does not get the first one's user.
        provider.behave(Behaviour {
            discovery: Some(for_every_tenant),
            id_token: Some(|token, scene| of(token, scene, ANOTHER_LISTED_TENANT)),
            ..Behaviour::default()
        });
        let asked = app.ask(&[("connection", "acme")]);
        let page = browser().walk(&asked.url, &[]).await;
        assert_eq!(asked.error_in(&hub, &page).as_deref(), Ok("access_denied"));
        assert_eq!(hub.database.count("users"), 2);
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_tenant_taken_off_the_list_no_longer_comes_in() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    provider.behave(Behaviour {
        discovery: Some(for_every_tenant),
        id_token: Some(|token, scene| {
            token.set("tid", TENANT);
            token.set("iss", format!("{}/{TENANT}/v2.0", scene.issuer));
        }),
        ..Behaviour::default()
    });
    let mut connection = provider.connection("acme", Channel::FrontChannel);
    of_several_tenants(&mut connection.options);
    let connection = app.connect(connection).await;
    sign_in(&app, "acme").await;
    let patch = json!({"options": {"tenant_ids": [ANOTHER_LISTED_TENANT]}});
    assert_eq!(hub.patch_connection(&connection.id, patch).await.0, 200);
    let asked = app.ask(&[("connection", "acme")]);
    let page = browser().walk(&asked.url, &[]).await;
    assert_eq!(asked.error_in(&hub, &page).as_deref(), Ok("access_denied"));
    let entry = app.log_about(&connection).await.pop().unwrap();
    assert_eq!(entry.details["check"], "id-token-tenant");
    hub.stop().await;
}
