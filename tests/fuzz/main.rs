//! Every reader of strangers' bytes, fed with what is nearly right: each seed of `fuzz/seeds` as it is, then changed at
//! random for a while. A target fails by a panic (a promise that does not hold, see `targets`), or by taking so long for
//! a short input that its time grows faster than the input does.
//!
//! `fuzz/run` does the same by libFuzzer, which looks which changes reach new code, for as long as one likes. Here is no
//! more than a stable compiler, and the same inputs every time: `VESTIBULE_FUZZ_SEED` begins elsewhere, and
//! `VESTIBULE_FUZZ_SECONDS` stays longer at each target.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its supports too"
)]

mod mutator;
mod targets;

use std::panic::{RefUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use mutator::Mutator;

/// Longest input. Bodies that strangers send are not longer either, pictures aside.
const LONGEST: usize = 64 * 1024;
/// Nothing so short takes so long, on a busy machine and without optimization either.
const SLOWEST: Duration = Duration::from_secs(1);
/// Seconds for each target, unless said otherwise; all of them together stay below a minute.
const SECONDS: f64 = 1.2;

#[expect(clippy::disallowed_methods, reason = "settings of a test, not of the hub")]
fn number<T: std::str::FromStr>(name: &str, usual: T) -> T {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The seeds of a target, in the order of their names, so that every machine begins with the same.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 1, "{}: a target begins with two inputs at least", folder.display());
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// Runs `target` with `input`. How long that took is the least of three times, where the first is suspicious: others may
/// have been busy.
fn attempt(name: &str, target: impl Fn(&[u8]) + RefUnwindSafe, input: &[u8], seed: u64) {
    let timed = || {
        let begun = Instant::now();
        (catch_unwind(|| target(input)), begun.elapsed())
    };
    let (outcome, mut took) = timed();
    for _ in 0..2 {
        if outcome.is_ok() && took > SLOWEST {
            took = took.min(timed().1);
        }
    }
    if outcome.is_err() || took > SLOWEST {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}"));
        fs::write(&file, input).unwrap();
        panic!(
            "{name}, seed {seed}: {} after {took:?}; the input of {} bytes is in {}: {}",
            if outcome.is_err() { "a panic" } else { "too slow" },
            input.len(),
            file.display(),
            input.iter().take(400).flat_map(|byte| byte.escape_ascii()).map(char::from).collect::<String>()
        );
    }
}

fn fuzz(name: &str) {
    let target = |input: &[u8]| targets::run(name, input);
    let seed = number("VESTIBULE_FUZZ_SEED", 1);
    let seeds = seeds(name);
    for input in &seeds {
        attempt(name, target, input, seed);
    }
    let end = Instant::now() + Duration::from_secs_f64(number("VESTIBULE_FUZZ_SECONDS", SECONDS));
    let mut mutator = Mutator::new(seed, LONGEST);
    let mut runs = 0_u64;
    while Instant::now() < end {
        attempt(name, target, &mutator.next(&seeds), seed);
        runs += 1;
    }
    eprintln!("{name}: {runs} inputs from seed {seed}");
}

/// Declares a test for each target, and holds that none was forgotten.
macro_rules! fuzzed {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                fuzz(stringify!($name));
            }
        )*

        #[test]
        fn every_target_is_run_here_and_by_libfuzzer() {
            let known: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, [$(stringify!($name)),*]);
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            for name in known {
                let file = format!("fuzz_targets/{name}.rs");
                assert!(manifest.contains(&format!("path = \"{file}\"")), "{name} is not in fuzz/Cargo.toml");
                let text = fs::read_to_string(folder.join(&file)).unwrap();
                assert!(text.contains(&format!("run(\"{name}\", ")), "{file} runs something else");
            }
        }
    };
}

fuzzed! {
    authorization_details
    authorization_page
    authorization_request
    basic_credentials
    claims_mapping
    claims_request
    client_assertion
    client_metadata
    connection_body
    dpop_proof
    email_and_domain
    forwarded_for
    html
    id_token
    jwks
    jws
    locale
    logo
    logout_token
    merge_patch
    metadata
    parameters
    redirect_uri
    request_object
    sealed_cookie
    shown_text
    template
    token_answer
    userinfo
}

#[test]
#[should_panic(expected = "a panic")]
fn a_target_that_panics_is_found() {
    attempt("a_panic", |input| assert_ne!(input, b"x"), b"x", 1);
}

#[test]
#[should_panic(expected = "too slow")]
fn a_target_whose_time_grows_too_fast_is_found() {
    attempt("too_slow", |_| std::thread::sleep(SLOWEST * 2), b"x", 1);
}
