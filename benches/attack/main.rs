//! What strangers can do to a hub: `cargo bench --bench attack`, or `cargo bench --bench attack -- --quick`,
//! `-- --database sqlite` or `postgres`, `-- --seed NUMBER`.
//!
//! Runs the release binary against a cheap provider on this machine, on SQLite and on a private PostgreSQL, with the
//! limits it has everywhere. People sign in from one network, first alone and then while somebody attacks from others;
//! then random requests go over every route. It judges: it ends with an error where a goal is missed. All of it stays on
//! this machine, and ends by itself.

mod attacks;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/database.rs"]
mod database;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/http.rs"]
mod http;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/hub.rs"]
mod hub;
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared with the tests"
)]
#[path = "../../tests/integration/support/odd_values.rs"]
mod odd_values;
mod others;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/people.rs"]
mod people;
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "shared with the tests")]
#[path = "../../tests/integration/support/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/provider.rs"]
mod provider;
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared with the tests"
)]
#[path = "../../tests/integration/support/random_requests.rs"]
mod random_requests;
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "shared with the tests"
)]
#[path = "../../tests/integration/support/raw_http.rs"]
mod raw_http;
mod report;
mod requests;
#[allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "shared with the tests")]
#[path = "../../tests/integration/support/routes.rs"]
mod routes;
mod target;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/usage.rs"]
mod usage;

use std::time::Duration;

use anyhow::{Context as _, bail};
use attacks::ATTACKS;
use database::{Database, Kind};
use others::Others;
use report::{Judged, Outcome};
use target::Target;

/// How much of everything.
#[derive(Clone, Copy)]
pub struct Size {
    /// Random requests.
    requests: usize,
    /// Wrong passwords.
    passwords: usize,
    /// People sign in for so long: alone, and during each attack.
    stretch: Duration,
    /// All of it ends after this, whatever happens.
    end: Duration,
}

const FULL: Size = Size {
    requests: 200_000,
    passwords: 10_000,
    stretch: Duration::from_secs(30),
    end: Duration::from_secs(90 * 60),
};
const QUICK: Size = Size {
    requests: 5_000,
    passwords: 300,
    stretch: Duration::from_secs(8),
    end: Duration::from_secs(20 * 60),
};

/// The hub has this long to give back what an attack made it take.
const SETTLE: Duration = Duration::from_secs(5);
/// Between the beginning of an attack and the first person who is counted.
const RAMP: Duration = Duration::from_secs(2);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if !has("--bench") {
        println!(
            "this is a benchmark: cargo bench --bench attack [-- --quick] [-- --database sqlite|postgres]"
        );
        return Ok(());
    }
    let size = if has("--quick") { QUICK } else { FULL };
    let after = |name: &str| arguments.iter().skip_while(|argument| *argument != name).nth(1);
    let seed =
        after("--seed").map_or(Ok(20_261_201), |seed| seed.parse()).context("--seed takes a number")?;
    let kinds = match after("--database").map(String::as_str) {
        None => vec![Kind::Sqlite, Kind::Postgres],
        Some("sqlite") => vec![Kind::Sqlite],
        Some("postgres") => vec![Kind::Postgres],
        Some(other) => bail!("--database takes sqlite or postgres, not {other}"),
    };
    end_after(size.end)?;
    let mut missed = 0;
    for kind in kinds {
        let judged = actix_web::rt::System::new()
            .block_on(attack_all(kind, size, seed))
            .with_context(|| format!("on {}", kind.name()))?;
        missed += report::print(kind, &judged);
    }
    if missed > 0 {
        bail!("{missed} goals were missed");
    }
    Ok(())
}

/// No run goes on for ever, whatever the hub does. What it started ends with it.
fn end_after(time: Duration) -> anyhow::Result<()> {
    std::thread::Builder::new().name("end".into()).spawn(move || {
        std::thread::sleep(time);
        eprintln!("given up after {time:?}");
        std::process::exit(2);
    })?;
    Ok(())
}

async fn attack_all(kind: Kind, size: Size, seed: u64) -> anyhow::Result<Judged> {
    let folder = tempfile::tempdir()?;
    let database = Database::fresh(kind, folder.path())?;
    let provider = provider::start()?;
    let target = Target::start(folder.path(), &database.url, &provider).await?;
    let others = Others::new(&target)?;
    let say = |what: &str| eprintln!("{}: {what}", kind.name());

    say("people sign in, to warm up");
    others.sign_in(size.stretch).await?;
    let mut outcomes = Vec::new();
    for attack in ATTACKS {
        say(&format!("before: {}", attack.name));
        actix_web::rt::time::sleep(SETTLE).await;
        let memory_before = target.memory()?;
        let alone = others.sign_in(size.stretch).await?;
        say(&format!("during: {}", attack.name));
        let running = attack.begin(&target, size)?;
        actix_web::rt::time::sleep(RAMP).await;
        let beside = others.sign_in(size.stretch).await?;
        let told = running.end(attack.goes_to_its_end).await?;
        actix_web::rt::time::sleep(SETTLE).await;
        let memory_after = target.memory()?;
        let is_well = others.finds_all_well(&target).await;
        outcomes.push(Outcome {
            name: attack.name,
            alone,
            beside,
            told,
            memory_before,
            memory_after,
            is_well,
        });
    }
    say(&format!("{} random requests, seed {seed}", size.requests));
    let memory_before = target.memory()?;
    let requests = requests::send_all(&target, &provider, size.requests, seed).await?;
    actix_web::rt::time::sleep(SETTLE).await;
    let memory_after = target.memory()?;
    let is_well = others.finds_all_well(&target).await;
    let panics = target.panics(folder.path())?;
    Ok(Judged { outcomes, requests, memory_before, memory_after, is_well, panics })
}
