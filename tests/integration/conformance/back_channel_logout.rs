//! The modules of the certification plan "Back-Channel Logout".

use serde_json::{Value, json};

use crate::support::databases::each_database;
use crate::support::listening_app::{ListeningApp, read};
use crate::support::sign_in::{SIGNED_OUT, Stage, ask, claims_of, code_of, http};

/// Module: oidcc-backchannel-logout-discovery-endpoint-verification
#[actix_web::test]
async fn oidcc_backchannel_logout_discovery_endpoint_verification() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let request = http().get(stage.hub.url(".well-known/openid-configuration"));
        let metadata = crate::support::sign_in::read(request).await.json;
        for name in ["backchannel_logout_supported", "backchannel_logout_session_supported"] {
            assert_eq!(metadata[name], json!(true), "{name}");
        }
        assert!(metadata["end_session_endpoint"].is_string());
    }
}

/// Module: oidcc-backchannel-rp-initiated-logout
///
/// The application that asks to sign out is told like every other, and then the browser comes back to it.
#[actix_web::test]
async fn oidcc_backchannel_rp_initiated_logout() {
    for database in each_database() {
        let listener = ListeningApp::start();
        let mut settings = listener.back_channel();
        settings["backchannel_logout_session_required"] = json!(true);
        let stage = Stage::with_client(database, settings).await;
        let mut browser = stage.browser();
        let code = code_of(&stage.sign_in(&mut browser, &[]).await);
        let id_token = stage.redeem(&code).await.text_of("id_token");
        let parameters = [
            ("id_token_hint", id_token.as_str()),
            ("post_logout_redirect_uri", SIGNED_OUT),
            ("state", "end"),
        ];
        let page = browser.open(&stage.logout(&parameters)).await;
        assert_eq!(page.url.as_str(), format!("{SIGNED_OUT}?state=end"));

        let token = listener.hears(1).await.remove(0);
        assert!(stage.hub.hub.keys.current().verify::<Value>(&token, "logout+jwt").is_some());
        let (header, logout) = read(&token);
        let identity = claims_of(&id_token);
        assert_eq!(header["alg"], "RS256", "as the ID tokens of the application");
        for name in ["iss", "sub", "aud", "sid"] {
            assert_eq!(logout[name], identity[name], "{name}");
        }
        assert!(logout["iat"].is_i64() && logout["exp"].is_i64() && logout["jti"].is_string(), "{logout}");
        assert_eq!(logout["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
        assert!(logout.get("nonce").is_none(), "{logout}");
        // The suite then asks with prompt=none.
        let silent = ask(&stage.hub.issuer, &stage.app.client_id, &[("prompt", "none")]);
        let page = browser.open(&silent).await;
        assert_eq!(page.answered("error").as_deref(), Some("login_required"));
        stage.hub.stop().await;
    }
}
