//! The certified oidc-provider as upstream, in both channels.

use serde_json::{Value, json};
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{Channel, Connection, TokenEndpointAuthMethod};
use vestibule::domain::secret::Secret;

use crate::support::fake_provider::FakeProvider;
use crate::support::node::Node;
use crate::support::upstream_login::{REDIRECT_URI, sign_in, upstream};

/// A connection to the provider's client of that name.
fn connection(provider: &Value, clock: &Clock, client: &str) -> Connection {
    let channel = if client == "front" { Channel::FrontChannel } else { Channel::BackChannel };
    let mut connection = FakeProvider::start(clock).connection(client, channel);
    let client = &provider["clients"][client];
    connection.options.discovery_url = provider["issuer"].as_str().map(str::to_owned);
    connection.options.client_id = client["client_id"].as_str().unwrap().to_owned();
    connection.client_secret = client["client_secret"].as_str().map(Secret::new);
    connection
}

#[actix_web::test]
async fn the_certified_provider_signs_people_in_by_every_kind_of_client() {
    let mut node = Node::start("provider.mjs", &json!({"redirect_uris": [REDIRECT_URI]}));
    let provider = node.next();
    let (clock, upstream) = (Clock::default(), upstream());
    for client in ["post", "basic", "public", "front", "ps256", "es256", "eddsa"] {
        let mut connection = connection(&provider, &clock, client);
        connection.options.token_endpoint_auth_method = match client {
            "basic" => TokenEndpointAuthMethod::ClientSecretBasic,
            "public" => TokenEndpointAuthMethod::None,
            _ => TokenEndpointAuthMethod::ClientSecretPost,
        };
        let arrival = sign_in(&upstream, &connection, &clock, &[("login", "alice")]).await;
        let arrival = arrival.unwrap_or_else(|error| panic!("{client}: {error}"));
        assert_eq!(arrival.subject, "alice", "{client}");
        assert_eq!(Value::from(arrival.issuer), provider["issuer"], "{client}");
        assert_eq!(arrival.claims["email"], "alice@acme.example", "{client}");
    }
}
