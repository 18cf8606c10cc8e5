//! What the application asked for is binding: nobody is signed in by another connection than it named, whatever is typed,
//! pressed, posted or remembered on the way.

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use vestibule::domain::connection::Channel;

use crate::support::browser::{Browser, Fields, Page};
use crate::support::databases::{TestDatabase, each_database};
use crate::support::fake_provider::FakeProvider;
use crate::support::sign_in::{
    CALLBACK, EMAIL, NONCE, PASSWORD, STATE, Stage, VERIFIER, changed, claims_of, code_of, error_of, fields,
    post_form, provider_connection,
};

/// An application with two companies, each with a code and a domain, and classic accounts.
struct Scene {
    stage: Stage,
    a: FakeProvider,
    b: FakeProvider,
}

impl Scene {
    async fn on(database: TestDatabase) -> Self {
        let stage = Stage::on(database).await;
        let [a, b] = [(); 2].map(|()| FakeProvider::start(&stage.hub.clock));
        for (name, provider) in [("a", &a), ("b", &b)] {
            let mut body = provider_connection(name, provider, Channel::BackChannel, &[&stage.app.client_id]);
            body["options"]["domain_aliases"] = json!([format!("{name}.example")]);
            body["options"]["organization_code"] = json!(format!("{name}-corp"));
            body["show_as_button"] = json!(true);
            stage.hub.connection(body).await;
        }
        Self { stage, a, b }
    }

    /// A browser that stops before any provider is asked.
    fn browser(&self) -> Browser {
        Browser::new().stopping_at("http://127.0.0.1:")
    }

    fn is_at(&self, page: &Page, provider: &FakeProvider) -> bool {
        page.url.as_str().starts_with(&provider.issuer)
    }

