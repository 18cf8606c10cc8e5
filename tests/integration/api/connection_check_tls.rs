//! A dry run looks at the certificates of a provider: what is wrong with one is told by a code and a remedy of its own.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, SanType};
use time::{Duration, OffsetDateTime};
use vestibule::domain::clock::Timestamp;

use super::connection_check::{body, findings, outcome};
use super::server::Api;
use crate::support::certificates::Certificates;
use crate::support::databases::sqlite;
use crate::support::fake_provider::FakeProvider;

#[expect(clippy::disallowed_methods, reason = "certificates are checked by the clock of the machine")]
fn days_from_now(days: i64) -> OffsetDateTime {
    OffsetDateTime::from(std::time::SystemTime::now()) + Duration::days(days)
}

/// A hub that trusts the authority of `trusted`.
async fn hub(trusted: &Certificates) -> Api {
    let authority = trusted.authority.to_str().unwrap();
    Api::start_with(sqlite(), &[("VESTIBULE_OUTBOUND_CA_FILE", authority)]).await
}

#[actix_web::test]
async fn whatever_is_wrong_with_a_certificate_has_its_own_code_and_remedy() {
    type Change = fn(&mut CertificateParams);
    let cases: [(&str, &str, Change); 4] = [
        ("tls-expired", "Renew the TLS certificate of localhost", |made| made.not_after = days_from_now(-1)),
        ("tls-not-yet-valid", "that is valid already", |made| made.not_before = days_from_now(1)),
        ("tls-other-name", "made out to that name", |made| {
            made.subject_alt_names = vec![SanType::DnsName("idp.example".try_into().unwrap())];
        }),
        ("tls-untrusted", "its whole certificate chain", |made| {
            made.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        }),
    ];
    for (code, remedy, change) in cases {
        let certificates = Certificates::generate_as(change);
        let api = hub(&certificates).await;
        let provider = FakeProvider::start_tls(&api.server.clock, certificates.server_config());
        let answer = api.post("/connections/check", body(&provider)).await.expect(200);
        assert_eq!(findings(&answer), ["discovery discovery-connect", &format!("tls {code}")], "{answer:#}");
        let tls = answer["checks"].as_array().unwrap().iter().find(|check| check["check"] == "tls").unwrap();
        assert!(tls["remedy"].as_str().unwrap().contains(remedy), "{tls:#}");
        assert!(tls["came"].as_str().unwrap().starts_with("localhost:"), "{tls:#}");
        assert_eq!(answer["state"], "broken");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_certificate_of_an_unknown_authority_and_a_host_without_tls_are_told_apart() {
    let (ours, other) = (Certificates::generate(), Certificates::generate());
    let api = hub(&other).await;
    let provider = FakeProvider::start_tls(&api.server.clock, ours.server_config());
    let answer = api.post("/connections/check", body(&provider)).await.expect(200);
    assert_eq!(findings(&answer), ["discovery discovery-connect", "tls tls-untrusted"], "{answer:#}");

    let plain = FakeProvider::start(&api.server.clock);
    let mut asked = body(&plain);
    asked["options"]["discovery_url"] = plain.issuer.replace("http://", "https://").into();
    let answer = api.post("/connections/check", asked).await.expect(200);
    assert_eq!(findings(&answer), ["discovery discovery-connect", "tls tls-handshake"], "{answer:#}");
    api.stop().await;
}

#[actix_web::test]
async fn a_certificate_that_ends_within_thirty_days_is_told_with_its_host_and_day() {
    for (days, told) in [(29, true), (31, false)] {
        let ends = days_from_now(days);
        let certificates = Certificates::generate_as(|made| made.not_after = ends);
        let api = hub(&certificates).await;
        let provider = FakeProvider::start_tls(&api.server.clock, certificates.server_config());
        let answer = api.post("/connections/check", body(&provider)).await.expect(200);
        let expected: &[&str] = if told { &["tls tls-expires-soon"] } else { &[] };
        assert_eq!(findings(&answer), expected, "{answer:#}");
        assert_eq!(answer["state"], if told { "degraded" } else { "ready" });
        let tls = answer["checks"].as_array().unwrap().iter().find(|check| check["check"] == "tls").unwrap();
        let came = tls["came"].as_str().unwrap();
        let day = Timestamp::from_seconds(ends.unix_timestamp()).iso8601();
        let host = provider.issuer.strip_prefix("https://").unwrap();
        assert!(came.contains(&day[..10]) && came.contains(host), "{came}");
        api.stop().await;
    }
}

#[actix_web::test]
async fn a_provider_without_https_has_no_certificate_to_look_at() {
    let api = Api::start(sqlite()).await;
    let provider = FakeProvider::start(&api.server.clock);
    let answer = api.post("/connections/check", body(&provider)).await.expect(200);
    assert_eq!((outcome(&answer, "tls"), &answer["state"]), ("skipped", &"ready".into()));
    api.stop().await;
}
