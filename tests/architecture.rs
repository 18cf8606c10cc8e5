//! The arrows between the folders of `src/`, held: what each may name, and which libraries belong to whom.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, in its supports too"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Folder (or file) of `src/` → what else of the crate it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("crypto", &[]),
    ("protocol", &["crypto"]),
    ("domain", &["protocol", "crypto"]),
    ("config", &["domain", "crypto"]),
    ("telemetry", &["config", "domain", "protocol"]),
    ("store", &["domain", "protocol", "crypto"]),
    ("upstream", &["domain", "protocol", "crypto"]),
    ("mail", &["domain"]),
    ("views", &["domain"]),
    ("flows", &["store", "upstream", "mail", "views", "telemetry", "domain", "protocol", "crypto"]),
    ("jobs", &["flows", "domain"]),
    ("web", &["flows", "store", "views", "telemetry", "domain", "protocol", "crypto"]),
    ("cli", &["app", "flows", "config", "telemetry", "domain", "crypto"]),
    (
        "app.rs",
        &[
            "jobs",
            "web",
            "flows",
            "store",
            "upstream",
            "mail",
            "views",
            "config",
            "telemetry",
            "domain",
            "protocol",
            "crypto",
        ],
    ),
];

/// Library → the only places of `src/` that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("actix_web", &["web", "app.rs", "cli"]),
    ("actix_http", &["web"]),
    ("actix_server", &["web"]),
    ("actix_service", &["web"]),
    ("tokio_rustls", &["web"]),
    ("rustix", &["web"]),
    ("diesel", &["store"]),
    ("diesel_migrations", &["store"]),
    ("r2d2", &["store"]),
    ("openidconnect", &["upstream"]),
    // What openidconnect stands on, and shows by its own name.
    ("oauth2", &[]),
    // A hub asks strangers through the guard of `upstream`; a terminal asks its own hub, wherever that is.
    ("reqwest", &["upstream", "cli"]),
    ("hickory_resolver", &["upstream"]),
    ("handlebars", &["views"]),
    ("lettre", &["mail"]),
    ("image", &["domain"]),
    ("rust_embed", &["views"]),
    ("clap", &["cli", "main.rs"]),
    ("clap_complete", &["cli"]),
    ("dotenvy", &["config"]),
    ("prometheus", &["telemetry"]),
    ("argon2", &["crypto"]),
    ("aws_lc_rs", &["crypto", "config", "main.rs"]),
    // Comes along with openidconnect; its decryption leaks through time (RUSTSEC-2023-0071), so nobody decrypts with it.
    ("rsa", &[]),
];

/// Longest file in lines, its unit tests left out: a longer one keeps more than one promise.
const LONGEST_FILE: usize = 400;

fn sources() -> Vec<(PathBuf, String)> {
    let found = sources_of(Path::new("src"));
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn sources_of(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                found.push((path, text));
            }
        }
    }
    found
}

/// `web` for `src/web/login/show.rs`, `app.rs` for `src/app.rs`.
fn place(path: &Path) -> String {
    path.components().nth(1).expect("below src").as_os_str().to_string_lossy().into_owned()
}

/// The code of a file: comments gone, and its unit tests, which may reach further.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Whether `name` stands in `text` as a path's first part: `name::`.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}::")).any(|(at, _)| {
        !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
    })
}

