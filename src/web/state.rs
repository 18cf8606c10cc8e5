//! What every handler may reach.

use std::sync::Arc;

use ipnet::IpNet;

use super::cookies::CookieNames;
use crate::flows::hub::Hub;
use crate::views::Views;

/// Shared by all workers.
pub struct WebState {
    pub hub: Arc<Hub>,
    pub views: Arc<Views>,
    pub cookies: CookieNames,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

impl WebState {
    pub fn new(hub: Arc<Hub>, views: Arc<Views>, trusted_proxies: Vec<IpNet>) -> Self {
        let cookies = CookieNames::of(&hub.issuer);
        Self { hub, views, cookies, trusted_proxies }
    }
}
