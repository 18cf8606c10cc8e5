//! The certified oidc-provider as upstream of a whole sign-in, in both channels, on both databases.

use serde_json::json;

use crate::support::application::{Application, browser};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::node::CertifiedProvider;

#[actix_web::test]
async fn the_certified_provider_signs_people_in_by_every_kind_of_client() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = CertifiedProvider::start(&hub.url("login/callback"));
        for name in CertifiedProvider::CLIENTS {
            app.connect(provider.connection(name, &hub.clock)).await;
            for person in ["alice", "bob"] {
                let asked = app.ask(&[("connection", name)]);
                let page = browser().walk(&asked.url, &[("login", person)]).await;
                let claims = asked.claims_in(&app, &page).await;
                assert_eq!(claims["sub"], json!(format!("oidc|{name}|{person}")), "{name}");
                assert_eq!(claims["email"], json!(format!("{person}@acme.example")), "{name}");
                assert_eq!(claims["email_verified"], json!(true), "{name}");
            }
        }
        assert_eq!(hub.database.count("users"), 2 * CertifiedProvider::CLIENTS.len());
        hub.stop().await;
    }
}

#[actix_web::test]
async fn a_person_who_says_no_at_the_certified_provider_is_refused_to_the_application() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = CertifiedProvider::start(&hub.url("login/callback"));
    for name in ["post", "front"] {
        app.connect(provider.connection(name, &hub.clock)).await;
        let asked = app.ask(&[("connection", name)]);
        let mut browser = browser();
        let page = browser.open(&asked.url).await;
        let page = browser.submit(&page, &page.form("refuse"), &[]).await;
        let page = browser.walk_on(page, &[]).await;
        assert_eq!(asked.error_in(&hub, &page).as_deref(), Ok("access_denied"), "{name}");
    }
    assert_eq!(hub.database.count("users"), 0);
    hub.stop().await;
}
