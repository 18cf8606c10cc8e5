//! A browser in which somebody is signed in is not signed in as somebody else without that person's word.

use reqwest::Method;
use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::support::browser::{Browser, Fields, Page};
use crate::support::databases::{TestDatabase, each_database};
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::listening_app::ListeningApp;
use crate::support::sign_in::{
    EMAIL, PASSWORD, Stage, add_client, ask, asks_who_goes_on, changed, claims_of, code_of, error_code,
    error_of, fields, post_form,
};

const ALICE: &str = "oidc|honest|alice";
const MALLORY: &str = "oidc|evil|mallory";
const OFFLINE: (&str, &str) = ("scope", "openid profile email offline_access");

/// Alice is signed in by an honest provider; Mallory owns another connection of the same application.
struct Scene {
    stage: Stage,
    honest: FakeProvider,
    evil: FakeProvider,
    browser: Browser,
    /// Alice's, for as long as she lets the application have it.
    refresh_token: String,
}

impl Scene {
    async fn on(database: TestDatabase) -> Self {
        Self::with(database, Channel::BackChannel).await
    }

    async fn with(database: TestDatabase, channel: Channel) -> Self {
        let stage =
            Stage::with_client(database, json!({"grant_types": ["authorization_code", "refresh_token"]}))
                .await;
        let [honest, evil] = [(); 2].map(|()| FakeProvider::start(&stage.hub.clock));
        evil.behave(Behaviour {
            id_token: Some(|token, _| {
                token.set("sub", "mallory");
                token.set("name", "Mallory Moore");
                token.set("email", "mallory@evil.example");
                token.set("sid", "at evil");
            }),
            ..Behaviour::default()
        });
        stage.federate("honest", &honest, channel).await;
        stage.federate("evil", &evil, channel).await;
        let mut browser = stage.browser();
        let page = browser.walk(&stage.ask(&[("connection", "honest"), OFFLINE]), &[]).await;
        let tokens = stage.redeem(&code_of(&page)).await;
        let refresh_token = tokens.text_of("refresh_token");
        Self { stage, honest, evil, browser, refresh_token }
    }

    /// Follows somebody else's link; with `form_post`, on past the page that posts itself.
    async fn follow(&mut self, changes: &[(&str, &str)]) -> Page {
        let page = self.browser.open(&self.stage.ask(changes)).await;
        self.past_self_submitting(page).await
    }

    async fn past_self_submitting(&mut self, mut page: Page) -> Page {
        while !page.stopped && !asks_who_goes_on(&page) {
            let Some(form) =
                page.forms().into_iter().find(|form| form.fields.iter().all(|field| field.is_hidden))
            else {
                return page;
            };
            page = self.browser.submit(&page, &form, &[]).await;
        }
        page
    }

    /// Presses one of the two buttons.
    async fn say(&mut self, page: &Page, choice: &str) -> Page {
        say(&mut self.browser, page, choice).await
    }

    /// Chooses a connection by the form of the login whose page is `page`.
    async fn choose(&mut self, page: &Page, connection: &str) -> Page {
        let action = page.forms()[0].action.clone();
        let (login, _) = action.as_str().rsplit_once('/').unwrap();
        let chosen = changed(&[], "connection", connection);
        self.browser.post(&format!("{login}/connection"), chosen, Some(&page.url)).await
    }

    /// Who is signed in, as the application is told.
    async fn person(&self) -> Option<String> {
        person(&self.stage, &self.browser).await
    }

    /// Whether the refresh token of Alice's application is good; it is used.
    async fn refreshes(&mut self) -> bool {
        let answer = self.stage.token(&self.refreshing()).await;
        if answer.status == 200 {
            self.refresh_token = answer.text_of("refresh_token");
        }
        answer.status == 200
    }

