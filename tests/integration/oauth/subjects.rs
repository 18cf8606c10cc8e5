//! By what name each application knows a person (OpenID Connect Core §8).

use serde_json::json;
use vestibule::app::App;
use vestibule::config::Config;

use crate::support::databases::each_database;
use crate::support::hub::{MASTER_KEY, Registered, TestHub};
use crate::support::sign_in::{
    CALLBACK, PERSON, Stage, VERIFIER, add_client, ask, claims_of, code_of, fields, post_form,
};

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
        let request = ask(&stage.hub.issuer, &self.app.client_id, &[("redirect_uri", self.callback)]);
        let origin = url::Url::parse(self.callback).unwrap().origin().ascii_serialization();
        let mut browser = crate::support::browser::Browser::new().stopping_at(&format!("{origin}/"));
        let code = code_of(&browser.walk(&request, PERSON).await);
        let form = fields(&[
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", self.callback),
            ("code_verifier", VERIFIER),
            ("client_id", &self.app.client_id),
            ("client_secret", &self.app.secret),
        ]);
        let answer = post_form(&stage.hub.url("oauth/token"), &form, &[]).await;
        claims_of(&answer.text_of("id_token"))["sub"].as_str().unwrap().to_owned()
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
