//! `GET|POST /account/applications`: what the person let applications have, and its end.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::flows::account::{Allowances, AllowedApplication, end_access, list_allowed};
use crate::flows::login::LoginError;
use crate::views::pages::{
    AllowedApplication as Application, ApiLines, ApplicationsPage, Day, Permissions, ScopeLine,
};
use crate::web::extract::Visit;
use crate::web::login::own_form;
use crate::web::page;
use crate::web::page_error::{self, PageError};

pub async fn list(visit: Visit) -> HttpResponse {
    answer(&visit, list_allowed(&visit.state.hub, &visit.browser()).await)
}

/// Ends the access of the application `client_id`.
pub async fn end(visit: Visit, request: HttpRequest, body: Payload) -> HttpResponse {
    let client_id = own_form(&visit, &request, body).await.and_then(|form| {
        let missing = || PageError::new(StatusCode::BAD_REQUEST, "invalid-request", "client_id is missing");
        form.owned("client_id").ok_or_else(missing)
    });
    match client_id {
        Ok(client_id) => answer(&visit, end_access(&visit.state.hub, &visit.browser(), &client_id).await),
        Err(error) => page_error::show(&visit, error),
    }
}

fn answer(visit: &Visit, outcome: Result<Option<Allowances>, LoginError>) -> HttpResponse {
    let allowances = match outcome {
        Ok(allowances) => allowances,
        Err(error) => return page_error::show(visit, error),
    };
    let (person, applications, revoked) = match allowances {
        Some(Allowances { person, applications, ended }) => (Some(person), applications, ended),
        None => (None, Vec::new(), None),
    };
    let page = ApplicationsPage {
        action: "/account/applications".into(),
        person,
        applications: applications.into_iter().map(application).collect(),
        revoked,
    };
    page::finish(visit, page::begin(StatusCode::OK), &page, &visit.frame(None))
}

fn application(application: AllowedApplication) -> Application {
    let AllowedApplication { client, since, scopes, apis } = application;
    let settings = &client.settings;
    let address = settings.client_uri.as_ref().or_else(|| settings.callbacks.first());
    Application {
        client_id: client.client_id.clone(),
        name: settings.name.clone(),
        host: address.and_then(|address| url::Url::parse(address).ok()?.host_str().map(str::to_owned)),
        logo: settings.logo_uri.clone().filter(|logo| logo.starts_with("https://")),
        since: Day::of(since),
        allowed: Permissions {
            scopes: scopes.into_iter().map(ScopeLine::new).collect(),
            apis: apis.into_iter().map(|(name, scopes)| ApiLines::new(name, scopes)).collect(),
            details: Vec::new(),
        },
    }
}
