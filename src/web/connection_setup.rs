//! `GET /connections/{name}/setup?ticket=`: what the administrator of the provider has to enter there. An administrator of
//! the hub who is signed in needs no ticket.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::connection_checks::address;
use super::extract::Visit;
use super::page;
use super::page_error::{self, PageError};
use crate::flows::show_setup::{Setup, SetupEntry, show_setup};
use crate::views::pages::{SetupField, SetupPage};

pub async fn handle(visit: Visit, name: Path<String>) -> HttpResponse {
    let ticket = visit.query.single("ticket");
    match show_setup(&visit.state.hub, &name, ticket, &visit.browser()).await {
        Ok(Some(setup)) => show(&visit, &name, setup),
        Ok(None) => page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "ticket-unknown"),
        Err(error) => page_error::show(&visit, PageError::from(error)),
    }
}

fn show(visit: &Visit, name: &str, setup: Setup) -> HttpResponse {
    let field = |entry: SetupEntry| SetupField { kind: entry.kind, value: entry.value };
    let page = SetupPage {
        connection: setup.display_name,
        checks: address(visit, name, "checks", None),
        fields: setup.entries.into_iter().map(field).collect(),
        test: address(visit, name, "test", None),
        until: setup.expires_at.map(page::day),
    };
    page::finish(visit, page::begin(StatusCode::OK), &page, &visit.frame(None))
}
