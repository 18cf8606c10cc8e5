//! HTTP: the route table, all of it, and one file per endpoint.

mod account;
mod api;
mod assets;
mod connection_checks;
mod connection_setup;
mod connection_test;
mod cookies;
mod extract;
mod health;
mod home;
mod json_error;
mod login;
mod logos;
pub mod metrics;
mod middleware;
mod oauth;
mod page;
mod page_error;
pub mod server;
mod setup;
pub mod state;
mod terminal;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, post, put, resource, route, scope, to};
use actix_web::{HttpResponse, Resource, Route, guard};

use extract::Visit;

/// Every route of the hub.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        scope("")
            .wrap(from_fn(middleware::refuse_unreadable_paths))
            .wrap(from_fn(middleware::only_visits))
            .wrap(from_fn(middleware::share))
            .wrap(from_fn(middleware::secure))
            .wrap(from_fn(middleware::observe))
            .service(at("/", "GET, HEAD").route(read().to(home::handle)))
            .service(at("/healthz", "GET, HEAD").route(read().to(health::alive)))
            .service(at("/readyz", "GET, HEAD").route(read().to(health::ready)))
            .service(at("/static/{path:.+}", "GET, HEAD").route(read().to(assets::handle)))
            .service(at("/logos/{connection}/{sha256}", "GET, HEAD").route(read().to(logos::handle)))
            .service(
                at("/.well-known/openid-configuration", "GET, HEAD")
                    .route(read().to(oauth::discovery::handle)),
            )
            .service(
                at("/.well-known/oauth-authorization-server", "GET, HEAD")
                    .route(read().to(oauth::discovery::handle)),
            )
            .service(at("/.well-known/jwks.json", "GET, HEAD").route(read().to(oauth::jwks::handle)))
            .service(
                at("/authorize", "GET, POST")
                    .route(get().to(oauth::authorize::by_query))
                    .route(post().to(oauth::authorize::by_form)),
            )
            .service(at("/oauth/token", "POST").route(post().to(oauth::token::handle)))
            .service(at("/oauth/revoke", "POST").route(post().to(oauth::revoke::handle)))
            .service(at("/oauth/introspect", "POST").route(post().to(oauth::introspect::handle)))
            .service(at("/oauth/par", "POST").route(post().to(oauth::par::handle)))
            .service(at("/oauth/device/code", "POST").route(post().to(oauth::device_code::handle)))
            .service(
                at("/userinfo", "GET, POST")
                    .route(get().to(oauth::userinfo::handle))
                    .route(post().to(oauth::userinfo::handle)),
            )
            .service(
                at("/oidc/logout", "GET, POST")
                    .route(get().to(oauth::logout::by_query))
                    .route(post().to(oauth::logout::by_form)),
            )
            .service(at("/oidc/register", "POST").route(post().to(oauth::register::create)))
            .service(
                at("/oidc/register/{client_id}", "GET, PUT, DELETE")
                    .route(get().to(oauth::register::read))
                    .route(put().to(oauth::register::replace))
                    .route(delete().to(oauth::register::remove)),
            )
            .service(at("/v2/logout", "GET").route(get().to(oauth::auth0_logout::handle)))
            .service(at("/logout/callback", "GET").route(get().to(oauth::logout_callback::handle)))
            .service(
                at("/oauth/connection/{name}/.well-known/jwks.json", "GET, HEAD")
                    .route(read().to(oauth::connection_jwks::handle)),
            )
            .service(
                at("/oauth/backchannel-logout/connection/{name}", "POST")
                    .route(post().to(oauth::backchannel_logout::handle)),
            )
            .service(
                at("/login/frontchannel-logout/connection/{name}", "GET")
                    .route(get().to(login::frontchannel_logout::handle)),
            )
            .configure(callbacks)
            .service(
                at("/activate", "GET, POST")
                    .route(get().to(login::activate::show))
                    .route(post().to(login::activate::submit)),
            )
            .service(at("/activate/done", "GET").route(get().to(login::activate::done)))
            .service(at("/login/{id}", "GET").route(get().to(login::show::handle)))
            .service(at("/login/{id}/connection", "POST").route(post().to(login::connection::handle)))
            .service(at("/login/{id}/password", "POST").route(post().to(login::password::handle)))
            .service(at("/login/{id}/account", "POST").route(post().to(login::account::handle)))
            .service(at("/login/{id}/person", "POST").route(post().to(login::person::handle)))
            .service(at("/login/{id}/consent", "POST").route(post().to(login::consent::handle)))
            .configure(account_pages)
            .configure(administrators)
            .configure(connection_pages)
            .service(scope("/api/v2").configure(api::routes))
            .default_service(to(not_found)),
    );
}

/// Where providers send browsers back to: a connection's own redirect URI, and the one that connections share.
fn callbacks(config: &mut ServiceConfig) {
    config
        .service(
            at("/login/callback", "GET, POST")
                .route(get().to(login::callback::by_query))
                .route(post().to(login::callback::by_form_post)),
        )
        .service(
            at("/login/callback/{connection}", "GET, POST")
                .route(get().to(login::callback::by_query))
                .route(post().to(login::callback::by_form_post)),
        );
}

/// What people see of their own account.
fn account_pages(config: &mut ServiceConfig) {
    config.service(
        at("/account/applications", "GET, POST")
            .route(get().to(account::applications::list))
            .route(post().to(account::applications::end)),
    );
}

/// Pages for the people who manage the hub.
fn administrators(config: &mut ServiceConfig) {
    config
        .service(
            at("/setup/{ticket}", "GET, POST").route(get().to(setup::show)).route(post().to(setup::submit)),
        )
        .service(at("/terminal/done", "GET").route(get().to(terminal::done)));
}

/// What a provider's administrator sees of a connection.
fn connection_pages(config: &mut ServiceConfig) {
    config
        .service(at("/connections/{name}/setup", "GET").route(get().to(connection_setup::handle)))
        .service(
            at("/connections/{name}/checks", "GET, POST")
                .route(get().to(connection_checks::show))
                .route(post().to(connection_checks::check_again)),
        )
        .service(
            at("/connections/{name}/test", "GET, POST")
                .route(get().to(connection_test::start::show))
                .route(post().to(connection_test::start::begin)),
        )
        .service(
            at("/connections/{name}/tests/{id}", "GET").route(get().to(connection_test::report::handle)),
        );
}

/// A resource whose other methods are refused by a page that names the `allowed` ones (RFC 9110 §15.5.6).
fn at(path: &str, allowed: &'static str) -> Resource {
    resource(path).default_service(to(move |visit: Visit| method_not_allowed(visit, allowed)))
}

/// Reading without consequence: whoever may GET may ask for the head alone (RFC 9110 §9.1).
fn read() -> Route {
    route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn not_found(visit: Visit) -> HttpResponse {
    page_error::show_unlogged(&visit, StatusCode::NOT_FOUND, "page-not-found")
}

async fn method_not_allowed(visit: Visit, allowed: &'static str) -> HttpResponse {
    let mut page = page_error::show_unlogged(&visit, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
    page.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    page
}
