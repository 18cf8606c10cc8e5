//! Application libraries that people really use, each signing in through the hub, unchanged.

mod express_openid_connect;
mod openid_client;
