//! Application libraries that people really use, each signing in through the hub, unchanged.

mod auth0_spa_js;
mod authlib;
mod express_openid_connect;
mod go_oidc;
mod openid_client;
mod web_application;
