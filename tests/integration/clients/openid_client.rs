//! openid-client as application: everything it can ask for, on both databases.

use serde_json::{Value, json};

use crate::support::application::{CALLBACK, connect};
use crate::support::databases::{TestDatabase, each_database};
use crate::support::hub::{MANAGEMENT_CLIENT, MANAGEMENT_SECRET, TestHub};
use crate::support::node::{CertifiedProvider, Node};
use crate::support::sign_in::{EMAIL, PASSWORD, Stage};

/// The hub lets applications register themselves.
const SETTINGS: [(&str, &str); 1] = [("VESTIBULE_CLIENT_REGISTRATION", "initial_access_token")];

/// Runs a script of `tests/clients/openid_client` against a hub with a person and a connection for them; on each
/// kind of database.
async fn run(script: &str) {
    for database in each_database() {
        run_on(database, script).await;
    }
}

async fn run_on(database: TestDatabase, script: &str) {
    let kind = database.kind;
    let hub = TestHub::start_with(database, "http", &SETTINGS).await;
    let stage = Stage::at(hub, json!({})).await;
    let settings = json!({
        "issuer": stage.hub.issuer,
        "management": {"client_id": MANAGEMENT_CLIENT, "client_secret": MANAGEMENT_SECRET},
        "connection_id": stage.connection.id,
        "answers": {"email": EMAIL, "password": PASSWORD},
    });
    let report = report(format!("openid_client/{script}"), settings).await;
    assert_all_passed(&report, &format!("{script} on {kind:?}"));
    stage.hub.stop().await;
}

async fn report(script: String, settings: Value) -> Value {
    let told = actix_web::rt::task::spawn_blocking(move || Node::start(&script, &settings).next());
    told.await.unwrap()
}

fn assert_all_passed(report: &Value, what: &str) {
    let checks = report["checks"].as_array().unwrap();
    let failed: Vec<&Value> = checks.iter().filter(|check| check["ok"] != json!(true)).collect();
    assert!(failed.is_empty(), "{what}: {failed:#?}");
    assert!(!checks.is_empty(), "{what}: no check was made");
}

#[actix_web::test]
async fn openid_client_signs_in_in_every_way_it_knows() {
    for database in each_database() {
        let kind = database.kind;
        let hub = TestHub::start(database).await;
        let mut clients = json!({
            "machine": {
                "client_id": MANAGEMENT_CLIENT,
                "client_secret": MANAGEMENT_SECRET,
                "audience": hub.url("api/v2/"),
            },
        });
        let mut client_ids = Vec::new();
        for (name, method) in
            [("post", "client_secret_post"), ("basic", "client_secret_basic"), ("public", "none")]
        {
            let body = json!({"name": name, "callbacks": [CALLBACK], "token_endpoint_auth_method": method});
            let made = hub.client(body).await;
            clients[name] = json!({"client_id": made.client_id, "client_secret": made.secret});
            client_ids.push(made.client_id);
        }
        let client_ids: Vec<&str> = client_ids.iter().map(String::as_str).collect();
        let provider = CertifiedProvider::start(&hub.url("login/callback"));
        connect(&hub, provider.connection("post", &hub.clock), &client_ids).await;

        let settings = json!({
            "issuer": hub.issuer,
            "answers": {"login": "alice"},
            "authorization": {"connection": "post"},
            "clients": clients,
        });
        let report = report("openid_client/code.mjs".into(), settings).await;
        assert_all_passed(&report, &format!("code.mjs on {kind:?}"));
        let checks = report["checks"].as_array().unwrap();
        assert!(checks.len() >= 17, "{kind:?}: only {} checks", checks.len());
        hub.stop().await;
    }
}

#[actix_web::test]
async fn openid_client_authenticates_with_its_own_key() {
    run("private_key_jwt.mjs").await;
}

#[actix_web::test]
async fn openid_client_authenticates_with_an_assertion_made_of_its_secret() {
    run("client_secret_jwt.mjs").await;
}

#[actix_web::test]
async fn openid_client_refreshes_and_rotates() {
    run("refresh.mjs").await;
}

#[actix_web::test]
async fn openid_client_revokes_its_tokens() {
    run("revocation.mjs").await;
}

#[actix_web::test]
async fn openid_client_introspects_its_tokens() {
    run("introspection.mjs").await;
}

#[actix_web::test]
async fn openid_client_gets_a_machines_token_for_an_api() {
    run("client_credentials.mjs").await;
}

#[actix_web::test]
async fn openid_client_exchanges_a_persons_token() {
    run("token_exchange.mjs").await;
}

#[actix_web::test]
async fn openid_client_pushes_its_requests() {
    run("par.mjs").await;
}

#[actix_web::test]
async fn openid_client_signs_its_requests() {
    run("jar.mjs").await;
}

#[actix_web::test]
async fn openid_client_takes_signed_answers() {
    run("jarm.mjs").await;
}

#[actix_web::test]
async fn openid_client_asks_for_single_claims() {
    run("claims.mjs").await;
}

#[actix_web::test]
async fn openid_client_asks_in_detail() {
    run("rich_requests.mjs").await;
}

#[actix_web::test]
async fn openid_client_takes_signed_userinfo() {
    run("signed_userinfo.mjs").await;
}

#[actix_web::test]
async fn openid_client_signs_in_by_the_implicit_flow() {
    run("implicit.mjs").await;
}

#[actix_web::test]
async fn openid_client_signs_in_by_the_hybrid_flow() {
    run("hybrid.mjs").await;
}

#[actix_web::test]
async fn openid_client_binds_its_tokens_to_a_key() {
    run("dpop.mjs").await;
}

#[actix_web::test]
async fn openid_client_keeps_the_fapi_2_profile() {
    run("fapi2.mjs").await;
}

#[actix_web::test]
async fn openid_client_signs_a_device_in() {
    run("device.mjs").await;
}

#[actix_web::test]
async fn openid_client_signs_people_out() {
    run("logout.mjs").await;
}

#[actix_web::test]
async fn openid_client_registers_itself() {
    run("registration.mjs").await;
}
