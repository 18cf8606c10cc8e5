//! Every bad setting is named, all at once, and no secret is ever shown.

use super::*;
use crate::domain::secret::Secret;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// Settings with a data folder that does not exist, and `given` beside.
fn examine(given: &[(&str, &str)]) -> Examination {
    let mut all = pairs(given);
    all.extend(pairs(&[("VESTIBULE_DATA_DIR", "/nonexistent/vestibule")]));
    Config::examine(all, None)
}

fn named(problems: &Problems) -> Vec<&'static str> {
    problems.0.iter().map(|problem| problem.setting).collect()
}

#[test]
fn without_any_setting_the_defaults_hold() {
    let config = examine(&[]).config.unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8080/");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url.shown(), "sqlite:/nonexistent/vestibule/vestibule.db");
    assert!(matches!(config.master_keys, MasterKeys::ToGenerate(_)));
    assert!(config.management_client.is_none() && config.tls.is_none() && config.metrics_listen.is_none());
    assert!(config.trusted_proxies.is_empty() && config.outbound == Outbound::default());
    assert_eq!(config.log.filter, "info");
    assert_eq!(config.warnings, []);
}

#[test]
fn every_setting_reaches_its_place() {
    let config = examine(&[
        ("VESTIBULE_ISSUER", "https://login.example.com"),
        ("VESTIBULE_LISTEN", "localhost:9000"),
        ("VESTIBULE_DATABASE_URL", "postgres://u:p@h1,h2/db"),
        ("VESTIBULE_MASTER_KEY", "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "a-long-one-0123456789abcdef0123456789"),
        ("VESTIBULE_TRUSTED_PROXIES", "10.1.2.3/8, ::1,"),
        ("VESTIBULE_OUTBOUND_ALLOW", "127.0.0.0/8,192.0.2.1"),
        ("VESTIBULE_METRICS_LISTEN", "[::1]:9090"),
        ("VESTIBULE_LOG", "warn,vestibule=debug"),
        ("VESTIBULE_LOG_FORMAT", "json"),
    ])
    .config
    .unwrap();
    let networks = |list: &[&str]| -> Vec<IpNet> { list.iter().map(|net| net.parse().unwrap()).collect() };
    assert_eq!(config.issuer.as_str(), "https://login.example.com/");
    assert_eq!(config.listen.to_string(), "127.0.0.1:9000");
    assert_eq!(config.database_url, DatabaseUrl::Postgres(Secret::new("postgres://u:p@h1,h2/db")));
    let client = config.management_client.unwrap();
    assert_eq!(
        (client.client_id.as_str(), client.client_secret.reveal()),
        ("management", "a-long-one-0123456789abcdef0123456789")
    );
    assert_eq!(config.trusted_proxies, networks(&["10.0.0.0/8", "::1/128"]));
    assert_eq!(config.outbound.allow, networks(&["127.0.0.0/8", "192.0.2.1/32"]));
    assert_eq!(config.metrics_listen.unwrap().to_string(), "[::1]:9090");
    assert_eq!(config.log.filter, "warn,vestibule=debug");
}

#[test]
fn files_named_by_settings_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let written = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = written("certificate", &made.cert.pem());
    let config = examine(&[
        ("VESTIBULE_OUTBOUND_CA_FILE", &certificate),
        ("VESTIBULE_TLS_CERT", &certificate),
        ("VESTIBULE_TLS_KEY", &written("key", &made.signing_key.serialize_pem())),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
        (
            "VESTIBULE_MANAGEMENT_CLIENT_SECRET_FILE",
            &written("secret", "a-long-one-0123456789abcdef0123456789\n"),
        ),
    ])
    .config
    .unwrap();
    assert_eq!(config.outbound.extra_ca_pem.unwrap(), made.cert.pem().into_bytes());
    assert!(config.tls.is_some());
    assert_eq!(
        config.management_client.unwrap().client_secret.reveal(),
        "a-long-one-0123456789abcdef0123456789"
    );
    // HTTPS is served while the default issuer says http.
    assert_eq!(config.warnings.len(), 1);
    assert_eq!(config.warnings[0].setting, "VESTIBULE_ISSUER");
}