    fn refreshing(&self) -> Fields {
        fields(&[
            ("grant_type", "refresh_token"),
            ("client_id", &self.stage.app.client_id),
            ("client_secret", &self.stage.app.secret),
            ("refresh_token", &self.refresh_token),
        ])
    }
}

async fn person(stage: &Stage, browser: &Browser) -> Option<String> {
    let page = browser.clone().open(&stage.ask(&[("prompt", "none")])).await;
    let code = page.answered("code")?;
    Some(claims_of(&stage.redeem(&code).await.text_of("id_token"))["sub"].as_str().unwrap().to_owned())
}

async fn say(browser: &mut Browser, page: &Page, choice: &str) -> Page {
    let form = page.forms()[0].clone();
    browser.post(form.action.as_str(), changed(&[], "choice", choice), Some(&page.url)).await
}

fn session_cookie(browser: &Browser) -> Option<String> {
    browser
        .cookies()
        .iter()
        .find(|cookie| cookie.name.ends_with("_session"))
        .map(|cookie| cookie.value.clone())
}

/// Whatever somebody else's link says.
const LINKS: [&[(&str, &str)]; 6] = [
    &[("connection", "evil")],
    &[("connection", "evil"), ("prompt", "login")],
    &[("connection", "evil"), ("prompt", "select_account")],
    &[("connection", "evil"), ("max_age", "0")],
    &[("connection", "evil"), ("login_hint", "mallory@evil.example")],
    &[("connection", "evil"), ("response_mode", "form_post")],
];

#[actix_web::test]
async fn somebody_elses_link_replaces_nobody_who_is_signed_in() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let before = session_cookie(&scene.browser);
        for link in LINKS {
            let page = scene.follow(link).await;
            assert!(asks_who_goes_on(&page), "{link:?}: {page:?}");
            // Both are named: who is signed in, who has just proven who they are, where, and for which application.
            for named in
                ["Alice Adams", "alice@acme.example", "Mallory Moore", "mallory@evil.example", "evil", "App"]
            {
                assert!(page.text.contains(named), "{link:?}: {named} is not on {}", page.text);
            }
            assert!(page.text.contains("class=\"primary\" type=\"submit\" name=\"choice\" value=\"stay\""));
            assert_eq!(session_cookie(&scene.browser), before, "{link:?}");
            assert_eq!(scene.person().await.as_deref(), Some(ALICE), "{link:?}");
            assert!(scene.refreshes().await, "{link:?}");
        }
        assert_eq!(scene.stage.hub.log().await.iter().filter(|entry| entry.log_type == "slo").count(), 0);
    }
}

#[actix_web::test]
async fn who_stays_is_answered_for_only_where_the_request_fits_them() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        // By the login page: the application asked for nobody in particular.
        let page = scene.browser.open(&scene.stage.ask(&[("prompt", "login")])).await;
        let page = scene.choose(&page, "evil").await;
        assert!(asks_who_goes_on(&page), "{page:?}");
        // `prompt=login` asks for somebody who has just authenticated (OpenID Connect Core §3.1.2.1).
        let page = scene.say(&page, "stay").await;
        assert_eq!(error_of(&scene.stage, &page), "login_required");
        for (link, error) in [
            (LINKS[0], "access_denied"),
            (LINKS[1], "access_denied"),
            (LINKS[3], "access_denied"),
            (LINKS[5], "access_denied"),
        ] {
            let page = scene.follow(link).await;
            let page = scene.say(&page, "stay").await;
            let page = if page.stopped { page } else { scene.past_self_submitting(page).await };
            assert_eq!(error_of(&scene.stage, &page), error, "{link:?}");
        }
        assert_eq!(scene.person().await.as_deref(), Some(ALICE));
        assert_eq!(scene.stage.count("sessions"), 1, "who waited is gone");
        assert!(scene.refreshes().await);
    }
}

