//! Scripts of `tests/clients`, each a process that ends with the test that started it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{Channel, Connection, OidcOptions, TokenEndpointAuthMethod};
use vestibule::domain::secret::Secret;

/// A script says its next line within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running script.
pub struct Node {
    script: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// What it writes to standard error, once it has ended.
    complaint: Option<JoinHandle<String>>,
}

impl Node {
    /// Starts `tests/clients/SCRIPT` with `settings`.
    pub fn start(script: &'static str, settings: &Value) -> Self {
        Self::trusting(script, settings, None)
    }

    /// The same; it trusts the certificate authorities in the PEM file `authorities` too.
    pub fn trusting(script: &'static str, settings: &Value, authorities: Option<&std::path::Path>) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        assert!(
            folder.join("node_modules").is_dir(),
            "the JavaScript clients are not installed: run `npm ci --prefix tests/clients`"
        );
        let mut command = Command::new("node");
        command.arg(folder.join(script)).arg(settings.to_string()).current_dir(&folder);
        if let Some(authorities) = authorities {
            command.env("NODE_EXTRA_CA_CERTS", authorities);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("`node` (Node.js 20.19 or newer) does not start: {error}"));
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut errors = child.stderr.take().unwrap();
        let complaint = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            text
        });
        let input = child.stdin.take();
        Self { script, child, input, lines, complaint: Some(complaint) }
    }

    /// Waits for the next line of JSON.
    pub fn next(&mut self) -> Value {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => serde_json::from_str(&line).unwrap_or_else(|_| panic!("{}: {line}", self.script)),
            Err(reason) => {
                let complaint = self.complaint();
                panic!("{} said nothing ({reason:?}): {complaint}", self.script)
            }
        }
    }

    /// Sends one line of JSON.
    pub fn tell(&mut self, value: &Value) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{value}").unwrap();
        input.flush().unwrap();
    }

    fn complaint(&mut self) -> String {
        let _ = self.child.kill();
        self.complaint.take().and_then(|complaint| complaint.join().ok()).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
        let mut node = Node::start("provider.mjs", settings);
        let told = node.next();
        let issuer = told["issuer"].as_str().unwrap().to_owned();
        Self { issuer, clients: told["clients"].clone(), _node: node }
    }

    /// A connection by discovery, named like the client it uses.
    pub fn connection(&self, client: &str, clock: &Clock) -> Connection {
        let channel = if client == "front" { Channel::FrontChannel } else { Channel::BackChannel };
        let options = OidcOptions {
            channel,
            discovery_url: Some(self.issuer.clone()),
            client_id: client.into(),
            token_endpoint_auth_method: match client {
                "basic" => TokenEndpointAuthMethod::ClientSecretBasic,
                "public" => TokenEndpointAuthMethod::None,
                _ => TokenEndpointAuthMethod::ClientSecretPost,
            },
            ..OidcOptions::default()
        };
        let secret = self.clients[client]["client_secret"].as_str().map(Secret::new);
        super::samples::connection_to_provider(client, options, secret, clock.now())
    }
}
