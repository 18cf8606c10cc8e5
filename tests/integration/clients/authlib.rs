//! Authlib in a Flask application, the usual client in Python.

use std::process::Command;

use super::web_application;
use crate::support::databases::{each_database, sqlite};
use crate::support::program::{self, Program};

fn app() -> Program {
    let folder = program::folder().join("authlib");
    let mut command = Command::new(folder.join("venv/bin/python"));
    command.arg(folder.join("app.py"));
    Program::start("authlib/app.py", command, "Python 3.11 or newer with its venv, and Authlib in it")
}

#[actix_web::test]
async fn authlib_signs_in_and_refreshes() {
    for database in each_database() {
        web_application::sign_in_and_refresh(database, app()).await;
    }
}

#[actix_web::test]
async fn authlib_signs_in_without_a_refresh_token() {
    web_application::sign_in_without_refresh_token(sqlite(), app()).await;
}
