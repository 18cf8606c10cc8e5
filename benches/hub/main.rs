//! How fast people sign in, and what that and the tokens afterwards cost: `cargo bench --bench hub`, or
//! `cargo bench --bench hub -- --quick`.
//!
//! Runs the release binary against a cheap provider on this machine, on SQLite and on a private PostgreSQL. A
//! benchmark, not a test: it passes no judgement, and its numbers belong to the machine they were taken on.

#[allow(dead_code, reason = "shared with the benchmark of scale")]
mod database;
mod floor;
mod http;
mod hub;
#[allow(dead_code, reason = "shared with the benchmark of scale")]
mod people;
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "shared with the tests, which fail by panicking"
)]
#[path = "../../tests/integration/support/postgres.rs"]
mod postgres;
mod provider;
mod report;
mod tokens;
mod usage;

use std::time::Duration;

use anyhow::Context as _;
use database::{Database, Kind};
use floor::Floor;
use hub::Hub;
use people::Round;
use reqwest::Client;
use tokens::Tokens;
use usage::{Cpu, Memory};

/// How much of everything.
#[derive(Clone, Copy)]
pub struct Size {
    warm_up: usize,
    logins: usize,
    floors: usize,
    /// Of each kind of answer with or about tokens.
    tokens: usize,
    onlookers: usize,
    dead_connections: usize,
    starts: usize,
}

const FULL: Size = Size {
    warm_up: 500,
    logins: 20_000,
    floors: 5_000,
    tokens: 40_000,
    onlookers: 2_000,
    dead_connections: 1_000,
    starts: 7,
};
const QUICK: Size = Size {
    warm_up: 100,
    logins: 2_000,
    floors: 2_000,
    tokens: 10_000,
    onlookers: 200,
    dead_connections: 100,
    starts: 3,
};

/// Until a hub with nothing to do has written what waited.
const SETTLE: Duration = Duration::from_secs(3);

/// What was measured on one database.
pub struct Measured {
    kind: Kind,
    round: Round,
    /// Of the hub, for the whole round.
    cpu: Cpu,
    memory: Memory,
    tokens: Tokens,
    /// Before and after the round: the machine may have become busier.
    floors: [Floor; 2],
    onlookers_wrote: bool,
    /// Sorted.
    ready_after: Vec<Duration>,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if let [floor::SERVER, provider] = arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        return floor::serve(provider);
    }
    if !has("--bench") {
        println!("this is a benchmark: cargo bench --bench hub [-- --quick] [-- sqlite|postgres]");
        return Ok(());
    }
    let size = if has("--quick") { QUICK } else { FULL };
    let one = has("sqlite") || has("postgres");
    let kinds = [(Kind::Sqlite, !one || has("sqlite")), (Kind::Postgres, !one || has("postgres"))];
    actix_web::rt::System::new().block_on(async {
        let (client, provider) = (http::client()?, provider::start()?);
        let mut measured = Vec::new();
        for kind in kinds.into_iter().filter_map(|(kind, is_wanted)| is_wanted.then_some(kind)) {
            let outcome = measure(&client, &provider, kind, size).await;
            measured.push(outcome.with_context(|| format!("on {}", kind.name()))?);
        }
        report::print(&measured, size);
        Ok(())
    })
}

async fn measure(client: &Client, provider: &str, kind: Kind, size: Size) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let mut database = Database::fresh(kind, folder.path())?;
    let hub = Hub::start(folder.path(), &database.url)?;
    let application = hub.set_up(client, provider).await?;
    let say = |what: &str| eprintln!("{}: {what}", kind.name());

    say("warming up");
    people::sign_in_many(client, &hub, &application, size.warm_up).await?;

    say("visitors who only look");
    actix_web::rt::time::sleep(SETTLE).await;
    let before = database.written()?;
    people::only_look(client, &hub, &application, size.onlookers).await?;
    actix_web::rt::time::sleep(SETTLE).await;
    let onlookers_wrote = database.written()? != before;

    say("the floor");
    let floor_before = Floor::measure(client, provider, size.floors).await?;
    say("logins");
    let before = Cpu::of(hub.process())?;
    let round = people::sign_in_many(client, &hub, &application, size.logins).await?;
    let (cpu, memory) = (Cpu::of(hub.process())?.since(before), Memory::of(hub.process())?);
    say("the floor again");
    let floor_after = Floor::measure(client, provider, size.floors).await?;

    say("tokens");
    let tokens = Tokens::measure(client, &hub, &application, floor_after.answer, size.tokens).await?;

    say("starts with dead connections");
    hub.add_dead_connections(client, &application, size.dead_connections).await?;
    hub.stop()?;
    let mut ready_after = Vec::new();
    for _ in 0..size.starts {
        let hub = Hub::start(folder.path(), &database.url)?;
        ready_after.push(hub.ready_after);
        hub.stop()?;
    }
    ready_after.sort_unstable();
    Ok(Measured {
        kind,
        round,
        cpu,
        memory,
        tokens,
        floors: [floor_before, floor_after],
        onlookers_wrote,
        ready_after,
    })
}
