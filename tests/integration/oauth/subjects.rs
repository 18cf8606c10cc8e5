//! By what name each application knows a person (OpenID Connect Core §8).

use serde_json::{Value, json};
use vestibule::app::App;
use vestibule::config::Config;

use crate::support::browser::Browser;
use crate::support::databases::each_database;
use crate::support::html;
use crate::support::hub::{MASTER_KEY, Registered, TestHub};
use crate::support::listening_app::ListeningApp;
use crate::support::sign_in::{
    Answer, CALLBACK, PERSON, Stage, VERIFIER, add_client, ask, claims_of, code_of, fields, post_form,
};
use crate::support::sign_out::asks;

/// Another application of the stage's people.
struct Other {
    app: Registered,
    callback: &'static str,
}

impl Other {
    async fn register(stage: &Stage, callback: &'static str) -> Self {
        let app = add_client(&stage.hub, json!({"callbacks": [callback], "subject_type": "pairwise"})).await;
        let clients = format!("connections/{}/clients", stage.connection.id);
        let enabled = json!([{"client_id": app.client_id, "status": true}]);
        stage.manage(reqwest::Method::PATCH, &clients, enabled).await;
        Self { app, callback }
    }

    /// By what name it knows the person.
    async fn subject(&self, stage: &Stage) -> String {
        let answer = self.tokens(stage, &mut Browser::new(), &[]).await;
        claims_of(&answer.text_of("id_token"))["sub"].as_str().unwrap().to_owned()
    }

    /// The tokens that it gets in `browser`.
    async fn tokens(&self, stage: &Stage, browser: &mut Browser, changes: &[(&str, &str)]) -> Answer {
        let mut parameters = vec![("redirect_uri", self.callback)];
        parameters.extend(changes);
        let request = ask(&stage.hub.issuer, &self.app.client_id, &parameters);
        let origin = url::Url::parse(self.callback).unwrap().origin().ascii_serialization();
        browser.stop_at = Some(format!("{origin}/"));
        let code = code_of(&browser.walk(&request, PERSON).await);
        let form = fields(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", self.callback),
            ("code_verifier", VERIFIER),
            ("client_id", &self.app.client_id),
            ("client_secret", &self.app.secret),
        ]);
        post_form(&stage.hub.url("oauth/token"), &form, &[]).await
    }

    /// What introspection says of one of its tokens.
    async fn introspected(&self, stage: &Stage, token: &str) -> Value {
        let form = fields(&[
            ("token", token),
            ("client_id", &self.app.client_id),
            ("client_secret", &self.app.secret),
        ]);
        post_form(&stage.hub.url("oauth/introspect"), &form, &[]).await.json
    }
}

/// Two applications that could put together what they know of one browser cannot tell by `sid` that it is one.
#[actix_web::test]
async fn sectors_know_one_session_by_different_names_wherever_they_leave() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        let one = Other::register(&stage, "https://one.example/callback").await;
        let other = Other::register(&stage, "https://other.example/callback").await;
        let mut browser = Browser::new();
        let offline = [("scope", "openid offline_access")];
        let (of_one, of_other) =
            (one.tokens(&stage, &mut browser, &offline).await, other.tokens(&stage, &mut browser, &[]).await);
        let (sid, other_sid) = (sid_in(&of_one, "id_token"), sid_in(&of_other, "id_token"));
        assert_ne!(sid, other_sid);
        assert_eq!(stage.count("sessions"), 1);
        assert_eq!(
            (sid_in(&of_one, "access_token"), sid_in(&of_other, "access_token")),
            (sid.clone(), other_sid)
        );
        for token in ["access_token", "refresh_token"] {
            let said = one.introspected(&stage, &of_one.text_of(token)).await;
            assert_eq!((&said["active"], &said["sid"]), (&json!(true), &json!(sid)), "{token}");
        }
        // Nothing of it is the session's own id, which public applications know.
        let public = add_client(&stage.hub, json!({})).await;
        let clients = json!([{"client_id": public.client_id, "status": true}]);
        let path = format!("connections/{}/clients", stage.connection.id);
        stage.manage(reqwest::Method::PATCH, &path, clients).await;
        let public = Other { app: public, callback: CALLBACK };
        let id = sid_in(&public.tokens(&stage, &mut browser, &[]).await, "id_token");
        assert!(!of_one.text.contains(&id) && !of_other.text.contains(&id));
        assert_eq!(stage.count("sessions"), 1);
        // What an application was told names the session when it comes back.
        let again = one.tokens(&stage, &mut browser, &[]).await;
        assert_eq!(sid_in(&again, "id_token"), sid, "it stays the same");
    }
}

