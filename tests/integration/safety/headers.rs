//! What every answer carries, and what addresses and methods that do not exist get.

use reqwest::Method;
use serde_json::json;

use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Answer, EMAIL, Stage, between, http, read};

async fn ask(stage: &Stage, method: Method, path: &str) -> Answer {
    read(http().request(method, stage.hub.url(path))).await
}

fn assert_safe(name: &str, header: impl Fn(&str) -> String) {
    assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
    assert_eq!(header("x-frame-options"), "DENY", "{name}");
    assert_eq!(header("x-request-id").len(), 16, "{name}");
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{name}");
    assert!(!policy.contains("unsafe"), "{name}: {policy}");
    assert!(["same-origin", "origin"].contains(&header("referrer-policy").as_str()), "{name}");
    assert_eq!(header("server"), "", "{name}");
}

#[actix_web::test]
async fn every_answer_carries_the_security_headers() {
    let stage = Stage::on(sqlite()).await;
    for (method, path) in [
        (Method::GET, ""),
        (Method::GET, "healthz"),
        (Method::GET, "nowhere"),
        (Method::GET, "static/vestibule.css"),
        (Method::GET, "static/nothing.css"),
        (Method::GET, ".well-known/openid-configuration"),
        (Method::GET, "authorize"),
        (Method::POST, "oauth/token"),
        (Method::GET, "oauth/token"),
        (Method::GET, "userinfo"),
        (Method::GET, "login/callback"),
        (Method::GET, "login/unknown"),
        (Method::GET, "oidc/logout"),
        (Method::GET, "api/v2/users"),
        (Method::GET, "api/v2/nothing"),
    ] {
        let answer = ask(&stage, method.clone(), path).await;
        assert_safe(&format!("{method} /{path}"), |name| answer.header(name).to_owned());
    }
    let mut browser = stage.browser();
    let mut page = browser.open(&stage.ask(&[])).await;
    for answers in [[("email", EMAIL)], [("password", "wrong")]] {
        let header =
            |name: &str| page.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_safe(page.url.path(), header);
        assert_eq!(header("cache-control"), "no-store");
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
