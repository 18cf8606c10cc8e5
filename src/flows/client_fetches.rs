//! What strangers can make us fetch from an application, because it registered the address: bounded for each
//! application, so that nobody turns us against its server.

use std::sync::Arc;

use moka::sync::Cache;

use super::hub::Hub;
use super::rate_limit::RateLimit;
use crate::domain::clock::{Clock, Timestamp};
use crate::domain::limits;
use crate::upstream::{PublicDocument, UpstreamError};

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum NotFetched {
    #[error("fetched too often")]
    TooOften,
    #[error(transparent)]
    Failed(#[from] UpstreamError),
}

pub struct ClientFetches {
    limit: RateLimit,
    /// By client id and address: request objects and when their fetch began.
    objects: Cache<(String, String), (Timestamp, Arc<Vec<u8>>)>,
}

impl ClientFetches {
    pub fn new(clock: &Clock) -> Self {
        Self {
            limit: RateLimit::new(limits::CLIENT_FETCHES_BURST, limits::CLIENT_FETCH_REFILL_SECONDS, clock),
            objects: Cache::new(limits::CACHED_REQUEST_OBJECTS),
        }
    }

    /// Whether one more document may be fetched at the wish of `whose`: a client id, or what stands for one.
    pub fn admits(&self, whose: &str) -> bool {
        self.limit.admits(whose)
    }

    /// Forgets applications whose allowance is full again; keeps memory bounded.
    pub fn forget_idle(&self) {
        self.limit.forget_idle();
    }
}

/// What is at `address`, a registered `request_uri` of the application: fetched each time, as what it changes counts at
/// once, but for a flood of requests. Then the last one serves for a while, so that who floods locks nobody out.
///
/// # Errors
/// [`NotFetched`].
pub async fn request_object(
    hub: &Hub,
    client_id: &str,
    address: &str,
    now: Timestamp,
) -> Result<Arc<Vec<u8>>, NotFetched> {
    let fetches = &hub.client_fetches;
    let key = (client_id.to_owned(), address.to_owned());
    if !fetches.admits(client_id) {
        let oldest = now.plus_seconds(-limits::REQUEST_OBJECT_CACHE_SECONDS);
        let recent = fetches.objects.get(&key).filter(|(fetched_at, _)| *fetched_at > oldest);
        return recent.map(|(_, object)| object).ok_or(NotFetched::TooOften);
    }
    match hub.upstream.fetch_public(PublicDocument::RequestObject, address).await {
        Ok(document) => {
            let object = Arc::new(document.body);
            fetches.objects.insert(key, (now, Arc::clone(&object)));
            Ok(object)
        }
        Err(error) => {
            // What the application took away does not live on here.
            fetches.objects.invalidate(&key);
            Err(error.into())
        }
    }
}
