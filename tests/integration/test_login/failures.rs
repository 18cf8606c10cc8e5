//! Tests that fail say where, why, and what to do.

use serde_json::{Value, json};
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;

use super::{Trial, outcome};
use crate::support::browser::Browser;
use crate::support::databases::{each_database, sqlite};
use crate::support::fake_provider::{Behaviour, CLIENT_SECRET};
use crate::support::faults;
use crate::support::sign_in::between;

/// A claim, shown whole, of a third of what a report holds.
const LARGE: [&str; limits::SHOWN_CLAIM_ENTRIES] = ["Analytical Engines and Difference Engines, with their cards, mills and stores, of the branch office in \
     Düsseldorf"; limits::SHOWN_CLAIM_ENTRIES];

/// Every deviation of the hostile provider ends in a report that names its check, and in nothing else.
#[actix_web::test]
async fn every_fault_of_a_provider_is_named_by_the_report_of_a_test() {
    let trials =
        [Trial::on(sqlite(), Channel::BackChannel).await, Trial::on(sqlite(), Channel::FrontChannel).await];
    let mut seen = 0;
    for (fault, channel) in faults::every_case() {
        // Those that take their time are tried at the provider itself.
        if fault.check == "outbound-timeout" {
            continue;
        }
        let trial = trials.iter().find(|trial| trial.connection.options.channel == channel).unwrap();
        let mut connection = trial.connection.clone();
        (fault.settings)(&mut connection.options);
        let wanted = connection.options.clone();
        if wanted != trial.connection.options {
            continue;
        }
        trial.provider.behave(fault.behaviour);
        let before = trial.everything_else();
        let (page, told) = trial.run().await;
        let place = format!("{} {channel:?}: {told:#}", fault.name);
        assert_eq!(
            (outcome(&page).as_str(), &told["failure"]["check"]),
            ("failed", &json!(fault.check)),
            "{place}"
        );
        assert_eq!(between(&page.text, "<code id=\"check\">", "</code>"), fault.check);
        assert!(page.text.contains("id=\"value-advice\""));
        let last = told["steps"].as_array().unwrap().last().unwrap();
        assert_eq!((&last["check"], &last["passed"]), (&json!(fault.check), &json!(false)), "{place}");
        assert_eq!(trial.everything_else(), before, "{place}");
        assert_eq!(told["claims"]["id_token"], Value::Null, "nobody arrived");
        let shown = format!("{}{told}", page.text);
        let scenes = trial.provider.scenes();
        let scene = scenes.last();
        let secrets = scene.map(|scene| [&scene.code, &scene.nonce, &scene.access_token, &scene.state]);
        for secret in secrets.into_iter().flatten().map(String::as_str).chain([CLIENT_SECRET]) {
            assert!(secret.is_empty() || !shown.contains(secret), "{place}");
        }
        seen += 1;
    }
    assert!(seen > 60, "only {seen} faults were tried");
}

#[actix_web::test]
async fn a_provider_that_is_down_is_told_before_the_browser_leaves() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        trial
            .provider
            .behave(Behaviour { discovery: Some(|answer, _| answer.fail(503)), ..Behaviour::default() });
        let (page, told) = trial.run().await;
        assert_eq!((outcome(&page).as_str(), &told["failure"]["check"]), ("failed", &json!("discovery")));
        assert_eq!(trial.provider.counts().authorize(), 0);
        let steps = told["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["kind"] != "sent"));
        let asked = steps.iter().find(|step| step["kind"] == "exchange").unwrap();
        assert_eq!((&asked["operation"], &asked["status"]), (&json!("discovery"), &json!(503)));
        let log = trial.stage.hub.log().await;
        let entry = log.iter().find(|entry| entry.log_type == "test_login_failed").unwrap();
        assert_eq!(entry.details["check"], "discovery");
        assert!(!entry.details["advice"].as_str().unwrap().is_empty());
    }
}

#[actix_web::test]
async fn the_providers_own_words_are_shown_as_words() {
    let trial = Trial::on(sqlite(), Channel::BackChannel).await;
    trial.provider.behave(Behaviour {
        reply: Some(|reply, scene| {
            reply.remove("code");
            reply.set("error", "access_denied");
            reply.set("error_description", &format!("<script>alert(1)</script> \"no\" {}", scene.state));
        }),
        ..Behaviour::default()
    });
    let (page, told) = trial.run().await;
    assert_eq!(between(&page.text, "<code id=\"provider-error\">", "</code>"), "access_denied");
    assert!(
        page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.text.contains("<script>alert")
    );
    assert_eq!(told["failure"]["provider"]["error"], "access_denied");
    assert!(told["failure"]["provider"]["error_description"].as_str().unwrap().ends_with("***"));
}

