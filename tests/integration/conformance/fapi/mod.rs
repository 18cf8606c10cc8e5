//! The plans "FAPI 2.0 Security Profile" and "FAPI 2.0 Message Signing": applications that sign their assertions, push
//! their requests, and hold the keys of their tokens. Each module runs as each plan asks: with requests and answers as
//! they are, or both of them signed.

mod application;
mod asking;
mod assertions;
mod codes;
mod proofs;
mod pushing;
mod request_objects;

pub use application::Fapi;

use super::Module;
use crate::support::databases::{each_database, postgres, sqlite};

#[actix_web::test]
async fn security_profile() {
    for database in each_database() {
        Fapi::on(database, false, "").await.run(&profile_modules()).await;
    }
}

#[actix_web::test]
async fn message_signing() {
    Fapi::on(postgres(), true, "").await.run(&signing_modules()).await;
    Fapi::on(sqlite(), true, "jwt").await.run(&signing_modules()).await;
}

/// What the security profile asks for.
pub fn profile_modules() -> Vec<Module<Fapi>> {
    [asking::MODULES, pushing::MODULES, assertions::MODULES, proofs::MODULES, codes::MODULES].concat()
}

/// That, and what is asked of signed requests.
pub fn signing_modules() -> Vec<Module<Fapi>> {
    [profile_modules(), request_objects::MODULES.to_vec()].concat()
}