#[test]
fn the_data_folder_is_created_for_its_owner_alone() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/data");
    let config = examine(&[("VESTIBULE_DATA_DIR", path.to_str().unwrap())]).config.unwrap();
    config.create_data_dir().unwrap();
    config.create_data_dir().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn all_bad_settings_are_named_at_once() {
    let examination = examine(&[
        ("VESTIBULE_ISSUER", "http://login.example.com/"),
        ("VESTIBULE_LISTEN", "8080"),
        ("VESTIBULE_DATA_DIR", "/dev/null"),
        ("VESTIBULE_DATABASE_URL", "mysql://localhost/db"),
        ("VESTIBULE_MASTER_KEY", "short"),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "a b"),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET_FILE", "/nonexistent/secret"),
        ("VESTIBULE_TLS_CERT", "/nonexistent/crt"),
        ("VESTIBULE_TLS_KEY", "/nonexistent/key"),
        ("VESTIBULE_TRUSTED_PROXIES", "10.0.0.0/8,proxy"),
        ("VESTIBULE_OUTBOUND_ALLOW", "10.0.0.0/99"),
        ("VESTIBULE_OUTBOUND_CA_FILE", "/nonexistent/ca"),
        ("VESTIBULE_METRICS_LISTEN", "metrics:9090"),
        ("VESTIBULE_LOG", "inof"),
        ("VESTIBULE_LOG_FORMAT", "xml"),
    ]);
    assert!(examination.config.is_none());
    assert_eq!(
        named(&examination.problems),
        [
            "VESTIBULE_ISSUER",
            "VESTIBULE_LISTEN",
            "VESTIBULE_DATA_DIR",
            "VESTIBULE_DATABASE_URL",
            "VESTIBULE_MASTER_KEY",
            "VESTIBULE_MANAGEMENT_CLIENT_ID",
            "VESTIBULE_MANAGEMENT_CLIENT_SECRET_FILE",
            "VESTIBULE_TLS_CERT",
            "VESTIBULE_TLS_KEY",
            "VESTIBULE_TRUSTED_PROXIES",
            "VESTIBULE_OUTBOUND_ALLOW",
            "VESTIBULE_OUTBOUND_CA_FILE",
            "VESTIBULE_METRICS_LISTEN",
            "VESTIBULE_LOG",
            "VESTIBULE_LOG_FORMAT",
        ]
    );
}

#[test]
fn each_bad_value_is_blamed_on_its_setting() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("VESTIBULE_ISSUER", "https://login.example.com/hub")], "VESTIBULE_ISSUER"),
        (&[("VESTIBULE_LISTEN", "example.com:80")], "VESTIBULE_LISTEN"),
        (&[("VESTIBULE_LISTEN", "localhost:99999")], "VESTIBULE_LISTEN"),
        (&[("VESTIBULE_METRICS_LISTEN", "localhost:8080")], "VESTIBULE_METRICS_LISTEN"),
        (&[("VESTIBULE_DATABASE_URL", "postgres://h/db")], "VESTIBULE_MASTER_KEY"),
        (&[("VESTIBULE_MASTER_KEY_FILE", "/nonexistent/key")], "VESTIBULE_MASTER_KEY_FILE"),
        (&[("VESTIBULE_MANAGEMENT_CLIENT_ID", "a")], "VESTIBULE_MANAGEMENT_CLIENT_SECRET"),
        (
            &[("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "0123456789abcdef0123456789abcdef")],
            "VESTIBULE_MANAGEMENT_CLIENT_ID",
        ),
        (
            &[
                ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
                ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "0123456789abcdef0123456789abcde"),
            ],
            "VESTIBULE_MANAGEMENT_CLIENT_SECRET",
        ),
        (&[("VESTIBULE_TLS_CERT", "/etc/hostname")], "VESTIBULE_TLS_KEY"),
        (&[("VESTIBULE_TLS_KEY", "/etc/hostname")], "VESTIBULE_TLS_CERT"),
        (&[("VESTIBULE_OUTBOUND_CA_FILE", "/dev/null")], "VESTIBULE_OUTBOUND_CA_FILE"),
        (&[("VESTIBULE_LOG", "info,vestibule=loud")], "VESTIBULE_LOG"),
    ];
    for (given, setting) in table {
        let problems = examine(given).problems;
        assert_eq!(named(&problems), [*setting], "{given:?}");
        assert!(!problems.0[0].what.is_empty() && !problems.0[0].fix.is_empty());
    }
}

