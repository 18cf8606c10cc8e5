//! `vestibule providers`: what is missing or wrong is told at once, before anything is asked or made.

use super::terminal::Terminal;
use crate::support::certificates::Certificates;
use crate::support::databases::sqlite;
use crate::support::hub::TestHub;

#[actix_web::test]
async fn every_missing_flag_is_named_in_one_message_and_no_hub_is_needed_for_that() {
    let mut terminal = Terminal::with(&[("VESTIBULE_ISSUER", "http://127.0.0.1:1")]);
    let said = terminal.run(&["providers", "add"]).await.complaint(2);
    for flag in ["NAME", "--url", "--client-id", "--client-secret"] {
        assert!(said.contains(&format!("{flag} is missing")), "{flag}: {said}");
    }
    let said = terminal.run(&["providers", "add", "acme", "--no-discovery"]).await.complaint(2);
    for flag in ["--issuer", "--authorization-endpoint", "--token-endpoint", "--jwks-uri", "--client-id"] {
        assert!(said.contains(&format!("{flag} is missing")), "{flag}: {said}");
    }
    let said = terminal.run(&["providers", "add", "acme", "--kind", "keycloak"]).await.complaint(2);
    assert!(said.contains("--field realm=… is missing: Realm, for instance acme."), "{said}");

    terminal.set("VESTIBULE_PROVIDER_URL", "idp.example");
    terminal.set("VESTIBULE_PROVIDER_CLIENT_ID", "x");
    terminal.set("VESTIBULE_PROVIDER_CLIENT_SECRET", "canary-client-secret");
    terminal.set("VESTIBULE_PROVIDER_CHANEL", "back");
    let said = terminal.run(&["providers", "add", "acme"]).await.complaint(2);
    assert!(said.contains("VESTIBULE_PROVIDER_CHANEL: no flag"), "{said}");
    terminal.set("VESTIBULE_PROVIDER_CHANEL", "");
    let said = terminal.run(&["providers", "add", "acme"]).await.complaint(1);
    assert!(said.contains("nobody is signed in at http://127.0.0.1:1/"), "{said}");
}

#[actix_web::test]
async fn wrong_usage_ends_with_2_and_a_failure_with_1_on_stderr() {
    let folder = Terminal::of("http://127.0.0.1:1");
    for arguments in [
        &["providers"][..],
        &["providers", "list", "--server", "http://login.example.com"],
        &["providers", "add", "acme", "--kind", "saml"],
        &["providers", "add", "acme", "--client-secret", "x", "--client-secret-file", "y"],
        &["providers", "add", "acme", "--force", "--no-check"],
        &["providers", "edit", "acme"],
        &["providers", "edit", "acme", "--kind", "okta"],
        &["apps", "edit", "Shop"],
        &["apps", "add", "Shop", "--type", "desktop"],
    ] {
        assert!(!folder.run(arguments).await.complaint(2).is_empty(), "{arguments:?}");
    }
    for arguments in [
        &["providers", "list"][..],
        &["providers", "test", "acme"],
        &["providers", "remove", "acme", "--force"],
        &["apps", "list", "--format", "json"],
    ] {
        let said = folder.run(arguments).await.complaint(1);
        assert!(said.contains("http://127.0.0.1:1 cannot be reached") && said.contains("--server"), "{said}");
    }
}

#[actix_web::test]
async fn whoever_is_not_believed_is_told_and_a_secret_stays_with_its_own_hub() {
    let hub = TestHub::start(sqlite()).await;
    let mut terminal = Terminal::of(&hub.issuer);
    terminal.set("VESTIBULE_MANAGEMENT_CLIENT_SECRET", "another-secret-0123456789abcdef0123456789");
    let said = terminal.run(&["providers", "list"]).await.complaint(1);
    assert!(said.contains("the hub refuses") && !said.contains("another-secret"), "{said}");

    let requests = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    requests.set_nonblocking(true).unwrap();
    let other = format!("http://{}", requests.local_addr().unwrap());
    let terminal = Terminal::of(&hub.issuer);
    let said = terminal.run(&["providers", "list", "--server", &other]).await.complaint(1);
    assert!(said.contains("belongs to the hub of VESTIBULE_ISSUER"), "{said}");
    assert!(requests.accept().is_err(), "the other hub was asked");
    // Where the settings name no hub, the one of the command line is theirs.
    let named = Terminal::of("").run(&["providers", "list", "--server", &hub.issuer]).await.fine();
    assert!(named.starts_with("NAME"), "{named}");
    hub.stop().await;
}

#[actix_web::test]
async fn a_hub_of_a_private_authority_is_reached_when_that_is_known_and_never_otherwise() {
    let certificates = Certificates::generate();
    let paths = [&certificates.certificate, &certificates.key, &certificates.authority];
    let [certificate, key, authority] = paths.map(|path| path.display().to_string());
    let settings = [("VESTIBULE_TLS_CERT", certificate.as_str()), ("VESTIBULE_TLS_KEY", key.as_str())];
    let hub = TestHub::start_with(sqlite(), "https", &settings).await;
    let mut terminal = Terminal::of(&hub.issuer);
    let said = terminal.run(&["apps", "list"]).await.complaint(1);
    assert!(said.contains("cannot be reached") && said.contains("VESTIBULE_OUTBOUND_CA_FILE"), "{said}");
    terminal.set("VESTIBULE_OUTBOUND_CA_FILE", &authority);
    assert!(terminal.run(&["apps", "list"]).await.fine().contains("Management"));
    hub.stop().await;
}