/// An application to which Alice could not sign in without a page, but which asked for nothing that excludes her.
#[actix_web::test]
async fn who_stays_goes_on_to_the_application() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        // The account page is ours, but going on from it as who one is, is no choice of another account.
        let page = scene.browser.open(&scene.stage.ask(&[("prompt", "select_account")])).await;
        assert_eq!(page.forms()[0].buttons[0].value, "continue");
        // In a second tab the same login chooses a connection by its form.
        let page = scene.choose(&page, "evil").await;
        assert!(page.answered("code").is_none(), "{page:?}");
        assert_eq!(scene.evil.counts().authorize(), 0, "Alice's session serves this request");
        // Where her session is too old for a moment, and is not any more when she stays.
        let page = scene.browser.open(&scene.stage.ask(&[("max_age", "60")])).await;
        code_of(&page);
        scene.stage.hub.clock.advance(61);
        let page = scene.browser.open(&scene.stage.ask(&[("max_age", "60")])).await;
        let page = scene.choose(&page, "evil").await;
        assert!(asks_who_goes_on(&page), "{page:?}");
        let mut other_tab = scene.browser.clone();
        code_of(
            &other_tab.walk(&scene.stage.ask(&[("connection", "honest"), ("prompt", "login")]), &[]).await,
        );
        let page = say(&mut other_tab, &page, "stay").await;
        let tokens = scene.stage.redeem(&code_of(&page)).await;
        assert_eq!(claims_of(&tokens.text_of("id_token"))["sub"], ALICE);
    }
}

#[actix_web::test]
async fn a_switch_tells_applications_and_takes_no_offline_grant_away() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let listener = ListeningApp::start();
        let told = scene.stage.add_listener(&listener, listener.back_channel()).await;
        let ids = [scene.stage.app.client_id.as_str(), told.client_id.as_str()];
        for name in ["honest", "evil"] {
            let found =
                scene.stage.manage(Method::GET, &format!("connections?name={name}"), json!(null)).await;
            let id = found.json[0]["id"].as_str().unwrap().to_owned();
            scene
                .stage
                .manage(Method::PATCH, &format!("connections/{id}"), json!({"enabled_clients": ids}))
                .await;
        }
        code_of(&scene.browser.open(&ask(&scene.stage.hub.issuer, &told.client_id, &[])).await);
        let online = scene.browser.open(&scene.stage.ask(&[])).await;
        let online = scene.stage.redeem(&code_of(&online)).await.text_of("access_token");
        assert_eq!(scene.stage.userinfo(&online).await.status, 200);

        let page = scene.follow(LINKS[0]).await;
        let redeemed = scene.evil.counts().token();
        let page = scene.say(&page, "switch").await;
        let tokens = scene.stage.redeem(&code_of(&page)).await;
        assert_eq!(claims_of(&tokens.text_of("id_token"))["sub"], MALLORY);
        assert_eq!(scene.evil.counts().token(), redeemed, "no second trip to the provider");
        assert_eq!(scene.person().await.as_deref(), Some(MALLORY));
        assert_eq!(scene.stage.count("sessions"), 1);
        assert_eq!(listener.hears(1).await.len(), 1);
        assert_eq!(scene.stage.userinfo(&online).await.status, 401, "what was Alice's for her session");
        assert!(scene.refreshes().await, "what was Alice's for as long as she likes");
        assert!(scene.refreshes().await);
    }
}

#[actix_web::test]
async fn nobody_is_asked_where_nobody_is_replaced() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        // The same person comes back.
        for link in
            [[("connection", "honest"), ("prompt", "login")], [("connection", "honest"), ("max_age", "0")]]
        {
            code_of(&scene.browser.walk(&scene.stage.ask(&link), &[]).await);
        }
        // Nobody is signed in.
        code_of(&scene.stage.browser().walk(&scene.stage.ask(LINKS[0]), &[]).await);
        // The account of who was signed in is gone.
        let mut orphan = scene.browser.clone();
        let user = format!("users/{}", ALICE.replace('|', "%7C"));
        scene.stage.manage(Method::DELETE, &user, json!(null)).await;
        code_of(&orphan.walk(&scene.stage.ask(LINKS[0]), &[]).await);
        // The session of who was signed in has expired.
        scene.stage.hub.clock.advance(4 * 24 * 60 * 60);
        code_of(&orphan.walk(&scene.stage.ask(&[("connection", "honest")]), &[]).await);
        assert_eq!(person(&scene.stage, &orphan).await.as_deref(), Some(ALICE));
    }
}

