//! `/api/v2`: the Management API.
//!
//! Every endpoint asks [`authorize`](call::authorize) first, then reads, calls one flow and renders. Every
//! answer is JSON, errors and unknown paths included.

mod answer;
mod body;
mod call;
mod client_grants;
mod clients;
mod connections;
mod error;
mod grants;
mod initial_access_tokens;
mod keys;
mod list;
mod logs;
mod middleware;
mod preconditions;
mod query;
mod refresh_tokens;
mod resource_servers;
mod sessions;
mod users;

use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, patch, post, put, resource, scope, to};
use actix_web::{HttpRequest, HttpResponse, Resource, ResponseError as _};

use self::error::ApiError;

/// The Management API's routes; the scope around them gives the prefix `/api/v2`.
pub fn routes(config: &mut ServiceConfig) {
    config.service(
        scope("")
            .wrap(from_fn(middleware::note_refusals))
            .configure(connection_routes)
            .configure(client_routes)
            .configure(registration_routes)
            .configure(api_routes)
            .configure(user_routes)
            .configure(access_routes)
            .configure(key_routes)
            .service(at("/logs", "GET").route(get().to(logs::list::handle)))
            .service(at("/logs/{id}", "GET").route(get().to(logs::read::handle)))
            .default_service(to(unknown_path)),
    );
}

fn connection_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/connections", "GET, POST")
                .route(get().to(connections::list::handle))
                .route(post().to(connections::create::handle)),
        )
        .service(at("/connections/check", "POST").route(post().to(connections::check::handle)))
        .service(at("/connections/presets", "GET").route(get().to(connections::list_presets::handle)))
        .service(at("/connections/resolve", "GET").route(get().to(connections::resolve::handle)))
        .service(
            at("/connections/{id}", "GET, PATCH, DELETE")
                .route(get().to(connections::read::handle))
                .route(patch().to(connections::edit::handle))
                .route(delete().to(connections::remove::handle)),
        )
        .service(
            at("/connections/{id}/clients", "GET, PATCH")
                .route(get().to(connections::list_clients::handle))
                .route(patch().to(connections::enable_clients::handle)),
        )
        .service(
            at("/connections/{id}/keys", "GET, POST")
                .route(get().to(connections::list_keys::handle))
                .route(post().to(connections::create_keys::handle)),
        )
        .service(
            at("/connections/{id}/keys/rotate", "POST").route(post().to(connections::rotate_keys::handle)),
        )
        .service(
            at("/connections/{id}/logo", "PUT, DELETE")
                .route(put().to(connections::logo::set::handle))
                .route(delete().to(connections::logo::remove::handle)),
        )
        .service(at("/connections/{id}/check", "POST").route(post().to(connections::check_change::handle)))
        .service(
            at("/connections/{id}/metadata/accept", "POST")
                .route(post().to(connections::accept_metadata::handle)),
        )
        .service(at("/connections/{id}/status", "GET").route(get().to(connections::status::handle)))
        .configure(attribute_map_routes)
        .configure(domain_and_ticket_routes);
}

fn attribute_map_routes(config: &mut ServiceConfig) {
    use connections::attribute_map;
    config
        .service(
            at("/connections/{id}/attribute-map/try", "POST")
                .route(post().to(attribute_map::try_map::handle)),
        )
        .service(
            at("/connections/{id}/attribute-map/versions", "GET")
                .route(get().to(attribute_map::list_versions::handle)),
        )
        .service(
            at("/connections/{id}/attribute-map/versions/{version}", "GET")
                .route(get().to(attribute_map::read_version::handle)),
        )
        .service(
            at("/connections/{id}/attribute-map/versions/{version}/restore", "POST")
                .route(post().to(attribute_map::restore_version::handle)),
        );
}

fn domain_and_ticket_routes(config: &mut ServiceConfig) {
    use connections::{domains, setup_tickets, test_logins};
    config
        .service(
            at("/connections/{id}/domains", "GET, POST")
                .route(get().to(domains::list::handle))
                .route(post().to(domains::claim::handle)),
        )
        .service(
            at("/connections/{id}/domains/{domain}", "GET, DELETE")
                .route(get().to(domains::read::handle))
                .route(delete().to(domains::remove::handle)),
        )
        .service(
            at("/connections/{id}/domains/{domain}/verify", "POST").route(post().to(domains::check::handle)),
        )
        .service(
            at("/connections/{id}/setup-tickets", "GET, POST")
                .route(get().to(setup_tickets::list::handle))
                .route(post().to(setup_tickets::create::handle)),
        )
        .service(
            at("/connections/{id}/setup-tickets/{ticket}", "DELETE")
                .route(delete().to(setup_tickets::remove::handle)),
        )
        .service(at("/connections/{id}/test", "POST").route(post().to(test_logins::create::handle)))
        .service(at("/connections/{id}/tests", "GET").route(get().to(test_logins::list::handle)))
        .service(
            at("/connections/{id}/tests/{test}", "GET, DELETE")
                .route(get().to(test_logins::read::handle))
                .route(delete().to(test_logins::remove::handle)),
        );
}

