//! The plan "Implicit": everything comes from the authorization endpoint, in the fragment.

use super::modules::{NONCE_NEEDED, SHARED, WITH_ACCESS_TOKEN};
use super::plan::Plan;
use crate::support::databases::each_database;

#[actix_web::test]
async fn an_id_token_alone() {
    for database in each_database() {
        let plan = Plan::on(database, "id_token", "").await;
        plan.run(&[SHARED, NONCE_NEEDED].concat()).await;
    }
}

#[actix_web::test]
async fn an_id_token_and_an_access_token() {
    for database in each_database() {
        let plan = Plan::on(database, "id_token token", "").await;
        plan.run(&[SHARED, WITH_ACCESS_TOKEN, NONCE_NEEDED].concat()).await;
    }
}
