//! The plan "Basic": a code, in the query, and everything for it.

use super::plan::Plan;
use crate::support::databases::each_database;

#[actix_web::test]
async fn a_code() {
    for database in each_database() {
        Plan::on(database, "code", "").await.run().await;
    }
}
