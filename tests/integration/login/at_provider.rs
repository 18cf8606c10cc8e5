//! How the hub proves at a provider who it is, pushes what it asks, and binds what it gets: with the certified
//! oidc-provider as the judge.

use std::collections::HashSet;

use serde_json::{Value, json};
use vestibule::crypto::jwk::PublicKey;
use vestibule::crypto::jws::{Algorithm, Jws};
use vestibule::domain::connection::{
    CallUserInfo, Channel, JwtAudience, PushedRequests, TokenEndpointAuthMethod,
};

use crate::support::application::{Application, browser};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::{TestHub, reqwest_client};
use crate::support::node::CertifiedProvider;

/// Clients of `provider.mjs` with a key each, as connection names.
const KEY_CLIENTS: [(&str, &str); 4] =
    [("rs256", "rs256"), ("ps512", "ps512"), ("es256_key", "es256-key"), ("eddsa_key", "eddsa-key")];

async fn sign_in(app: &Application<'_>, connection: &str) -> Value {
    let asked = app.ask(&[("connection", connection)]);
    let page = browser().walk(&asked.url, &[("login", "alice")]).await;
    asked.claims_in(app, &page).await
}

fn key_set_of(hub: &TestHub, connection: &str) -> String {
    hub.url(&format!("oauth/connection/{connection}/.well-known/jwks.json"))
}

async fn published_keys(hub: &TestHub, connection: &str) -> Vec<Value> {
    let answer = reqwest_client().get(key_set_of(hub, connection)).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{connection}");
    let set: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    set["keys"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn the_certified_provider_takes_the_hubs_signature_before_and_after_a_rotation() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let uris: serde_json::Map<String, Value> = KEY_CLIENTS
            .iter()
            .map(|(client, name)| ((*client).to_owned(), json!(key_set_of(&hub, name))))
            .collect();
        let redirect_uri = hub.url("login/callback");
        let provider = CertifiedProvider::with(&json!({"redirect_uris": [redirect_uri], "jwks_uris": uris}));
        for (number, (client, name)) in KEY_CLIENTS.into_iter().enumerate() {
            let mut connection = provider.connection(client, &hub.clock);
            connection.name = name.into();
            if number % 2 == 1 {
                connection.options.token_endpoint_jwtca_aud_format = JwtAudience::TokenEndpoint;
            }
            let connection = app.connect(connection).await;
            assert_eq!(sign_in(&app, name).await["sub"], format!("oidc|{name}|alice"));
            let before = published_keys(&hub, name).await;
            // What the provider has seen for as long as it kept the set is what signs next.
            hub.rotate_keys(&connection.id).await;
            let after = published_keys(&hub, name).await;
            assert_eq!((before.len(), after.len()), (2, 2), "{name}");
            assert_eq!(before[1]["kid"], after[0]["kid"], "{name}: the next key signs now");
            assert!(
                after.iter().all(|key| key["kid"] != before[0]["kid"]),
                "{name}: and the old one never again"
            );
            sign_in(&app, name).await;
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn an_assertion_is_for_one_provider_alone_for_a_minute_and_never_the_same() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    for (name, audience) in [("issuer", JwtAudience::Issuer), ("endpoint", JwtAudience::TokenEndpoint)] {
        let mut connection = provider.connection(name, Channel::BackChannel);
        connection.client_secret = None;
        connection.options.token_endpoint_auth_method = TokenEndpointAuthMethod::PrivateKeyJwt;
        connection.options.token_endpoint_auth_signing_alg = Algorithm::ES256;
        connection.options.token_endpoint_jwtca_aud_format = audience;
        app.connect(connection).await;
        for _ in 0..2 {
            sign_in(&app, name).await;
        }
        let keys: Vec<PublicKey> = published_keys(&hub, name)
            .await
            .iter()
            .filter_map(|key| PublicKey::from_jwk(key.as_object().unwrap()))
            .collect();
        let expected = match audience {
            JwtAudience::Issuer => provider.issuer.clone(),
            JwtAudience::TokenEndpoint => format!("{}/token", provider.issuer),
        };
        let mut ids = HashSet::new();
        let mut signed = 0;
        for scene in provider.redeemed() {
            let jws = Jws::parse(&scene.client_assertion).unwrap();
            if !keys.iter().any(|key| key.key_id == jws.key_id && key.verifies(Algorithm::ES256, &jws)) {
                continue;
            }
            signed += 1;
            let claims: Value = serde_json::from_slice(&jws.payload).unwrap();
            assert_eq!(claims["aud"], json!(expected), "one audience, as a text");
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!(scene.client_id), &json!(scene.client_id)));
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60);
            assert!(ids.insert(claims["jti"].as_str().unwrap().to_owned()), "{claims}");
        }
        assert_eq!(signed, 2, "{name}");
    }
    hub.stop().await;
}

#[actix_web::test]
async fn the_certified_provider_gets_what_it_demands_pushed_and_what_is_chosen_bound() {
    for database in each_database() {
        let hub = TestHub::start(database).await;
        let app = Application::register(&hub).await;
        let provider = CertifiedProvider::start(&hub.url("login/callback"));
        let mut pushed = provider.connection("pushed", &hub.clock);
        pushed.options.pushed_authorization_requests = PushedRequests::Always;
        app.connect(pushed).await;
        let asked = app.ask(&[("connection", "pushed")]);
        let mut first = browser();
        first.stop_at = Some(provider.issuer.clone());
        let departed = first.walk(&asked.url, &[]).await;
        let names: Vec<String> = departed.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["client_id", "request_uri"], "the browser carries a reference and nothing else");
        assert_eq!(sign_in(&app, "pushed").await["sub"], "oidc|pushed|alice");
        // The provider wants a nonce in each proof, which the hub has to ask it for.
        for (name, algorithm) in [("es256-bound", Algorithm::ES256), ("eddsa-bound", Algorithm::EdDSA)] {
            let mut bound = provider.connection("bound", &hub.clock);
            bound.name = name.into();
            bound.options.dpop_signing_alg = Some(algorithm);
            bound.options.call_userinfo = CallUserInfo::Always;
            app.connect(bound).await;
            assert_eq!(sign_in(&app, name).await["sub"], format!("oidc|{name}|alice"));
        }
        hub.stop().await;
    }
}

#[actix_web::test]
async fn what_a_provider_does_not_demand_is_pushed_only_where_the_connection_wants_it() {
    let hub = TestHub::start(sqlite()).await;
    let app = Application::register(&hub).await;
    let provider = FakeProvider::start(&hub.clock);
    for (name, channel, mode, count) in [
        ("auto", Channel::BackChannel, PushedRequests::Auto, 0),
        ("never", Channel::BackChannel, PushedRequests::Never, 0),
        ("back", Channel::BackChannel, PushedRequests::Always, 1),
        ("front", Channel::FrontChannel, PushedRequests::Always, 2),
    ] {
        let mut connection = provider.connection(name, channel);
        connection.options.pushed_authorization_requests = mode;
        app.connect(connection).await;
        sign_in(&app, name).await;
        assert_eq!(provider.counts().pushed(), count, "{name}");
    }
    hub.stop().await;
}
