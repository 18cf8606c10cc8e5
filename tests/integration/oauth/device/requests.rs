//! A device asks for its person (RFC 8628 §3.1, §3.2).

use serde_json::json;
use vestibule::domain::limits;
use vestibule::flows::sweep::sweep;

use super::{DEVICE_CODE, settings, stage};
use crate::support::databases::{each_database, sqlite};
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

/// Devices of `client_id` that wait, beside those that are there.
fn let_wait(stage: &Stage, client_id: &str, many: i64) {
    let (now, number) = (stage.hub.clock.now(), stage.count("device_authorizations"));
    let (from, to) = (now.millis(), now.plus_seconds(limits::DEVICE_CODE_LIFETIME_SECONDS).millis());
    stage.hub.database.execute(&format!(
        "INSERT INTO device_authorizations (device_code_hash, user_code_hash, client_id, scope, interval_seconds, \
         created_at, expires_at) \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) \
         SELECT 'd' || {number} || '-' || i, 'u' || {number} || '-' || i, '{client_id}', 'openid', 5, {from}, {to} \
         FROM n"
    ));
}

#[actix_web::test]
async fn only_so_many_devices_wait_and_one_application_leaves_room_for_another() {
    for database in each_database() {
        let stage = stage(database).await;
        let other = add_client(&stage.hub, settings()).await;
        let of_other = [("client_id", other.client_id.as_str())];
        let full = (429, "temporarily_unavailable");
        let_wait(&stage, &stage.app.client_id, limits::DEVICES_PER_CLIENT - 1);
        assert_eq!(stage.ask_for_device(&[]).await.status, 200, "the last one");
        let answer = stage.ask_for_device(&[]).await;
        assert_eq!(answer.error(), full, "{answer:?}");
        assert_eq!(
            stage.ask_for_device(&of_other).await.status,
            200,
            "another application has room of its own"
        );
        let rest = limits::DEVICES - limits::DEVICES_PER_CLIENT - 1;
        let crowd = add_client(&stage.hub, settings()).await;
        let_wait(&stage, &crowd.client_id, rest);
        let answer = stage.ask_for_device(&of_other).await;
        assert_eq!(answer.error(), full, "all places are taken: {answer:?}");
        // Those that gave up make room.
        stage.hub.clock.advance(2 * limits::DEVICE_CODE_LIFETIME_SECONDS);
        sweep(&stage.hub.hub).await.unwrap();
        for asked in [&[][..], &of_other] {
            assert_eq!(stage.ask_for_device(asked).await.status, 200);
        }
    }
}
