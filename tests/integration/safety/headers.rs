//! What every answer carries, and what addresses and methods that do not exist get.

use reqwest::Method;
use serde_json::json;

use crate::support::certificates::Certificates;
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::routes::every_route;
use crate::support::sign_in::{Answer, EMAIL, Stage, between, http, read};

async fn ask(stage: &Stage, method: Method, path: &str) -> Answer {
    read(http().request(method, stage.hub.url(path))).await
}

/// Answers that may be kept, with how long; all others may be kept by nobody.
const KEPT: [(&str, &str); 5] = [
    ("/.well-known/openid-configuration", "public, max-age=300"),
    ("/.well-known/oauth-authorization-server", "public, max-age=300"),
    ("/.well-known/jwks.json", "public, max-age=300"),
    ("/static/", "public, max-age="),
    ("/logos/", "public, max-age=31536000"),
];

/// Pages that an application may have opened in a window and waits for.
fn may_have_opener(path: &str) -> bool {
    path.starts_with("/authorize") || path.starts_with("/login/")
}

/// What every answer at `path` carries.
fn assert_safe(path: &str, status: u16, header: impl Fn(&str) -> String) {
    let name = format!("{path} ({status})");
    assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
    assert_eq!(header("x-frame-options"), "DENY", "{name}");
    assert_eq!(header("x-request-id").len(), 16, "{name}");
    let policy = header("content-security-policy");
    for directive in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(directive), "{name}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{name}: {policy}");
    let is_page = header("content-type").starts_with("text/html");
    assert!(is_page || policy.contains("form-action 'none'"), "{name}: {policy}");
    assert!(["same-origin", "origin"].contains(&header("referrer-policy").as_str()), "{name}");
    for ability in ["camera=()", "geolocation=()", "microphone=()", "usb=()"] {
        assert!(header("permissions-policy").contains(ability), "{name}");
    }
    assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{name}");
    let opener = if may_have_opener(path) { "" } else { "same-origin" };
    assert_eq!(header("cross-origin-opener-policy"), opener, "{name}");
    let kept = KEPT.iter().find(|(kept, _)| path.starts_with(kept) && status == 200);
    match kept {
        Some((_, caching)) => assert!(header("cache-control").starts_with(caching), "{name}"),
        None => assert_eq!(header("cache-control"), "no-store", "{name}"),
    }
    assert_eq!(header("server"), "", "{name}");
    assert_eq!(header("x-powered-by"), "", "{name}");
}

/// Every route there is, by every method: a new one is tried as soon as it is in the table.
#[actix_web::test]
async fn every_answer_of_every_route_carries_the_security_headers() {
    let stage = Stage::on(sqlite()).await;
    let token = stage.hub.management_token().await;
    let mut routes: Vec<(String, Vec<String>)> =
        every_route().into_iter().map(|route| (route.path(), route.methods)).collect();
    for path in ["static/vestibule.css", "nowhere", "api/v2/nowhere", "login/x/y/z", "oauth"] {
        routes.push((path.into(), vec!["GET".into()]));
    }
    for (path, methods) in routes {
        for method in methods.iter().map(String::as_str).chain(["PATCH", "OPTIONS", "TRACE"]) {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = ask(&stage, method.clone(), &path).await;
            assert_safe(&format!("/{path}"), answer.status, |name| answer.header(name).to_owned());
            assert!(answer.status < 500, "{method} {path}: {answer:?}");
        }
        let with_token = read(http().get(stage.hub.url(&path)).bearer_auth(&token)).await;
        assert_safe(&format!("/{path}"), with_token.status, |name| with_token.header(name).to_owned());
        assert_eq!(with_token.header("strict-transport-security"), "", "not over plain http");
    }
}

/// The table and the router agree: each route answers its methods, and every other one is told what it may be.
#[actix_web::test]
async fn every_route_answers_its_methods_and_names_them_to_all_others() {
    let stage = Stage::on(sqlite()).await;
    for route in every_route() {
        let (path, allowed) = (route.path(), route.methods.join(", "));
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let is_allowed = route.methods.iter().any(|one| one == method);
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = ask(&stage, method.clone(), &path).await;
            assert_eq!(answer.status == 405, !is_allowed, "{method} {path}: {answer:?}");
            if !is_allowed {
                assert_eq!(answer.header("allow"), allowed, "{method} {path}");
            }
        }
    }
}

