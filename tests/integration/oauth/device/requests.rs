//! A device asks for its person (RFC 8628 §3.1, §3.2).

use serde_json::json;
use vestibule::domain::limits;
use vestibule::flows::sweep::sweep;

use super::{DEVICE_CODE, settings, stage};
use crate::support::databases::{each_database, sqlite};
use crate::support::hub::TestHub;
use crate::support::sign_in::{Stage, add_client, fields, http, post_form, read};

#[actix_web::test]
async fn a_device_gets_a_code_to_show_and_one_to_keep() {
    for database in each_database() {
        let stage = stage(database).await;
        let answer = stage.ask_for_device(&[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.text_of("device_code").len(), 43);
        let user_code = answer.text_of("user_code");
        assert_eq!(user_code.len(), 9);
        assert_eq!(answer.text_of("verification_uri"), stage.hub.url("activate"));
        let complete = stage.hub.url(&format!("activate?user_code={user_code}"));
        assert_eq!(answer.text_of("verification_uri_complete"), complete);
        assert_eq!((&answer.json["expires_in"], &answer.json["interval"]), (&json!(900), &json!(5)));
        // Neither code is stored as it is.
        let stored = stage
            .hub
            .database
            .values("SELECT device_code_hash || ' ' || user_code_hash AS value FROM device_authorizations");
        assert!(!stored[0].contains(&answer.text_of("device_code")));
        assert!(!stored[0].contains(&user_code.replace('-', "")));
    }
}

#[actix_web::test]
async fn each_fault_has_its_code_and_nothing_is_stored() {
    let stage = stage(sqlite()).await;
    let other = add_client(&stage.hub, json!({})).await;
    for (changes, expected) in [
        (vec![("client_id", "")], (401, "invalid_client")),
        (vec![("client_id", "nobody")], (401, "invalid_client")),
        (vec![("scope", "openid \"")], (400, "invalid_scope")),
        (vec![("audience", "https://nowhere.example/")], (400, "invalid_target")),
        (
            vec![("client_id", other.client_id.as_str()), ("client_secret", other.secret.as_str())],
            (400, "unauthorized_client"),
        ),
        (vec![("client_id", other.client_id.as_str()), ("client_secret", "wrong")], (401, "invalid_client")),
    ] {
        assert_eq!(stage.ask_for_device(&changes).await.error(), expected, "{changes:?}");
    }
    let twice = fields(&[("client_id", &stage.app.client_id), ("scope", "openid"), ("scope", "openid")]);
    assert_eq!(
        post_form(&stage.hub.url("oauth/device/code"), &twice, &[]).await.error(),
        (400, "invalid_request")
    );
    assert_eq!(read(http().get(stage.hub.url("oauth/device/code"))).await.status, 405);
    assert_eq!(stage.count("device_authorizations"), 0);
    assert_eq!(stage.ask_for_device(&[("unknown", "1")]).await.status, 200, "what is not known is ignored");
    let log = stage.hub.log().await;
    assert!(log.iter().any(|entry| entry.log_type == "fdeaz"), "{log:?}");
}

#[actix_web::test]
async fn the_token_endpoint_wants_the_grant_type_too() {
    let stage = Stage::on(sqlite()).await;
    let form = fields(&[
        ("grant_type", DEVICE_CODE),
        ("device_code", "anything"),
        ("client_id", &stage.app.client_id),
        ("client_secret", &stage.app.secret),
    ]);
    assert_eq!(stage.token(&form).await.error(), (400, "unauthorized_client"));
    let without_code: Vec<_> = form.into_iter().filter(|(name, _)| name != "device_code").collect();
    assert_eq!(stage.token(&without_code).await.error(), (400, "invalid_request"));
}

#[actix_web::test]
async fn a_flood_of_devices_drives_out_its_own_networks_and_nobody_elses() {
    for database in each_database() {
        let trust = ("VESTIBULE_TRUSTED_PROXIES", "127.0.0.0/8,::1");
        let hub = TestHub::start_with(database, "http", &[trust]).await;
        let stage = Stage::at(hub, settings()).await;
        let other = add_client(&stage.hub, settings()).await;
        let ask = async |ip: &str, client_id: &str| {
            let form = fields(&[("client_id", client_id), ("scope", "openid email offline_access")]);
            let answer =
                post_form(&stage.hub.url("oauth/device/code"), &form, &[("x-forwarded-for", ip)]).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer
        };
        let mine = ask("203.0.113.5", &stage.app.client_id).await;
        let (device_code, user_code) = (mine.text_of("device_code"), mine.text_of("user_code"));
        // Somebody of the flooding network is on their way.
        let neighbour = ask("198.51.100.77", &stage.app.client_id).await;
        let mut browser = stage.browser();
        stage.type_code(&mut browser, &neighbour.text_of("user_code")).await;
        let room = limits::DEVICES.places;
        for number in 0..2 * room {
            let client_id = if number % 2 == 0 { &other.client_id } else { &stage.app.client_id };
            ask(&format!("198.51.100.{}", number % 250), client_id).await;
        }
        assert!(stage.count("device_authorizations") <= room + 1);
        // Everybody else goes on, by either application, and whoever waits is waited for.
        ask("192.0.2.1", &stage.app.client_id).await;
        ask("192.0.2.1", &other.client_id).await;
        assert_eq!(stage.poll(&device_code).await.error(), (400, "authorization_pending"));
        let page = stage.type_code(&mut stage.browser(), &user_code).await;
        assert!(!page.text.contains("id=\"problem\""), "{page:?}");
        let waits = stage.poll(&neighbour.text_of("device_code")).await;
        assert_eq!(waits.error(), (400, "authorization_pending"), "who is on their way is the last to go");
        // Those that gave up make room.
        stage.hub.clock.advance(2 * limits::DEVICE_CODE_LIFETIME_SECONDS);
        sweep(&stage.hub.hub).await.unwrap();
        assert_eq!(stage.count("device_authorizations"), 0);
    }
}
