//! A malicious provider sends people on to another company's provider, under the state of its own login (mix-up, RFC 9700
//! §4.4): what that provider issues reaches nobody.

use std::cell::Cell;

use reqwest::Method;
use serde_json::{Value, json};
use url::Url;
use vestibule::domain::connection::{Channel, RedirectUri};

use crate::support::browser::{Browser, Page};
use crate::support::databases::{TestDatabase, each_database, sqlite};
use crate::support::fake_provider::{Behaviour, CLIENT_ID, CLIENT_SECRET, FakeProvider};
use crate::support::hub::TestHub;
use crate::support::sign_in::{Stage, code_of, error_code, provider_connection};

const PROMISE: &str = "authorization_response_iss_parameter_supported";
/// A provider that names itself in its answers, and says so.
const NAMES_ITSELF: Behaviour = Behaviour {
    discovery: Some(|answer, _| answer.set(PROMISE, true)),
    reply: Some(|reply, scene| reply.set("iss", &scene.issuer)),
    ..Behaviour::HONEST
};
/// One that promises it, and does not.
const PROMISES_ALONE: Behaviour = Behaviour { reply: None, ..NAMES_ITSELF };

/// A hub with two providers: the company's, and one whose operator wants to be somebody of that company.
struct Scene {
    stage: Stage,
    acme: FakeProvider,
    evil: FakeProvider,
    /// What was redeemed at the two, and how many sessions there are, at the last [`Scene::mark`].
    before: Cell<(usize, usize, usize)>,
}

impl Scene {
    async fn set(database: TestDatabase) -> Self {
        Self::at(Stage::on(database).await)
    }

    fn at(stage: Stage) -> Self {
        let (acme, evil) = (FakeProvider::start(&stage.hub.clock), FakeProvider::start(&stage.hub.clock));
        Self { stage, acme, evil, before: Cell::default() }
    }

