//! Pages are visited: what another page loads as a part of itself, or a browser in advance, begins nothing, brings nothing
//! back from a provider and ends nothing (Fetch Metadata).

use reqwest::Method;
use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::FakeProvider;
use crate::support::routes::every_route;
use crate::support::sign_in::{Answer, Stage, between, code_of, error_code, error_of, http, read};

/// Ways in which nobody goes anywhere.
const ASIDE: [(&str, &str); 11] = [
    ("sec-fetch-dest", "image"),
    ("sec-fetch-dest", "script"),
    ("sec-fetch-dest", "style"),
    ("sec-fetch-dest", "object"),
    ("sec-fetch-dest", "embed"),
    ("sec-fetch-dest", "empty"),
    ("sec-fetch-dest", "something new"),
    ("sec-purpose", "prefetch"),
    ("sec-purpose", "prefetch;prerender"),
    ("purpose", "prefetch"),
    ("x-moz", "prefetch"),
];
const FRAMED: [(&str, &str); 2] = [("sec-fetch-dest", "iframe"), ("sec-fetch-dest", "frame")];

/// What programs ask for, and parts of pages; every other route is a page, a new one too.
const NO_PAGES: [&str; 9] = [
    "api/v2",
    "oauth/",
    "oidc/register",
    "userinfo",
    ".well-known/",
    "static/",
    "logos/",
    "healthz",
    "readyz",
];
/// Pages that a frame may hold, for what is silent.
const FRAMES: [&str; 3] = ["authorize", "oidc/logout", "login/frontchannel-logout/"];

fn refusal(answer: &Answer) -> String {
    match answer.status {
        400 => between(&answer.text, "<code id=\"error-code\">", "</code>"),
        _ => String::new(),
    }
}

#[actix_web::test]
async fn no_page_answers_what_is_not_a_visit() {
    let stage = Stage::on(sqlite()).await;
    for route in every_route() {
        let path = route.path();
        let is_page = !NO_PAGES.iter().any(|beginning| path.starts_with(beginning));
        let may_be_framed = FRAMES.iter().any(|beginning| path.starts_with(beginning));
        for method in &route.methods {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            for (name, value) in ASIDE.into_iter().chain(FRAMED) {
                if method == Method::HEAD || (may_be_framed && FRAMED.contains(&(name, value))) {
                    continue;
                }
                let answer =
                    read(http().request(method.clone(), stage.hub.url(&path)).header(name, value)).await;
                let is_refused = ["loaded-aside", "logout-invalid"].contains(&refusal(&answer).as_str());
                assert_eq!(is_refused, is_page, "{method} {path} {name}: {value}: {answer:?}");
                assert!(!is_refused || answer.header("set-cookie").is_empty(), "{method} {path}: {answer:?}");
            }
        }
    }
}

async fn open_as(browser: &Browser, url: &str, header: (&'static str, &str)) -> Page {
    let mut browser = browser.clone();
    browser.headers.insert(header.0, header.1.parse().unwrap());
    browser.open(url).await
}

#[actix_web::test]
async fn what_a_page_loads_as_a_part_of_itself_asks_no_provider_and_redeems_nothing() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let mut browser = stage.browser();
        let asked = stage.ask(&[("connection", "acme")]);
        for header in ASIDE.into_iter().chain(FRAMED) {
            let page = open_as(&browser, &asked, header).await;
            assert_eq!(error_code(&page), "loaded-aside", "{header:?}");
            assert!(page.headers.get("set-cookie").is_none(), "{header:?}");
        }
        assert_eq!((provider.counts().discovery(), provider.counts().authorize()), (0, 0));
        browser.stop_at = Some(stage.hub.url("login/callback"));
        let answer = browser.open(&asked).await;
        browser.stop_at = Some("https://app.example/".into());
        for header in ASIDE.into_iter().chain(FRAMED) {
            let page = open_as(&browser, answer.url.as_str(), header).await;
            assert_eq!(error_code(&page), "loaded-aside", "{header:?}");
            assert!(page.headers.get("set-cookie").is_none(), "{header:?}");
        }
        assert_eq!((provider.counts().token(), stage.count("sessions")), (0, 0));
        // Nothing was used up: whoever goes there is signed in.
        code_of(&open_as(&browser, answer.url.as_str(), ("sec-fetch-dest", "document")).await);
    }
}

#[actix_web::test]
async fn a_frame_gets_silent_answers_and_nothing_else() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        stage.federate("acme", &provider, Channel::BackChannel).await;
        let silent = stage.ask(&[("prompt", "none")]);
        let message = stage.ask(&[("response_mode", "web_message"), ("connection", "acme")]);
        for frame in FRAMED {
            let nobody = stage.browser();
            assert_eq!(error_of(&stage, &open_as(&nobody, &silent, frame).await), "login_required");
            // A message that nobody asked to be silent is, in a frame: no page could be seen there.
            let page = open_as(&nobody, &message, frame).await;
            assert!(page.text.contains("login_required"), "{page:?}");
            let member = stage.member().await;
            code_of(&open_as(&member, &silent, frame).await);
            let page = open_as(&member, &stage.ask(&[("response_mode", "web_message")]), frame).await;
            assert!(page.status == 200 && page.text.contains("code"), "{page:?}");
            for loud in
                [stage.ask(&[]), stage.ask(&[("prompt", "login")]), stage.ask(&[("connection", "acme")])]
            {
                let page = open_as(&member, &loud, frame).await;
                assert_eq!(error_code(&page), "loaded-aside", "{loud}");
                assert!(page.headers.get("set-cookie").is_none(), "{loud}");
            }
        }
        assert_eq!(provider.counts().authorize(), 0);
    }
}

/// A frame may end a session here; it leads to no provider.
#[actix_web::test]
async fn a_frame_signs_nobody_out_at_their_provider() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (browser, id_token, _) = stage.signed_in().await;
        let out = [("id_token_hint", id_token.as_str()), ("federated", "")];
        for frame in FRAMED {
            let page = open_as(&browser, &stage.logout(&out), frame).await;
            assert_eq!(error_code(&page), "logout-invalid", "{page:?}");
            assert!(stage.has_session(&browser).await);
        }
        let page = open_as(&browser, &stage.logout(&out[..1]), FRAMED[0]).await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(!stage.has_session(&browser).await);
        assert_eq!(json!(stage.count("sessions")), json!(0));
    }
}
