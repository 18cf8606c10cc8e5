//! `sector_identifier_uri` vouches for every redirect URI, or the application is not saved (OpenID Connect Core §8.1).

use reqwest::Method;
use serde_json::json;
use vestibule::domain::limits;

use super::{OPEN, Registry, initial_access_token, manage, register};
use crate::support::databases::{each_database, sqlite};
use crate::support::documents::Documents;
use crate::support::hub::TestHub;

const ONE: &str = "https://one.example/callback";
const TWO: &str = "https://two.example/callback";

/// Module: oidcc-registration-sector-uri
/// Module: oidcc-registration-sector-bad
#[actix_web::test]
async fn the_document_of_the_sector_lists_every_redirect_uri_or_nothing_is_registered() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let documents = Documents::start();
        documents.put("/good", "application/json", &json!([ONE, "https://more.example/", TWO]).to_string());
        documents.put("/bad", "application/json", &json!([ONE]).to_string());
        documents.put("/page", "text/html", "<p>no list</p>");
        documents.put("/object", "application/json", &json!({"uris": [ONE, TWO]}).to_string());
        documents.put_raw(
            "/moved",
            "HTTP/1.1 302 Found\r\nlocation: /good\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
        );
        let ask = async |path: &str| {
            let metadata = json!({
                "redirect_uris": [ONE, TWO], "subject_type": "pairwise",
                "sector_identifier_uri": documents.url(path),
            });
            registry.register(metadata).await
        };
        let made = ask("/good").await;
        assert_eq!((made.status, &made.json["subject_type"]), (201, &json!("pairwise")), "{made:?}");
        for (path, told) in [
            ("/bad", TWO),
            ("/page", "JSON list"),
            ("/object", "JSON list"),
            ("/moved", "redirect"),
            ("/missing", "404"),
        ] {
            let refused = ask(path).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{path}: {refused:?}");
            let description = refused.text_of("error_description");
            assert!(
                description.contains("sector_identifier_uri") && description.contains(told),
                "{description}"
            );
        }
        assert_eq!(documents.requests("/good"), 1, "the redirect was not followed");
        // Without one, several hosts are no sector.
        let refused =
            registry.register(json!({"redirect_uris": [ONE, TWO], "subject_type": "pairwise"})).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{refused:?}");
        registry.hub.stop().await;
    }
}

/// Incident 40 (CVE-2026-4366): the address of the sector is not a way to ask the inside.
#[actix_web::test]
async fn a_sector_that_is_not_at_a_public_address_is_not_fetched() {
    let settings = [OPEN[0], ("VESTIBULE_OUTBOUND_ALLOW", "192.0.2.0/24")];
    let hub = TestHub::start_with(sqlite(), "http", &settings).await;
    let documents = Documents::start();
    documents.put("/good", "application/json", &json!([ONE]).to_string());
    let token = initial_access_token(&hub, json!({"count": 9})).await.text_of("token");
    let https = documents.https_url("/good").replace("127.0.0.1", "2130706433");
    for uri in [documents.url("/good"), https] {
        let metadata = json!({"redirect_uris": [ONE], "sector_identifier_uri": uri});
        let refused = register(&hub, Some(&token), &metadata).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{uri}: {refused:?}");
    }
    assert_eq!(documents.connections(), 0);
    hub.stop().await;
}

#[actix_web::test]
async fn an_administrators_application_is_checked_as_well_and_again_when_it_changes() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let documents = Documents::start();
        documents.put("/sector", "application/json", &json!([ONE]).to_string());
        let body = |callbacks: serde_json::Value| {
            json!({
                "name": "App", "callbacks": callbacks, "subject_type": "pairwise",
                "sector_identifier_uri": documents.url("/sector"),
            })
        };
        let refused = manage(&hub, Method::POST, "clients", body(json!([ONE, TWO]))).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert_eq!(refused.json["problems"][0]["path"], "sector_identifier_uri");
        let made = manage(&hub, Method::POST, "clients", body(json!([ONE]))).await;
        assert_eq!(made.status, 201, "{made:?}");
        let path = format!("clients/{}", made.text_of("client_id"));
        let before = documents.requests("/sector");
        let renamed = manage(&hub, Method::PATCH, &path, json!({"name": "Other"})).await;
        assert_eq!((renamed.status, documents.requests("/sector")), (200, before), "nothing to check");
        let refused = manage(&hub, Method::PATCH, &path, json!({"callbacks": [ONE, TWO]})).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        documents.put("/sector", "application/json", &json!([ONE, TWO]).to_string());
        let changed = manage(&hub, Method::PATCH, &path, json!({"callbacks": [ONE, TWO]})).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        hub.stop().await;
    }
}

/// It would learn by what names that sector knows people.
#[actix_web::test]
async fn an_application_does_not_move_into_a_sector_that_does_not_list_it() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let documents = Documents::start();
        documents.put("/sector", "application/json", &json!([ONE]).to_string());
        let made = registry.register(json!({"redirect_uris": [TWO], "subject_type": "pairwise"})).await;
        let token = made.text_of("registration_access_token");
        let moved = json!({
            "client_id": made.text_of("client_id"), "redirect_uris": [TWO], "subject_type": "pairwise",
            "sector_identifier_uri": documents.url("/sector"),
        });
        let refused = registry.at(&made, Method::PUT, &token, moved.clone()).await;
        assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{refused:?}");
        assert!(refused.text_of("error_description").contains(TWO), "{refused:?}");
        let kept = registry.at(&made, Method::GET, &token, json!(null)).await;
        assert_eq!(kept.json.get("sector_identifier_uri"), None, "{kept:?}");
        documents.put("/sector", "application/json", &json!([ONE, TWO]).to_string());
        let changed = registry.at(&made, Method::PUT, &token, moved).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        registry.hub.stop().await;
    }
}

/// Whoever may register applications does not turn the hub against a server of their choice.
#[actix_web::test]
async fn somebody_who_registers_has_a_bounded_number_of_documents_fetched() {
    for database in each_database() {
        let registry = Registry::on(database).await;
        let documents = Documents::start();
        documents.put("/bad", "application/json", "[]");
        let flood = 3 * usize::try_from(limits::CLIENT_FETCHES_BURST).unwrap();
        let mut last = String::new();
        for _ in 0..flood {
            let metadata = json!({
                "redirect_uris": [ONE, TWO], "subject_type": "pairwise",
                "sector_identifier_uri": documents.url("/bad"),
            });
            let refused = registry.register(metadata).await;
            assert_eq!(refused.error(), (400, "invalid_client_metadata"), "{refused:?}");
            last = refused.text_of("error_description");
        }
        assert!(documents.requests("/bad") < flood, "{}", documents.requests("/bad"));
        assert!(last.contains("sector_identifier_uri") && last.contains("try again"), "{last}");
        registry.hub.stop().await;
    }
}
