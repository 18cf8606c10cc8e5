//! Table `connection_diagnoses`: what was found out about each connection's provider, and when it is looked at again.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::columns::{from_json, plain, time, to_json};
use super::connections::ROWS_PER_QUERY;
use super::error::StoreError;
use super::schema::{connection_diagnoses, connections};
use super::tx::{Tx, db};
use crate::domain::clock::Timestamp;
use crate::domain::connection::Strategy;
use crate::domain::diagnosis::{Diagnosis, State, Status};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = connection_diagnoses, treat_none_as_default_value = false)]
struct Row {
    connection_id: String,
    state: String,
    version: Option<i64>,
    findings: String,
    checked_at: Option<i64>,
    due_at: i64,
    revision: i64,
}

/// The last diagnosis of a connection.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptDiagnosis {
    pub state: State,
    /// With the version of the connection that was checked; `None` before the first check.
    pub last: Option<(i64, Diagnosis)>,
    /// When it is checked again.
    pub due_at: Timestamp,
    /// Counts what happens to this row, so that an older check never overwrites a newer one.
    revision: i64,
}

impl Row {
    fn kept(self) -> Result<KeptDiagnosis, StoreError> {
        let findings = from_json("connection_diagnoses.findings", &self.findings)?;
        let last = match (self.version, time(self.checked_at)) {
            (Some(version), Some(checked_at)) => Some((version, Diagnosis { checked_at, findings })),
            (_, None) | (None, _) => None,
        };
        Ok(KeptDiagnosis {
            state: state(&self.state)?,
            last,
            due_at: Timestamp::from_millis(self.due_at),
            revision: self.revision,
        })
    }
}

fn state(name: &str) -> Result<State, StoreError> {
    State::from_name(name).ok_or(StoreError::Corrupt { what: "connection_diagnoses.state" })
}

