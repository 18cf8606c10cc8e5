//! Table `device_authorizations`: devices that wait for their person (RFC 8628).

use diesel::prelude::*;

use super::columns::{millis, plain, refuse_nul, time};
use super::error::StoreError;
use super::places::make_room;
use super::schema::device_authorizations as devices;
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::device::DeviceAuthorization;
use crate::domain::places::Place;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = devices, treat_none_as_default_value = false)]
struct Row {
    device_code_hash: String,
    user_code_hash: String,
    client_id: String,
    scope: String,
    audience: Option<String>,
    interval_seconds: i64,
    polled_at: Option<i64>,
    denied_at: Option<i64>,
    grant_id: Option<String>,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn of(device: &DeviceAuthorization) -> Result<Self, StoreError> {
        let texts = [&device.device_code_hash, &device.user_code_hash, &device.client_id, &device.scope];
        refuse_nul(texts.map(|text| Some(text.as_str())))?;
        refuse_nul([device.audience.as_deref(), device.grant_id.as_deref()])?;
        Ok(Self {
            device_code_hash: device.device_code_hash.clone(),
            user_code_hash: device.user_code_hash.clone(),
            client_id: device.client_id.clone(),
            scope: device.scope.clone(),
            audience: device.audience.clone(),
            interval_seconds: device.interval_seconds,
            polled_at: millis(device.polled_at),
            denied_at: millis(device.denied_at),
            grant_id: device.grant_id.clone(),
            created_at: device.created_at.millis(),
            expires_at: device.expires_at.millis(),
        })
    }

    fn device(self) -> DeviceAuthorization {
        DeviceAuthorization {
            device_code_hash: self.device_code_hash,
            user_code_hash: self.user_code_hash,
            client_id: self.client_id,
            scope: self.scope,
            audience: self.audience,
            interval_seconds: self.interval_seconds,
            polled_at: time(self.polled_at),
            denied_at: time(self.denied_at),
            grant_id: self.grant_id,
            created_at: Timestamp::from_millis(self.created_at),
            expires_at: Timestamp::from_millis(self.expires_at),
        }
    }
}

impl Tx<'_> {
    /// Stores a device that waits at `place`; `false` if there is no room.
    pub fn add_device_authorization(
        &mut self,
        device: &DeviceAuthorization,
        place: &Place,
    ) -> Result<bool, StoreError> {
        let row = Row::of(device)?;
        let texts = [&row.device_code_hash, &row.user_code_hash, &row.client_id, &row.scope];
        let bytes: usize = texts.into_iter().chain(&row.audience).map(String::len).sum();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let key = &device.device_code_hash;
        if !make_room!(self, devices::device_code_hash, client_id, place, key, bytes, device.created_at) {
            return Ok(false);
        }
        let at = (
            devices::section.eq(&place.section),
            devices::network.eq(&place.network),
            devices::bytes.eq(bytes),
        );
        db!(self, |db| diesel::insert_into(devices::table).values((row, at)).execute(db))?;
        Ok(true)
    }

    /// Somebody has typed the code with this hash: it waits for them, and makes room for nobody else's.
    pub fn use_device(&mut self, user_code_hash: &str) -> Result<(), StoreError> {
        let hash = plain(user_code_hash)?;
        let unused =
            devices::table.filter(devices::user_code_hash.eq(hash)).filter(devices::is_in_use.eq(false));
        db!(self, |db| diesel::update(unused).set(devices::is_in_use.eq(true)).execute(db))?;
        Ok(())
    }

    /// The device whose person types the code with this hash. Whether it still waits is the caller's question.
    pub fn find_device_by_user_code(
        &mut self,
        user_code_hash: &str,
    ) -> Result<Option<DeviceAuthorization>, StoreError> {
        let hash = plain(user_code_hash)?;
        let row: Option<Row> = db!(self, |db| devices::table
            .filter(devices::user_code_hash.eq(hash))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(row.map(Row::device))
    }

    /// The device of `client_id` that asks with this code.
    pub fn find_device(
        &mut self,
        device_code_hash: &str,
        client_id: &str,
    ) -> Result<Option<DeviceAuthorization>, StoreError> {
        refuse_nul([Some(device_code_hash), Some(client_id)])?;
        let row: Option<Row> = db!(self, |db| devices::table
            .find(device_code_hash)
            .filter(devices::client_id.eq(client_id))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(row.map(Row::device))
    }

    /// Writes down that the device asked `now`, and how long it has to wait from now on.
    pub fn note_device_poll(
        &mut self,
        device_code_hash: &str,
        interval_seconds: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hash = plain(device_code_hash)?;
        db!(self, |db| diesel::update(devices::table.find(hash))
            .set((devices::polled_at.eq(now.millis()), devices::interval_seconds.eq(interval_seconds)))
            .execute(db))?;
        Ok(())
    }

    /// The person's answer: a grant, or no. `false` if the device no longer waits for one.
    pub fn answer_device(
        &mut self,
        user_code_hash: &str,
        grant_id: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        refuse_nul([Some(user_code_hash), grant_id])?;
        let waiting = devices::table
            .filter(devices::user_code_hash.eq(user_code_hash))
            .filter(devices::grant_id.is_null())
            .filter(devices::denied_at.is_null())
            .filter(devices::expires_at.gt(now.millis()));
        let denied_at = grant_id.is_none().then(|| now.millis());
        let answered = db!(self, |db| diesel::update(waiting)
            .set((devices::grant_id.eq(grant_id), devices::denied_at.eq(denied_at)))
            .execute(db))?;
        Ok(answered > 0)
    }

    /// Takes what the person approved, once; whether it was still there.
    pub fn take_device(&mut self, device_code_hash: &str) -> Result<bool, StoreError> {
        let hash = plain(device_code_hash)?;
        let taken = db!(self, |db| diesel::delete(devices::table.find(hash)).execute(db))?;
        Ok(taken > 0)
    }
}
