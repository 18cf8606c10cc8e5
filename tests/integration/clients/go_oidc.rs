//! go-oidc and golang.org/x/oauth2, the usual client in Go.

use std::process::Command;

use super::web_application;
use crate::support::databases::each_database;
use crate::support::program::{self, Program};

fn app() -> Program {
    let command = Command::new(program::folder().join("go_oidc/app"));
    Program::start("go_oidc/app", command, "Go 1.19 or newer, to be built")
}

#[actix_web::test]
async fn go_oidc_signs_in() {
    for database in each_database() {
        web_application::sign_in(database, app()).await;
    }
}
