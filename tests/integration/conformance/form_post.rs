//! The plans "Form Post Basic", "Form Post Implicit" and "Form Post Hybrid": the same modules with
//! `response_mode=form_post`. What they store is what the other plans store on both databases.

use super::plan::Plan;
use crate::support::databases::{postgres, sqlite};

#[actix_web::test]
async fn basic() {
    Plan::on(sqlite(), "code", "form_post").await.run().await;
}

#[actix_web::test]
async fn implicit() {
    Plan::on(sqlite(), "id_token", "form_post").await.run().await;
    Plan::on(postgres(), "id_token token", "form_post").await.run().await;
}

#[actix_web::test]
async fn hybrid() {
    for (database, response_type) in
        [(sqlite(), "code id_token"), (postgres(), "code token"), (sqlite(), "code id_token token")]
    {
        Plan::on(database, response_type, "form_post").await.run().await;
    }
}