/// HSTS counts over https alone (RFC 6797 §7.2).
#[actix_web::test]
async fn over_https_every_route_says_that_it_stays_so() {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let authority = reqwest::Certificate::from_pem(certificates.authority_pem.as_bytes()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a client of the hub, not the hub")]
    let http = reqwest::Client::builder().tls_certs_only([authority]).build().unwrap();
    for route in every_route() {
        let answer = read(http.get(hub.url(&route.path()))).await;
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000", "{route:?}");
    }
}

/// On the way through a login, by pages and redirects.
#[actix_web::test]
async fn every_page_of_a_login_carries_the_security_headers() {
    let stage = Stage::on(sqlite()).await;
    let mut browser = stage.browser();
    let mut page = browser.open(&stage.ask(&[])).await;
    for answers in [[("email", EMAIL)], [("password", "wrong")]] {
        let header =
            |name: &str| page.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_safe(page.url.path(), page.status.as_u16(), header);
        page = browser.submit(&page, &page.forms()[0], &answers).await;
    }
    for cookie in browser.cookies() {
        assert_eq!((cookie.path.as_str(), cookie.same_site.as_str()), ("/", "lax"));
    }
}

#[actix_web::test]
async fn cookies_are_out_of_reach_for_scripts() {
    let stage = Stage::on(sqlite()).await;
    let answer = read(http().get(stage.ask(&[]))).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.to_ascii_lowercase().contains("domain="), "{cookie}");
}

#[actix_web::test]
async fn a_request_id_is_in_the_answer_on_the_page_and_in_the_log() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let answer = ask(&stage, Method::GET, "authorize?client_id=unknown").await;
        let id = answer.header("x-request-id");
        assert_eq!(between(&answer.text, "<code id=\"request-id\">", "</code>"), id);
        assert_eq!(stage.hub.log().await.last().unwrap().request_id, id);
        assert_ne!(ask(&stage, Method::GET, "").await.header("x-request-id"), id);
    }
}

#[actix_web::test]
async fn an_error_page_repeats_nothing_of_the_address() {
    let stage = Stage::on(sqlite()).await;
    for path in
        ["nowhere", "oauth/token", "authorize", "login/callback", "login/x", "oidc/logout", "static/x"]
    {
        let more = if path == "oidc/logout" { "&client_id=x" } else { "" };
        let answer = ask(&stage, Method::GET, &format!("{path}?code=canary-of-a-query{more}")).await;
        assert!(answer.status >= 400, "{path}: {answer:?}");
        assert!(!answer.text.contains("canary-of-a-query"), "{path}: {}", answer.text);
    }
}

#[actix_web::test]
async fn an_unknown_address_is_404_and_an_unknown_method_405_with_the_methods_there_are() {
    let stage = Stage::on(sqlite()).await;
    for path in
        ["nowhere", "oauth", "oauth/token/", "login", "static/", "static/../Cargo.toml", "metrics", ".env"]
    {
        assert_eq!(ask(&stage, Method::GET, path).await.status, 404, "{path}");
    }
    for (path, allowed) in [
        ("", "GET, HEAD"),
        ("healthz", "GET, HEAD"),
        (".well-known/jwks.json", "GET, HEAD"),
        ("authorize", "GET, POST"),
        ("oauth/token", "POST"),
        ("userinfo", "GET, POST"),
        ("login/callback", "GET, POST"),
        ("login/x/password", "POST"),
    ] {
        for method in [Method::DELETE, Method::PUT, Method::OPTIONS, Method::TRACE] {
            let answer = ask(&stage, method.clone(), path).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), allowed, "{method} {path}");
        }
    }
    for path in ["", "healthz", "readyz", "static/vestibule.css", ".well-known/openid-configuration"] {
        let (head, get) = (ask(&stage, Method::HEAD, path).await, ask(&stage, Method::GET, path).await);
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    assert_eq!(ask(&stage, Method::HEAD, "authorize").await.status, 405, "a GET there begins a login");
}

#[actix_web::test]
async fn what_never_changes_may_be_kept_and_what_is_public_may_be_read_from_anywhere() {
    let stage = Stage::on(sqlite()).await;
    let page = ask(&stage, Method::GET, "").await;
    let style = between(&page.text, "rel=\"stylesheet\" href=\"/", "\"").replace("&#x3D;", "=");
    let style = ask(&stage, Method::GET, &style).await;
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    for path in [".well-known/openid-configuration", ".well-known/jwks.json"] {
        let answer = ask(&stage, Method::GET, path).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("cache-control").starts_with("public, max-age="), "{path}");
        assert_ne!(answer.json, json!(null));
    }
}
