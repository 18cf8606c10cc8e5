//! Table `parked_requests`: authorization requests too large for a cookie, and those pushed by applications; sealed,
//! found by the hash of a reference.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::places::make_room;
use super::schema::parked_requests;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::places::Place;

/// A request that is to be kept.
#[derive(Clone, Copy, Debug)]
pub struct RequestToPark<'a> {
    pub reference_hash: &'a str,
    pub request_sealed: &'a str,
    pub expires_at: Timestamp,
    pub place: &'a Place,
}

impl Tx<'_> {
    /// Parks a sealed request of a browser, or parks it anew: a person who has come so far is on their way. `false` if there
    /// is no room.
    pub fn park_request(
        &mut self,
        request: RequestToPark<'_>,
        is_in_use: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.insert_parked_request(request, None, is_in_use, now)
    }

    /// Keeps a sealed request that the application of its place pushed (RFC 9126); `false` if there is no room.
    pub fn add_pushed_request(
        &mut self,
        request: RequestToPark<'_>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.insert_parked_request(request, Some(&request.place.client_id), false, now)
    }

    fn insert_parked_request(
        &mut self,
        request: RequestToPark<'_>,
        client_id: Option<&str>,
        is_in_use: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let RequestToPark { reference_hash, request_sealed, expires_at, place } = request;
        refuse_nul([Some(reference_hash), Some(request_sealed), Some(place.client_id.as_str())])?;
        let bytes = i64::try_from(request_sealed.len()).unwrap_or(i64::MAX);
        if !make_room!(self, parked_requests::reference_hash, asked_by, place, reference_hash, bytes, now) {
            return Ok(false);
        }
        let row = (
            parked_requests::reference_hash.eq(reference_hash),
            parked_requests::request_sealed.eq(request_sealed),
            parked_requests::expires_at.eq(expires_at.millis()),
            parked_requests::client_id.eq(client_id),
            parked_requests::section.eq(&place.section),
            parked_requests::network.eq(&place.network),
            parked_requests::asked_by.eq(&place.client_id),
            parked_requests::bytes.eq(bytes),
            parked_requests::is_in_use.eq(is_in_use),
        );
        let changed = (
            parked_requests::request_sealed.eq(request_sealed),
            parked_requests::bytes.eq(bytes),
            parked_requests::is_in_use.eq(is_in_use),
        );
        db!(self, |db| diesel::insert_into(parked_requests::table)
            .values(row)
            .on_conflict(parked_requests::reference_hash)
            .do_update()
            .set(changed)
            .execute(db))?;
        Ok(true)
    }

    /// The sealed request that `client_id` pushed, unless it has expired.
    pub fn find_pushed_request(
        &mut self,
        reference_hash: &str,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        refuse_nul([Some(reference_hash), Some(client_id)])?;
        db!(self, |db| parked_requests::table
            .find(reference_hash)
            .filter(parked_requests::client_id.eq(client_id))
            .filter(parked_requests::expires_at.gt(now.millis()))
            .select(parked_requests::request_sealed)
            .get_result(db)
            .optional())
    }

    /// The sealed request of a browser, unless it has expired.
    pub fn find_parked_request(
        &mut self,
        reference_hash: &str,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let reference_hash = plain(reference_hash)?;
        db!(self, |db| parked_requests::table
            .find(reference_hash)
            .filter(parked_requests::client_id.is_null())
            .filter(parked_requests::expires_at.gt(now.millis()))
            .select(parked_requests::request_sealed)
            .get_result(db)
            .optional())
    }

    /// Whether there was one.
    pub fn remove_parked_request(&mut self, reference_hash: &str) -> Result<bool, StoreError> {
        let reference_hash = plain(reference_hash)?;
        let removed =
            db!(self, |db| diesel::delete(parked_requests::table.find(reference_hash)).execute(db))?;
        Ok(removed > 0)
    }
}
