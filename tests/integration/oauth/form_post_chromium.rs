//! OAuth 2.0 Form Post Response Mode in a real Chromium: the page submits itself, and an application may send the
//! browser on from its callback.

use actix_web::HttpResponse;
use serde_json::json;

use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::sign_in::{EMAIL, PASSWORD, Stage};
use crate::support::site::Site;

#[actix_web::test]
async fn an_application_may_send_the_browser_on_to_another_origin_from_its_callback() {
    let home = Site::blank("localhost");
    let next = home.url("/home");
    let app = Site::start("127.0.0.1", move |_| {
        HttpResponse::SeeOther().insert_header(("location", next.clone())).finish()
    });
    let callback = app.url("/callback");
    let stage = Stage::with_client(sqlite(), json!({"callbacks": [callback]})).await;
    let chromium = Chromium::start().await;
    chromium.open(&stage.ask(&[("response_mode", "form_post"), ("redirect_uri", &callback)])).await;
    chromium.fill("#email", EMAIL).await;
    chromium.click("#continue").await;
    chromium.fill("#password", PASSWORD).await;
    chromium.click("#sign-in").await;
    chromium.arrive_at(&home.url("/home")).await;
    let posted = app.posted("/callback");
    assert!(posted.len() == 1 && posted[0].starts_with("code="), "{posted:?}");
    assert_eq!(chromium.complaints().await, Vec::<String>::new());
    chromium.close().await;
}