    /// The request, pushed by the application itself (RFC 9126), with `changes`.
    async fn pushed(&self, changes: &[(&str, &str)]) -> String {
        let challenge = vestibule::crypto::digest::sha256_base64url(VERIFIER);
        let own = fields(&[
            ("client_id", &self.stage.app.client_id),
            ("client_secret", &self.stage.app.secret),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email"),
            ("state", STATE),
            ("nonce", NONCE),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let request: Fields = changes.iter().fold(own, |own, (name, value)| changed(&own, name, value));
        let answer = post_form(&self.stage.hub.url("oauth/par"), &request, &[]).await;
        let reference = answer.text_of("request_uri");
        let asked = [("client_id", self.stage.app.client_id.as_str()), ("request_uri", &reference)];
        Url::parse_with_params(&self.stage.hub.url("authorize"), asked).unwrap().into()
    }

    async fn id(&self, name: &str) -> String {
        let found = self.stage.manage(Method::GET, &format!("connections?name={name}"), Value::Null).await;
        found.json[0]["id"].as_str().unwrap().to_owned()
    }

    async fn edit(&self, name: &str, patch: Value) {
        self.stage.manage(Method::PATCH, &format!("connections/{}", self.id(name).await), patch).await;
    }
}

/// The id of the only login in progress of a browser.
fn login_of(browser: &Browser) -> String {
    let mut logins = browser.cookies().iter().filter_map(|cookie| cookie.name.split_once("_login_"));
    let (_, id) = logins.next().unwrap_or_else(|| panic!("no login in progress: {:?}", browser.cookies()));
    assert!(logins.next().is_none(), "several logins in progress");
    id.to_owned()
}

/// Everything that leads, or might lead, to connection `b` from a page of the login.
const WAYS_TO_B: [(&str, &str, &str); 7] = [
    ("connection", "connection", "b"),
    ("connection", "connection", "people"),
    ("connection", "email", "bob@b.example"),
    ("connection", "email", EMAIL),
    ("connection", "organization", "b-corp"),
    ("password", "password", PASSWORD),
    ("account", "choice", "another"),
];

#[actix_web::test]
async fn no_form_of_a_login_leads_elsewhere_than_the_application_asked() {
    for database in each_database() {
        let scene = Scene::on(database).await;
        let stage = &scene.stage;
        let plain = stage.ask(&[("connection", "a")]);
        let requests = [
            plain.clone(),
            stage.ask(&[("connection", "a"), ("prompt", "login")]),
            stage.ask(&[("connection", "a"), ("prompt", "select_account")]),
            stage.ask(&[("connection", "a"), ("login_hint", "bob@b.example")]),
            stage.ask(&[("connection", "a"), ("domain_hint", "b.example")]),
            stage.ask(&[("connection", "a"), ("organization", "a-corp")]),
            stage.ask(&[("organization", "A-Corp")]),
            scene.pushed(&[("connection", "a")]).await,
            scene.pushed(&[("organization", "a-corp")]).await,
        ];
        for request in &requests {
            for (step, field, value) in WAYS_TO_B {
                let mut browser = scene.browser();
                let page = browser.open(request).await;
                assert!(scene.is_at(&page, &scene.a), "{request}: {page:?}");
                let login = stage.hub.url(&format!("login/{}", login_of(&browser)));
                let here = Url::parse(&stage.hub.issuer).unwrap();
                // Back to the login's own pages, then the form, then on by whatever the answer is.
                for address in [login.clone(), format!("{login}?start=over"), format!("{login}?find=b")] {
                    let mut browser = browser.clone();
                    let back = browser.open(&address).await;
                    assert!(!scene.is_at(&back, &scene.b), "{address}: {back:?}");
                    let sent = fields(&[(field, value), ("email", EMAIL)]);
                    let sent = if field == "email" { fields(&[(field, value)]) } else { sent };
                    let page = browser.post(&format!("{login}/{step}"), sent, Some(&here)).await;
                    assert!(!scene.is_at(&page, &scene.b), "{request} {step} {field}={value}: {page:?}");
                    assert!(page.answered("code").is_none(), "{request} {step} {field}={value}: {page:?}");
                    assert!(
                        !page.text.contains("name=\"password\""),
                        "{request} {step} {field}={value}: {page:?}"
                    );
                }
            }
        }
        assert_eq!((scene.b.counts().authorize(), stage.count("sessions")), (0, 0));
    }
}

/// The same login still ends where the application wanted, whatever was tried on the way.
#[actix_web::test]
async fn a_login_goes_on_to_what_the_application_asked_after_every_detour() {
    for database in each_database() {
        let scene = Scene::on(database).await;
        let stage = &scene.stage;
        let mut browser = scene.browser();
        browser.open(&scene.pushed(&[("connection", "a")]).await).await;
        let login = stage.hub.url(&format!("login/{}", login_of(&browser)));
        let here = Url::parse(&stage.hub.issuer).unwrap();
        browser.post(&format!("{login}/connection"), fields(&[("connection", "b")]), Some(&here)).await;
        browser.open(&format!("{login}?start=over")).await;
        browser
            .post(&format!("{login}/connection"), fields(&[("email", "bob@b.example")]), Some(&here))
            .await;
        browser.stop_at = Some("https://app.example/".into());
        let page = browser.open(&login).await;
        let claims = claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token"));
        assert_eq!(claims["sub"], "oidc|a|alice");
        assert_eq!(scene.b.counts().authorize(), 0);
    }
}

/// "Another account" means another account there.
#[actix_web::test]
async fn another_account_is_one_of_the_asked_connection() {
    for database in each_database() {
        let scene = Scene::on(database).await;
        let stage = &scene.stage;
        let mut browser = stage.browser();
        code_of(&browser.open(&stage.ask(&[("connection", "a")])).await);
        let page = browser.open(&stage.ask(&[("connection", "a"), ("prompt", "select_account")])).await;
        let login = page.forms()[0].action.as_str().replace("/account", "");
        let another = changed(&[], "choice", "another");
        browser.stop_at = Some("http://127.0.0.1:".into());
        let page = browser.post(&format!("{login}/account"), another, Some(&page.url)).await;
        assert!(scene.is_at(&page, &scene.a), "{page:?}");
        let here = Url::parse(&stage.hub.issuer).unwrap();
        let page =
            browser.post(&format!("{login}/connection"), fields(&[("connection", "b")]), Some(&here)).await;
        assert!(!scene.is_at(&page, &scene.b), "{page:?}");
        // The page that asks for consent begins the login again.
        browser.stop_at = Some("https://app.example/".into());
        let page = browser.open(&stage.ask(&[("connection", "a"), ("prompt", "consent")])).await;
        let action = page.forms()[0].action.clone();
        browser.stop_at = Some("http://127.0.0.1:".into());
        let page = browser.post(action.as_str(), changed(&[], "choice", "another"), Some(&page.url)).await;
        assert!(scene.is_at(&page, &scene.a), "{page:?}");
        let begun: Vec<String> = browser
            .cookies()
            .iter()
            .filter_map(|cookie| cookie.name.split_once("_login_").map(|(_, id)| id.to_owned()))
            .collect();
        for id in begun {
            let login = stage.hub.url(&format!("login/{id}/connection"));
            let page = browser.post(&login, fields(&[("connection", "b")]), Some(&here)).await;
            assert!(!scene.is_at(&page, &scene.b), "{page:?}");
        }
    }
}

#[actix_web::test]
async fn a_session_of_another_connection_does_not_serve_a_request_that_names_one() {
    for database in each_database() {
        let scene = Scene::on(database).await;
        let stage = &scene.stage;
        let mut browser = stage.browser();
        code_of(&browser.open(&stage.ask(&[("connection", "b")])).await);
        for asked in [("connection", "a"), ("organization", "a-corp")] {
            let page = browser.open(&stage.ask(&[asked, ("prompt", "none")])).await;
            assert_eq!(error_of(stage, &page), "login_required", "{asked:?}");
        }
        for asked in [("connection", "b"), ("organization", "B-corp")] {
            code_of(&browser.open(&stage.ask(&[asked, ("prompt", "none")])).await);
        }
        // What the browser remembers, and a page of the password, come after what the application names.
        code_of(&browser.open(&stage.ask(&[("login_hint", "alice@a.example"), ("prompt", "none")])).await);
    }
}

/// A classic connection is bound as any other, and binds as any other.
#[actix_web::test]
async fn a_password_serves_the_connection_that_was_asked_for_alone() {
    for database in each_database() {
        let scene = Scene::on(database).await;
        let stage = &scene.stage;
        let mut browser = scene.browser();
        let page = browser.open(&stage.ask(&[("connection", "people")])).await;
        let login = stage.hub.url(&format!("login/{}", login_of(&browser)));
        for (field, value) in [("connection", "b"), ("email", "bob@b.example"), ("organization", "b-corp")] {
            let page = browser
                .post(&format!("{login}/connection"), fields(&[(field, value)]), Some(&page.url))
                .await;
            assert!(page.text.contains("name=\"password\""), "{field}: {page:?}");
        }
        let back = browser.open(&format!("{login}?start=over")).await;
        assert!(back.text.contains("name=\"password\""), "{back:?}");
        browser.stop_at = Some("https://app.example/".into());
        let page = browser.submit(&back, &back.forms()[0], &[("email", EMAIL), ("password", PASSWORD)]).await;
        code_of(&page);
    }
}

#[actix_web::test]
async fn a_connection_that_changes_midway_leads_to_no_other() {
    for database in each_database() {
        for (name, patch) in [
            ("disabled", json!({"is_enabled": false})),
            ("closed to the application", json!({"enabled_clients": []})),
            ("moved", json!({"options": {"scope": "openid email"}})),
        ] {
            let scene = Scene::on(database.another()).await;
            let stage = &scene.stage;
            let mut browser = scene.browser();
            browser.open(&stage.ask(&[("connection", "a")])).await;
            let login = stage.hub.url(&format!("login/{}", login_of(&browser)));
            let here = Url::parse(&stage.hub.issuer).unwrap();
            scene.edit("a", patch).await;
            if name != "moved" {
                browser.stop_at = Some("https://app.example/".into());
            }
            let page = browser
                .post(&format!("{login}/connection"), fields(&[("connection", "b")]), Some(&here))
                .await;
            assert!(!scene.is_at(&page, &scene.b), "{name}: {page:?}");
            assert!(page.answered("code").is_none(), "{name}: {page:?}");
            assert_eq!(scene.is_at(&page, &scene.a), name == "moved", "{name}: {page:?}");
        }
    }
}

/// Of an organization, every connection may serve, and no other.
#[actix_web::test]
async fn an_organization_binds_to_its_own_connections() {
    for database in each_database() {
        let scene = Scene::on(database).await;
        let stage = &scene.stage;
        scene.edit("b", json!({"options": {"organization_code": "a-corp"}})).await;
        let mut browser = scene.browser();
        let page = browser.open(&stage.ask(&[("organization", "a-corp")])).await;
        let offered: Vec<String> =
            page.forms().iter().flat_map(|form| &form.buttons).map(|button| button.value.clone()).collect();
        assert_eq!(offered, ["a", "b"], "{page:?}");
        let login = stage.hub.url(&format!("login/{}", login_of(&browser)));
        for (field, value) in [("connection", "people"), ("email", EMAIL)] {
            let page = browser
                .post(&format!("{login}/connection"), fields(&[(field, value)]), Some(&page.url))
                .await;
            assert!(!page.text.contains("name=\"password\""), "{field}: {page:?}");
        }
        let page = browser
            .post(&format!("{login}/connection"), fields(&[("connection", "b")]), Some(&page.url))
            .await;
        assert!(scene.is_at(&page, &scene.b), "{page:?}");
        // A code that the person types is their own word, which they can take back.
        let mut browser = scene.browser();
        let page = browser.open(&stage.ask(&[])).await;
        let login = stage.hub.url(&format!("login/{}", login_of(&browser)));
        browser
            .post(&format!("{login}/connection"), fields(&[("organization", "a-corp")]), Some(&page.url))
            .await;
        let page = browser
            .post(&format!("{login}/connection"), fields(&[("connection", "people")]), Some(&page.url))
            .await;
        assert!(page.text.contains("name=\"password\""), "{page:?}");
    }
}
