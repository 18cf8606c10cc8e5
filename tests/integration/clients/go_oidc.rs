//! go-oidc and golang.org/x/oauth2, the usual client in Go.

use std::process::Command;

use super::web_application;
use crate::support::databases::{each_database, sqlite};
use crate::support::program::{self, Program};

fn app() -> Program {
    let command = Command::new(program::folder().join("go_oidc/app"));
    Program::start("go_oidc/app", command, "Go 1.19 or newer, to be built")
}

#[actix_web::test]
async fn go_oidc_signs_in_and_refreshes() {
    for database in each_database() {
        web_application::sign_in_and_refresh(database, app()).await;
    }
}

#[actix_web::test]
async fn go_oidc_signs_in_without_a_refresh_token() {
    web_application::sign_in_without_refresh_token(sqlite(), app()).await;
}
