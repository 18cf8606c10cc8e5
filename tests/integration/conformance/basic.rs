//! The plan "Basic": a code, in the query, and everything for it.

use super::modules::{NONCE_OPTIONAL, SHARED, WITH_ACCESS_TOKEN, WITH_CODE};
use super::plan::Plan;
use crate::support::databases::each_database;

#[actix_web::test]
async fn a_code() {
    for database in each_database() {
        let plan = Plan::on(database, "code", "").await;
        plan.run(&[SHARED, WITH_ACCESS_TOKEN, WITH_CODE, NONCE_OPTIONAL].concat()).await;
    }
}
