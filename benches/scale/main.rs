//! What 10 000 connections with 100 000 domains cost against 10 with 100, and what a provider that hangs costs people
//! at another one: `cargo bench --bench scale`, or `cargo bench --bench scale -- --quick`.
//!
//! Runs the release binary against a cheap provider on this machine, on SQLite and on a private PostgreSQL. A
//! benchmark, not a test: it passes no judgement, and its numbers belong to the machine they were taken on.

#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/database.rs"]
mod database;
mod hanging;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/http.rs"]
mod http;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/hub.rs"]
mod hub;
mod many;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/people.rs"]
mod people;
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "shared with the tests, which fail by panicking"
)]
#[path = "../../tests/integration/support/postgres.rs"]
mod postgres;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/provider.rs"]
mod provider;
#[allow(dead_code, reason = "shared with the benchmark of the hub")]
#[path = "../hub/usage.rs"]
mod usage;

use std::time::Duration;

use anyhow::Context as _;
use database::Kind;
use hanging::Hanging;
use many::Figures;

/// How much of everything.
#[derive(Clone, Copy)]
pub struct Size {
    /// Connections that there are many of.
    many: usize,
    logins: usize,
    /// Of each kind of request.
    requests: usize,
    edits: usize,
    starts: usize,
    /// Rounds of logins with and without people who hang elsewhere, in turn.
    turns: usize,
}

/// Connections that there are few of.
pub const FEW: usize = 10;
const FULL: Size = Size { many: 10_000, logins: 10_000, requests: 4_000, edits: 30, starts: 7, turns: 6 };
const QUICK: Size = Size { many: 2_000, logins: 1_000, requests: 800, edits: 10, starts: 3, turns: 2 };

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    if !has("--bench") {
        println!("this is a benchmark: cargo bench --bench scale [-- --quick] [-- sqlite|postgres]");
        return Ok(());
    }
    let size = if has("--quick") { QUICK } else { FULL };
    let one = has("sqlite") || has("postgres");
    let kinds = [(Kind::Sqlite, !one || has("sqlite")), (Kind::Postgres, !one || has("postgres"))];
    actix_web::rt::System::new().block_on(async {
        let (client, provider) = (http::client()?, provider::start()?);
        for kind in kinds.into_iter().filter_map(|(kind, is_wanted)| is_wanted.then_some(kind)) {
            let measured = async {
                let few = Figures::measure(&client, &provider, kind, FEW, size).await?;
                let many = Figures::measure(&client, &provider, kind, size.many, size).await?;
                let hanging = Hanging::measure(&client, &provider, kind, size).await?;
                anyhow::Ok((few, many, hanging))
            };
            let (few, many, hanging) = measured.await.with_context(|| format!("on {}", kind.name()))?;
            print(kind, size, &few, &many, &hanging);
        }
        Ok(())
    })
}

fn print(kind: Kind, size: Size, few: &Figures, many: &Figures, hanging: &Hanging) {
    let domains = |connections: usize| connections * many::DOMAINS_PER_CONNECTION;
    println!(
        "\n{}: {FEW} connections with {} domains, and {} with {}. The goal is 1.2 at most.\n",
        kind.name(),
        domains(FEW),
        size.many,
        domains(size.many)
    );
    println!("| | {FEW} | {} | ratio |\n|---|--:|--:|--:|", size.many);
    for ((what, few), (_, many)) in few.times.iter().zip(&many.times) {
        let ratio = many.as_secs_f64() / few.as_secs_f64().max(f64::EPSILON);
        println!("| {what} | {} | {} | **{ratio:.2}** |", millis(*few), millis(*many));
    }
    let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
    for (what, few, many) in [
        ("resident memory when ready", few.memory_at_start, many.memory_at_start),
        ("resident memory afterwards", few.memory, many.memory),
    ] {
        println!("| {what} | {} | {} | |", megabytes(few), megabytes(many));
    }
    let change = 100.0 * (hanging.beside.as_secs_f64() / hanging.alone.as_secs_f64() - 1.0);
    println!(
        "\nLogins while {} people hang at another provider: p99 {} instead of {}: **{change:+.1} %** (goal: below 5 %)",
        hanging::PEOPLE,
        millis(hanging.beside),
        millis(hanging.alone)
    );
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
