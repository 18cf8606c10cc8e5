//! Table `parked_requests`: authorization requests too large for a cookie, and those pushed by applications; sealed,
//! found by the hash of a reference.

use diesel::prelude::*;

use super::columns::{plain, refuse_nul};
use super::error::StoreError;
use super::schema::parked_requests;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;

impl Tx<'_> {
    /// Parks a sealed request of a browser, unless `max_rows` of such are parked already: then `false`.
    pub fn park_request(
        &mut self,
        reference_hash: &str,
        request_sealed: &str,
        expires_at: Timestamp,
        max_rows: i64,
    ) -> Result<bool, StoreError> {
        refuse_nul([Some(reference_hash), Some(request_sealed)])?;
        let parked: i64 = db!(self, |db| parked_requests::table
            .filter(parked_requests::client_id.is_null())
            .count()
            .get_result(db))?;
        if parked >= max_rows {
            return Ok(false);
        }
        self.insert_parked_request(reference_hash, request_sealed, expires_at, None)?;
        Ok(true)
    }

    /// Keeps a sealed request that `client_id` pushed (RFC 9126), unless `max_rows` of it wait already: then `false`.
    pub fn add_pushed_request(
        &mut self,
        reference_hash: &str,
        client_id: &str,
        request_sealed: &str,
        expires_at: Timestamp,
        max_rows: i64,
    ) -> Result<bool, StoreError> {
        refuse_nul([Some(reference_hash), Some(client_id), Some(request_sealed)])?;
        let waiting: i64 = db!(self, |db| parked_requests::table
            .filter(parked_requests::client_id.eq(client_id))
            .count()
            .get_result(db))?;
        if waiting >= max_rows {
            return Ok(false);
        }
        self.insert_parked_request(reference_hash, request_sealed, expires_at, Some(client_id))?;
        Ok(true)
    }

    fn insert_parked_request(
        &mut self,
        reference_hash: &str,
        request_sealed: &str,
        expires_at: Timestamp,
        client_id: Option<&str>,
    ) -> Result<(), StoreError> {
        let row = (
            parked_requests::reference_hash.eq(reference_hash),
            parked_requests::request_sealed.eq(request_sealed),
            parked_requests::expires_at.eq(expires_at.millis()),
            parked_requests::client_id.eq(client_id),
        );
        db!(self, |db| diesel::insert_into(parked_requests::table).values(row).execute(db))?;
        Ok(())
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
