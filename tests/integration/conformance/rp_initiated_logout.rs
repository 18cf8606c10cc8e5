//! The modules of the certification plan "RP-Initiated Logout", as the OpenID Foundation's suite walks through them: sign
//! in, go to the `end_session_endpoint` of the metadata, see where the browser ends.

use serde_json::{Value, json};
use url::Url;

use crate::support::browser::{Browser, Page};
use crate::support::databases::each_database;
use crate::support::keys::{Signature, Token};
use crate::support::sign_in::{SIGNED_OUT, Stage, error_code, http, read};
use crate::support::sign_out::asks;

const STATE: &str = "end-session-state";

/// Somebody signed in, and what the suite knows then.
struct Scene {
    stage: Stage,
    end_session_endpoint: String,
    browser: Browser,
    id_token: String,
}

impl Scene {
    async fn each() -> Vec<Self> {
        let mut scenes = Vec::new();
        for database in each_database() {
            let stage = Stage::on(database).await;
            let metadata = metadata(&stage).await;
            let end_session_endpoint = metadata["end_session_endpoint"].as_str().unwrap().to_owned();
            let (browser, id_token, _) = stage.signed_in().await;
            scenes.push(Self { stage, end_session_endpoint, browser, id_token });
        }
        scenes
    }

    async fn end_session(&mut self, parameters: &[(&str, &str)]) -> Page {
        let url = Url::parse_with_params(&self.end_session_endpoint, parameters).unwrap();
        self.browser.open(url.as_str()).await
    }

    /// Whether the browser stayed with us on an error page, and the session with it.
    async fn refuses(&mut self, parameters: &[(&str, &str)]) {
        let page = self.end_session(parameters).await;
        assert_eq!(error_code(&page), "logout-invalid", "{parameters:?}");
        assert!(self.stage.has_session(&self.browser).await, "{parameters:?}");
    }
}

async fn metadata(stage: &Stage) -> Value {
    read(http().get(stage.hub.url(".well-known/openid-configuration"))).await.json
}

/// Module: oidcc-rp-initiated-logout-discovery-endpoint-verification
#[actix_web::test]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    for scene in Scene::each().await {
        assert_eq!(scene.end_session_endpoint, scene.stage.hub.url("oidc/logout"));
    }
}

/// Module: oidcc-rp-initiated-logout
#[actix_web::test]
async fn oidcc_rp_initiated_logout() {
    for mut scene in Scene::each().await {
        let hint = scene.id_token.clone();
        let page = scene
            .end_session(&[
                ("id_token_hint", &hint),
                ("post_logout_redirect_uri", SIGNED_OUT),
                ("state", STATE),
            ])
            .await;
        assert!(page.stopped, "{page:?}");
        assert_eq!(page.url.as_str(), format!("{SIGNED_OUT}?state={STATE}"));
        // The suite then asks with prompt=none, and wants login_required.
        assert!(!scene.stage.has_session(&scene.browser).await);
    }
}

/// Module: oidcc-rp-initiated-logout-bad-post-logout-redirect-uri
#[actix_web::test]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    for mut scene in Scene::each().await {
        let hint = scene.id_token.clone();
        let bad = "https://app.example/signed-out/bad";
        let parameters =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", bad), ("state", STATE)];
        scene.refuses(&parameters).await;
        let page = scene.end_session(&parameters).await;
        assert!(page.text.contains(&format!("post_logout_redirect_uri {bad}")), "{}", page.text);
    }
}

/// Module: oidcc-rp-initiated-logout-modified-id-token-hint
#[actix_web::test]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    for mut scene in Scene::each().await {
        let parts: Vec<String> = scene.id_token.split('.').map(str::to_owned).collect();
        let mut claims = crate::support::sign_in::claims_of(&scene.id_token);
        claims["sub"] = json!("somebody else");
        let mut modified = Token::honest(claims);
        modified.signature = Signature::Empty;
        let payload = modified.write().split('.').nth(1).unwrap().to_owned();
        let hint = format!("{}.{payload}.{}", parts[0], parts[2]);
        scene
            .refuses(&[("id_token_hint", &hint), ("post_logout_redirect_uri", SIGNED_OUT), ("state", STATE)])
            .await;
    }
}

/// Module: oidcc-rp-initiated-logout-bad-id-token-hint
///
/// The suite makes the ID token an unsigned one.
#[actix_web::test]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    for mut scene in Scene::each().await {
        let mut unsigned = Token::honest(crate::support::sign_in::claims_of(&scene.id_token));
        unsigned.header.insert("alg".into(), "none".into());
        unsigned.header.remove("kid");
        unsigned.signature = Signature::Empty;
        for hint in [unsigned.write(), "not a token".to_owned()] {
            scene
                .refuses(&[
                    ("id_token_hint", &hint),
                    ("post_logout_redirect_uri", SIGNED_OUT),
                    ("state", STATE),
                ])
                .await;
        }
    }
}

/// Module: oidcc-rp-initiated-logout-no-id-token-hint
///
/// Without a hint (and without `client_id`) nothing says whose address it is: an error, and no way back.
#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    for mut scene in Scene::each().await {
        scene.refuses(&[("post_logout_redirect_uri", SIGNED_OUT), ("state", STATE)]).await;
    }
}

/// The person is asked; having confirmed, they see that they are signed out, and stay.
async fn asks_and_stays(scene: &mut Scene, parameters: &[(&str, &str)]) {
    let page = scene.end_session(parameters).await;
    assert!(asks(&page), "{parameters:?}: {page:?}");
    assert!(scene.stage.has_session(&scene.browser).await, "{parameters:?}");
    let page = scene.browser.walk_on(page, &[]).await;
    assert!(page.status == 200 && !page.stopped, "{parameters:?}: {page:?}");
    assert!(page.text.contains("You are signed out"), "{}", page.text);
    assert!(!scene.stage.has_session(&scene.browser).await, "{parameters:?}");
}

/// Module: oidcc-rp-initiated-logout-no-params
#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_params() {
    for mut scene in Scene::each().await {
        asks_and_stays(&mut scene, &[]).await;
    }
}

/// Module: oidcc-rp-initiated-logout-only-state
#[actix_web::test]
async fn oidcc_rp_initiated_logout_only_state() {
    for mut scene in Scene::each().await {
        asks_and_stays(&mut scene, &[("state", STATE)]).await;
    }
}

/// Module: oidcc-rp-initiated-logout-no-post-logout-redirect-uri
#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    for mut scene in Scene::each().await {
        let hint = scene.id_token.clone();
        let page = scene.end_session(&[("id_token_hint", &hint), ("state", STATE)]).await;
        assert!(page.status == 200 && !page.stopped, "{page:?}");
        assert!(page.text.contains("You are signed out"), "{}", page.text);
        assert!(!scene.stage.has_session(&scene.browser).await);
    }
}

/// Module: oidcc-rp-initiated-logout-no-state
#[actix_web::test]
async fn oidcc_rp_initiated_logout_no_state() {
    for mut scene in Scene::each().await {
        let hint = scene.id_token.clone();
        let page =
            scene.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", SIGNED_OUT)]).await;
        assert_eq!(page.url.as_str(), SIGNED_OUT, "and no state comes back");
        assert!(!scene.stage.has_session(&scene.browser).await);
    }
}

/// Module: oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri
#[actix_web::test]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    for mut scene in Scene::each().await {
        let hint = scene.id_token.clone();
        let added = format!("{SIGNED_OUT}?foo=bar");
        scene
            .refuses(&[("id_token_hint", &hint), ("post_logout_redirect_uri", &added), ("state", STATE)])
            .await;
    }
}
