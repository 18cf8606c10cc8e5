//! How long home-realm discovery takes to decide: `cargo bench --bench home_realms`.
//!
//! With 10 connections, and with 10 000 that list 100 000 domains. A benchmark, not a test: it passes no judgement, and
//! its numbers belong to the machine they were taken on.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use vestibule::app::App;
use vestibule::config::Config;
use vestibule::domain::client::Client;
use vestibule::domain::clock::Clock;
use vestibule::domain::connection::new_connection;
use vestibule::domain::next_step::Routing;
use vestibule::flows::hub::Hub;
use vestibule::flows::login::{Clues, find_realm};

const MANAGEMENT_CLIENT: &str = "benchmark";
const DOMAINS_PER_CONNECTION: usize = 10;
const DECISIONS: usize = 200_000;
const SIZES: [usize; 2] = [10, 10_000];

fn main() -> anyhow::Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("this is a benchmark: cargo bench --bench home_realms");
        return Ok(());
    }
    actix_web::rt::System::new().block_on(async {
        println!("\nHome-realm discovery, time of a decision\n");
        println!("| typed | connections | domains | mean | p50 | p99 |");
        println!("|---|--:|--:|--:|--:|--:|");
        for size in SIZES {
            measure(size).await?;
        }
        Ok(())
    })
}

async fn measure(connections: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = [
        ("VESTIBULE_DATA_DIR", folder.path().join("data").display().to_string()),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", MANAGEMENT_CLIENT.to_owned()),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "benchmark-secret-0123456789abcdef0123456789".to_owned()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value));
    let config = Config::load(settings, None).map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
    let app = App::build(&config, Clock::default()).await?;
    let hub = &app.hub;
    add_connections(hub, connections).await?;
    hub.directory.forget();
    hub.directory.index_realms().await?;
    let client = hub.directory.client(MANAGEMENT_CLIENT).await?.context("the application is gone")?;
    let domains = connections * DOMAINS_PER_CONNECTION;
    for (what, address) in [
        ("a listed domain", exact as fn(usize) -> String),
        ("under a wildcard", under_wildcard),
        ("of nobody", of_nobody),
    ] {
        let addresses: Vec<String> = (0..DECISIONS).map(|number| address(number * 7_919 % domains)).collect();
        // Connections come into memory as they are first met.
        decide(hub, &client, &addresses).await?;
        let mut times = decide(hub, &client, &addresses).await?;
        times.sort_unstable();
        let mean = times.iter().sum::<Duration>() / u32::try_from(times.len())?;
        let quantile = |hundredth: usize| micros(times.get(times.len() * hundredth / 100));
        println!(
            "| {what} | {connections} | {domains} | {} | {} | {} |",
            micros(Some(&mean)),
            quantile(50),
            quantile(99)
        );
    }
    Ok(())
}

async fn decide(hub: &Hub, client: &Client, addresses: &[String]) -> anyhow::Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(addresses.len());
    for address in addresses {
        let clues = Clues { typed_email: Some(address), ..Clues::default() };
        let started = Instant::now();
        let routing: Routing = find_realm(hub, client, clues, None).await?;
        times.push(started.elapsed());
        black_box(routing);
    }
    Ok(times)
}

/// Half of a connection's domains are wildcards.
async fn add_connections(hub: &Hub, count: usize) -> anyhow::Result<()> {
    let now = hub.clock.now();
    let mut made = Vec::with_capacity(count);
    for number in 0..count {
        let own = (0..DOMAINS_PER_CONNECTION).map(|one| number * DOMAINS_PER_CONNECTION + one);
        let domains: Vec<String> = own
            .map(|domain| if domain % 2 == 0 { name(domain) } else { format!("*.{}", name(domain)) })
            .collect();
        let body = json!({
            "name": format!("company-{number}"), "strategy": "oidc", "enabled_clients": [MANAGEMENT_CLIENT],
            "options": {
                "discovery_url": "https://idp.example", "client_id": "x", "client_secret": "y",
                "domain_aliases": domains,
            },
        });
        let body: Map<String, Value> = body.as_object().cloned().unwrap_or_default();
        let connection = new_connection(&body, &format!("con_{number:016}"), false, now)
            .map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        made.push(connection);
    }
    for some in made.chunks(500) {
        let some = some.to_vec();
        hub.store
            .write(move |tx| some.iter().try_for_each(|connection| tx.add_connection(connection)))
            .await?;
    }
    Ok(())
}

fn name(number: usize) -> String {
    format!("company-{number}.example")
}

fn exact(number: usize) -> String {
    format!("Ada.Lovelace@{}", name(number & !1))
}

fn under_wildcard(number: usize) -> String {
    format!("ada.lovelace@mail.{}", name(number | 1))
}

fn of_nobody(number: usize) -> String {
    format!("ada.lovelace@nobody-{number}.example")
}

fn micros(time: Option<&Duration>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| format!("{:.1} µs", time.as_secs_f64() * 1e6))
}
