//! The plan "Hybrid": some of it from the authorization endpoint, in the fragment, the rest for the code.

use super::plan::Plan;
use crate::support::databases::each_database;

#[actix_web::test]
async fn a_code_and_an_id_token() {
    for database in each_database() {
        Plan::on(database, "code id_token", "").await.run().await;
    }
}

#[actix_web::test]
async fn a_code_and_an_access_token() {
    for database in each_database() {
        Plan::on(database, "code token", "").await.run().await;
    }
}

#[actix_web::test]
async fn a_code_an_id_token_and_an_access_token() {
    for database in each_database() {
        Plan::on(database, "code id_token token", "").await.run().await;
    }
}