#[actix_web::test]
async fn who_chose_another_account_on_a_page_of_ours_is_asked_nothing_more() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.browser.open(&scene.stage.ask(&[("prompt", "select_account")])).await;
        let page = scene.say(&page, "another").await;
        let page = scene.choose(&page, "evil").await;
        code_of(&page);
        assert_eq!(scene.person().await.as_deref(), Some(MALLORY));
        assert!(scene.refreshes().await, "Alice did not sign out of what she granted");
    }
}

/// A password is proof like a provider's word, and the page with its field may be one that a link led to.
#[actix_web::test]
async fn a_password_replaces_nobody_either() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        for prompt in ["login", "select_account"] {
            let asked = scene.stage.ask(&[("connection", "people"), ("prompt", prompt)]);
            let page = scene.browser.open(&asked).await;
            let page = scene
                .browser
                .submit(&page, &page.forms()[0], &[("email", EMAIL), ("password", PASSWORD)])
                .await;
            assert!(asks_who_goes_on(&page), "{prompt}: {page:?}");
            assert_eq!(scene.person().await.as_deref(), Some(ALICE), "{prompt}");
        }
        assert!(scene.refreshes().await);
    }
}

#[actix_web::test]
async fn a_device_is_connected_to_nobody_else_unasked() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let grant = "urn:ietf:params:oauth:grant-type:device_code";
        let settings = json!({
            "app_type": "native", "token_endpoint_auth_method": "none", "grant_types": [grant], "response_types": [],
        });
        let player = add_client(&scene.stage.hub, settings).await;
        let found = scene.stage.manage(Method::GET, "connections?name=evil", json!(null)).await;
        let id = found.json[0]["id"].as_str().unwrap().to_owned();
        let only = json!({"enabled_clients": [player.client_id]});
        scene.stage.manage(Method::PATCH, &format!("connections/{id}"), only).await;
        let asked = fields(&[("client_id", &player.client_id), ("scope", "openid")]);
        let device = post_form(&scene.stage.hub.url("oauth/device/code"), &asked, &[]).await;
        let page = scene.browser.open(&scene.stage.hub.url("activate")).await;
        let form = page.forms()[0].clone();
        let page = scene.browser.submit(&page, &form, &[("user_code", &device.text_of("user_code"))]).await;
        assert!(asks_who_goes_on(&page), "{page:?}");
        let page = scene.say(&page, "stay").await;
        assert!(page.url.as_str().contains("/activate/done?error=access_denied"), "{page:?}");
        assert_eq!(scene.person().await.as_deref(), Some(ALICE));
    }
}

#[actix_web::test]
async fn the_question_outlives_a_reload_another_language_and_the_way_back() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.follow(LINKS[1]).await;
        let address = page.url.to_string();
        let callback =
            scene.browser.visited.iter().rev().find(|url| url.contains("/login/callback")).unwrap().clone();
        let redeemed = scene.evil.counts().token();
        for again in [
            address.clone(),
            format!("{address}?start=over"),
            format!("{address}?step=2"),
            format!("{address}?find=evil"),
            callback,
            format!("{address}?ui_locales=fr"),
        ] {
            let page = scene.browser.open(&again).await;
            assert!(asks_who_goes_on(&page), "{again}: {page:?}");
            assert_eq!(page.text.contains("Rester connecté en tant que"), again.contains("=fr"), "{again}");
        }
        assert_eq!(scene.evil.counts().token(), redeemed, "nothing is redeemed a second time");
        // The forms of pages before it come too late.
        for (step, field) in [("connection", ("connection", "honest")), ("password", ("password", "x"))] {
            let late = format!("{address}/{step}");
            let page = scene.browser.post(&late, fields(&[field]), Some(&page.url)).await;
            assert!(page.answered("code").is_none(), "{step}: {page:?}");
            assert_eq!(scene.person().await.as_deref(), Some(ALICE), "{step}");
        }
        let page = scene.browser.open(&address).await;
        let page = scene.say(&page, "switch").await;
        code_of(&page);
    }
}

