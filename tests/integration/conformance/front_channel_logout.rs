//! The modules of the certification plan "Front-Channel Logout", in a real browser, as the suite needs one.

use serde_json::json;
use url::Url;

use crate::support::chromium::Chromium;
use crate::support::databases::{each_database, sqlite};
use crate::support::listening_app::ListeningApp;
use crate::support::sign_in::{
    EMAIL, PASSWORD, Stage, ask, changed, claims_of, fields, http, post_form, read,
};

/// Module: oidcc-frontchannel-logout-discovery-endpoint-verification
#[actix_web::test]
async fn oidcc_frontchannel_logout_discovery_endpoint_verification() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let metadata = read(http().get(stage.hub.url(".well-known/openid-configuration"))).await.json;
        for name in ["frontchannel_logout_supported", "frontchannel_logout_session_supported"] {
            assert_eq!(metadata[name], json!(true), "{name}");
        }
        assert!(metadata["end_session_endpoint"].is_string());
    }
}

/// Module: oidcc-frontchannel-rp-initiated-logout
#[actix_web::test]
async fn oidcc_frontchannel_rp_initiated_logout() {
    let listener = ListeningApp::start();
    let (callback, goodbye) =
        (format!("{}/callback", listener.base), format!("{}/signed-out", listener.base));
    let stage = Stage::with_client(
        sqlite(),
        json!({
            "callbacks": [callback], "allowed_logout_urls": [goodbye],
            "frontchannel_logout_uri": format!("{}/front", listener.base),
            "frontchannel_logout_session_required": true,
        }),
    )
    .await;
    let browser = Chromium::start().await;
    browser.open(&ask(&stage.hub.issuer, &stage.app.client_id, &[("redirect_uri", &callback)])).await;
    browser.fill("#email", EMAIL).await;
    browser.click("#continue").await;
    browser.fill("#password", PASSWORD).await;
    browser.click("#sign-in").await;
    browser.arrive_at(&callback).await;
    let answer = browser.window.current_url().await.unwrap();
    let code = answer.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let exchange = changed(&stage.exchange(&code), "redirect_uri", &callback);
    let id_token = stage.token(&exchange).await.text_of("id_token");

    let parameters =
        [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", &goodbye), ("state", "end")];
    browser.open(&stage.logout(&parameters)).await;
    browser.arrive_at(&format!("{goodbye}?state=end")).await;

    let frames = listener.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    let frame = Url::parse(&format!("{}{}", listener.base, frames[0])).unwrap();
    let told: Vec<(String, String)> = frame.query_pairs().into_owned().collect();
    let sid = claims_of(&id_token)["sid"].as_str().unwrap().to_owned();
    assert_eq!(told, fields(&[("iss", &stage.hub.issuer), ("sid", &sid)]));
    let used = post_form(&stage.hub.url("oauth/token"), &exchange, &[]).await;
    assert_eq!(used.error().0, 400);
    stage.hub.stop().await;
}
