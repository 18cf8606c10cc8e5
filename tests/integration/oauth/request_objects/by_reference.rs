//! Request objects fetched from the application (RFC 9101 §5.2, OpenID Connect Core §6.2).

use serde_json::json;

use vestibule::domain::limits;

use super::{INSIDE, bare, request_object, signing_stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::documents::Documents;
use crate::support::hub::TestHub;
use crate::support::keys::{Signature, TestKey};
use crate::support::sign_in::{add_client, ask, code_of, error_code, error_of};

const JWT: &str = "application/oauth-authz-req+jwt";

/// Module: oidcc-request-uri-signed-rs256
#[actix_web::test]
async fn the_request_behind_a_registered_address_is_followed_as_it_stands_now() {
    for database in each_database() {
        let documents = Documents::start();
        let uri = documents.url("/request.jwt");
        let settings = json!({"request_uris": [uri], "request_object_signing_alg": "RS256"});
        let stage = signing_stage(database, settings).await;
        let mut browser = stage.member().await;
        let silent = json!({"prompt": "none"});
        documents.put("/request.jwt", JWT, &format!("{}\n", request_object(&stage, &silent).write()));
        for (count, reference) in [uri.clone(), format!("{uri}#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM")]
            .into_iter()
            .enumerate()
        {
            let page = browser.open(&bare(&stage, &[("request_uri", &reference)])).await;
            assert_eq!(page.answered("state").as_deref(), Some(INSIDE), "{page:?}");
            assert_eq!(stage.redeem(&code_of(&page)).await.status, 200);
            assert_eq!(documents.requests("/request.jwt"), count + 1);
        }
        documents.put(
            "/request.jwt",
            "text/plain",
            &request_object(&stage, &json!({"prompt": "none", "state": "new"})).write(),
        );
        let page = browser.open(&bare(&stage, &[("request_uri", &uri)])).await;
        assert_eq!(page.answered("state").as_deref(), Some("new"));
    }
}

/// Module: oidcc-request-uri-unsigned
/// Module: oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported
#[actix_web::test]
async fn an_unsigned_request_by_reference_is_rejected_as_unsupported() {
    for database in each_database() {
        let documents = Documents::start();
        let uri = documents.url("/request.jwt");
        let stage = signing_stage(database, json!({"request_uris": [uri]})).await;
        let mut unsigned = request_object(&stage, &json!({}));
        unsigned.header.insert("alg".into(), json!("none"));
        unsigned.signature = Signature::Empty;
        documents.put("/request.jwt", JWT, &unsigned.write());
        let mut browser = stage.browser();
        let page = browser.open(&stage.ask(&[("request_uri", &uri)])).await;
        assert_eq!(error_of(&stage, &page), "request_uri_not_supported");
        let page = browser.open(&bare(&stage, &[("request_uri", &uri)])).await;
        assert_eq!(error_code(&page), "request-uri-invalid");
    }
}

#[actix_web::test]
async fn nothing_is_fetched_but_what_the_application_registered() {
    for database in each_database() {
        let documents = Documents::start();
        let uri = documents.url("/request.jwt");
        let stage = signing_stage(database, json!({"request_uris": [uri]})).await;
        let object = request_object(&stage, &json!({})).write();
        let paths = ["/request.jwt", "/other.jwt", "/request.jwt?a=b", "/request.jwt/"];
        for path in paths {
            documents.put(path, JWT, &object);
        }
        let mut browser = stage.browser();
        for other in [
            documents.url("/other.jwt"),
            format!("{uri}?a=b"),
            format!("{uri}/"),
            uri.replace("http://", "http://user@"),
            uri.to_uppercase(),
            "https://app.example/request.jwt".into(),
            "urn:ietf:params:oauth:request_uri".into(),
            "nonsense".into(),
        ] {
            let page = browser.open(&stage.ask(&[("request_uri", &other)])).await;
            assert_eq!(error_of(&stage, &page), "invalid_request_uri", "{other}");
        }
        for path in paths {
            assert_eq!(documents.requests(path), 0, "{path}");
        }
    }
}

#[actix_web::test]
async fn an_address_that_does_not_give_a_request_object_is_said_to_be_invalid() {
    let documents = Documents::start();
    let paths = ["/missing", "/redirect", "/large", "/binary", "/html", "/forged", "/refused"];
    let uris: Vec<String> = paths.iter().map(|path| documents.url(path)).collect();
    let stage = signing_stage(sqlite(), json!({"request_uris": uris})).await;
    let honest = request_object(&stage, &json!({})).write();
    let forged = crate::support::keys::Token {
        signature: Signature::By(TestKey::intruder()),
        ..request_object(&stage, &json!({}))
    };
    documents.put("/target", JWT, &honest);
    let found = "HTTP/1.1 302 Found\r\nlocation: /target\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    documents.put_raw("/redirect", found.into());
    documents.put("/large", JWT, &format!("{honest}{}", " ".repeat(40_000)));
    documents.put("/binary", JWT, "\u{0}\u{1}");
    documents.put("/html", "text/html", "<!doctype html><title>Welcome</title>");
    documents.put("/forged", JWT, &forged.write());
    documents
        .put_raw("/refused", "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into());
    let mut browser = stage.browser();
    for (path, expected) in [
        ("/missing", "invalid_request_uri"),
        ("/redirect", "invalid_request_uri"),
        ("/large", "invalid_request_uri"),
        ("/refused", "invalid_request_uri"),
        ("/binary", "invalid_request_object"),
        ("/html", "invalid_request_object"),
        ("/forged", "invalid_request_object"),
    ] {
        let page = browser.open(&stage.ask(&[("request_uri", &documents.url(path))])).await;
        assert_eq!(error_of(&stage, &page), expected, "{path}");
    }
    assert_eq!(documents.requests("/target"), 0, "redirects are not followed");
}

/// Incident 40: SSRF by `request_uri` (CVE-2020-10770). Every target here is loopback or a documentation address.
#[actix_web::test]
async fn an_address_inside_is_never_asked() {
    let documents = Documents::start();
    let inside = documents.url("/request.jwt");
    let settings = [("VESTIBULE_OUTBOUND_ALLOW", "198.51.100.0/24")];
    let hub = TestHub::start_with(sqlite(), "http", &settings).await;
    let app =
        add_client(&hub, json!({"jwks": {"keys": [TestKey::honest().jwk]}, "request_uris": [inside]})).await;
    let mut browser = crate::support::browser::Browser::new().stopping_at("https://app.example/");
    let page = browser.open(&ask(&hub.issuer, &app.client_id, &[("request_uri", &inside)])).await;
    assert_eq!(page.answered("error").as_deref(), Some("invalid_request_uri"));
    assert_eq!(documents.requests("/request.jwt"), 0);
}

/// Anybody may present a registered address; nobody may use it to flood the application's server, or to lock its people
/// out.
#[actix_web::test]
async fn a_flood_of_requests_fetches_a_bounded_number_of_times_and_keeps_nobody_out() {
    for database in each_database() {
        let documents = Documents::start();
        let (uri, unfetched) = (documents.url("/request.jwt"), documents.url("/other.jwt"));
        let stage = signing_stage(database, json!({"request_uris": [uri, unfetched]})).await;
        let silent = |state: &str| request_object(&stage, &json!({"prompt": "none", "state": state})).write();
        documents.put("/request.jwt", JWT, &silent("first"));
        documents.put("/other.jwt", JWT, &silent("other"));
        let mut browser = stage.browser();
        let burst = usize::try_from(limits::CLIENT_FETCHES_BURST).unwrap();
        let flood = 3 * burst;
        for _ in 0..flood {
            let page = browser.open(&bare(&stage, &[("request_uri", &uri)])).await;
            assert_eq!(page.answered("state").as_deref(), Some("first"), "{page:?}");
        }
        let fetched = documents.requests("/request.jwt");
        assert!((burst..flood).contains(&fetched), "{fetched} of {flood}");

        // What has never been fetched has to wait, and says so to the application where that has a proven address.
        for _ in 0..burst {
            browser.open(&bare(&stage, &[("request_uri", &uri)])).await;
        }
        let page = browser.open(&stage.ask(&[("request_uri", &unfetched)])).await;
        assert_eq!(error_of(&stage, &page), "temporarily_unavailable");
        let page = browser.open(&bare(&stage, &[("request_uri", &unfetched)])).await;
        assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (429, "temporarily-unavailable"));
        // Another application of the same hub is not concerned.
        let other = add_client(
            &stage.hub,
            json!({"jwks": {"keys": [TestKey::honest().jwk]}, "request_uris": [unfetched]}),
        )
        .await;
        browser.open(&ask(&stage.hub.issuer, &other.client_id, &[("request_uri", &unfetched)])).await;
        assert_eq!(documents.requests("/other.jwt"), 1);

        // When the flood is over, the application's changes count at once again.
        stage.hub.clock.advance(60);
        documents.put("/request.jwt", JWT, &silent("second"));
        let page = browser.open(&bare(&stage, &[("request_uri", &uri)])).await;
        assert_eq!(page.answered("state").as_deref(), Some("second"));
        assert_eq!(documents.requests("/request.jwt"), fetched + 1);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_stands_in_for_a_fetch_is_no_older_than_a_minute() {
    for database in each_database() {
        let documents = Documents::start();
        let (uri, missing) = (documents.url("/request.jwt"), documents.url("/missing.jwt"));
        let stage = signing_stage(database, json!({"request_uris": [uri, missing]})).await;
        documents.put("/request.jwt", JWT, &request_object(&stage, &json!({"prompt": "none"})).write());
        let mut browser = stage.browser();
        let (address, flood) =
            (bare(&stage, &[("request_uri", &uri)]), bare(&stage, &[("request_uri", &missing)]));
        assert!(browser.open(&address).await.answered("state").is_some());
        for (seconds, serves) in [(30, true), (31, false)] {
            stage.hub.clock.advance(seconds);
            // Uses the whole allowance up, and what comes back of it meanwhile.
            for _ in 0..2 * limits::CLIENT_FETCHES_BURST {
                browser.open(&flood).await;
            }
            let page = browser.open(&address).await;
            assert_eq!(page.answered("state").is_some(), serves, "{page:?}");
        }
        assert_eq!(documents.requests("/request.jwt"), 1);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn what_the_application_took_away_does_not_stand_in_for_a_fetch() {
    for database in each_database() {
        let documents = Documents::start();
        let uri = documents.url("/request.jwt");
        let stage = signing_stage(database, json!({"request_uris": [uri]})).await;
        let object = request_object(&stage, &json!({"prompt": "none", "exp": null})).write();
        documents.put("/request.jwt", JWT, &object);
        let mut browser = stage.browser();
        let address = bare(&stage, &[("request_uri", &uri)]);
        assert!(browser.open(&address).await.answered("state").is_some());
        let gone = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        documents.put_raw("/request.jwt", gone.into());
        for _ in 0..2 * limits::CLIENT_FETCHES_BURST {
            let page = browser.open(&address).await;
            assert!(page.answered("state").is_none(), "{page:?}");
        }
        stage.hub.stop().await;
    }
}
