//! Tables `connections` and `connection_clients`.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::compiled::Limited;
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::revisions::Changed;
use super::schema::{connection_clients, connections, grants, identities, sessions, users};
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::domain::built_in::ADMINISTRATORS_CONNECTION_ID;
use crate::domain::clock::Timestamp;
use crate::domain::connection::{Connection, Strategy};
use crate::domain::removed::RemovedConnection;

/// Databases bound the parameters of one statement.
pub(super) const ROWS_PER_QUERY: usize = 1_000;

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = connections, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: String,
    name: String,
    strategy: String,
    display_name: String,
    is_enabled: bool,
    is_domain_connection: bool,
    show_as_button: bool,
    realms: String,
    metadata: String,
    options: String,
    client_secret_sealed: Option<String>,
    created_at: i64,
    updated_at: i64,
    version: i64,
    logo_sha256: Option<String>,
}

/// Which connections a list holds; what is absent does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectionFilter {
    /// Any of these; all if empty.
    pub strategies: Vec<Strategy>,
    pub name: Option<String>,
    /// Enabled for this application.
    pub enabled_client: Option<String>,
}

impl Tx<'_> {
    pub fn find_connection(&mut self, id: &str) -> Result<Option<Connection>, StoreError> {
        let id = plain(id)?;
        let row =
            db!(self, |db| connections::table.find(id).select(Row::as_select()).get_result(db).optional())?;
        Ok(self.connections_of_rows(row.into_iter().collect())?.pop())
    }

    pub fn find_connection_by_name(&mut self, name: &str) -> Result<Option<Connection>, StoreError> {
        let name = plain(name)?;
        let row = db!(self, |db| connections::table
            .filter(connections::name.eq(name))
            .select(Row::as_select())
            .get_result(db)
            .optional())?;
        Ok(self.connections_of_rows(row.into_iter().collect())?.pop())
    }

    /// A page of the connections that `filter` lets through, the hub's own aside, sorted by name. `beginning`: the name with
    /// which it begins, where that is known.
    pub fn list_connections(
        &mut self,
        filter: &ConnectionFilter,
        page: &Page,
        beginning: Option<&str>,
    ) -> Result<Paged<Connection>, StoreError> {
        refuse_nul([filter.name.as_deref(), filter.enabled_client.as_deref(), page.after()])?;
        let strategies: Vec<&str> = filter.strategies.iter().map(|strategy| strategy.name()).collect();
        let (rows, total) = db!(self, |db| {
            let matching = || {
                let mut query =
                    connections::table.filter(connections::id.ne(ADMINISTRATORS_CONNECTION_ID)).into_boxed();
                if !strategies.is_empty() {
                    query = query.filter(connections::strategy.eq_any(&strategies));
                }
                if let Some(name) = &filter.name {
                    query = query.filter(connections::name.eq(name));
                }
                if let Some(client_id) = &filter.enabled_client {
                    let enabled = connection_clients::table
                        .filter(connection_clients::client_id.eq(client_id))
                        .select(connection_clients::connection_id);
                    query = query.filter(connections::id.eq_any(enabled));
                }
                query
            };
            let total: Option<i64> =
                if page.wants_total() { Some(matching().count().get_result(db)?) } else { None };
            let mut query = matching();
            if let Some(after) = page.after() {
                query = query.filter(connections::name.gt(after));
            }
            if let Some(beginning) = beginning {
                query = query.filter(connections::name.ge(beginning));
            } else if page.offset() > 0 {
                // An index tells where the page begins; the connections before it stay unread.
                let first = matching().select(connections::name).order(connections::name);
                let first = first.offset(page.offset()).single_value();
                query = query.filter(connections::name.nullable().ge(first));
            }
            let query = query.select(Row::as_select()).order(connections::name);
            let rows: Vec<Row> = Limited { query, limit: page.limit() }.load(db)?;
            Ok((rows, total))
        })?;
        let Paged { items, total, next } = page.cut(rows, total, |row| &row.name);
        Ok(Paged { items: self.connections_of_rows(items)?, total, next })
    }

    /// At most `take` of the connections that an application might use, sorted by name, from behind the name `after` on:
    /// those enabled for it, or for a third-party one those at domain level; disabled ones too.
    pub fn connections_for_client(
        &mut self,
        client_id: &str,
        is_first_party: bool,
        after: &str,
        take: i64,
    ) -> Result<Vec<Connection>, StoreError> {
        let client_id = plain(client_id)?;
        let rows: Vec<Row> = db!(self, |db| {
            let mut query = connections::table.filter(connections::name.gt(after)).into_boxed();
            if is_first_party {
                let enabled = connection_clients::table
                    .filter(connection_clients::client_id.eq(client_id))
                    .select(connection_clients::connection_id);
                query = query.filter(connections::id.eq_any(enabled));
            } else {
                query = query.filter(connections::is_domain_connection.eq(true));
            }
            query.select(Row::as_select()).order(connections::name).limit(take).load(db)
        })?;
        self.connections_of_rows(rows)
    }

    /// The connections with these ids, in no order.
    pub fn connections_with_ids(&mut self, ids: &BTreeSet<String>) -> Result<Vec<Connection>, StoreError> {
        let rows: Vec<Row> = db!(self, |db| connections::table
            .filter(connections::id.eq_any(ids))
            .select(Row::as_select())
            .load(db))?;
        self.connections_of_rows(rows)
    }

    /// # Errors
    /// [`StoreError::Conflict`] if the name or id is taken; [`StoreError::Gone`] if an enabled client does not exist.
    pub fn add_connection(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let row = self.row_of_connection(connection)?;
        db!(self, |db| diesel::insert_into(connections::table).values(row).execute(db))?;
        self.add_routes(connection)?;
        self.add_enabled_clients(connection)?;
        self.count_connection_change(Some(&connection.id))
    }

    /// Stores `connection`, which was read at its `version`, with its domains and enabled clients; returns the new
    /// version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it was changed or removed since; otherwise as [`Tx::add_connection`].
    pub fn change_connection(&mut self, connection: &Connection) -> Result<i64, StoreError> {
        let id = &connection.id;
        let version = connection.version.saturating_add(1);
        let row = Row { version, ..self.row_of_connection(connection)? };
        let changed = db!(self, |db| diesel::update(connections::table)
            .filter(connections::id.eq(id))
            .filter(connections::version.eq(connection.version))
            .set(row)
            .execute(db))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        self.remove_routes(id)?;
        db!(self, |db| diesel::delete(
            connection_clients::table.filter(connection_clients::connection_id.eq(id))
        )
        .execute(db))?;
        self.add_routes(connection)?;
        self.add_enabled_clients(connection)?;
        self.count_connection_change(Some(id))?;
        Ok(version)
    }

    /// Enables (`true`) or disables (`false`) applications; what is so already stays.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if there is no such connection, [`StoreError::Gone`] if there is no such application.
    pub fn enable_clients(
        &mut self,
        connection_id: &str,
        clients: &[(String, bool)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        use connection_clients::dsl;
        refuse_nul(clients.iter().map(|(client_id, _)| Some(client_id.as_str())))?;
        let connection_id = plain(connection_id)?;
        for (client_id, enables) in clients {
            let row = (dsl::connection_id.eq(connection_id), dsl::client_id.eq(client_id));
            db!(self, |db| match enables {
                true => diesel::insert_into(dsl::connection_clients)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(db),
                false => diesel::delete(dsl::connection_clients.find((connection_id, client_id))).execute(db),
            })?;
        }
        let changed = db!(self, |db| diesel::update(connections::table.find(connection_id))
            .set((
                connections::version.eq(connections::version + 1),
                connections::updated_at.eq(now.millis()),
            ))
            .execute(db))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        self.count_connection_change(Some(connection_id))
    }

    /// Removes a connection with its identities, classic accounts, sessions and grants, and the users who have no
    /// identity elsewhere; whether there was one. Whose its name and their ids were is remembered.
    pub fn remove_connection(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let Some(connection) = self.find_connection(id)? else { return Ok(false) };
        self.remember_removed_connection(&RemovedConnection::of(&connection, now))?;
        self.remember_users_of(id, now)?;
        let here = || identities::table.filter(identities::connection_id.eq(id)).select(identities::user_id);
        let elsewhere =
            || identities::table.filter(identities::connection_id.ne(id)).select(identities::user_id);
        db!(self, |db| {
            diesel::delete(grants::table.filter(grants::connection_id.eq(id))).execute(db)?;
            diesel::delete(sessions::table.filter(sessions::connection_id.eq(id))).execute(db)?;
            diesel::delete(users::table)
                .filter(users::user_id.eq_any(here()))
                .filter(users::user_id.ne_all(elsewhere()))
                .execute(db)
        })?;
        // Identities, classic accounts, what led to it and enabled clients go with it.
        let removed = db!(self, |db| diesel::delete(connections::table.find(id)).execute(db))?;
        if removed > 0 {
            self.end_standings();
            self.count_connection_change(Some(id))?;
            self.bump(Changed::Users)?;
            self.bump(Changed::Sessions)?;
        }
        Ok(removed > 0)
    }

    fn add_enabled_clients(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let clients: Vec<_> = connection
            .enabled_clients
            .iter()
            .map(|client_id| {
                (
                    connection_clients::connection_id.eq(&connection.id),
                    connection_clients::client_id.eq(client_id),
                )
            })
            .collect();
        for clients in clients.chunks(ROWS_PER_QUERY) {
            db!(self, |db| diesel::insert_into(connection_clients::table).values(clients).execute(db))?;
        }
        Ok(())
    }

    fn row_of_connection(&self, connection: &Connection) -> Result<Row, StoreError> {
        let texts = [&connection.id, &connection.name, &connection.display_name];
        let clients = connection.enabled_clients.iter();
        refuse_nul(texts.into_iter().chain(clients).map(|text| Some(text.as_str())))?;
        let sealed = connection
            .client_secret
            .as_ref()
            .map(|secret| self.seal(Purpose::ConnectionSecret, &connection.id, secret));
        Ok(Row {
            id: connection.id.clone(),
            name: connection.name.clone(),
            strategy: connection.strategy.name().into(),
            display_name: connection.display_name.clone(),
            is_enabled: connection.is_enabled,
            is_domain_connection: connection.is_domain_connection,
            show_as_button: connection.show_as_button,
            realms: to_json("connections.realms", &connection.realms)?,
            metadata: to_json("connections.metadata", &connection.metadata)?,
            options: to_json("connections.options", &connection.options)?,
            client_secret_sealed: sealed,
            created_at: connection.created_at.millis(),
            updated_at: connection.updated_at.millis(),
            version: connection.version,
            logo_sha256: connection.logo_sha256.clone(),
        })
    }

    /// The connections of `rows`, in their order, with the applications they are enabled for.
    fn connections_of_rows(&mut self, rows: Vec<Row>) -> Result<Vec<Connection>, StoreError> {
        let mut enabled: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for rows in rows.chunks(ROWS_PER_QUERY) {
            let ids = rows.iter().map(|row| row.id.as_str());
            let pairs: Vec<(String, String)> = db!(self, |db| connection_clients::table
                .filter(connection_clients::connection_id.eq_any(ids))
                .load(db))?;
            for (connection_id, client_id) in pairs {
                enabled.entry(connection_id).or_default().insert(client_id);
            }
        }
        rows.into_iter()
            .map(|row| {
                let enabled_clients = enabled.remove(&row.id).unwrap_or_default();
                self.connection_of_row(row, enabled_clients)
            })
            .collect()
    }

    fn connection_of_row(
        &self,
        row: Row,
        enabled_clients: BTreeSet<String>,
    ) -> Result<Connection, StoreError> {
        let client_secret = row
            .client_secret_sealed
            .map(|sealed| {
                self.open(Purpose::ConnectionSecret, &row.id, &sealed, "a connection's client secret")
            })
            .transpose()?;
        Ok(Connection {
            strategy: Strategy::from_name(&row.strategy)
                .ok_or(StoreError::Corrupt { what: "connections.strategy" })?,
            realms: from_json("connections.realms", &row.realms)?,
            metadata: from_json("connections.metadata", &row.metadata)?,
            options: from_json("connections.options", &row.options)?,
            id: row.id,
            name: row.name,
            display_name: row.display_name,
            is_enabled: row.is_enabled,
            is_domain_connection: row.is_domain_connection,
            show_as_button: row.show_as_button,
            enabled_clients,
            client_secret,
            created_at: Timestamp::from_millis(row.created_at),
            updated_at: Timestamp::from_millis(row.updated_at),
            version: row.version,
            logo_sha256: row.logo_sha256,
        })
    }
}
