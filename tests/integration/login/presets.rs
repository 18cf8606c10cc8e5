//! Every preset, against a provider that sends what one of that make sends: a login gives the profile one expects.

use serde_json::{Value, json};
use vestibule::domain::preset::PRESETS;
use vestibule::store::StoreError;

use crate::support::application::{Application, browser};
use crate::support::databases::sqlite;
use crate::support::fake_provider::{CLIENT_ID, CLIENT_SECRET, FakeProvider, Make};
use crate::support::hub::TestHub;

/// What one make of provider sends, and the profile that comes of it: `tests/fixtures/presets`.
fn fixture(preset: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/presets");
    serde_json::from_str(&std::fs::read_to_string(format!("{folder}/{preset}.json")).unwrap()).unwrap()
}

#[actix_web::test]
async fn each_preset_signs_in_and_gives_the_expected_profile() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    for preset in PRESETS.iter() {
        let name = preset.name.as_str();
        let fixture = fixture(name);
        let provider = FakeProvider::start(&hub.clock);
        provider.be_of(Make {
            metadata: fixture["metadata"].clone(),
            id_token: fixture["id_token"].clone(),
            userinfo: fixture["userinfo"].clone(),
        });
        let options = |discovery_url: Value| {
            json!({"preset": name, "preset_fields": fixture["preset_fields"], "client_id": CLIENT_ID,
                   "client_secret": CLIENT_SECRET, "discovery_url": discovery_url})
        };
        // The same body finds this provider here, and the real one where the address is left to the preset.
        hub.connection(json!({"name": name, "strategy": "oidc", "enabled_clients": [app.client_id],
                              "options": options(json!(provider.issuer))}))
            .await;
        if name != "generic" {
            let mut real = options(Value::Null);
            real.as_object_mut().unwrap().remove("discovery_url");
            let real = hub
                .connection(json!({"name": format!("real-{name}"), "strategy": "oidc", "options": real}))
                .await;
            let (found, issuer) =
                (real.options.discovery_url.unwrap(), fixture["metadata"]["issuer"].as_str().unwrap());
            assert_eq!(found.trim_end_matches('/'), issuer.trim_end_matches('/'), "{name}");
        }
        let asked = app.ask(&[("connection", name)]);
        let page = browser().walk(&asked.url, &[]).await;
        let claims = asked.claims_in(&app, &page).await;
        let user_id = format!(
            "oidc|{name}|{}",
            fixture.get("user_id").unwrap_or(&fixture["id_token"]["sub"]).as_str().unwrap()
        );
        assert_eq!(claims["sub"], user_id, "{name}");
        let found = hub.hub.store.read(move |tx| tx.find_user(&user_id)).await;
        let user = found.unwrap_or_else(|error: StoreError| panic!("{error}")).expect("the user is there");
        assert_eq!(Value::Object(user.profile), fixture["profile"], "{name}");
        assert_eq!(provider.scenes()[0].code_challenge_method, "S256", "{name}");
        assert_eq!(provider.counts().userinfo() > 0, fixture["asks_userinfo"] == true, "{name}");
    }
    hub.stop().await;
}
