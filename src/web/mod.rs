//! HTTP: the route table, all of it, and one file per endpoint.

mod api;
mod assets;
mod cookies;
mod extract;
mod health;
mod home;
mod json_error;
mod login;
pub mod metrics;
mod middleware;
mod oauth;
mod page;
mod page_error;
pub mod state;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, get, post, resource, scope, to};
use actix_web::{HttpResponse, Resource};

use extract::Visit;

/// Every route of the hub.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        scope("")
            .wrap(from_fn(middleware::secure))
            .wrap(from_fn(middleware::observe))
            .service(at("/").route(get().to(home::handle)))
            .service(at("/healthz").route(get().to(health::alive)))
            .service(at("/readyz").route(get().to(health::ready)))
            .service(at("/static/{path:.+}").route(get().to(assets::handle)))
            .service(at("/.well-known/openid-configuration").route(get().to(oauth::discovery::handle)))
            .service(at("/.well-known/oauth-authorization-server").route(get().to(oauth::discovery::handle)))
            .service(at("/.well-known/jwks.json").route(get().to(oauth::jwks::handle)))
            .service(
                at("/authorize")
                    .route(get().to(oauth::authorize::by_query))
                    .route(post().to(oauth::authorize::by_form)),
            )
            .service(at("/oauth/token").route(post().to(oauth::token::handle)))
            .service(
                at("/userinfo")
                    .route(get().to(oauth::userinfo::handle))
                    .route(post().to(oauth::userinfo::handle)),
            )
            .service(
                at("/oidc/logout")
                    .route(get().to(oauth::logout::by_query))
                    .route(post().to(oauth::logout::by_form)),
            )
            .service(
                at("/login/callback")
                    .route(get().to(login::callback::by_query))
                    .route(post().to(login::callback::by_form_post)),
            )
            .service(at("/login/{id}").route(get().to(login::show::handle)))
            .service(at("/login/{id}/connection").route(post().to(login::connection::handle)))
            .service(at("/login/{id}/password").route(post().to(login::password::handle)))
            .service(at("/login/{id}/account").route(post().to(login::account::handle)))
            .service(at("/login/{id}/consent").route(post().to(login::consent::handle)))
            .service(scope("/api/v2").configure(api::routes))
            .default_service(to(not_found)),
    );
}

/// A resource whose other methods are refused by a page.
fn at(path: &str) -> Resource {
    resource(path).default_service(to(method_not_allowed))
}

async fn not_found(visit: Visit) -> HttpResponse {
    page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "page-not-found")
}

async fn method_not_allowed(visit: Visit) -> HttpResponse {
    page_error::show_unlogged(&visit, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed")
}