impl Tx<'_> {
    /// Has the connection checked at `due_at`, whatever check of it is under way.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn queue_check(&mut self, connection_id: &str, due_at: Timestamp) -> Result<(), StoreError> {
        let row = Row {
            connection_id: plain(connection_id)?.to_owned(),
            state: State::Unknown.name().into(),
            version: None,
            findings: "[]".into(),
            checked_at: None,
            due_at: due_at.millis(),
            revision: 1,
        };
        db!(self, |db| diesel::insert_into(connection_diagnoses::table)
            .values(&row)
            .on_conflict(connection_diagnoses::connection_id)
            .do_update()
            .set((
                connection_diagnoses::due_at.eq(excluded(connection_diagnoses::due_at)),
                connection_diagnoses::revision
                    .eq(connection_diagnoses::revision + excluded(connection_diagnoses::revision)),
            ))
            .execute(db))?;
        Ok(())
    }

    pub fn find_diagnosis(&mut self, connection_id: &str) -> Result<Option<KeptDiagnosis>, StoreError> {
        let connection_id = plain(connection_id)?;
        let row: Option<Row> = db!(self, |db| connection_diagnoses::table
            .find(connection_id)
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        row.map(Row::kept).transpose()
    }

    /// Keeps a diagnosis of the connection at `version`, to be made again at `due_at`; `false` if somebody was faster
    /// than whoever read `before`.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if there is no such connection.
    pub fn keep_diagnosis(
        &mut self,
        connection_id: &str,
        before: Option<&KeptDiagnosis>,
        (version, diagnosis): (i64, &Diagnosis),
        due_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let before = before.map_or(0, |before| before.revision);
        let row = Row {
            connection_id: plain(connection_id)?.to_owned(),
            state: diagnosis.state().name().into(),
            version: Some(version),
            findings: to_json("connection_diagnoses.findings", &diagnosis.findings)?,
            checked_at: Some(diagnosis.checked_at.millis()),
            due_at: due_at.millis(),
            revision: before.saturating_add(1),
        };
        let kept = db!(self, |db| match before {
            0 => diesel::insert_into(connection_diagnoses::table)
                .values(&row)
                .on_conflict_do_nothing()
                .execute(db),
            before => diesel::update(connection_diagnoses::table.find(&row.connection_id))
                .filter(connection_diagnoses::revision.eq(before))
                .set((
                    connection_diagnoses::state.eq(&row.state),
                    connection_diagnoses::version.eq(row.version),
                    connection_diagnoses::findings.eq(&row.findings),
                    connection_diagnoses::checked_at.eq(row.checked_at),
                    connection_diagnoses::due_at.eq(row.due_at),
                    connection_diagnoses::revision.eq(row.revision),
                ))
                .execute(db),
        })?;
        Ok(kept > 0)
    }

    /// The states of these connections, by id; those that nobody has checked may be missing.
    pub fn statuses_of(&mut self, connection_ids: &[&str]) -> Result<BTreeMap<String, Status>, StoreError> {
        let mut statuses = BTreeMap::new();
        for ids in connection_ids.chunks(ROWS_PER_QUERY) {
            let rows: Vec<(String, String, Option<i64>)> = db!(self, |db| connection_diagnoses::table
                .filter(connection_diagnoses::connection_id.eq_any(ids))
                .select((
                    connection_diagnoses::connection_id,
                    connection_diagnoses::state,
                    connection_diagnoses::checked_at
                ))
                .load(db))?;
            for (id, name, checked_at) in rows {
                statuses.insert(id, Status { state: state(&name)?, checked_at: time(checked_at) });
            }
        }
        Ok(statuses)
    }

    /// Whether an enabled connection is due for a check.
    pub fn is_check_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let due = connection_diagnoses::table
            .inner_join(connections::table)
            .filter(connection_diagnoses::due_at.le(now.millis()))
            .filter(connections::is_enabled.eq(true));
        db!(self, |db| diesel::select(diesel::dsl::exists(due)).get_result(db))
    }

    /// Takes at most `limit` enabled connections that are due for a check; nobody else gets them before `lease_end`.
    pub fn take_due_checks(
        &mut self,
        now: Timestamp,
        lease_end: Timestamp,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        db!(self, |db| {
            let is_due = || connection_diagnoses::due_at.le(now.millis());
            let ids: Vec<String> = connection_diagnoses::table
                .inner_join(connections::table)
                .filter(is_due())
                .filter(connections::is_enabled.eq(true))
                .order(connection_diagnoses::due_at)
                .limit(limit)
                .select(connection_diagnoses::connection_id)
                .load(db)?;
            if ids.is_empty() {
                return Ok(ids);
            }
            // Asked again in the update: another node may have been faster.
            let due = connection_diagnoses::table.filter(connection_diagnoses::connection_id.eq_any(ids));
            diesel::update(due.filter(is_due()))
                .set(connection_diagnoses::due_at.eq(lease_end.millis()))
                .returning(connection_diagnoses::connection_id)
                .get_results(db)
        })
    }

    /// At most `limit` connections with a provider that no check is queued for, though they are saved.
    pub fn connections_without_check(&mut self, limit: i64) -> Result<Vec<String>, StoreError> {
        db!(self, |db| connections::table
            .left_join(connection_diagnoses::table)
            .filter(connection_diagnoses::connection_id.is_null())
            .filter(connections::strategy.eq(Strategy::Oidc.name()))
            .order(connections::id)
            .limit(limit)
            .select(connections::id)
            .load(db))
    }

    /// How many enabled connections with a provider are in each state; those in none are not counted.
    pub fn count_states(&mut self) -> Result<Vec<(State, i64)>, StoreError> {
        let counts: Vec<(String, i64)> = db!(self, |db| connection_diagnoses::table
            .inner_join(connections::table)
            .filter(connections::is_enabled.eq(true))
            .group_by(connection_diagnoses::state)
            .select((connection_diagnoses::state, diesel::dsl::count_star()))
            .load(db))?;
        counts.into_iter().map(|(name, count)| Ok((state(&name)?, count))).collect()
    }
}