#[test]
fn a_short_management_secret_without_its_id_is_two_problems() {
    let short = "0123456789abcdef0123456789abcde";
    let problems = examine(&[("VESTIBULE_MANAGEMENT_CLIENT_SECRET", short)]).problems;
    assert_eq!(named(&problems), ["VESTIBULE_MANAGEMENT_CLIENT_SECRET", "VESTIBULE_MANAGEMENT_CLIENT_ID"]);
    assert!(problems.to_string().contains("31 characters, and at least 32"), "{problems}");
    assert!(!problems.to_string().contains(short), "{problems}");
}

#[test]
fn what_is_probably_a_mistake_is_warned_about() {
    let warned = |given: &[(&str, &str)]| -> Vec<String> {
        examine(given).config.unwrap().warnings.into_iter().map(|warning| warning.setting).collect()
    };
    assert_eq!(warned(&[("VESTIBULE_LISTEN", "localhost:9000")]), ["VESTIBULE_ISSUER"]);
    assert_eq!(warned(&[("VESTIBULE_LISTEN", "0.0.0.0:8080")]), [] as [&str; 0]);
    assert_eq!(warned(&[("VESTIBULE_TLS_CRT", "a")]), ["VESTIBULE_TLS_CRT"]);
}

#[test]
fn entries_say_what_holds_and_where_it_came_from() {
    let environment = pairs(&[
        ("VESTIBULE_DATA_DIR", "/nonexistent/vestibule"),
        ("VESTIBULE_ISSUER", "https://admin:canary@login.example.com/"),
    ]);
    let entries = Config::examine(environment, Some("VESTIBULE_LOG=warn\n")).entries;
    assert_eq!(entries.len(), settings::ALL.len());
    let entry = |name: &str| {
        let entry = entries.iter().find(|entry| entry.name == name).unwrap();
        (entry.value.as_deref(), entry.source)
    };
    assert_eq!(entry("VESTIBULE_LOG"), (Some("warn"), Source::DotEnv));
    assert_eq!(entry("VESTIBULE_LISTEN"), (Some("127.0.0.1:8080"), Source::Default));
    assert_eq!(entry("VESTIBULE_ISSUER"), (Some("***"), Source::Environment));
    assert_eq!(entry("VESTIBULE_TLS_KEY"), (None, Source::Default));
    assert_eq!(
        entry("VESTIBULE_MASTER_KEY"),
        (Some("will be generated in /nonexistent/vestibule/master.key"), Source::Generated)
    );
    assert_eq!(
        entry("VESTIBULE_DATABASE_URL"),
        (Some("sqlite:/nonexistent/vestibule/vestibule.db"), Source::Default)
    );
}

#[test]
fn no_secret_appears_in_debug_output_entries_or_problems() {
    let good = [
        ("VESTIBULE_DATABASE_URL", "postgres://canary-user:canary-pw@h1,h2/db?sslpassword=canary-option"),
        ("VESTIBULE_MASTER_KEY", "canary+canary+canary+canary+canary+canary+E"),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "canary-secret-0123456789abcdef0123456789"),
    ];
    let bad = [
        ("VESTIBULE_DATABASE_URL", "mysql://canary-user:canary-pw@h1/db"),
        ("VESTIBULE_MASTER_KEY", "canary"),
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "canary secret"),
        ("VESTIBULE_ISSUER", "https://admin:canary@login.example.com/"),
        ("VESTIBULE_MASTER_KEY_FIL", "canary"),
    ];
    for (given, is_good) in [(good.as_slice(), true), (bad.as_slice(), false)] {
        let examination = examine(given);
        assert_eq!(examination.config.is_some(), is_good, "{:?}", examination.problems);
        let said = format!(
            "{examination:?} {} {} {}",
            examination.problems,
            serde_json::to_string(&examination.entries).unwrap(),
            serde_json::to_string(&examination.problems.0).unwrap(),
        );
        assert!(!said.contains("canary"), "{said}");
    }
}
