//! The table at the end, in Markdown.

use std::time::Duration;

use crate::people::BROWSERS;
use crate::tokens::Tokens;
use crate::{Measured, Size};

/// A row: what, the goal, and how to say it of one database.
type Row = (String, &'static str, Box<dyn Fn(&Measured) -> String>);

pub fn print(measured: &[Measured], size: Size) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "\nCode flow with RS256, {BROWSERS} browsers at the same time; driver, provider, database and hub"
    );
    println!(
        "share {cores} cores. The floor: two RS256 signatures, one verification, three requests answered"
    );
    println!("and one made, by the same libraries.\n");
    table(measured, rows(size));
    println!(
        "\nTokens by RS256: processor time of the hub for one answer. A signature: bare, on every core at the"
    );
    println!(
        "same time. A bare answer: a few bytes of JSON from the hub, or from a server with nothing around it.\n"
    );
    table(measured, rows_of_tokens());
}

fn table(measured: &[Measured], rows: Vec<Row>) {
    let names: Vec<&str> = measured.iter().map(|one| one.kind.name()).collect();
    println!("| | {} | goal |", names.join(" | "));
    println!("|---|{}---|", "--:|".repeat(names.len()));
    for (what, goal, say) in rows {
        let values: Vec<String> = measured.iter().map(say).collect();
        println!("| {what} | {} | {goal} |", values.join(" | "));
    }
}

fn rows_of_tokens() -> Vec<Row> {
    let row = |what: &str, goal, say: fn(&Tokens) -> String| -> Row {
        (what.to_owned(), goal, Box::new(move |one| say(&one.tokens)))
    };
    vec![
        row("a signature, before and after", "", |one| {
            format!("{}, {} µs", micros(one.signature[0]), micros(one.signature[1]))
        }),
        row("a bare answer: hub / nothing around it", "", |one| {
            format!("{} / {} µs", micros(one.bare), micros(one.barest))
        }),
        row("client credentials", "≥ 60 % of signing", |one| signing(one, one.client_credentials, 1)),
        row("refresh: access token", "≥ 60 % of signing", |one| signing(one, one.refresh, 1)),
        row("refresh: access token and ID token", "≥ 60 % of signing", |one| {
            signing(one, one.refresh_with_id_token, 2)
        }),
        row("UserInfo", "≥ 50 % of a bare answer", |one| answering(one, one.userinfo)),
        row("introspection", "≥ 50 % of a bare answer", |one| answering(one, one.introspection)),
    ]
}

/// The time of one answer with so many signatures, and how much of it was signing.
fn signing(one: &Tokens, took: Duration, signatures: u32) -> String {
    let signature = (one.signature[0] + one.signature[1]) / 2;
    format!("{} µs: **{}**", micros(took), percent(signature * signatures, took))
}

/// The time of one answer, and the bare one's share of it.
fn answering(one: &Tokens, took: Duration) -> String {
    format!("{} µs: **{}** / {}", micros(took), percent(one.bare, took), percent(one.barest, took))
}

fn percent(part: Duration, whole: Duration) -> String {
    format!("{:.0} %", 100.0 * part.as_secs_f64() / whole.as_secs_f64())
}

fn micros(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e6)
}

fn rows(size: Size) -> Vec<Row> {
    let row =
        |what: &str, goal, say: fn(&Measured) -> String| -> Row { (what.to_owned(), goal, Box::new(say)) };
    vec![
        row("logins", "", |one| one.round.done.to_string()),
        row("logins per second", "", |one| format!("{:.0}", one.round.per_second())),
        row("time of a login, p50 / p99", "", |one| {
            let quantile = |share| millis(one.round.quantile(share));
            format!("{} / {} ms", quantile(0.5), quantile(0.99))
        }),
        row("hub's processor time per login", "", |one| format!("{:.3} ms", per_login(one))),
        row("of it user / system", "", |one| {
            let share = |time: Duration| time.as_secs_f64() * 1e3 / one.round.done.max(1) as f64;
            format!("{:.3} / {:.3} ms", share(one.cpu.user), share(one.cpu.system))
        }),
        row("the floor, before and after", "", |one| {
            let [before, after] = one.floors.map(|floor| floor.total().as_secs_f64() * 1e3);
            format!("{before:.3}, {after:.3} ms")
        }),
        row("of it signatures / requests", "", |one| {
            let mean = |part: fn(&crate::floor::Floor) -> Duration| {
                one.floors.iter().map(part).sum::<Duration>().as_secs_f64() * 1e3 / one.floors.len() as f64
            };
            format!("{:.3} / {:.3} ms", mean(|floor| floor.signatures), mean(|floor| floor.requests))
        }),
        row("processor time per login ÷ floor", "≤ 2", |one| {
            let floor = one.floors.iter().map(|floor| floor.total()).sum::<Duration>().as_secs_f64() * 1e3;
            format!("**{:.2}**", per_login(one) / (floor / one.floors.len() as f64))
        }),
        row("resident memory afterwards / at most", "< 40 MB", |one| {
            format!("**{:.1}** / {:.1} MB", megabytes(one.memory.now), megabytes(one.memory.peak))
        }),
        (
            format!("{} visitors before they prove anything", size.onlookers),
            "no write",
            Box::new(|one| if one.onlookers_wrote { "**wrote**" } else { "no write" }.to_owned()),
        ),
        (
            format!("start to ready, {} dead connections: median / worst", size.dead_connections),
            "< 200 ms",
            Box::new(|one| {
                let median = one.ready_after.get(one.ready_after.len() / 2).copied().unwrap_or_default();
                let worst = one.ready_after.last().copied().unwrap_or_default();
                format!("**{}** / {} ms", millis(median), millis(worst))
            }),
        ),
    ]
}

/// Milliseconds.
fn per_login(one: &Measured) -> f64 {
    one.cpu.total().as_secs_f64() * 1e3 / one.round.done.max(1) as f64
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1e3)
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