fn client_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/clients", "GET, POST")
                .route(get().to(clients::list::handle))
                .route(post().to(clients::create::handle)),
        )
        .service(
            at("/clients/{id}", "GET, PATCH, DELETE")
                .route(get().to(clients::read::handle))
                .route(patch().to(clients::edit::handle))
                .route(delete().to(clients::remove::handle)),
        )
        .service(at("/clients/{id}/rotate-secret", "POST").route(post().to(clients::rotate_secret::handle)))
        .service(at("/clients/{id}/secrets", "GET").route(get().to(clients::list_secrets::handle)))
        .service(
            at("/clients/{id}/secrets/{secret}", "DELETE").route(delete().to(clients::remove_secret::handle)),
        );
}

fn api_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/resource-servers", "GET, POST")
                .route(get().to(resource_servers::list::handle))
                .route(post().to(resource_servers::create::handle)),
        )
        .service(
            at("/resource-servers/{id}", "GET, PATCH, DELETE")
                .route(get().to(resource_servers::read::handle))
                .route(patch().to(resource_servers::edit::handle))
                .route(delete().to(resource_servers::remove::handle)),
        )
        .service(
            at("/grants", "GET, DELETE")
                .route(get().to(grants::list::handle))
                .route(delete().to(grants::remove_of_user::handle)),
        )
        .service(at("/grants/{id}", "DELETE").route(delete().to(grants::remove::handle)))
        .service(
            at("/client-grants", "GET, POST")
                .route(get().to(client_grants::list::handle))
                .route(post().to(client_grants::create::handle)),
        )
        .service(
            at("/client-grants/{id}", "GET, PATCH, DELETE")
                .route(get().to(client_grants::read::handle))
                .route(patch().to(client_grants::edit::handle))
                .route(delete().to(client_grants::remove::handle)),
        );
}

fn registration_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/initial-access-tokens", "GET, POST")
                .route(get().to(initial_access_tokens::list::handle))
                .route(post().to(initial_access_tokens::create::handle)),
        )
        .service(
            at("/initial-access-tokens/{id}", "DELETE")
                .route(delete().to(initial_access_tokens::remove::handle)),
        );
}

fn user_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/users", "GET, POST")
                .route(get().to(users::list::handle))
                .route(post().to(users::create::handle)),
        )
        .service(at("/users-by-email", "GET").route(get().to(users::by_email::handle)))
        .service(
            at("/users/{id}", "GET, PATCH, DELETE")
                .route(get().to(users::read::handle))
                .route(patch().to(users::edit::handle))
                .route(delete().to(users::remove::handle)),
        );
}

/// What people have open: sessions and refresh tokens.
fn access_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/sessions/{id}", "GET, DELETE")
                .route(get().to(sessions::read::handle))
                .route(delete().to(sessions::end::handle)),
        )
        .service(at("/sessions/{id}/revoke", "POST").route(post().to(sessions::end::handle)))
        .service(
            at("/users/{id}/sessions", "GET, DELETE")
                .route(get().to(sessions::list_of_user::handle))
                .route(delete().to(sessions::end_of_user::handle)),
        )
        .service(
            at("/refresh-tokens/revoke", "POST").route(post().to(refresh_tokens::revoke_several::handle)),
        )
        .service(
            at("/refresh-tokens/{id}", "GET, DELETE")
                .route(get().to(refresh_tokens::read::handle))
                .route(delete().to(refresh_tokens::revoke::handle)),
        )
        .service(
            at("/users/{id}/refresh-tokens", "GET, DELETE")
                .route(get().to(refresh_tokens::list_of_user::handle))
                .route(delete().to(refresh_tokens::revoke_of_user::handle)),
        );
}

fn key_routes(config: &mut ServiceConfig) {
    config
        .service(at("/keys/signing", "GET").route(get().to(keys::list::handle)))
        .service(at("/keys/signing/rotate", "POST").route(post().to(keys::rotate::handle)))
        .service(at("/keys/signing/{id}", "GET").route(get().to(keys::read::handle)))
        .service(at("/keys/signing/{id}/revoke", "PUT").route(put().to(keys::revoke::handle)));
}

/// A path; other methods than `allow` are refused with 405.
fn at(path: &str, allow: &'static str) -> Resource {
    resource(path).default_service(to(move || async move { refuse(ApiError::MethodNotAllowed(allow)) }))
}

async fn unknown_path(request: HttpRequest) -> Result<&'static str, ApiError> {
    refuse(ApiError::UnknownPath(request.path().into()))
}

/// The answer to a path below this API that names nothing.
pub(super) fn nothing_at(path: &str) -> HttpResponse {
    ApiError::UnknownPath(path.into()).error_response()
}

fn refuse(error: ApiError) -> Result<&'static str, ApiError> {
    Err(error)
}
