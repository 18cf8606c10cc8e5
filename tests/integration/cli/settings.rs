//! Wrong settings are all named at once, nothing starts, and no secret is shown.

use serde_json::Value;

use super::vestibule;
use crate::support::databases::each_database;

const WRONG: &[(&str, &str)] = &[
    ("VESTIBULE_ISSUER", "http://login.example.com/"),
    ("VESTIBULE_LISTEN", "nowhere"),
    ("VESTIBULE_DATABASE_URL", "postgress://user:canary-password@db/hub"),
    ("VESTIBULE_MASTER_KEY", "canary-master-key"),
    ("VESTIBULE_TRUSTED_PROXIES", "10.0.0.0/33"),
    ("VESTIBULE_OUTBOUND_ALLOW", "everything"),
    ("VESTIBULE_LOG_FORMAT", "xml"),
    ("VESTIBULE_TLS_CERT", "/nonexistent/cert.pem"),
];

#[test]
fn every_command_that_needs_settings_names_all_wrong_ones_and_ends_with_1() {
    for arguments in [&["serve"][..], &["migrate"], &["config", "check"]] {
        let folder = tempfile::tempdir().unwrap();
        let output = vestibule(folder.path(), arguments, WRONG).output().unwrap();
        let said =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        for (name, _) in WRONG {
            assert!(said.contains(name), "{arguments:?} does not name {name}: {said}");
        }
        assert!(!said.contains("canary"), "{arguments:?} shows a secret: {said}");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "{arguments:?} left something behind");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["unknown"][..], &["demo", "--ports", "1,1,1"], &["config"], &[]] {
        let output = vestibule(folder.path(), arguments, &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn config_check_lists_settings_as_json_and_hides_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("VESTIBULE_MANAGEMENT_CLIENT_ID", "management"),
        ("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "canary-0123456789abcdef0123456789abcdef"),
    ];
    let output =
        vestibule(folder.path(), &["config", "check", "--format", "json"], &settings).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("canary"));
    let listed: Value = serde_json::from_str(&text).unwrap();
    let names = listed["settings"].as_array().unwrap();
    assert!(names.iter().any(|setting| setting["name"] == "VESTIBULE_ISSUER"), "{text}");
}

#[test]
fn migrate_may_be_run_again_and_again_on_both_databases() {
    for database in each_database() {
        let folder = tempfile::tempdir().unwrap();
        let url = database.url();
        let settings = [
            ("VESTIBULE_DATABASE_URL", url.as_str()),
            ("VESTIBULE_MASTER_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
        ];
        for expected in ["Applied", "current schema"] {
            let output = vestibule(folder.path(), &["migrate"], &settings).output().unwrap();
            assert!(output.status.success(), "{output:?}");
            assert!(String::from_utf8_lossy(&output.stdout).contains(expected), "{output:?}");
        }
    }
}
