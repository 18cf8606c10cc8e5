//! Applications are told by the browser that a session has ended (OpenID Connect Front-Channel Logout 1.0).

use std::time::{Duration, Instant};

use serde_json::json;
use url::Url;

use crate::support::browser::Page;
use crate::support::chromium::Chromium;
use crate::support::databases::{each_database, sqlite};
use crate::support::html;
use crate::support::listening_app::ListeningApp;
use crate::support::sign_in::{EMAIL, PASSWORD, SIGNED_OUT, Stage, ask, claims_of};

/// The addresses of the frames of a page.
pub fn frames(page: &Page) -> Vec<String> {
    let sources = page.text.split("<iframe ").skip(1).filter_map(|rest| rest.split("src=\"").nth(1));
    sources.map(|rest| html::decode_entities(rest.split('"').next().unwrap())).collect()
}

fn policy(page: &Page) -> &str {
    page.headers["content-security-policy"].to_str().unwrap()
}

#[actix_web::test]
async fn the_page_of_the_end_opens_the_frames_of_the_session_and_leads_back() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let apps = [ListeningApp::start(), ListeningApp::start(), ListeningApp::start()];
        let [plain, strict, stranger] = &apps;
        let uri = |app: &ListeningApp, required: bool| {
            json!({
                "frontchannel_logout_uri": format!("{}/front?tenant=a%26b", app.base),
                "frontchannel_logout_session_required": required,
            })
        };
        let first = stage.add_listener(plain, uri(plain, false)).await;
        let second = stage.add_listener(strict, uri(strict, true)).await;
        stage.add_listener(stranger, uri(stranger, true)).await;
        let (mut browser, id_token, access_token) = stage.signed_in().await;
        for app in [&first, &second] {
            stage.sign_in_to(app, &mut browser).await;
        }
        let parameters = [
            ("id_token_hint", id_token.as_str()),
            ("post_logout_redirect_uri", SIGNED_OUT),
            ("state", "a&b"),
        ];
        let page = browser.open(&stage.logout(&parameters)).await;
        assert_eq!(page.status, 200);
        let sid = claims_of(&id_token)["sid"].as_str().unwrap().to_owned();
        let mut strict_address = Url::parse(&format!("{}/front?tenant=a%26b", strict.base)).unwrap();
        strict_address.query_pairs_mut().append_pair("iss", &stage.hub.issuer).append_pair("sid", &sid);
        let mut expected = vec![format!("{}/front?tenant=a%26b", plain.base), strict_address.to_string()];
        let mut found = frames(&page);
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        let sources = policy(&page).split("; ").find(|part| part.starts_with("frame-src")).unwrap();
        let mut origins: Vec<&str> = sources.split(' ').skip(1).collect();
        origins.sort_unstable();
        let mut bases = vec![plain.base.as_str(), strict.base.as_str()];
        bases.sort_unstable();
        assert_eq!(origins, bases);
        assert!(policy(&page).contains("frame-ancestors 'none'"));
        let back = page.text.split("id=\"back\"").next().unwrap().rsplit("href=\"").next().unwrap();
        let back = html::decode_entities(back.split('"').next().unwrap());
        assert_eq!(back, format!("{SIGNED_OUT}?state=a%26b"));
        assert!(!browser.cookies().iter().any(|cookie| cookie.name.ends_with("_session")));
        assert_eq!(stage.userinfo(&access_token).await.status, 401);
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn without_frames_there_is_no_page_on_the_way() {
    let stage = Stage::on(sqlite()).await;
    let app = ListeningApp::start();
    stage.add_listener(&app, json!({"frontchannel_logout_uri": format!("{}/front", app.base)})).await;
    let (mut browser, id_token, _) = stage.signed_in().await;
    let parameters = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_eq!(browser.open(&stage.logout(&parameters)).await.url.as_str(), SIGNED_OUT);
    // Nobody was signed in any more: nothing is told a second time.
    assert_eq!(browser.open(&stage.logout(&parameters)).await.url.as_str(), SIGNED_OUT);
}

/// Signs out in Chromium; how long until the browser was at the application.
async fn sign_out_in_chromium(fails: fn(&ListeningApp)) -> Duration {
    let stage = Stage::on(sqlite()).await;
    let app = ListeningApp::start();
    let goodbye = format!("{}/signed-out", app.base);
    let settings = json!({
        "frontchannel_logout_uri": format!("{}/front", app.base), "allowed_logout_urls": [goodbye],
        "frontchannel_logout_session_required": true,
    });
    let registered = stage.add_listener(&app, settings).await;
    let callback = format!("{}/callback", app.base);
    let browser = Chromium::start().await;
    let asked = ask(&stage.hub.issuer, &registered.client_id, &[("redirect_uri", &callback)]);
    browser.open(&asked).await;
    browser.fill("#email", EMAIL).await;
    browser.click("#continue").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.arrive_at(&callback).await;
    fails(&app);
    let address =
        stage.leave_by("v2/logout", &[("client_id", &registered.client_id), ("returnTo", &goodbye)]);
    let began = Instant::now();
    browser.open(&address).await;
    browser.arrive_at(&goodbye).await;
    let took = began.elapsed();
    let frames = app.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert!(frames[0].starts_with("/front?iss=") && frames[0].contains("&sid="), "{frames:?}");
    took
}

#[actix_web::test]
async fn a_browser_goes_on_by_itself_as_soon_as_the_applications_have_answered() {
    let took = sign_out_in_chromium(|_| ()).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    // An answer is an answer.
    let took = sign_out_in_chromium(|app| app.answer_with(500)).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[actix_web::test]
async fn a_browser_goes_on_by_itself_even_if_an_application_never_answers() {
    let took = sign_out_in_chromium(ListeningApp::fall_silent).await;
    assert!(took > Duration::from_secs(3), "{took:?}");
}
