//! The running release binary, set up through its Management API.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{http, provider};

pub const MANAGEMENT_CLIENT: &str = "benchmark";
pub const MANAGEMENT_SECRET: &str = "benchmark-secret-0123456789abcdef0123456789";
/// 32 bytes, base64.
pub const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const PATIENCE: Duration = Duration::from_secs(30);
/// What the hub says, in its folder.
pub const LOG: &str = "hub.log";
/// Between two looks at a hub that starts.
const LOOK: Duration = Duration::from_millis(1);

/// The connection of every sign-in.
pub const CONNECTION: &str = "acme";
pub const REDIRECT_URI: &str = "https://app.example/callback";
/// The API that the application may call, for people and for itself.
pub const API: &str = "https://api.example/";

/// A hub process, gone when dropped.
pub struct Hub {
    child: Child,
    /// The issuer, which ends with a slash.
    pub issuer: String,
    /// From spawning the process to the first 200 of `/readyz`.
    pub ready_after: Duration,
}

/// A registered application.
pub struct Application {
    pub client_id: String,
    pub secret: String,
}

impl Hub {
    /// Starts `vestibule serve` on the database at `database_url`, with `folder` for everything it writes.
    ///
    /// # Errors
    /// It is not ready in time; what it said is in the message.
    pub fn start(folder: &Path, database_url: &str) -> anyhow::Result<Self> {
        Self::start_with(folder, database_url, &[])
    }

    /// The same, with more `settings`.
    ///
    /// # Errors
    /// It is not ready in time; what it said is in the message.
    pub fn start_with(folder: &Path, database_url: &str, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let issuer = format!("http://localhost:{port}/");
        let log = folder.join(LOG);
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("serve")
            .current_dir(folder)
            .env_clear()
            .env("VESTIBULE_ISSUER", &issuer)
            .env("VESTIBULE_LISTEN", format!("127.0.0.1:{port}"))
            .env("VESTIBULE_DATA_DIR", folder.join("data"))
            .env("VESTIBULE_DATABASE_URL", database_url)
            .env("VESTIBULE_MASTER_KEY", MASTER_KEY)
            // What is measured is what was asked for.
            .env("VESTIBULE_CONNECTION_CHECKS", "0")
            .env("VESTIBULE_OUTBOUND_ALLOW", "127.0.0.0/8")
            .env("VESTIBULE_MANAGEMENT_CLIENT_ID", MANAGEMENT_CLIENT)
            .env("VESTIBULE_MANAGEMENT_CLIENT_SECRET", MANAGEMENT_SECRET)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut hub = Self { child, issuer, ready_after: Duration::ZERO };
        while !is_ready(port) {
            if hub.child.try_wait()?.is_some() || started.elapsed() > PATIENCE {
                bail!("the hub did not start: {}", std::fs::read_to_string(log)?);
            }
            thread::sleep(LOOK);
        }
        hub.ready_after = started.elapsed();
        Ok(hub)
    }

    pub fn process(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Asks the hub to stop, and waits until it has.
    ///
    /// # Errors
    /// It does not stop.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > PATIENCE {
                bail!("the hub does not stop");
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Registers an application with an API, and two connections to the provider `issuer` that it may use: with a
    /// single one, nobody would ever see the login page.
    ///
    /// # Errors
    /// The Management API refuses.
    pub async fn set_up(&self, client: &Client, issuer: &str) -> anyhow::Result<Application> {
        let token = self.management_token(client).await?;
        let application = json!({
            "name": "Benchmark",
            "app_type": "regular_web",
            "token_endpoint_auth_method": "client_secret_post",
            "callbacks": [REDIRECT_URI],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        });
        let made = self.create(client, &token, "clients", &application).await?;
        let (client_id, secret) = (http::text(&made, "client_id")?, http::text(&made, "client_secret")?);
        for name in [CONNECTION, "another"] {
            self.create(client, &token, "connections", &connection(name, issuer, client_id)).await?;
        }
        let api = json!({
            "name": "Orders",
            "identifier": API,
            "signing_alg": "RS256",
            "scopes": [{"value": "read:orders"}],
            "allow_offline_access": true,
        });
        self.create(client, &token, "resource-servers", &api).await?;
        let grant = json!({"client_id": client_id, "audience": API, "scope": ["read:orders"]});
        self.create(client, &token, "client-grants", &grant).await?;
        Ok(Application { client_id: client_id.to_owned(), secret: secret.to_owned() })
    }

    /// Adds `count` connections whose providers do not answer.
    ///
    /// # Errors
    /// The Management API refuses.
    pub async fn add_dead_connections(
        &self,
        client: &Client,
        application: &Application,
        count: usize,
    ) -> anyhow::Result<()> {
        let token = self.management_token(client).await?;
        // Nobody listens there any more.
        let dead = format!("http://{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?);
        for number in 0..count {
            let body =
                connection(&format!("dead-{number}"), &format!("{dead}/{number}"), &application.client_id);
            self.create(client, &token, "connections", &body).await?;
        }
        Ok(())
    }

    /// # Errors
    /// No token comes.
    pub async fn management_token(&self, client: &Client) -> anyhow::Result<String> {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", MANAGEMENT_CLIENT),
            ("client_secret", MANAGEMENT_SECRET),
            ("audience", &self.url("api/v2/")),
        ];
        let request = http::post_form(client, &self.url("oauth/token"), &fields)?;
        let answer = http::json(http::expect(request, StatusCode::OK).await?).await?;
        Ok(http::text(&answer, "access_token")?.to_owned())
    }

    /// # Errors
    /// The Management API refuses.
    pub async fn create(
        &self,
        client: &Client,
        token: &str,
        kind: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = client
            .post(self.url(&format!("api/v2/{kind}")))
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body.to_string());
        http::json(http::expect(request, StatusCode::CREATED).await?).await
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of a connection to the provider `issuer`.
pub fn connection(name: &str, issuer: &str, client_id: &str) -> Value {
    json!({
        "name": name,
        "strategy": "oidc",
        "show_as_button": true,
        "enabled_clients": [client_id],
        "options": {
            "type": "back_channel",
            "discovery_url": issuer,
            "client_id": provider::CLIENT_ID,
            "client_secret": provider::CLIENT_SECRET,
            "scope": "openid profile email",
        },
    })
}

/// One look at `/readyz`, on a connection of its own.
fn is_ready(port: u16) -> bool {
    let look = || -> anyhow::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).context("no answer")?;
        Ok(&answer == b"HTTP/1.1 200")
    };
    look().unwrap_or(false)
}