#[actix_web::test]
async fn the_question_ends_with_the_login() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.follow(LINKS[0]).await;
        assert_eq!(scene.stage.count("sessions"), 2);
        scene.stage.hub.clock.advance(31 * 60);
        for choice in ["stay", "switch"] {
            let answer = scene.browser.clone();
            let answer = say(&mut answer.clone(), &page, choice).await;
            assert_eq!(error_code(&answer), "login-expired", "{choice}");
        }
        assert_eq!(scene.person().await.as_deref(), Some(ALICE));
        assert!(scene.refreshes().await);
    }
}

#[actix_web::test]
async fn the_answer_to_the_question_counts_once() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.follow(LINKS[0]).await;
        // A browser that kept its cookies of before, as a thief of them would.
        let kept = scene.browser.clone();
        scene.say(&page, "switch").await;
        for choice in ["switch", "stay"] {
            let answer = say(&mut kept.clone(), &page, choice).await;
            assert_eq!(error_code(&answer), "login-already-used", "{choice}");
        }
        assert_eq!(scene.person().await.as_deref(), Some(MALLORY));
        assert_eq!(scene.stage.count("sessions"), 1);

        let page = scene.follow(&[("connection", "honest")]).await;
        assert!(asks_who_goes_on(&page), "{page:?}");
        let kept = scene.browser.clone();
        scene.say(&page, "stay").await;
        assert_eq!(error_code(&say(&mut kept.clone(), &page, "stay").await), "login-already-used");
        // Who has waited is gone.
        let answer = say(&mut kept.clone(), &page, "switch").await;
        assert_eq!(error_of(&scene.stage, &answer), "login_required");
        assert_eq!(scene.person().await.as_deref(), Some(MALLORY));
    }
}

/// Only the person before whom the page was can let somebody take their place.
#[actix_web::test]
async fn the_answer_counts_for_the_person_who_was_asked() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.follow(LINKS[0]).await;
        // In another tab a third person signs in meanwhile, in Alice's place.
        let other = scene
            .browser
            .open(&scene.stage.ask(&[("prompt", "select_account"), ("connection", "people")]))
            .await;
        let other = scene
            .browser
            .submit(&other, &other.forms()[0], &[("email", EMAIL), ("password", PASSWORD)])
            .await;
        scene.say(&other, "switch").await;
        assert_eq!(scene.person().await, Some(scene.stage.user_id.clone()));
        let mut staying = scene.browser.clone();
        let again = scene.say(&page, "switch").await;
        assert!(asks_who_goes_on(&again) && again.text.contains("Ada Lovelace"), "{again:?}");
        assert_eq!(scene.person().await, Some(scene.stage.user_id.clone()));
        // "Stay" was Alice's word: it is not about Ada, and signs Mallory in even less.
        let page = say(&mut staying, &page, "stay").await;
        assert_eq!(error_of(&scene.stage, &page), "login_required");
        assert_eq!(person(&scene.stage, &staying).await, Some(scene.stage.user_id.clone()));
    }
}