#[actix_web::test]
async fn claims_are_never_markup_and_never_larger_than_a_page() {
    let trial = Trial::on(sqlite(), Channel::BackChannel).await;
    trial.provider.behave(Behaviour {
        id_token: Some(|token, _| {
            token.set("name", "<img src=x onerror=alert(1)>\"'{{t}}");
            token.set("<b>bold</b>", "x");
            token.set("long", "very ".repeat(10_000));
            token.set("list", vec!["entry"; 3_000]);
            token.set("deep", (0..20).fold(json!("end"), |inner, _| json!([inner])));
            (0..200).for_each(|number| token.set(&format!("z{number}"), number));
        }),
        ..Behaviour::default()
    });
    let (page, told) = trial.run().await;
    assert_eq!(outcome(&page), "passed", "{told:#}");
    assert!(!page.text.contains("<img") && !page.text.contains("<b>bold"));
    assert!(page.text.contains("&lt;img src"), "{}", page.text);
    let claims = &told["claims"]["id_token"];
    let long = claims["long"].as_str().unwrap();
    assert_eq!(long.chars().count(), limits::SHOWN_CLAIM_CHARACTERS + 1, "and …");
    let list = claims["list"].as_array().unwrap();
    assert_eq!(list.len(), limits::SHOWN_CLAIM_ENTRIES + 1, "and how many more");
    let depth = "/0".repeat(limits::SHOWN_CLAIM_DEPTH);
    assert_eq!(claims["deep"].pointer(&depth), Some(&json!("…")));
    assert_eq!(claims.as_object().unwrap().len(), 2 * limits::SHOWN_CLAIM_ENTRIES + 1, "and how many more");
}

/// Each is as long as one may be, and together they are several times what a report holds.
#[actix_web::test]
async fn a_report_holds_no_more_claims_than_fit_whatever_a_provider_sends() {
    for database in each_database() {
        let options = json!({"call_userinfo": "always"});
        let trial = Trial::with(database, Channel::BackChannel, options).await;
        trial.provider.behave(Behaviour {
            id_token: Some(|token, _| {
                (0..9).for_each(|number| token.set(&format!("{number}"), LARGE.to_vec()))
            }),
            userinfo: Some(|answer, _| {
                (0..9).for_each(|number| answer.set(&format!("{number}"), LARGE.to_vec()))
            }),
            ..Behaviour::default()
        });
        let (page, told) = trial.run().await;
        assert_eq!(outcome(&page), "passed", "{told:#}");
        for shown in ["/claims/id_token", "/claims/userinfo", "/mapping/profile"] {
            let shown = told.pointer(shown).unwrap();
            let length = shown.to_string().len();
            assert!(
                (limits::SHOWN_CLAIMS_BYTES / 2..limits::SHOWN_CLAIMS_BYTES + 100).contains(&length),
                "{length}"
            );
            assert!(shown["…"].as_str().unwrap().starts_with('+'), "it says that something is missing");
        }
        assert!(page.text.len() < 8 * limits::SHOWN_CLAIMS_BYTES, "{}", page.text.len());
    }
}

/// The report of somebody who did not come back says where they are.
#[actix_web::test]
async fn a_person_who_never_comes_back_is_at_the_provider_and_then_lost() {
    for database in each_database() {
        let trial = Trial::on(database, Channel::BackChannel).await;
        let (id, link) = trial.link().await;
        let (mut browser, answer) = trial.until_the_answer(&link).await;
        assert_eq!(trial.told(&id).await["status"], "at_provider");
        let page = browser.open(&link).await;
        assert_eq!(outcome(&page), "away");
        assert!(
            page.text.contains(&trial.stage.hub.url("login/callback").replace('=', "&#x3D;")),
            "{}",
            page.text
        );
        trial.stage.hub.clock.advance(vestibule::domain::limits::LOGIN_LIFETIME_SECONDS);
        assert_eq!(outcome(&browser.open(&link).await), "abandoned");
        let told = trial.told(&id).await;
        assert_eq!(told["status"], "abandoned");
        assert_eq!(told["steps"].as_array().unwrap().last().unwrap()["kind"], "sent");
        // Too late counts for nothing.
        let late = super::deliver(&mut browser, &answer).await;
        assert_eq!(outcome(&late), "abandoned");
        assert_eq!(trial.provider.counts().token(), 0);
    }
}

#[actix_web::test]
async fn whom_a_login_would_refuse_the_test_refuses_and_says_why() {
    let options = json!({"set_user_root_attributes": "never_on_login"});
    let trial = Trial::with(sqlite(), Channel::BackChannel, options).await;
    let (page, told) = trial.run().await;
    assert_eq!((outcome(&page).as_str(), &told["failure"]["check"]), ("failed", &json!("user")));
    assert_eq!(told["mapping"]["sync"]["outcome"], "refuse");
    assert!(told["claims"]["id_token"]["sub"].is_string(), "everything before it worked");
    let mut browser = Browser::new();
    let page = trial.walk(&mut browser, &trial.link().await.1).await;
    assert!(page.text.contains("oidc|acme|alice"));
}
