//! The hub under attack, with what an attacker may know: two applications, a person with a password, and everything
//! that is public.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::json;

use crate::http;
use crate::hub::{Application, Hub, LOG, REDIRECT_URI};
use crate::usage::Memory;

/// Whom the hub believes what it says about addresses: attackers with as many addresses as they like.
pub const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 9, 9, 9));
/// Where the people live who only want to sign in.
pub const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 1, 1, 1));
pub const EMAIL: &str = "ada@people.example";

pub struct Target {
    pub hub: Hub,
    pub application: Application,
    /// An application without a secret: whoever knows its name may ask in it.
    pub public_client: String,
    pub address: SocketAddr,
    /// As a `Host` header has it.
    pub host: String,
}

impl Target {
    /// # Errors
    /// The hub does not start, or refuses what it is given.
    pub async fn start(folder: &Path, database_url: &str, provider: &str) -> anyhow::Result<Self> {
        let settings = [
            ("VESTIBULE_TRUSTED_PROXIES", "127.9.9.9/32"),
            ("VESTIBULE_CLIENT_REGISTRATION", "initial_access_token"),
            // Asked about domains, and never there.
            ("VESTIBULE_DNS_SERVERS", "127.0.0.1:9"),
        ];
        let hub = Hub::start_with(folder, database_url, &settings)?;
        let client = http::client()?;
        let application = hub.set_up(&client, provider).await?;
        let token = hub.management_token(&client).await?;
        let public = json!({
            "name": "Television", "app_type": "native", "token_endpoint_auth_method": "none",
            "callbacks": [REDIRECT_URI],
            "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
        });
        let public = hub.create(&client, &token, "clients", &public).await?;
        let public_client = http::text(&public, "client_id")?.to_owned();
        let clients = [application.client_id.as_str(), &public_client];
        let people = json!({"name": "people", "strategy": "local", "enabled_clients": clients});
        hub.create(&client, &token, "connections", &people).await?;
        let person =
            json!({"connection": "people", "email": EMAIL, "password": "correct horse battery staple"});
        hub.create(&client, &token, "users", &person).await?;
        let host = hub.issuer.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let port = host.rsplit(':').next().context("no port")?.parse()?;
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        Ok(Self { hub, application, public_client, address, host })
    }

    /// Resident memory, in bytes.
    ///
    /// # Errors
    /// The hub has gone.
    pub fn memory(&self) -> anyhow::Result<u64> {
        let memory = Memory::of(self.hub.process()).context("the hub has gone")?.now;
        ensure!(memory > 0, "the hub has gone");
        Ok(memory)
    }

    /// What the hub says of panics.
    ///
    /// # Errors
    /// It says nothing at all.
    pub fn panics(&self, folder: &Path) -> anyhow::Result<Vec<String>> {
        let said = fs::read_to_string(folder.join(LOG))?;
        Ok(said.lines().filter(|line| line.contains("panicked")).map(str::to_owned).collect())
    }
}
