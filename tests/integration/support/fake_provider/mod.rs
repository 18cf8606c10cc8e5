//! A scriptable OpenID provider over real HTTP: honest and strict, except for what its [`Behaviour`] changes.

pub mod behaviour;
mod endpoints;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use serde_json::{Value, json};
use vestibule::crypto::random::Random;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::{Channel, Connection, OidcOptions, RedirectUri};
use vestibule::domain::secret::Secret;

use crate::support::keys::Token;
use crate::support::samples::connection_to_provider;

pub use self::behaviour::{Answer, Behaviour, Body, Reply, Scene};

/// The one application every fake provider knows.
pub const CLIENT_ID: &str = "vestibule at acme";
pub const CLIENT_SECRET: &str = "a secret: 100% + canary-client-secret /&=";

/// Requests so far.
#[derive(Debug, Default)]
pub struct Counts {
    discovery: AtomicUsize,
    keys: AtomicUsize,
    authorize: AtomicUsize,
    token: AtomicUsize,
    userinfo: AtomicUsize,
    pushed: AtomicUsize,
    refreshed: AtomicUsize,
}

macro_rules! counts {
    ($($name:ident),*) => {
        impl Counts {
            $(pub fn $name(&self) -> usize {
                self.$name.load(Ordering::Relaxed)
            })*
        }
    };
}
counts!(discovery, keys, authorize, token, userinfo, pushed, refreshed);

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// What a provider of some make sends; addresses, issuer, times and nonce stay its own.
#[derive(Clone)]
pub struct Make {
    pub metadata: Value,
    pub id_token: Value,
    pub userinfo: Value,
}

/// What the endpoints share.
struct State {
    issuer: String,
    clock: Clock,
    behaviour: Mutex<Behaviour>,
    make: Mutex<Option<Make>>,
    counts: Counts,
    /// Logins waiting for their code to be redeemed.
    codes: Mutex<HashMap<String, Scene>>,
    /// Logins by access token.
    access_tokens: Mutex<HashMap<String, Scene>>,
    /// Logins by refresh token; each can be used once.
    refresh_tokens: Mutex<HashMap<String, Scene>>,
    /// Requests by their reference.
    pushed: Mutex<HashMap<String, Vec<(String, String)>>>,
    /// Logins in the order they came to the authorization endpoint.
    scenes: Mutex<Vec<Scene>>,
}

/// A provider on a free port of 127.0.0.1, gone when dropped.
pub struct FakeProvider {
    pub issuer: String,
    state: Arc<State>,
    server: ServerHandle,
}

impl FakeProvider {
    /// Starts an honest provider that lives by `clock`.
    pub fn start(clock: &Clock) -> Self {
        Self::serve(clock, None)
    }

    /// The same by https, at `localhost`.
    pub fn start_tls(clock: &Clock, tls: rustls::ServerConfig) -> Self {
        Self::serve(clock, Some(tls))
    }

    fn serve(clock: &Clock, tls: Option<rustls::ServerConfig>) -> Self {
        let clock = clock.clone();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let issuer = match &tls {
                Some(_) => format!("https://localhost:{}", listener.local_addr().unwrap().port()),
                None => format!("http://{}", listener.local_addr().unwrap()),
            };
            let state = Arc::new(State {
                issuer,
                clock,
                behaviour: Mutex::default(),
                make: Mutex::default(),
                counts: Counts::default(),
                codes: Mutex::default(),
                access_tokens: Mutex::default(),
                refresh_tokens: Mutex::default(),
                pushed: Mutex::default(),
                scenes: Mutex::default(),
            });
            actix_web::rt::System::new().block_on(async move {
                let shared = web::Data::from(Arc::clone(&state));
                let server = HttpServer::new(move || {
                    App::new().app_data(shared.clone()).configure(endpoints::configure)
                })
                .workers(1)
                .disable_signals();
                let server = match tls {
                    Some(tls) => server.listen_rustls_0_23(listener, tls),
                    None => server.listen(listener),
                };
                let server = server.unwrap().run();
                sender.send((state, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (state, server) = receiver.recv().unwrap();
        Self { issuer: state.issuer.clone(), state, server }
    }

    /// From now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.state.behaviour.lock().unwrap() = behaviour;
    }

    /// Sends what a provider of that make sends.
    pub fn be_of(&self, make: Make) {
        *self.state.make.lock().unwrap() = Some(make);
    }

    pub fn counts(&self) -> &Counts {
        &self.state.counts
    }

    /// Logins that came to the authorization endpoint, oldest first.
    pub fn scenes(&self) -> Vec<Scene> {
        self.state.scenes.lock().unwrap().clone()
    }

    /// Logins whose access token was fetched, in no order.
    pub fn redeemed(&self) -> Vec<Scene> {
        self.state.access_tokens.lock().unwrap().values().cloned().collect()
    }

    /// The person takes back what they allowed: no refresh token works any more.
    pub fn end_refresh_tokens(&self) {
        self.state.refresh_tokens.lock().unwrap().clear();
    }

    /// What this provider sends when `alice` signs out of its session `sid` (OpenID Connect Back-Channel Logout).
    pub fn logout_token(&self, sid: &str) -> Token {
        let now = self.state.clock.now().seconds();
        let mut token = Token::honest(json!({
            "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 120, "sub": "alice", "sid": sid,
            "jti": Random::default().token(),
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        }));
        token.header.insert("typ".into(), "logout+jwt".into());
        token
    }

    /// A connection to this provider by discovery.
    pub fn connection(&self, name: &str, channel: Channel) -> Connection {
        let options = OidcOptions {
            channel,
            redirect_uri: RedirectUri::usual(channel),
            discovery_url: Some(self.issuer.clone()),
            client_id: CLIENT_ID.into(),
            ..OidcOptions::default()
        };
        connection_to_provider(name, options, Some(Secret::new(CLIENT_SECRET)), self.state.clock.now())
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        // The command is sent at once; only its outcome is not waited for.
        drop(self.server.stop(false));
    }
}
