//! Table `test_logins`: links to tests of connections, and what came of them.

use diesel::prelude::*;

use super::columns::{from_json, millis, plain, refuse_nul, time, to_json};
use super::error::StoreError;
use super::schema::test_logins;
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::domain::clock::Timestamp;
use crate::domain::secret::Secret;
use crate::domain::test_login::{Begun, Maker, TestLogin, TestReport};

const WHAT: &str = "a test login";

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = test_logins)]
struct Row {
    id: String,
    connection_id: String,
    token_hash: String,
    made_by: String,
    created_at: i64,
    good_until: i64,
    begun_at: Option<i64>,
    holder_hash: Option<String>,
    finished_at: Option<i64>,
    report_sealed: Option<String>,
    expires_at: i64,
}

impl Tx<'_> {
    /// Adds a test without a report.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn add_test_login(&mut self, test: &TestLogin) -> Result<(), StoreError> {
        let made_by = test.made_by.to_text();
        refuse_nul(
            [&test.id, &test.connection_id, &test.token_hash, &made_by].map(|text| Some(text.as_str())),
        )?;
        let row = Row {
            id: test.id.clone(),
            connection_id: test.connection_id.clone(),
            token_hash: test.token_hash.clone(),
            made_by,
            created_at: test.created_at.millis(),
            good_until: test.good_until.millis(),
            begun_at: test.begun.as_ref().map(|begun| begun.at.millis()),
            holder_hash: test.begun.as_ref().map(|begun| begun.holder_hash.clone()),
            finished_at: millis(test.finished_at),
            report_sealed: None,
            expires_at: test.expires_at.millis(),
        };
        db!(self, |db| diesel::insert_into(test_logins::table).values(row).execute(db))?;
        Ok(())
    }

    /// The test whose link has this hash, while its row is kept.
    pub fn find_test_login_by_token(
        &mut self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<TestLogin>, StoreError> {
        let token_hash = plain(token_hash)?;
        let row: Option<Row> = db!(self, |db| test_logins::table
            .filter(test_logins::token_hash.eq(token_hash))
            .filter(test_logins::expires_at.gt(now.millis()))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(|row| self.test_login(row)).transpose().map(|found| found.map(|(test, _)| test))
    }

    /// The test `id` with its report, while its row is kept.
    pub fn find_test_login(
        &mut self,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<(TestLogin, TestReport)>, StoreError> {
        let id = plain(id)?;
        let row: Option<Row> = db!(self, |db| test_logins::table
            .find(id)
            .filter(test_logins::expires_at.gt(now.millis()))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(|row| self.test_login(row)).transpose()
    }

    /// The tests of a connection with their reports, the latest first.
    pub fn test_logins_of(
        &mut self,
        connection_id: &str,
        now: Timestamp,
    ) -> Result<Vec<(TestLogin, TestReport)>, StoreError> {
        let connection_id = plain(connection_id)?;
        let rows: Vec<Row> = db!(self, |db| test_logins::table
            .filter(test_logins::connection_id.eq(connection_id))
            .filter(test_logins::expires_at.gt(now.millis()))
            .order((test_logins::created_at.desc(), test_logins::id.desc()))
            .select(Row::as_select())
            .load(db))?;
        rows.into_iter().map(|row| self.test_login(row)).collect()
    }

    /// Uses the link of a test up, for `begun`; `false` if it can begin nothing any more.
    pub fn begin_test_login(
        &mut self,
        id: &str,
        begun: &Begun,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        refuse_nul([Some(id), Some(begun.holder_hash.as_str())])?;
        let at = begun.at.millis();
        let taken = db!(self, |db| diesel::update(test_logins::table.find(id))
            .filter(test_logins::begun_at.is_null())
            .filter(test_logins::good_until.gt(at))
            .set((
                test_logins::begun_at.eq(at),
                test_logins::holder_hash.eq(&begun.holder_hash),
                test_logins::expires_at.eq(expires_at.millis()),
            ))
            .execute(db))?;
        Ok(taken > 0)
    }

    /// Keeps what was found so far of a test that has begun and not ended; `false` if there is none.
    pub fn keep_test_report(&mut self, id: &str, report: &TestReport) -> Result<bool, StoreError> {
        let sealed = self.sealed_report(id, report)?;
        let kept = db!(self, |db| diesel::update(test_logins::table.find(id))
            .filter(test_logins::begun_at.is_not_null())
            .filter(test_logins::finished_at.is_null())
            .set(test_logins::report_sealed.eq(&sealed))
            .execute(db))?;
        Ok(kept > 0)
    }

    /// Ends a test with its report; `false` if it has ended already, or there is none.
    pub fn finish_test_login(
        &mut self,
        id: &str,
        report: &TestReport,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sealed = self.sealed_report(id, report)?;
        let finished = db!(self, |db| diesel::update(test_logins::table.find(id))
            .filter(test_logins::begun_at.is_not_null())
            .filter(test_logins::finished_at.is_null())
            .set((test_logins::finished_at.eq(now.millis()), test_logins::report_sealed.eq(&sealed)))
            .execute(db))?;
        Ok(finished > 0)
    }

    /// Removes a test, its report and its link.
    pub fn remove_test_login(&mut self, id: &str) -> Result<(), StoreError> {
        let id = plain(id)?;
        db!(self, |db| diesel::delete(test_logins::table.find(id)).execute(db))?;
        Ok(())
    }

    fn sealed_report(&self, id: &str, report: &TestReport) -> Result<String, StoreError> {
        let text = Secret::new(to_json(WHAT, report)?);
        Ok(self.seal(Purpose::TestReport, plain(id)?, &text))
    }

    fn test_login(&self, row: Row) -> Result<(TestLogin, TestReport), StoreError> {
        let report = match &row.report_sealed {
            Some(sealed) => from_json(WHAT, self.open(Purpose::TestReport, &row.id, sealed, WHAT)?.reveal())?,
            None => TestReport::default(),
        };
        let begun = time(row.begun_at).zip(row.holder_hash);
        let test = TestLogin {
            id: row.id,
            connection_id: row.connection_id,
            token_hash: row.token_hash,
            made_by: Maker::from_text(&row.made_by).ok_or(StoreError::Corrupt { what: WHAT })?,
            created_at: Timestamp::from_millis(row.created_at),
            good_until: Timestamp::from_millis(row.good_until),
            begun: begun.map(|(at, holder_hash)| Begun { at, holder_hash }),
            finished_at: time(row.finished_at),
            expires_at: Timestamp::from_millis(row.expires_at),
        };
        Ok((test, report))
    }
}
