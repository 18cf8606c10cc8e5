//! Nonces of ours in proofs (RFC 9449 §8).

use serde_json::json;

use super::{Holder, public};
use crate::support::databases::sqlite;
use crate::support::sign_in::Stage;

#[actix_web::test]
async fn a_public_application_is_asked_for_a_nonce_and_given_one() {
    let stage = Stage::with_client(sqlite(), public()).await;
    let holder = Holder::new();
    let form = stage.exchange(&stage.code(&[]).await);
    let asked = holder.ask(&stage, &form, json!({})).await;
    assert_eq!(asked.error(), (400, "use_dpop_nonce"));
    let nonce = asked.header("dpop-nonce").to_owned();
    for bad in ["", "made-up", &nonce[1..], &format!("{nonce}A")] {
        let answer = holder.ask(&stage, &form, json!({"nonce": bad})).await;
        assert_eq!(answer.error(), (400, "use_dpop_nonce"), "{bad}");
    }
    stage.hub.clock.advance(301);
    let old = holder.ask(&stage, &form, json!({"nonce": nonce})).await;
    assert_eq!(old.error(), (400, "use_dpop_nonce"));
    let form = stage.exchange(&stage.code(&[]).await);
    let answer = holder.ask(&stage, &form, json!({"nonce": old.header("dpop-nonce")})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_ne!(answer.header("dpop-nonce"), "", "every answer brings the next");
}

#[actix_web::test]
async fn a_confidential_application_may_do_without_and_must_not_make_one_up() {
    let stage = Stage::on(sqlite()).await;
    let holder = Holder::new();
    let form = stage.exchange(&stage.code(&[]).await);
    let made_up = holder.ask(&stage, &form, json!({"nonce": "made-up"})).await;
    assert_eq!(made_up.error(), (400, "use_dpop_nonce"));
    assert_eq!(holder.ask(&stage, &form, json!({})).await.status, 200);
}
