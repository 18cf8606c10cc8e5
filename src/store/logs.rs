//! Table `logs`: what happened, to whom, and why.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::schema::logs;
use super::tx::{Tx, db};
use crate::domain::audit::LogEntry;
use crate::domain::clock::Timestamp;
use crate::domain::log_parties::Known;

/// Databases bound the parameters of one statement.
const ROWS_PER_INSERT: usize = 500;

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = logs, treat_none_as_default_value = false)]
struct Row {
    log_id: String,
    date: i64,
    log_type: String,
    description: String,
    connection: Option<String>,
    connection_id: Option<String>,
    client_id: Option<String>,
    client_name: Option<String>,
    user_id: Option<String>,
    user_name: Option<String>,
    ip: String,
    user_agent: String,
    request_id: String,
    details: String,
}

/// Which log entries a list holds, and in which order; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Any of these codes; all if empty.
    pub log_types: Vec<String>,
    pub user_id: Option<String>,
    pub client_id: Option<String>,
    pub connection_id: Option<String>,
    pub newest_first: bool,
}

impl Row {
    fn of(entry: &LogEntry) -> Result<Self, StoreError> {
        let known = |name: &Option<Known>| name.as_deref().map(str::to_owned);
        Ok(Self {
            log_id: entry.log_id.clone(),
            date: entry.date.millis(),
            log_type: entry.log_type.clone(),
            description: entry.description.to_string(),
            connection: known(&entry.connection),
            connection_id: known(&entry.connection_id),
            client_id: known(&entry.client_id),
            client_name: known(&entry.client_name),
            user_id: known(&entry.user_id),
            user_name: known(&entry.user_name),
            ip: entry.ip.to_string(),
            user_agent: entry.user_agent.to_string(),
            request_id: entry.request_id.to_string(),
            details: to_json("logs.details", &entry.details)?,
        })
    }

    fn entry(self) -> Result<LogEntry, StoreError> {
        let details: Map<String, Value> = from_json("logs.details", &self.details)?;
        Ok(LogEntry {
            details: details.into(),
            log_id: self.log_id,
            date: Timestamp::from_millis(self.date),
            log_type: self.log_type,
            description: self.description.into(),
            connection: self.connection.map(Known::stored),
            connection_id: self.connection_id.map(Known::stored),
            client_id: self.client_id.map(Known::stored),
            client_name: self.client_name.map(Known::stored),
            user_id: self.user_id.map(Known::stored),
            user_name: self.user_name.map(Known::stored),
            ip: self.ip.into(),
            user_agent: self.user_agent.into(),
            request_id: self.request_id.into(),
        })
    }
}

impl Tx<'_> {
    pub fn add_log_entries(&mut self, entries: &[LogEntry]) -> Result<(), StoreError> {
        // A statement for one row stays compiled, one for several does not.
        if let [entry] = entries {
            let row = Row::of(entry)?;
            return db!(self, |db| diesel::insert_into(logs::table).values(row).execute(db)).map(drop);
        }
        let rows: Vec<Row> = entries.iter().map(Row::of).collect::<Result<_, _>>()?;
        rows.chunks(ROWS_PER_INSERT).try_for_each(|rows| {
            db!(self, |db| diesel::insert_into(logs::table).values(rows).execute(db)).map(drop)
        })
    }

    pub fn find_log(&mut self, log_id: &str) -> Result<Option<LogEntry>, StoreError> {
        let log_id = plain(log_id)?;
        let row =
            db!(self, |db| logs::table.find(log_id).select(Row::as_select()).get_result(db).optional())?;
        row.map(Row::entry).transpose()
    }

    /// A page of the entries that `filter` lets through, by time.
    pub fn list_logs(&mut self, filter: &LogFilter, page: &Page) -> Result<Paged<LogEntry>, StoreError> {
        let ids = [&filter.user_id, &filter.client_id, &filter.connection_id];
        refuse_nul(ids.map(Option::as_deref))?;
        refuse_nul(filter.log_types.iter().map(|log_type| Some(log_type.as_str())))?;
        refuse_nul([page.after()])?;
        let (rows, total) = db!(self, |db| {
            let matching = || {
                let mut query = logs::table.into_boxed();
                if !filter.log_types.is_empty() {
                    query = query.filter(logs::log_type.eq_any(&filter.log_types));
                }
                if let Some(user_id) = &filter.user_id {
                    query = query.filter(logs::user_id.eq(user_id));
                }
                if let Some(client_id) = &filter.client_id {
                    query = query.filter(logs::client_id.eq(client_id));
                }
                if let Some(connection_id) = &filter.connection_id {
                    query = query.filter(logs::connection_id.eq(connection_id));
                }
                query
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let query = match (page.after(), filter.newest_first) {
                (Some(after), true) => matching().filter(logs::log_id.lt(after)),
                (Some(after), false) => matching().filter(logs::log_id.gt(after)),
                (None, _) => matching(),
            };
            let query = match filter.newest_first {
                true => query.order(logs::log_id.desc()),
                false => query.order(logs::log_id.asc()),
            };
            let rows: Vec<Row> =
                query.select(Row::as_select()).limit(page.limit()).offset(page.offset()).load(db)?;
            Ok((rows, total))
        })?;
        page.cut(rows, total, |row| &row.log_id).try_map(Row::entry)
    }
}
