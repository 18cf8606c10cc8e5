//! The one place that wires everything together: settings in, a running hub out.

use std::net::TcpListener;
use std::sync::Arc;

use actix_web::App as ActixApp;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use anyhow::Context as _;

use crate::config::{Config, DatabaseUrl, Tls};
use crate::crypto::random::Random;
use crate::domain::clock::Clock;
use crate::domain::limits;
use crate::flows::client_fetches::ClientFetches;
use crate::flows::diagnoses::Diagnoses;
use crate::flows::directory::Directory;
use crate::flows::guesses::Guesses;
use crate::flows::hub::Hub;
use crate::flows::journal::Journal;
use crate::flows::keys::KeyRing;
use crate::flows::login::PasswordGate;
use crate::flows::logout::Courier;
use crate::flows::manage::bootstrap::{
    ensure_management_api, ensure_management_client, ensure_terminal_client,
};
use crate::flows::subjects::Subjects;
use crate::flows::token::RememberedPeople;
use crate::jobs::Jobs;
use crate::mail::Mailer;
use crate::store::{DatabaseAddress, Store};
use crate::telemetry::metrics::{DatabaseUse, Metrics};
use crate::upstream::{Dns, OutboundSettings, Upstream};
use crate::views::Views;
use crate::web;
use crate::web::server::Listening;
use crate::web::state::WebState;

/// Opens the database that the settings name.
///
/// # Errors
/// Problems with the data folder, the master key or the database, in words for the terminal.
pub fn open_store(config: &Config, random: &Random) -> anyhow::Result<Store> {
    config.create_data_dir()?;
    let sealer = config.master_keys.sealer(random)?;
    let address = match &config.database_url {
        DatabaseUrl::Sqlite(path) => DatabaseAddress::Sqlite(path.clone()),
        DatabaseUrl::Postgres(url) => DatabaseAddress::Postgres(url.clone()),
    };
    Ok(Store::open(&address, sealer, random.clone())?)
}

/// A hub that is ready to listen.
pub struct App {
    pub hub: Arc<Hub>,
    state: Data<WebState>,
    tls: Option<Tls>,
}

impl App {
    /// Opens the database, brings it to the current schema, reads or makes the keys. Talks to no provider.
    ///
    /// # Errors
    /// What is wrong and what to do, in words for the terminal.
    pub async fn build(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let random = Random::default();
        let store = open_store(config, &random)?;
        store.migrate().context("the database could not be brought to the current schema")?;
        let sealer = config.master_keys.sealer(&random)?;
        let keys = KeyRing::new(config.signing_key_rotation_seconds);
        keys.load_or_create(&store, clock.now()).await.context(
            "the signing keys could not be read; was the master key replaced instead of extended?",
        )?;
        let subjects = Subjects::load_or_create(&store, &random, clock.now()).await.context(
            "the salt of pairwise subjects could not be read; was the master key replaced instead of extended?",
        )?;
        let metrics = Metrics::new()?;
        let watched = store.clone();
        metrics.watch_database(move || {
            let state = watched.pool_state();
            DatabaseUse { in_use: state.in_use, idle: state.idle }
        });
        let mailer = Mailer::new(&config.mail).context("mail cannot be sent as the settings say")?;
        tracing::info!("mail to administrators goes to {mailer}");
        let views = Arc::new(Views::load()?);
        let hub = Arc::new(Hub {
            issuer: config.issuer.clone(),
            directory: Directory::new(store.clone()),
            keys,
            subjects,
            upstream: upstream(config, &metrics)?,
            dns: Dns::new(config.dns_servers.clone()),
            sealer,
            password_gate: PasswordGate::new(&random)?,
            client_fetches: ClientFetches::new(&clock),
            guesses: Guesses::new(&clock),
            diagnoses: Diagnoses::new(config.connection_check_seconds, &clock),
            clock,
            journal: Journal::default(),
            courier: Courier::default(),
            people: RememberedPeople::default(),
            metrics,
            mailer,
            views: Arc::clone(&views),
            admin_email: config.admin_email.clone(),
            management_client_id: config.management_client.as_ref().map(|client| client.client_id.clone()),
            shares_callback: config.shares_callback,
            registration: config.client_registration,
            random,
            store,
        });
        ensure_management_api(&hub).await?;
        ensure_terminal_client(&hub).await?;
        if let Some(client) = &config.management_client {
            ensure_management_client(&hub, &client.client_id, &client.client_secret).await?;
        }
        let state = WebState::new(Arc::clone(&hub), views, config.trusted_proxies.clone());
        Ok(Self { hub, state: Data::new(state), tls: config.tls.clone() })
    }

    /// Listens on `listener` and starts the timers. Requests in flight finish when it stops.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn listen(&self, listener: TcpListener) -> anyhow::Result<Running> {
        let state = self.state.clone();
        let listening = Listening {
            listener,
            tls: self.tls.as_ref().map(Tls::server_config),
            workers: workers(),
            connections: limits::HTTP_CONNECTIONS,
            trusted_proxies: self.state.trusted_proxies.clone(),
            watcher: self.watcher(),
        };
        let server = web::server::serve(listening, move || {
            ActixApp::new().app_data(state.clone()).configure(web::routes)
        })?;
        Ok(Running::start(server, Arc::clone(&self.hub)))
    }

    /// Serves metrics on an address of their own.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn listen_for_metrics(&self, listener: TcpListener) -> anyhow::Result<ServerHandle> {
        let metrics = Data::new(self.hub.metrics.clone());
        let listening = Listening {
            listener,
            tls: None,
            workers: 1,
            connections: limits::METRICS_CONNECTIONS,
            trusted_proxies: Vec::new(),
            watcher: self.watcher(),
        };
        let server = web::server::serve(listening, move || {
            ActixApp::new().app_data(metrics.clone()).configure(web::metrics::routes)
        })?;
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(handle)
    }

    /// Counts connections that were refused or closed.
    fn watcher(&self) -> Box<dyn Fn(&'static str) + Send + Sync> {
        let metrics = self.hub.metrics.clone();
        Box::new(move |reason| metrics.http_connection_closed(reason))
    }
}

/// A hub that answers requests.
pub struct Running {
    hub: Arc<Hub>,
    server: ServerHandle,
    jobs: Jobs,
}

impl Running {
    fn start(server: Server, hub: Arc<Hub>) -> Self {
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { jobs: Jobs::start(Arc::clone(&hub)), hub, server: handle }
    }

    /// Lets requests in flight finish, writes what waits in the journal, and stops.
    pub async fn stop(self) {
        self.server.stop(true).await;
        self.jobs.stop().await;
        let hub = self.hub;
        if let Err(error) = hub.journal.flush(&hub.store, hub.clock.now(), &hub.random).await {
            tracing::warn!(%error, "the last log entries could not be written");
        }
    }
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

fn upstream(config: &Config, metrics: &Metrics) -> anyhow::Result<Upstream> {
    let settings = OutboundSettings {
        allow: config.outbound.allow.clone(),
        extra_ca_pem: config.outbound.extra_ca_pem.clone(),
    };
    let metrics = metrics.clone();
    Ok(Upstream::new(
        settings,
        Some(Arc::new(move |connection, operation, took, _is_success| {
            metrics.upstream_request(connection, operation, took);
        })),
    )?)
}