fn sid_in(tokens: &Answer, token: &str) -> String {
    claims_of(&tokens.text_of(token))["sid"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_pairwise_sid_signs_out_of_its_session_and_is_what_the_application_hears_of_its_end() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        for way in ["hint", "sid and application", "sid alone"] {
            let app = ListeningApp::start();
            let callback: &'static str = format!("{}/callback", app.base).leak();
            let listener = json!({
                "subject_type": "pairwise",
                "callbacks": [callback],
                "backchannel_logout_uri": format!("{}/back", app.base),
                "frontchannel_logout_uri": format!("{}/front", app.base),
                "frontchannel_logout_session_required": true,
            });
            let registered = stage.add_listener(&app, listener).await;
            let listener = Other { app: registered, callback };
            let mut browser = Browser::new();
            let id_token = listener.tokens(&stage, &mut browser, &[]).await.text_of("id_token");
            let (sid, sub) = (claims_of(&id_token)["sid"].clone(), claims_of(&id_token)["sub"].clone());
            let text = sid.as_str().unwrap();
            let parameters = match way {
                "hint" => vec![("id_token_hint", id_token.as_str())],
                "sid alone" => vec![("logout_hint", text)],
                _ => vec![("logout_hint", text), ("client_id", &listener.app.client_id)],
            };
            browser.stop_at = Some("https://app.example/".into());
            let page = browser.open(&stage.logout(&parameters)).await;
            assert!(!asks(&page), "{way}: {page:?}");
            assert!(!stage.has_session(&browser).await, "{way}");
            let frames = html::decode_entities(&page.text);
            assert!(frames.contains(&format!("sid={text}")), "{way}: {page:?}");
            let told = claims_of(&app.hears(1).await.remove(0));
            assert_eq!((&told["sid"], &told["sub"]), (&sid, &sub), "{way}");
        }
        stage.hub.stop().await;
    }
}

#[actix_web::test]
async fn a_pairwise_subject_is_the_same_wherever_it_leaves_and_the_management_api_keeps_the_user_id() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        let tokens = stage.tokens(&[]).await;
        let subject = claims_of(&tokens.text_of("id_token"))["sub"].clone();
        assert_eq!(subject.as_str().unwrap().len(), 43, "{subject}");
        let access = tokens.text_of("access_token");
        assert_eq!(claims_of(&access)["sub"], subject);
        let userinfo = stage.userinfo(&access).await;
        assert_eq!(userinfo.json["sub"], subject);
        for text in [&tokens.text, &userinfo.text] {
            assert!(!text.contains(&stage.user_id), "{text}");
        }
        let path = format!("users/{}", stage.user_id.replace('|', "%7C"));
        let user = stage.manage(reqwest::Method::GET, &path, json!(null)).await;
        assert_eq!(user.json["user_id"], stage.user_id);
    }
}

#[actix_web::test]
async fn applications_of_one_host_share_a_subject_and_those_of_others_have_their_own() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        let own = claims_of(&stage.tokens(&[]).await.text_of("id_token"))["sub"].clone();
        let same_host = Other::register(&stage, "https://app.example:8443/elsewhere").await;
        let other_host = Other::register(&stage, "https://other.example/callback").await;
        assert_eq!(same_host.subject(&stage).await, own);
        let elsewhere = other_host.subject(&stage).await;
        assert_ne!(elsewhere, own);
        assert_eq!(other_host.subject(&stage).await, elsewhere, "it stays the same");
    }
}

/// Module: oidcc-id-token-hint
#[actix_web::test]
async fn a_hint_with_a_pairwise_subject_names_its_person_and_one_of_another_application_nobody() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        let bob = json!({"connection": "people", "email": "bob@people.example", "password": "bobs-password"});
        stage.hub.person(bob).await;
        let own = stage.tokens(&[]).await.text_of("id_token");
        let mut browser = stage.member().await;
        let silent = |hint: &str| stage.ask(&[("prompt", "none"), ("id_token_hint", hint)]);
        code_of(&browser.open(&silent(&own)).await);
        let as_bob = [("email", "bob@people.example"), ("password", "bobs-password")];
        let mut of_bob = stage.browser();
        code_of(&of_bob.walk(&stage.ask(&[]), &as_bob).await);
        let page = of_bob.open(&silent(&own)).await;
        assert_eq!(page.answered("error").as_deref(), Some("login_required"));
        // The same host, so the same subject; yet it was made for another application.
        let other = Other::register(&stage, CALLBACK).await;
        let changes = [("prompt", "none"), ("id_token_hint", own.as_str()), ("redirect_uri", CALLBACK)];
        let page = browser.open(&ask(&stage.hub.issuer, &other.app.client_id, &changes)).await;
        assert_eq!(page.answered("error").as_deref(), Some("invalid_request"));
    }
}

#[actix_web::test]
async fn every_node_and_every_start_knows_a_person_by_the_same_subject() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"subject_type": "pairwise"})).await;
        let client = stage.hub.hub.directory.client(&stage.app.client_id).await.unwrap().unwrap();
        let here = stage.hub.hub.subject_of(&client, "oidc|acme|1");
        let data = tempfile::tempdir().unwrap();
        let node = [
            ("VESTIBULE_DATA_DIR", data.path().display().to_string()),
            ("VESTIBULE_DATABASE_URL", stage.hub.database.url()),
            ("VESTIBULE_MASTER_KEY", MASTER_KEY.to_owned()),
        ];
        let node = node.map(|(name, value)| (name.to_owned(), value));
        let node = App::build(&Config::load(node, None).unwrap(), stage.hub.clock.clone()).await.unwrap();
        assert_eq!(node.hub.subject_of(&client, "oidc|acme|1"), here);
        assert_eq!(stage.count("subject_salts"), 1);
        // Another hub has another salt: its subjects say nothing here.
        let elsewhere = TestHub::start(stage.hub.database.another()).await;
        assert_ne!(elsewhere.hub.subject_of(&client, "oidc|acme|1"), here);
    }
}