#[test]
fn arrows_point_inward() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let place = place(&path);
        if ["main.rs", "lib.rs"].contains(&place.as_str()) {
            continue;
        }
        let (_, allowed) = ARROWS
            .iter()
            .find(|(name, _)| *name == place)
            .unwrap_or_else(|| panic!("{place} is not in the table of arrows"));
        if path.to_string_lossy().ends_with("tests.rs") {
            continue;
        }
        let code = code(&text);
        for (other, _) in ARROWS {
            let module = other.trim_end_matches(".rs");
            let is_named =
                code.contains(&format!("crate::{module}::")) || code.contains(&format!("crate::{module};"));
            if is_named && *other != place && !allowed.contains(&module) {
                wrong.push(format!("{} names crate::{module}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_library_stays_with_its_owner() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let place = place(&path);
        let code = code(&text);
        for (library, owners) in OWNERS {
            if names(&code, library) && !owners.contains(&place.as_str()) {
                wrong.push(format!("{} names {library}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Advisories that `deny.toml` passes over → the library, and what of it or of who brings it nobody may name.
const KNOWN_ADVISORIES: &[(&str, &str, &[&str])] =
    &[("RUSTSEC-2023-0071", "rsa", &["rsa::", "CoreRsaPrivateSigningKey"])];

/// Advisories are asked for where there is a network (`cargo deny check advisories`); that the reasons why some of them do
/// not concern us hold is asked here, every time.
#[test]
fn an_advisory_is_passed_over_only_while_its_reason_holds() {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let (deny, lock, manifest) = (read("deny.toml"), read("Cargo.lock"), read("Cargo.toml"));
    let written: Vec<&str> = deny.split("RUSTSEC-").skip(1).filter_map(|rest| rest.get(..9)).collect();
    let known: Vec<&str> =
        KNOWN_ADVISORIES.iter().filter_map(|(id, ..)| id.strip_prefix("RUSTSEC-")).collect();
    assert_eq!(written, known, "deny.toml and this test know different advisories");
    let mut files = sources();
    // This file is none of them: it names what it forbids.
    for folder in ["examples", "benches", "tests/integration", "tests/fuzz"] {
        files.extend(sources_of(Path::new(folder)));
    }
    for (id, library, unnamed) in KNOWN_ADVISORIES {
        assert!(lock.contains(&format!("name = \"{library}\"\n")), "{id} concerns nothing here any more");
        assert!(!manifest.contains(&format!("\n{library} =")), "{library} is a dependency of our own");
        for (path, text) in &files {
            for name in *unnamed {
                assert!(!names_anywhere(text, name), "{id}: {} names {name}", path.display());
            }
        }
    }
    assert!(!manifest.contains("\noauth2 ="), "openidconnect shows what of oauth2 is needed");
}

/// Whether the code of a file names the library `name::`, or a type `name` of whatever library.
fn names_anywhere(text: &str, name: &str) -> bool {
    let code = code(text);
    name.strip_suffix("::").map_or_else(|| code.contains(name), |library| names(&code, library))
}

#[test]
fn the_inside_does_no_io_and_reads_no_clock() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !["crypto", "protocol", "domain"].contains(&place(&path).as_str()) {
            continue;
        }
        let code = code(&text);
        for banned in ["std::fs", "std::net::Tcp", "std::env", "tokio::", "async fn"] {
            if code.contains(banned) {
                wrong.push(format!("{} has {banned}", path.display()));
            }
        }
        let reads_clock = code.contains("SystemTime::now") || code.contains("Instant::now");
        if reads_clock && !path.ends_with("domain/clock.rs") {
            wrong.push(format!("{} reads the clock", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_small_and_say_what_they_are() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.split("#[cfg(test)]").next().unwrap_or_default().lines().count();
        if lines > LONGEST_FILE && !path.ends_with("tests.rs") {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{} does not begin with what it is", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Its memory is what a hash needs, and who makes another one hashes beside the gate: with more memory at once than there
/// is, and at the cost of everybody else.
#[test]
fn passwords_are_hashed_at_one_place() {
    let names: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| {
            let code = code(text);
            code.contains("argon2::") || code.contains("crypto::password::") && code.contains("Hasher")
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    let expected = ["src/crypto/password.rs", "src/flows/password_hashing.rs"];
    let mut names = names;
    names.sort_unstable();
    assert_eq!(names, expected);
}

/// Functions of `src/store` that change grants, sessions or users without making any grant worth less.
const END_NOTHING: &[&str] = &[
    // A grant is kept longer, its code or its family is counted, or it is bound to a key from now on.
    "take_code",
    "extend_grant",
    "bind_grant",
    "begin_refresh_family",
    // Activity and logins are written down; what a login brings counts for what is granted in it.
    "touch_session",
    "record_login",
    // Time alone has ended them, and that is asked at every use.
    "remove_expired",
];

/// What is remembered of a grant is given up when this node ends anything, so whoever does must say so.
#[test]
fn whoever_may_end_what_was_granted_says_so() {
    let (mut silent, mut ending) = (Vec::new(), 0);
    for (path, text) in sources() {
        if place(&path) != "store" {
            continue;
        }
        for function in code(&text).split("\n    pub fn ").skip(1) {
            let name: String =
                function.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            let changes = ["diesel::update(", "diesel::delete(", "delete_expired!("];
            let concerned = ["grants::table", "sessions::table", "users::table"];
            let may_end = changes.iter().any(|change| function.contains(change))
                && concerned.iter().any(|table| {
                    function.contains(&format!("({table}")) || function.contains(&format!(" {table}\n"))
                });
            if !may_end || END_NOTHING.contains(&name.as_str()) {
                continue;
            }
            ending += 1;
            // Through `sessions_removed`, where several functions share what follows.
            if !function.contains("end_standings()") && !function.contains("sessions_removed(") {
                silent.push(format!("{}: {name}", path.display()));
            }
        }
    }
    assert!(ending > 8, "the functions were not found");
    assert!(
        silent.is_empty(),
        "these end grants, sessions or users and do not say end_standings: {silent:#?}"
    );
}

/// What only its holder may know, as part of a name.
const SECRETS: &[&str] =
    &["secret", "hash", "signature", "verifier", "jkt", "thumbprint", "password", "nonce"];

/// A comparison that stops at the first difference tells by its time how much of a guess was right.
#[test]
fn secrets_are_compared_in_constant_time() {
    let is_name = |letter: char| letter.is_alphanumeric() || "_.()&*".contains(letter);
    let mut found = Vec::new();
    for (path, text) in sources() {
        // Columns are compared by the database; there are only hashes.
        if place(&path) == "store" || path.to_string_lossy().ends_with("tests.rs") {
            continue;
        }
        for line in code(&text).lines() {
            for sign in [" == ", " != "] {
                let Some((before, after)) = line.split_once(sign) else { continue };
                let left = before.rsplit(|letter| !is_name(letter)).next().unwrap_or_default();
                let right = after.split(|letter| !is_name(letter)).next().unwrap_or_default();
                // An empty text, an id, a choice of an enum or a number is no secret.
                let is_harmless = |side: &str| {
                    side.is_empty()
                        || side.contains(".id()")
                        || side.contains("len()")
                        || side.starts_with(char::is_uppercase)
                };
                let is_secret = |side: &str| SECRETS.iter().any(|name| side.contains(name));
                if [left, right].iter().any(|side| is_secret(side))
                    && ![left, right].iter().any(|side| is_harmless(side))
                {
                    found.push(format!("{}: {}", path.display(), line.trim()));
                }
            }
        }
    }
    assert!(found.is_empty(), "compare these by crypto::digest::secrets_match: {found:#?}");
}

/// The documents that promise a test for each threat.
const PROMISES: [&str; 2] = ["SECURITY.md", "SECURITY-incidents.md"];
/// Incidents that the second of them answers for.
const INCIDENTS: usize = 52;

/// What stands between backticks in `text` and is written as a test is: `module::name_of_several_words`.
fn named_tests(text: &str) -> Vec<String> {
    let is_test = |name: &&str| {
        let last = name.rsplit("::").next().unwrap_or_default();
        name.contains("::")
            && last.contains('_')
            && name
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_:".contains(letter))
    };
    text.split('`').skip(1).step_by(2).filter(is_test).map(str::to_owned).collect()
}

/// Whether a test of this name stands where its module does.
fn is_there(name: &str) -> bool {
    let mut modules: Vec<&str> = name.split("::").collect();
    let Some(function) = modules.pop() else { return false };
    let places = ["tests/integration", "src", "tests", "fuzz/src"].iter().flat_map(|root| {
        let path = format!("{root}/{}", modules.join("/"));
        let parent = path.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
        [".rs", "/mod.rs", "/tests.rs", "/main.rs"]
            .map(|end| format!("{path}{end}"))
            .into_iter()
            .chain([format!("{parent}.rs")])
    });
    places.filter_map(|place| fs::read_to_string(place).ok()).any(|text| {
        text.split(&format!("fn {function}(")).next().is_some_and(|before| {
            // Its attribute stands before it, perhaps with others between.
            before.len() < text.len()
                && before.rsplit("\n\n").next().is_some_and(|own| {
                    own.contains("test]") || own.contains("proptest!") || text.contains("proptest!")
                })
        })
    })
}

/// The rows of all tables in a document, each with its last cell: the tests.
fn promises(document: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(document).expect("a document");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.contains("| Test"));
    let promises: Vec<_> = rows
        .map(|row| {
            let last = row.trim_end_matches([' ', '|']).rsplit(" | ").next().unwrap_or_default();
            (row.to_owned(), last.to_owned())
        })
        .collect();
    assert!(promises.len() > 30, "the rows of {document} were not found");
    promises
}

/// A table that names tests which are gone promises what nobody looks after.
#[test]
fn every_test_that_the_documents_promise_is_there() {
    let mut missing = Vec::new();
    for document in PROMISES {
        for (_, last) in promises(document) {
            missing.extend(named_tests(&last).into_iter().filter(|name| !is_there(name)));
        }
    }
    assert!(missing.is_empty(), "no such test:\n{}", missing.join("\n"));
}

/// Every row of every table ends with a test, or says why there cannot be one.
#[test]
fn every_threat_and_every_incident_has_its_test_or_its_reason() {
    let mut bare = Vec::new();
    for document in PROMISES {
        for (row, last) in promises(document) {
            if named_tests(&last).is_empty() && !last.starts_with("Cannot concern us: ") {
                bare.push(format!("{document}: {row:.80}"));
            }
        }
    }
    assert!(bare.is_empty(), "without a test:\n{}", bare.join("\n"));
    let text = fs::read_to_string(PROMISES[1]).expect("a document");
    let numbers: Vec<usize> =
        text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()?.parse().ok()).collect();
    assert!(numbers.iter().copied().eq(1..=INCIDENTS), "{numbers:?}");
}

/// Keys are made at the first start, and none is handed out with the program.
#[test]
fn no_private_key_is_part_of_the_program() {
    let mut open: Vec<PathBuf> =
        ["src", "static", "templates", "presets", "migrations", "examples"].map(PathBuf::from).into();
    let (mut files, mut found) = (0, Vec::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            files += 1;
            let text = String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned();
            // Unit tests may bring keys of their own.
            let text = if path.extension().is_some_and(|ending| ending == "rs") { code(&text) } else { text };
            let is_key = ["-----BEGIN", "PRIVATE KEY-----"].iter().all(|part| text.contains(part));
            if is_key || text.contains("\"d\":\"") {
                found.push(path.display().to_string());
            }
        }
    }
    assert!(files > 100, "the files were not found");
    assert!(found.is_empty(), "a private key in {found:?}");
}
