//! The plan "Implicit": everything comes from the authorization endpoint, in the fragment.

use super::plan::Plan;
use crate::support::databases::each_database;

#[actix_web::test]
async fn an_id_token_alone() {
    for database in each_database() {
        Plan::on(database, "id_token", "").await.run().await;
    }
}

#[actix_web::test]
async fn an_id_token_and_an_access_token() {
    for database in each_database() {
        Plan::on(database, "id_token token", "").await.run().await;
    }
}
