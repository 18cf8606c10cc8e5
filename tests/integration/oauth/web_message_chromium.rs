//! `response_mode=web_message` in a real Chromium: a single-page application renews silently in a frame, and signs
//! somebody in by a popup, as `@auth0/auth0-spa-js` does. Other pages get nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::certificates::Certificates;
use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::hub::TestHub;
use crate::support::sign_in::{CALLBACK, EMAIL, PASSWORD, STATE, Stage, changed};
use crate::support::site::Site;

/// How long a message is waited for, in steps.
const STEPS: usize = 100;
const STEP: Duration = Duration::from_millis(50);

/// A browser that sends cookies to frames of other sites. Debian's Chromium does not, of itself; an application
/// whose people use such browsers has to be of the hub's site, as with any provider.
async fn with_cookies_of_other_sites() -> Chromium {
    Chromium::start_with(json!({"prefs": {"profile.cookie_controls_mode": 0}})).await
}

/// Remembers every message from `issuer`'s origin in `window.answers`, as an application would.
async fn listen(chromium: &Chromium, issuer: &str) {
    let script = "window.answers = []; \
                  window.addEventListener('message', event => { \
                      if (event.origin === arguments[0]) { window.answers.push(event.data); } \
                  });";
    let origin = json!(issuer.trim_end_matches('/'));
    chromium.window.execute(script, vec![origin]).await.unwrap();
}

/// Opens `url` in a hidden frame, as for a silent renewal.
async fn frame(chromium: &Chromium, url: &str) {
    let script = "const frame = document.createElement('iframe'); frame.hidden = true; \
                  frame.addEventListener('load', () => { window.loaded = true; }); \
                  window.loaded = false; frame.src = arguments[0]; document.body.append(frame);";
    chromium.window.execute(script, vec![json!(url)]).await.unwrap();
}