#[actix_web::test]
async fn staying_after_signing_out_signs_nobody_in() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.follow(LINKS[0]).await;
        let mut reloading = scene.browser.clone();
        let out = [("client_id", scene.stage.app.client_id.as_str())];
        scene.browser.clone().open(&scene.stage.leave_by("v2/logout", &out)).await;
        let page = scene.say(&page, "stay").await;
        assert_eq!(error_of(&scene.stage, &page), "login_required");
        assert_eq!(scene.person().await, None);
        // Where nobody is signed in, nobody is asked; but what waited was refused by that word.
        let again = reloading.open(&page_of(&reloading).to_string()).await;
        assert!(again.answered("code").is_none(), "{again:?}");
    }
}

/// The address of the page that a browser was at last.
fn page_of(browser: &Browser) -> String {
    browser
        .visited
        .iter()
        .rev()
        .find(|url| url.contains("/login/") && !url.contains("callback"))
        .unwrap()
        .clone()
}

#[actix_web::test]
async fn what_ended_or_was_blocked_while_it_waited_takes_nobodys_place() {
    for database in each_database() {
        for way in ["provider", "blocked", "sessions ended", "connection closed"] {
            let mut scene = Scene::on(database.another()).await;
            let page = scene.follow(LINKS[0]).await;
            let user = format!("users/{}", MALLORY.replace('|', "%7C"));
            match way {
                "provider" => {
                    let mut token = scene.evil.logout_token("at evil");
                    token.set("sub", "mallory");
                    let form = fields(&[("logout_token", &token.write())]);
                    let to = scene.stage.hub.url("oauth/backchannel-logout/connection/evil");
                    let answer = post_form(&to, &form, &[]).await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
                "blocked" => {
                    scene.stage.manage(Method::PATCH, &user, json!({"blocked": true})).await;
                }
                "sessions ended" => {
                    scene.stage.manage(Method::DELETE, &format!("{user}/sessions"), json!(null)).await;
                }
                _ => {
                    let found = scene.stage.manage(Method::GET, "connections?name=evil", json!(null)).await;
                    let id = found.json[0]["id"].as_str().unwrap().to_owned();
                    let closed = json!({"enabled_clients": []});
                    scene.stage.manage(Method::PATCH, &format!("connections/{id}"), closed).await;
                }
            }
            let page = scene.say(&page, "switch").await;
            let error = error_of(&scene.stage, &page);
            assert!(["login_required", "access_denied"].contains(&error.as_str()), "{way}: {error}");
            assert_eq!(scene.person().await.as_deref(), Some(ALICE), "{way}");
            assert!(scene.refreshes().await, "{way}");
        }
    }
}

/// The question is answered by a form of ours in the browser that it was put to, or not at all.
#[actix_web::test]
async fn no_other_page_and_no_other_browser_answers_the_question() {
    for database in each_database() {
        let mut scene = Scene::on(database).await;
        let page = scene.follow(LINKS[0]).await;
        let action = page.forms()[0].action.to_string();
        let elsewhere = url::Url::parse("https://evil.example/").unwrap();
        let forged =
            scene.browser.clone().post(&action, changed(&[], "choice", "switch"), Some(&elsewhere)).await;
        assert!(forged.status.is_client_error(), "{forged:?}");
        let mut strange = Scene { browser: scene.stage.browser(), ..scene };
        let answer = strange.say(&page, "switch").await;
        assert_eq!(error_code(&answer), "login-expired");
        assert_eq!(session_cookie(&strange.browser), None);
    }
}

/// The same where the provider's answer comes by a form of another site.
#[actix_web::test]
async fn a_form_of_the_provider_replaces_nobody_either() {
    for database in each_database() {
        let mut scene = Scene::with(database, Channel::FrontChannel).await;
        let page = scene.follow(LINKS[0]).await;
        assert!(asks_who_goes_on(&page), "{page:?}");
        assert_eq!(scene.honest.counts().token(), 0);
        let page = scene.say(&page, "stay").await;
        assert_eq!(error_of(&scene.stage, &page), "access_denied");
        assert_eq!(scene.person().await.as_deref(), Some(ALICE));
    }
}
