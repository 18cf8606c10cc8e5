//! The plan "Hybrid": some of it from the authorization endpoint, in the fragment, the rest for the code.

use super::modules::{NONCE_NEEDED, NONCE_OPTIONAL, SHARED, WITH_ACCESS_TOKEN, WITH_CODE};
use super::plan::Plan;
use crate::support::databases::each_database;

#[actix_web::test]
async fn a_code_and_an_id_token() {
    for database in each_database() {
        let plan = Plan::on(database, "code id_token", "").await;
        plan.run(&[SHARED, WITH_ACCESS_TOKEN, WITH_CODE, NONCE_NEEDED].concat()).await;
    }
}

#[actix_web::test]
async fn a_code_and_an_access_token() {
    for database in each_database() {
        let plan = Plan::on(database, "code token", "").await;
        plan.run(&[SHARED, WITH_ACCESS_TOKEN, WITH_CODE, NONCE_OPTIONAL].concat()).await;
    }
}

#[actix_web::test]
async fn a_code_an_id_token_and_an_access_token() {
    for database in each_database() {
        let plan = Plan::on(database, "code id_token token", "").await;
        plan.run(&[SHARED, WITH_ACCESS_TOKEN, WITH_CODE, NONCE_NEEDED].concat()).await;
    }
}