async fn answer(chromium: &Chromium) -> Value {
    for _ in 0..STEPS {
        if let Some(answer) = chromium.value("window.answers.shift() || null").await.as_object() {
            return json!(answer);
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("no message, but {:?}", chromium.complaints().await);
}

/// What a frame that has loaded told the page: nothing.
async fn assert_silence(chromium: &Chromium) {
    for _ in 0..STEPS {
        if chromium.value("window.loaded").await == json!(true) {
            tokio::time::sleep(STEP * 4).await;
            assert_eq!(chromium.value("window.answers").await, json!([]));
            return;
        }
        tokio::time::sleep(STEP).await;
    }
    panic!("the frame never loaded");
}

/// Signs the person in at the hub's pages, and comes back to `callback`.
async fn sign_in(chromium: &Chromium, stage: &Stage, callback: &str) {
    chromium.open(&stage.ask(&[("redirect_uri", callback)])).await;
    type_in(chromium).await;
    chromium.arrive_at(callback).await;
}

async fn type_in(chromium: &Chromium) {
    chromium.fill("#email", EMAIL).await;
    chromium.click("#continue").await;
    chromium.fill("#password", PASSWORD).await;
    chromium.click("#sign-in").await;
}

fn silent(stage: &Stage, callback: &str) -> String {
    stage.ask(&[("response_mode", "web_message"), ("prompt", "none"), ("redirect_uri", callback)])
}

/// The message holds a code that is worth tokens. `authorities` are those of a hub over https.
async fn assert_code(stage: &Stage, answer: &Value, callback: &str, authorities: &[&str]) {
    assert_eq!(answer["type"], "authorization_response", "{answer}");
    let response = &answer["response"];
    assert_eq!(response["state"], STATE, "{answer}");
    assert_eq!(response["iss"], stage.hub.issuer.as_str(), "{answer}");
    let code = response["code"].as_str().unwrap_or_else(|| panic!("no code: {answer}"));
    let form = changed(&stage.exchange(code), "redirect_uri", callback);
    let mut program = Browser::trusting(authorities);
    let tokens = program.post(&stage.hub.url("oauth/token"), form, None).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
}

/// Before and after a login, in a frame of a page at `site`.
async fn renews(stage: &Stage, chromium: &Chromium, site: &Site, authorities: &[&str]) {
    let callback = site.url("/callback");
    chromium.open(&site.url("/")).await;
    listen(chromium, &stage.hub.issuer).await;
    frame(chromium, &silent(stage, &callback)).await;
    let before = answer(chromium).await;
    assert_eq!(before["response"]["error"], "login_required", "{before}");
    assert_eq!(before["response"]["state"], STATE, "{before}");
    sign_in(chromium, stage, &callback).await;
    listen(chromium, &stage.hub.issuer).await;
    for _ in 0..2 {
        frame(chromium, &silent(stage, &callback)).await;
        assert_code(stage, &answer(chromium).await, &callback, authorities).await;
    }
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
}

#[actix_web::test]
async fn an_application_on_the_same_site_renews_in_a_frame_over_http() {
    let site = Site::blank("localhost");
    let stage = Stage::with_client(sqlite(), json!({"callbacks": [site.url("/callback")]})).await;
    let chromium = Chromium::start().await;
    renews(&stage, &chromium, &site, &[]).await;
    chromium.close().await;
}

#[actix_web::test]
async fn an_application_on_another_site_renews_in_a_frame_over_https() {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let site = Site::blank("127.0.0.1");
    let stage = Stage::at(hub, json!({"callbacks": [site.url("/callback")]})).await;
    let chromium = with_cookies_of_other_sites().await;
    renews(&stage, &chromium, &site, &[&certificates.authority_pem]).await;
    chromium.close().await;
}

#[actix_web::test]
async fn a_popup_answers_the_page_that_opened_it() {
    let site = Site::blank("localhost");
    let callback = site.url("/callback");
    let stage = Stage::with_client(sqlite(), json!({"callbacks": [callback]})).await;
    let chromium = Chromium::start().await;
    chromium.open(&site.url("/")).await;
    listen(&chromium, &stage.hub.issuer).await;
    let application = chromium.window.window().await.unwrap();
    let url =
        stage.ask(&[("response_mode", "web_message"), ("display", "popup"), ("redirect_uri", &callback)]);
    let script = "window.open(arguments[0], 'login', 'width=400,height=600');";
    chromium.window.execute(script, vec![json!(url)]).await.unwrap();
    let windows = chromium.window.windows().await.unwrap();
    let popup = windows.into_iter().find(|window| *window != application).unwrap();
    chromium.window.switch_to_window(popup).await.unwrap();
    type_in(&chromium).await;
    chromium.element("#web-message").await;
    chromium.window.switch_to_window(application).await.unwrap();
    assert_code(&stage, &answer(&chromium).await, &callback, &[]).await;
    chromium.close().await;
}

/// The attack: a page that is not the application's asks for a code of whoever is signed in.
#[actix_web::test]
async fn a_page_of_another_origin_gets_no_answer_until_the_application_registers_it() {
    let (site, other) = (Site::blank("localhost"), Site::blank("localhost"));
    let callback = site.url("/callback");
    let stage = Stage::with_client(sqlite(), json!({"callbacks": [callback, CALLBACK]})).await;
    let chromium = Chromium::start().await;
    sign_in(&chromium, &stage, &callback).await;
    chromium.open(&other.url("/")).await;
    listen(&chromium, &stage.hub.issuer).await;
    frame(&chromium, &silent(&stage, &callback)).await;
    assert_silence(&chromium).await;
    let complaints = chromium.complaints().await;
    assert!(complaints.iter().any(|complaint| complaint.contains("frame-ancestors")), "{complaints:?}");
    // A window of its own is loaded, and still tells it nothing.
    let application = chromium.window.window().await.unwrap();
    let script = "window.open(arguments[0], 'login');";
    chromium.window.execute(script, vec![json!(silent(&stage, &callback))]).await.unwrap();
    let windows = chromium.window.windows().await.unwrap();
    let popup = windows.into_iter().find(|window| *window != application).unwrap();
    chromium.window.switch_to_window(popup).await.unwrap();
    chromium.element("#web-message").await;
    chromium.window.switch_to_window(application).await.unwrap();
    tokio::time::sleep(STEP * 4).await;
    assert_eq!(chromium.value("window.answers").await, json!([]));
    // Registered as one of the application's own, it may ask.
    let path = format!("clients/{}", stage.app.client_id);
    stage.manage(reqwest::Method::PATCH, &path, json!({"web_origins": [other.origin]})).await;
    frame(&chromium, &silent(&stage, &callback)).await;
    assert_code(&stage, &answer(&chromium).await, &callback, &[]).await;
    chromium.close().await;
}
