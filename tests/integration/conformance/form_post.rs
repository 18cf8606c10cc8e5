//! The plans "Form Post Basic", "Form Post Implicit" and "Form Post Hybrid": the same modules with
//! `response_mode=form_post`. What they store is what the other plans store on both databases.

use super::modules::{NONCE_NEEDED, NONCE_OPTIONAL, SHARED, WITH_ACCESS_TOKEN, WITH_CODE};
use super::plan::Plan;
use crate::support::databases::{postgres, sqlite};

#[actix_web::test]
async fn basic() {
    let plan = Plan::on(sqlite(), "code", "form_post").await;
    plan.run(&[SHARED, WITH_ACCESS_TOKEN, WITH_CODE, NONCE_OPTIONAL].concat()).await;
}

#[actix_web::test]
async fn implicit() {
    let plan = Plan::on(sqlite(), "id_token", "form_post").await;
    plan.run(&[SHARED, NONCE_NEEDED].concat()).await;
    let plan = Plan::on(postgres(), "id_token token", "form_post").await;
    plan.run(&[SHARED, WITH_ACCESS_TOKEN, NONCE_NEEDED].concat()).await;
}

#[actix_web::test]
async fn hybrid() {
    for (database, response_type, nonce) in [
        (sqlite(), "code id_token", NONCE_NEEDED),
        (postgres(), "code token", NONCE_OPTIONAL),
        (sqlite(), "code id_token token", NONCE_NEEDED),
    ] {
        let plan = Plan::on(database, response_type, "form_post").await;
        plan.run(&[SHARED, WITH_ACCESS_TOKEN, WITH_CODE, nonce].concat()).await;
    }
}
