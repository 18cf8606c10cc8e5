//! A private PostgreSQL for this run of the tests, or the server of `VESTIBULE_TEST_POSTGRES_URL`.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// `$1`: folder of the programs; `$2`: port. Says where it listens, and ends, leaving nothing, when its standard input
/// closes: that is when the tests end, however they end.
const LEASH: &str = r#"
set -eu
cd /
folder=$(mktemp -d "${TMPDIR:-/tmp}/vestibule-postgres-XXXXXX")
server=
finish() {
    if [ -n "$server" ]; then kill -INT "$server"; wait "$server" || true; fi
    rm -rf "$folder"
}
trap finish EXIT
"$1/initdb" -D "$folder/data" -U vestibule -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 ||
    { echo "failed: initdb: $(tail -n 3 "$folder/log" | tr '\n' ' ')"; exit 1; }
"$1/postgres" -D "$folder/data" -k "$folder" -h 127.0.0.1 -p "$2" -c max_connections=300 >"$folder/log" 2>&1 &
server=$!
tries=0
until "$1/pg_isready" -q -h "$folder" -p "$2"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "failed: postgres: $(tail -n 3 "$folder/log" | tr '\n' ' ')"; server=; exit 1
    fi
    sleep 0.1
done
echo "ready"
read -r _ || true
"#;

/// The server: what a URL needs before the name of a database.
struct Server {
    url: String,
    /// Keeps the server's standard input open. Never dropped: the end of this process closes it.
    _leash: Option<Child>,
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// The URL of database `name` on the server of this run, which it starts if need be.
///
/// # Panics
/// Where PostgreSQL is missing or does not start: these tests are never skipped.
pub fn url_of(name: &str) -> String {
    let base = &SERVER.get_or_init(start).url;
    let (server, query) = base.split_once('?').map_or((base.as_str(), None), |(s, q)| (s, Some(q)));
    let (server, _) = server.rsplit_once('/').expect("the URL of PostgreSQL names a database");
    query.map_or_else(|| format!("{server}/{name}"), |query| format!("{server}/{name}?{query}"))
}

fn start() -> Server {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the hub")]
    let given = std::env::var("VESTIBULE_TEST_POSTGRES_URL");
    if let Ok(url) = given {
        return Server { url, _leash: None };
    }
    let programs = programs();
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
    let mut leash = unprivileged_shell()
        .args(["-c", LEASH, "leash"])
        .arg(&programs)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // A Ctrl-C for the tests must not reach the one who cleans up after them.
        .process_group(0)
        .spawn()
        .expect("a shell starts");
    let mut answer = String::new();
    BufReader::new(leash.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    assert_eq!(answer.trim(), "ready", "the private PostgreSQL of {} did not start", programs.display());
    Server { url: format!("postgres://vestibule@127.0.0.1:{port}/postgres"), _leash: Some(leash) }
}

/// The newest server programs: Debian's folders, Red Hat's and Homebrew's, then the `PATH`.
fn programs() -> PathBuf {
    let version_of = |folder: &Path| -> f64 {
        let parent = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        parent
            .and_then(|name| name.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().ok())
            .unwrap_or(0.0)
    };
    let mut found: Vec<PathBuf> = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt"]
        .into_iter()
        .flat_map(std::fs::read_dir)
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .filter(|folder| folder.join("initdb").is_file())
        .collect();
    found.sort_by(|left, right| version_of(left).total_cmp(&version_of(right)));
    #[expect(clippy::disallowed_methods, reason = "where this machine keeps its programs")]
    let path = std::env::var("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file());
    found.pop().or(in_path).expect(
        "these tests need the PostgreSQL server programs (initdb, postgres, pg_isready): \
         `apt-get install postgresql`, `dnf install postgresql-server` or `brew install postgresql`, \
         or set VESTIBULE_TEST_POSTGRES_URL to a server where databases may be created",
    )
}

/// PostgreSQL refuses to run as root.
fn unprivileged_shell() -> Command {
    let id = Command::new("id").arg("-u").output().expect("`id` runs");
    if id.stdout.trim_ascii() != b"0" {
        return Command::new("sh");
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", "sh"]);
    command
}
