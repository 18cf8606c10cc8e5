//! The tables at the end, in Markdown, and what of it missed its goal.

use std::time::Duration;

use crate::attacks::Told;
use crate::database::Kind;
use crate::others::Stretch;
use crate::requests::Sent;

/// Resident memory may grow by this, in bytes.
const GROWTH: u64 = 20_000_000;
/// Resident memory after wrong passwords, in bytes.
const AFTER_PASSWORDS: u64 = 80_000_000;
/// The p99 of a sign-in during an attack against the p99 before.
const SLOWER: f64 = 2.0;

/// One attack, and how the others fared.
pub struct Outcome {
    pub name: &'static str,
    pub alone: Stretch,
    pub beside: Stretch,
    pub told: Told,
    pub memory_before: u64,
    pub memory_after: u64,
    /// What was wrong afterwards.
    pub is_well: Option<String>,
}

/// Everything on one database.
pub struct Judged {
    pub outcomes: Vec<Outcome>,
    pub requests: Sent,
    pub memory_before: u64,
    pub memory_after: u64,
    pub is_well: Option<String>,
    pub panics: Vec<String>,
}

/// Prints what was measured; how many goals were missed.
pub fn print(kind: Kind, judged: &Judged) -> usize {
    let mut missed = Vec::new();
    println!("\n{}: people who sign in while somebody attacks\n", kind.name());
    println!(
        "| attack | p99 before | p99 during | ratio (≤ 2) | sign-ins during | failed (0) | memory before | after (+ ≤ 20 MB) | answers |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|---|");
    for one in &judged.outcomes {
        let [before, during] = [&one.alone, &one.beside].map(|stretch| stretch.round.quantile(0.99));
        let ratio = during.as_secs_f64() / before.as_secs_f64().max(f64::EPSILON);
        let failed = one.beside.failures.len();
        let answers: Vec<String> =
            one.told.answers.iter().map(|(what, times)| format!("{times} × {what}")).collect();
        println!(
            "| {} | {} | {} | **{ratio:.2}** | {} | **{failed}** | {} | **{}** | {} in {:.0} s |",
            one.name,
            millis(before),
            millis(during),
            one.beside.round.done,
            megabytes(one.memory_before),
            megabytes(one.memory_after),
            answers.join(", "),
            one.told.took.as_secs_f64(),
        );
        let mut miss = |what: String| missed.push(format!("{}: {what}", one.name));
        if ratio > SLOWER {
            miss(format!("sign-ins took {ratio:.2} times as long"));
        }
        for (when, stretch) in [("before", &one.alone), ("during", &one.beside)] {
            if let Some(first) = stretch.failures.first() {
                miss(format!("{} sign-ins failed {when}, the first with: {first}", stretch.failures.len()));
            }
        }
        if one.memory_after > one.memory_before + GROWTH {
            miss(format!(
                "memory grew from {} to {}",
                megabytes(one.memory_before),
                megabytes(one.memory_after)
            ));
        }
        // A hub that was not optimised takes more from the start.
        if !cfg!(debug_assertions) && one.name.contains("passwords") && one.memory_after >= AFTER_PASSWORDS {
            miss(format!(
                "memory is {}, not below {}",
                megabytes(one.memory_after),
                megabytes(AFTER_PASSWORDS)
            ));
        }
        if let Some(what) = &one.is_well {
            miss(format!("afterwards: {what}"));
        }
    }
    let sent = &judged.requests;
    let statuses: Vec<String> =
        sent.statuses.iter().map(|(class, times)| format!("{times} × {class}xx")).collect();
    println!(
        "\n| random requests | answers | slowest (≤ 2 s) | memory before | after (+ ≤ 20 MB) | panics (0) |"
    );
    println!("|--:|---|--:|--:|--:|--:|");
    println!(
        "| {} in {:.0} s | {} | **{}** | {} | **{}** | **{}** |\n",
        sent.done,
        sent.took.as_secs_f64(),
        statuses.join(", "),
        millis(sent.slowest),
        megabytes(judged.memory_before),
        megabytes(judged.memory_after),
        judged.panics.len(),
    );
    for (kind, (times, some)) in &sent.failures {
        missed.push(format!("{times} × {kind}"));
        for one in some {
            eprintln!("---\n{one}");
        }
    }
    if judged.memory_after > judged.memory_before + GROWTH {
        missed.push(format!(
            "random requests: memory grew from {} to {}",
            megabytes(judged.memory_before),
            megabytes(judged.memory_after)
        ));
    }
    missed.extend(judged.is_well.iter().map(|what| format!("after the random requests: {what}")));
    missed.extend(judged.panics.iter().cloned());
    for one in &missed {
        println!("- missed: {one}");
    }
    missed.len()
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
