//! Scripts of `tests/clients`, each a process that ends with the test that started it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{Channel, Connection, OidcOptions, RedirectUri, TokenEndpointAuthMethod};
use vestibule::domain::secret::Secret;

use super::program::{self, Program};

/// A running script.
pub struct Node(Program);

impl Node {
    /// Starts `tests/clients/SCRIPT` with `settings`.
    pub fn start(script: &str, settings: &Value) -> Self {
        Self::trusting(script, settings, None)
    }

    /// The same; it trusts the certificate authorities in the PEM file `authorities` too.
    pub fn trusting(script: &str, settings: &Value, authorities: Option<&Path>) -> Self {
        let folder = program::folder();
        assert!(
            folder.join("node_modules").is_dir(),
            "the JavaScript clients are not installed: run `npm ci --prefix tests/clients`"
        );
        let mut command = Command::new("node");
        command.arg(folder.join(script)).arg(settings.to_string());
        if let Some(authorities) = authorities {
            command.env("NODE_EXTRA_CA_CERTS", authorities);
        }
        Self(Program::start(script, command, "Node.js 20.19 or newer"))
    }

    /// Waits for the next line of JSON.
    pub fn next(&mut self) -> Value {
        self.0.next()
    }

    /// Sends one line of JSON.
    pub fn tell(&mut self, value: &Value) {
        self.0.tell(value);
    }
}

/// How long the certified provider may take to start, and how often that is tried.
const PROVIDER_START: Duration = Duration::from_secs(20);
const PROVIDER_STARTS: usize = 4;

/// The certified oidc-provider of `provider.mjs`, with the people `alice` and `bob`.
pub struct CertifiedProvider {
    pub issuer: String,
    clients: Value,
    _node: Node,
}

impl CertifiedProvider {
    /// Its clients: one for each way of talking to it.
    pub const CLIENTS: [&str; 7] = ["post", "basic", "public", "front", "ps256", "es256", "eddsa"];

    /// Starts one whose clients all have this redirect URI.
    pub fn start(redirect_uri: &str) -> Self {
        Self::with(&json!({"redirect_uris": [redirect_uri]}))
    }

    /// Starts one with the settings of `provider.mjs`.
    pub fn with(settings: &Value) -> Self {
        // Now and then Node.js never gets past making its keys; the next one does.
        let start = |_| {
            let mut node = Node::start("provider.mjs", settings);
            node.0.next_within(PROVIDER_START).map(|told| (node, told))
        };
        let (node, told) = (0..PROVIDER_STARTS).find_map(start).expect("provider.mjs says where it is");
        let issuer = told["issuer"].as_str().unwrap().to_owned();
        Self { issuer, clients: told["clients"].clone(), _node: node }
    }

    /// A connection by discovery, named like the client it uses.
    pub fn connection(&self, client: &str, clock: &Clock) -> Connection {
        let channel = if client == "front" { Channel::FrontChannel } else { Channel::BackChannel };
        let options = OidcOptions {
            channel,
            // Registered for all of its clients, and it names itself in its answers.
            redirect_uri: RedirectUri::Shared,
            discovery_url: Some(self.issuer.clone()),
            client_id: client.into(),
            token_endpoint_auth_method: match client {
                "basic" => TokenEndpointAuthMethod::ClientSecretBasic,
                "public" => TokenEndpointAuthMethod::None,
                "rs256" | "ps512" | "es256_key" | "eddsa_key" => TokenEndpointAuthMethod::PrivateKeyJwt,
                _ => TokenEndpointAuthMethod::ClientSecretPost,
            },
            token_endpoint_auth_signing_alg: match client {
                "ps512" => Algorithm::PS512,
                "es256_key" => Algorithm::ES256,
                "eddsa_key" => Algorithm::EdDSA,
                _ => Algorithm::RS256,
            },
            ..OidcOptions::default()
        };
        let secret = self.clients[client]["client_secret"].as_str().map(Secret::new);
        super::samples::connection_to_provider(client, options, secret, clock.now())
    }
}