    /// A connection to `provider` with these options beside those that it needs; its id.
    async fn connect(&self, name: &str, provider: &FakeProvider, channel: Channel, options: Value) -> String {
        let mut body = provider_connection(name, provider, channel, &[&self.stage.app.client_id]);
        let members = body["options"].as_object_mut().unwrap();
        members.remove("redirect_uri");
        members.extend(options.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        self.stage.manage(Method::POST, "connections", body).await.text_of("id")
    }

    async fn shown(&self, id: &str) -> Value {
        self.stage.manage(Method::GET, &format!("connections/{id}"), Value::Null).await.json
    }

    async fn patch(&self, id: &str, options: Value) -> Value {
        let body = json!({"options": options});
        self.stage.manage(Method::PATCH, &format!("connections/{id}"), body).await.json
    }

    /// The findings that are neither ok nor skipped, and the state they make.
    async fn status(&self, id: &str) -> (String, Vec<String>) {
        self.stage.hub.clock.advance(vestibule::domain::limits::DIAGNOSIS_SECONDS);
        let told =
            self.stage.manage(Method::GET, &format!("connections/{id}/status"), Value::Null).await.json;
        let checks = told["checks"].as_array().unwrap().iter();
        let codes = checks.filter_map(|check| Some(check["code"].as_str()?.to_owned())).collect();
        (told["state"].as_str().unwrap().to_owned(), codes)
    }

    fn browser(&self) -> Browser {
        self.stage.browser()
    }

    /// Begins a login at `name`, and stops before the browser asks the provider; what it would ask.
    async fn leave(&self, browser: &mut Browser, name: &str, provider: &FakeProvider) -> Url {
        browser.stop_at = Some(format!("{}/authorize", provider.issuer));
        let page = browser.open(&self.stage.ask(&[("connection", name)])).await;
        assert!(page.stopped, "{page:?}");
        browser.stop_at = Some("https://app.example/".into());
        page.url
    }

    /// Goes to a provider with `asked`, and stops before the hub sees its answer.
    async fn answer(&self, browser: &mut Browser, asked: &Url) -> Page {
        browser.stop_at = Some(self.stage.hub.url("login/callback"));
        let page = browser.walk(asked.as_str(), &[]).await;
        assert!(page.stopped, "{page:?}");
        browser.stop_at = Some("https://app.example/".into());
        page
    }

    /// The company's provider answers what the evil one made of the login `asked` of its own: to the redirect URI that is
    /// registered there.
    async fn lured(&self, browser: &mut Browser, asked: &Url, callback: &str, form_post: bool) -> Page {
        let mut lure = Url::parse(&format!("{}/authorize", self.acme.issuer)).unwrap();
        let kept = asked.query_pairs().filter(|(name, _)| {
            ["state", "nonce", "code_challenge", "code_challenge_method", "scope"].contains(&&**name)
        });
        lure.query_pairs_mut()
            .extend_pairs(kept)
            .append_pair("client_id", CLIENT_ID)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", &self.stage.hub.url(callback));
        if form_post {
            lure.query_pairs_mut().append_pair("response_mode", "form_post");
        }
        self.answer(browser, &lure).await
    }

    fn so_far(&self) -> (usize, usize, usize) {
        (self.evil.counts().token(), self.acme.counts().token(), self.stage.count("sessions"))
    }

    fn mark(&self) {
        self.before.set(self.so_far());
    }

    /// Since [`Scene::mark`].
    fn assert_nothing_was_passed_on(&self, what: &str) {
        assert_eq!(self.so_far(), self.before.get(), "{what}: a code was redeemed, or somebody signed in");
    }
}

async fn deliver(browser: &mut Browser, answer: &Page) -> Page {
    let page = match answer.posted.clone() {
        Some(fields) => {
            let from = Url::parse("http://127.0.0.1:1/").unwrap();
            browser.post(answer.url.as_str(), fields, Some(&from)).await
        }
        None => browser.open(answer.url.as_str()).await,
    };
    browser.walk_on(page, &[]).await
}

/// The same answer at another address.
fn elsewhere(answer: &Page, url: &str) -> Page {
    let mut moved = answer.clone();
    moved.url = Url::parse(url).unwrap();
    moved.url.set_query(answer.url.query());
    moved
}

#[actix_web::test]
async fn metadata_that_name_another_companys_authorization_endpoint_bring_nobodys_code() {
    for database in each_database() {
        let scene = Scene::set(database).await;
        scene.connect("acme", &scene.acme, Channel::BackChannel, json!({})).await;
        let (acme, evil) = (&scene.acme.issuer, &scene.evil.issuer);
        let explicit = json!({
            "discovery_url": null, "issuer": evil, "authorization_endpoint": format!("{acme}/authorize"),
            "token_endpoint": format!("{evil}/token"), "jwks_uri": format!("{evil}/keys"),
        });
        let id = scene.connect("evil", &scene.evil, Channel::BackChannel, explicit).await;
        assert_eq!(scene.shown(&id).await["options"]["redirect_uri"], "connection");
        // Every provider takes the redirect URIs that are registered there, and no other.
        scene.acme.behave(Behaviour {
            authorization: Some(|answer, scene| {
                if scene.redirect_uri.ends_with("/login/callback/acme") {
                    let back = format!("{}?code=canary-code&state={}", scene.redirect_uri, scene.state);
                    answer.redirect(&back);
                } else {
                    answer.page(400, "Invalid parameter: redirect_uri");
                }
            }),
            ..Behaviour::HONEST
        });
        let mut browser = scene.browser();
        let page = browser.walk(&scene.stage.ask(&[("connection", "evil")]), &[]).await;
        assert_eq!(page.status, 400, "{page:?}");
        assert!(page.url.as_str().starts_with(acme), "the provider kept the browser: {}", page.url);
        scene.assert_nothing_was_passed_on("as it was seen");
        // What that provider does answer, it answers at the company's redirect URI.
        let asked = scene.leave(&mut browser, "evil", &scene.acme).await;
        let lured = scene.lured(&mut browser, &asked, "login/callback/acme", false).await;
        assert!(lured.url.as_str().contains("canary-code"));
        let page = deliver(&mut browser, &lured).await;
        assert_eq!((page.status.as_u16(), error_code(&page).as_str()), (400, "login-wrong-callback"));
        scene.assert_nothing_was_passed_on("sent on");
    }
}

#[actix_web::test]
async fn an_answer_at_another_redirect_uri_than_that_of_its_login_is_refused_and_wastes_nothing() {
    let shared = |path: &str| path.ends_with("callback");
    for database in each_database() {
        let scene = Scene::set(database).await;
        for (number, (of_acme, of_evil)) in [
            ("login/callback/acme0", "connection"),
            ("login/callback/acme1", "shared"),
            ("login/callback", "connection"),
        ]
        .into_iter()
        .enumerate()
        {
            let (acme, evil) = (format!("acme{number}"), format!("evil{number}"));
            let own = if shared(of_acme) { "shared" } else { "connection" };
            scene.connect(&acme, &scene.acme, Channel::BackChannel, json!({"redirect_uri": own})).await;
            scene.connect(&evil, &scene.evil, Channel::BackChannel, json!({"redirect_uri": of_evil})).await;
            for form_post in [false, true] {
                let what = format!("{of_acme} {of_evil} {form_post}");
                let mut browser = scene.browser();
                let asked = scene.leave(&mut browser, &evil, &scene.evil).await;
                let lured = scene.lured(&mut browser, &asked, of_acme, form_post).await;
                assert_eq!(lured.posted.is_some(), form_post);
                let code = lured.answered("code").unwrap();
                let page = deliver(&mut browser, &lured).await;
                assert_eq!(error_code(&page), "login-wrong-callback", "{what}");
                scene.assert_nothing_was_passed_on(&what);
                assert!(!page.text.contains(&code), "{what}");
                let told = format!("{:?}", scene.stage.hub.log().await);
                assert!(
                    told.contains("login-wrong-callback: the provider's answer did not come to"),
                    "{told}"
                );
                assert!(!told.contains(&code), "{what}");
                // The login waits for its own answer.
                let honest = scene.answer(&mut browser, &asked).await;
                code_of(&deliver(&mut browser, &honest).await);
                assert!(scene.evil.redeemed().iter().all(|login| login.code != code));
                assert_eq!(scene.acme.counts().token(), 0);
                scene.mark();
            }
        }
    }
}

#[actix_web::test]
async fn a_code_under_the_state_of_a_front_channel_login_is_redeemed_nowhere() {
    for database in each_database() {
        let scene = Scene::set(database).await;
        scene.connect("acme", &scene.acme, Channel::BackChannel, json!({"redirect_uri": "shared"})).await;
        let id = scene.connect("evil", &scene.evil, Channel::FrontChannel, json!({})).await;
        assert_eq!(scene.shown(&id).await["options"]["redirect_uri"], "shared");
        for form_post in [false, true] {
            let mut browser = scene.browser();
            let asked = scene.leave(&mut browser, "evil", &scene.evil).await;
            let lured = scene.lured(&mut browser, &asked, "login/callback", form_post).await;
            let page = deliver(&mut browser, &lured).await;
            assert_eq!(page.answered("error").as_deref(), Some("access_denied"), "{page:?}");
            scene.assert_nothing_was_passed_on("front channel");
        }
        // And the other way round: what comes for the back channel is a code.
        let mut browser = scene.browser();
        let asked = scene.leave(&mut browser, "acme", &scene.acme).await;
        let mut lure = asked.clone();
        lure.query_pairs_mut().clear().extend_pairs(asked.query_pairs().map(|(name, value)| match &*name {
            "response_type" => (name, "id_token".into()),
            _ => (name, value),
        }));
        lure.query_pairs_mut().append_pair("response_mode", "form_post");
        let lured = scene.answer(&mut browser, &lure).await;
        let page = deliver(&mut browser, &lured).await;
        assert_eq!(page.answered("error").as_deref(), Some("access_denied"), "{page:?}");
        scene.assert_nothing_was_passed_on("back channel");
    }
}

#[actix_web::test]
async fn no_other_spelling_of_a_redirect_uri_is_taken_for_it() {
    for database in each_database() {
        let scene = Scene::set(database).await;
        for name in ["acme", "ACME", "acme-1", "callback", "connection", "consent"] {
            scene.connect(name, &scene.acme, Channel::BackChannel, json!({})).await;
        }
        for channel in [Channel::BackChannel, Channel::FrontChannel] {
            let (name, own) = match channel {
                Channel::BackChannel => ("acme", "login/callback/acme"),
                Channel::FrontChannel => ("front", "login/callback"),
            };
            if channel == Channel::FrontChannel {
                scene.connect(name, &scene.acme, channel, json!({})).await;
            }
            let mut browser = scene.browser();
            let asked = scene.leave(&mut browser, name, &scene.acme).await;
            let answer = scene.answer(&mut browser, &asked).await;
            assert_eq!(answer.url.path(), format!("/{own}"));
            for path in [
                "login/callback",
                "login/callback/acme",
                "login/callback/",
                "login/callback//acme",
                "login/callback/acme/",
                "login/callback/ACME",
                "login/callback/Acme",
                "login/callback/acme-1",
                "login/callback/callback",
                "login/callback/connection",
                "login/callback/nobody",
                "login/callback/%61cme",
                "login/callback/acme%2f",
                "login/callback/acme%2F",
                "login/callback/acme%00",
                "login/callback/acme%20",
                "login/callback/acme;x",
                "login/callback/acme%3Fx",
                "login/callback%2Facme",
                "login/callback/x%2f..%2facme",
                "login/%63allback/acme",
                "login/%63allback",
                "LOGIN/callback/acme",
            ] {
                if path == own {
                    continue;
                }
                let page = deliver(&mut browser, &elsewhere(&answer, &scene.stage.hub.url(path))).await;
                assert!(!page.stopped && page.status.is_client_error(), "{path}: {page:?}");
                scene.assert_nothing_was_passed_on(path);
            }
            code_of(&deliver(&mut browser, &answer).await);
            scene.mark();
        }
        // Names that are parts of other paths of a login are names all the same.
        for name in ["ACME", "callback", "connection", "consent"] {
            let page = scene.browser().walk(&scene.stage.ask(&[("connection", name)]), &[]).await;
            code_of(&page);
        }
    }
}

#[actix_web::test]
async fn a_shared_redirect_uri_that_rests_on_a_promise_has_it_kept_whatever_the_metadata_say_later() {
    for database in each_database() {
        let scene = Scene::set(database).await;
        scene.evil.behave(NAMES_ITSELF);
        let id = scene.connect("evil", &scene.evil, Channel::BackChannel, json!({})).await;
        let shown = scene.shown(&id).await;
        assert_eq!(shown["options"]["redirect_uri"], "shared");
        assert_eq!(shown["callback_url"], json!(scene.stage.hub.url("login/callback")));
        assert!(shown["options"].get("demands_issuer").is_none(), "{shown}");
        scene.connect("acme", &scene.acme, Channel::BackChannel, json!({"redirect_uri": "shared"})).await;
        let ask = scene.stage.ask(&[("connection", "evil")]);
        // No code goes anywhere without the issuer in its answer, or with another.
        let denied = async |behaviour: Behaviour, what: &str| {
            scene.evil.behave(behaviour);
            let page = scene.browser().walk(&ask, &[]).await;
            assert_eq!(page.answered("error").as_deref(), Some("access_denied"), "{what}: {page:?}");
            scene.assert_nothing_was_passed_on(what);
        };
        let another: Behaviour =
            Behaviour { reply: Some(|reply, _| reply.set("iss", "https://acme.example")), ..NAMES_ITSELF };
        let slashed = Behaviour {
            reply: Some(|reply, scene| reply.set("iss", &format!("{}/", scene.issuer))),
            ..NAMES_ITSELF
        };
        let empty = Behaviour { reply: Some(|reply, _| reply.set("iss", "")), ..NAMES_ITSELF };
        denied(PROMISES_ALONE, "none").await;
        denied(another, "another").await;
        denied(slashed, "nearly the same").await;
        denied(empty, "empty").await;
        // The company's provider does not name itself, and is asked by the evil one.
        let mut browser = scene.browser();
        let asked = scene.leave(&mut browser, "evil", &scene.evil).await;
        let lured = scene.lured(&mut browser, &asked, "login/callback", false).await;
        let page = deliver(&mut browser, &lured).await;
        assert_eq!(page.answered("error").as_deref(), Some("access_denied"), "{page:?}");
        scene.assert_nothing_was_passed_on("lured");

        // The promise is gone before anything was adopted.
        scene.stage.hub.hub.upstream.forget(&id);
        denied(Behaviour::HONEST, "never promised again").await;
        // It is adopted with the promise, and somebody accepts the metadata without it.
        scene.evil.behave(NAMES_ITSELF);
        assert_eq!(scene.status(&id).await, ("ready".into(), vec![]));
        scene.evil.behave(Behaviour::HONEST);
        assert_eq!(scene.status(&id).await, ("degraded".into(), vec!["metadata-drift".into()]));
        scene.mark();
        scene.stage.hub.hub.upstream.forget(&id);
        denied(Behaviour::HONEST, "waiting").await;
        let told =
            scene.stage.manage(Method::GET, &format!("connections/{id}/status"), Value::Null).await.json;
        let sha256 = told["metadata"]["waiting"]["sha256"].clone();
        let accept = format!("connections/{id}/metadata/accept");
        scene.stage.manage(Method::POST, &accept, json!({"sha256": sha256})).await;
        denied(Behaviour::HONEST, "accepted").await;
        assert_eq!(scene.status(&id).await, ("degraded".into(), vec!["issuer-no-longer-promised".into()]));
        scene.mark();
        // What it says otherwise changes nothing about that; pointing it elsewhere does, to the safe side.
        let echoed = scene.shown(&id).await["options"].clone();
        assert_eq!(scene.patch(&id, echoed).await["options"]["redirect_uri"], "shared");
        denied(Behaviour::HONEST, "sent back as it was").await;
        let moved = scene
            .patch(&id, json!({"discovery_url": scene.acme.issuer, "client_secret": CLIENT_SECRET}))
            .await;
        assert_eq!(moved["options"]["redirect_uri"], "connection");
        let moved = scene
            .patch(&id, json!({"discovery_url": scene.evil.issuer, "client_secret": CLIENT_SECRET}))
            .await;
        assert_eq!(moved["options"]["redirect_uri"], "connection", "and stays");
        code_of(&scene.browser().walk(&ask, &[]).await);
    }
}

#[actix_web::test]
async fn whose_the_redirect_uri_is_follows_from_channel_and_promise_and_stands_once_said() {
    for database in each_database() {
        let scene = Scene::set(database).await;
        let promising = FakeProvider::start(&scene.stage.hub.clock);
        promising.behave(NAMES_ITSELF);
        let silent = &scene.acme;
        let nobody = json!({"discovery_url": "http://127.0.0.1:1"});
        let issuer = &promising.issuer;
        let endpoints = json!({
            "discovery_url": null, "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        });
        let cases: [(_, _, Value, &str); 9] = [
            (silent, Channel::BackChannel, json!({}), "connection"),
            (silent, Channel::FrontChannel, json!({}), "shared"),
            (silent, Channel::BackChannel, json!({"redirect_uri": "shared"}), "shared"),
            (silent, Channel::FrontChannel, json!({"redirect_uri": "connection"}), "connection"),
            (silent, Channel::BackChannel, nobody, "connection"),
            (&promising, Channel::BackChannel, json!({}), "shared"),
            (&promising, Channel::BackChannel, json!({"redirect_uri": "CONNECTION"}), "connection"),
            (&promising, Channel::BackChannel, endpoints, "connection"),
            (&promising, Channel::FrontChannel, json!({}), "shared"),
        ];
        for (number, (provider, channel, options, expected)) in cases.into_iter().enumerate() {
            let name = format!("made{number}");
            let what = format!("{channel:?} {options} {}", provider.issuer);
            let id = scene.connect(&name, provider, channel, options).await;
            let shown = scene.shown(&id).await;
            assert_eq!(shown["options"]["redirect_uri"], expected, "{what}");
            let own = scene.stage.hub.url(&format!("login/callback/{name}"));
            let url = if expected == "shared" { scene.stage.hub.url("login/callback") } else { own };
            assert_eq!(shown["callback_url"], json!(url), "{what}");
            // Sent back as it was, it is as it was.
            let mut echo = shown.clone();
            echo.as_object_mut()
                .unwrap()
                .retain(|name, _| ["options", "callback_url"].contains(&name.as_str()));
            let path = format!("connections/{id}");
            let echoed = scene.stage.manage(Method::PATCH, &path, echo).await.json;
            assert_eq!(echoed["options"]["redirect_uri"], expected, "{what}");
        }
        // A change of the channel takes away what a shared one stood on.
        let front = scene.connect("front", silent, Channel::FrontChannel, json!({})).await;
        let changed = scene.patch(&front, json!({"type": "back_channel"})).await;
        assert_eq!(changed["options"]["redirect_uri"], "connection");
        let front = scene.connect("promised", &promising, Channel::FrontChannel, json!({})).await;
        let changed = scene.patch(&front, json!({"type": "back_channel"})).await;
        assert_eq!(changed["options"]["redirect_uri"], "shared");
        // A null asks for what it would be; other words are refused.
        let changed = scene.patch(&front, json!({"redirect_uri": "connection"})).await;
        assert_eq!(changed["options"]["redirect_uri"], "connection");
        let changed = scene.patch(&front, json!({"redirect_uri": null})).await;
        assert_eq!(changed["options"]["redirect_uri"], "shared");
        for wrong in [json!("both"), json!(true), json!("https://hub.example/login/callback"), json!("")] {
            let patch = json!({"options": {"redirect_uri": wrong}});
            let (status, answer) = scene.stage.hub.patch_connection(&front, patch).await;
            assert_eq!(status, 400, "{wrong}: {answer}");
            assert_eq!(answer["problems"][0]["path"], "options.redirect_uri", "{answer}");
        }
        let (status, _) =
            scene.stage.hub.patch_connection(&front, json!({"callback_url": "https://x"})).await;
        assert_eq!(status, 400);
    }
}

#[actix_web::test]
async fn connections_from_before_stay_shared_and_the_check_says_what_to_do() {
    for database in each_database() {
        let scene = Scene::set(database).await;
        let id = scene.connect("acme", &scene.acme, Channel::BackChannel, json!({})).await;
        let hub = &scene.stage.hub;
        hub.database.execute(&format!(
            "UPDATE connections SET options = replace(options, '\"redirect_uri\":\"connection\",', '') WHERE id = '{id}'"
        ));
        hub.hub.directory.forget();
        hub.hub.directory.forget_connection(&id);
        let shown = scene.shown(&id).await;
        assert_eq!(shown["options"]["redirect_uri"], "shared", "{shown}");
        code_of(&scene.browser().walk(&scene.stage.ask(&[("connection", "acme")]), &[]).await);
        assert_eq!(scene.acme.scenes()[0].redirect_uri, hub.url("login/callback"));
        assert_eq!(scene.status(&id).await, ("degraded".into(), vec!["mix-up-possible".into()]));
        let told =
            scene.stage.manage(Method::GET, &format!("connections/{id}/status"), Value::Null).await.json;
        let remedy =
            told["checks"].as_array().unwrap().iter().find(|check| check["check"] == "mix-up").unwrap();
        let exactly = format!("Add exactly {} to", hub.url("login/callback/acme"));
        assert!(remedy["remedy"].as_str().unwrap().starts_with(&exactly), "{remedy}");
        assert_eq!(remedy["outcome"], "warning");
        // A change of something else leaves it; the remedy mends it.
        let changed = scene.patch(&id, json!({"scope": "openid email"})).await;
        assert_eq!(changed["options"]["redirect_uri"], "shared");
        let changed = scene.patch(&id, json!({"redirect_uri": "connection"})).await;
        assert_eq!(changed["callback_url"], json!(hub.url("login/callback/acme")));
        assert_eq!(scene.status(&id).await, ("ready".into(), vec![]));
        code_of(&scene.browser().walk(&scene.stage.ask(&[("connection", "acme")]), &[]).await);
        assert_eq!(scene.acme.scenes().pop().unwrap().redirect_uri, hub.url("login/callback/acme"));
    }
}

#[actix_web::test]
async fn an_operator_may_have_new_connections_share_the_redirect_uri() {
    for database in each_database() {
        let settings = [("VESTIBULE_SHARED_CALLBACK", "true")];
        let hub = TestHub::start_with(database, "http", &settings).await;
        let stage = Stage::at(hub, json!({})).await;
        let scene = Scene::at(stage);
        let id = scene.connect("acme", &scene.acme, Channel::BackChannel, json!({})).await;
        assert_eq!(scene.shown(&id).await["options"]["redirect_uri"], "shared");
        assert_eq!(scene.status(&id).await, ("degraded".into(), vec!["mix-up-possible".into()]));
        code_of(&scene.browser().walk(&scene.stage.ask(&[("connection", "acme")]), &[]).await);
        let own = json!({"redirect_uri": "connection"});
        let id = scene.connect("globex", &scene.acme, Channel::BackChannel, own).await;
        assert_eq!(scene.shown(&id).await["options"]["redirect_uri"], "connection");
        scene.evil.behave(PROMISES_ALONE);
        scene.connect("evil", &scene.evil, Channel::BackChannel, json!({})).await;
        let page = scene.browser().walk(&scene.stage.ask(&[("connection", "evil")]), &[]).await;
        assert_eq!(page.answered("error").as_deref(), Some("access_denied"), "{page:?}");
    }
}

#[actix_web::test]
async fn one_redirect_uri_is_pushed_sent_and_redeemed_with() {
    for redirect_uri in [RedirectUri::Connection, RedirectUri::Shared] {
        let scene = Scene::set(sqlite()).await;
        for (name, pushed) in [("acme", "auto"), ("globex", "always")] {
            let mut options = json!({"redirect_uri": redirect_uri, "pushed_authorization_requests": pushed});
            options["client_secret"] = json!(CLIENT_SECRET);
            let id = scene.connect(name, &scene.acme, Channel::BackChannel, options).await;
            let url = scene.shown(&id).await["callback_url"].clone();
            // The provider redeems a code only with the redirect URI that it was asked with.
            code_of(&scene.browser().walk(&scene.stage.ask(&[("connection", name)]), &[]).await);
            let asked = scene.acme.scenes().pop().unwrap();
            assert_eq!(json!(asked.redirect_uri), url, "{name}");
            let check = json!({"name": name, "strategy": "oidc", "options": {
                "discovery_url": scene.acme.issuer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
                "redirect_uri": redirect_uri,
            }});
            let told = scene.stage.manage(Method::POST, "connections/check", check).await.json;
            assert_eq!(told["callback_url"], url);
        }
        assert_eq!(scene.acme.counts().pushed(), 1);
    }
}
