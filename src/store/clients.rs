//! Table `clients`: the applications.

use diesel::prelude::*;

use super::columns::{from_json, plain, refuse_nul, to_json};
use super::error::StoreError;
use super::paging::{Page, Paged};
use super::revisions::Changed;
use super::schema::{clients, grants};
use super::tx::{Tx, db};
use crate::crypto::sealing::Purpose;
use crate::domain::built_in::TERMINAL_CLIENT_ID;
use crate::domain::client::{Client, ClientSecret, ClientSettings};
use crate::domain::clock::Timestamp;

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = clients, primary_key(client_id), treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    client_id: String,
    settings: String,
    client_secret_hash: Option<String>,
    is_management: bool,
    created_at: i64,
    updated_at: i64,
    version: i64,
    client_secret_sealed: Option<String>,
    client_secret_created_at: Option<i64>,
    previous_secret_hash: Option<String>,
    previous_secret_sealed: Option<String>,
    previous_secret_created_at: Option<i64>,
    previous_secret_expires_at: Option<i64>,
    registration_token_hash: Option<String>,
}

impl Row {
    fn of(tx: &Tx<'_>, client: &Client) -> Result<Self, StoreError> {
        let (current, previous) = (client.secret.as_ref(), client.previous_secret.as_ref());
        let hash = |secret: Option<&ClientSecret>| secret.map(|secret| secret.hash.clone());
        let created_at = |secret: Option<&ClientSecret>| secret.map(|secret| secret.created_at.millis());
        let sealed = |secret: Option<&ClientSecret>| {
            let readable = secret.and_then(|secret| secret.readable.as_ref());
            readable.map(|readable| tx.seal(Purpose::ClientSecret, &client.client_id, readable))
        };
        let hashes = [current, previous].map(|secret| secret.map(|secret| secret.hash.as_str()));
        refuse_nul(hashes.into_iter().chain([Some(client.client_id.as_str())]))?;
        Ok(Self {
            client_id: client.client_id.clone(),
            settings: to_json("clients.settings", &client.settings)?,
            client_secret_hash: hash(current),
            client_secret_sealed: sealed(current),
            client_secret_created_at: created_at(current),
            previous_secret_hash: hash(previous),
            previous_secret_sealed: sealed(previous),
            previous_secret_created_at: created_at(previous),
            previous_secret_expires_at: previous
                .and_then(|secret| secret.expires_at)
                .map(|expires_at| expires_at.millis()),
            registration_token_hash: client.registration_token_hash.clone(),
            is_management: client.is_management,
            created_at: client.created_at.millis(),
            updated_at: client.updated_at.millis(),
            version: client.version,
        })
    }

    fn client(self, tx: &Tx<'_>) -> Result<Client, StoreError> {
        let open = |sealed: Option<&String>| {
            let opened = sealed.map(|sealed| {
                tx.open(Purpose::ClientSecret, &self.client_id, sealed, "an application's client secret")
            });
            opened.transpose()
        };
        let secret = match self.client_secret_hash {
            Some(hash) => Some(ClientSecret {
                hash,
                readable: open(self.client_secret_sealed.as_ref())?,
                // One made by an older release is as old as its application, as far as we know.
                created_at: Timestamp::from_millis(self.client_secret_created_at.unwrap_or(self.created_at)),
                expires_at: None,
            }),
            None => None,
        };
        let previous_secret = match self.previous_secret_hash {
            Some(hash) => Some(ClientSecret {
                hash,
                readable: open(self.previous_secret_sealed.as_ref())?,
                created_at: Timestamp::from_millis(
                    self.previous_secret_created_at.unwrap_or(self.created_at),
                ),
                expires_at: Some(Timestamp::from_millis(self.previous_secret_expires_at.unwrap_or(0))),
            }),
            None => None,
        };
        Ok(Client {
            settings: from_json::<ClientSettings>("clients.settings", &self.settings)?.in_step(),
            secret,
            previous_secret,
            registration_token_hash: self.registration_token_hash,
            client_id: self.client_id,
            is_management: self.is_management,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
        })
    }
}

impl Tx<'_> {
    pub fn find_client(&mut self, client_id: &str) -> Result<Option<Client>, StoreError> {
        let id = plain(client_id)?;
        let row = db!(self, |db| clients::table.find(id).select(Row::as_select()).get_result(db).optional())?;
        row.map(|row| row.client(self)).transpose()
    }

    /// A page of all applications but the hub's own, sorted by `client_id`.
    pub fn list_clients(&mut self, page: &Page) -> Result<Paged<Client>, StoreError> {
        refuse_nul([page.after()])?;
        let listed = || clients::table.filter(clients::client_id.ne(TERMINAL_CLIENT_ID));
        let total = match page.wants_total() {
            true => Some(db!(self, |db| listed().count().get_result(db))?),
            false => None,
        };
        let rows: Vec<Row> = db!(self, |db| {
            let mut query = listed().select(Row::as_select()).into_boxed();
            if let Some(after) = page.after() {
                query = query.filter(clients::client_id.gt(after));
            }
            query.order(clients::client_id).limit(page.limit()).offset(page.offset()).load(db)
        })?;
        page.cut(rows, total, |row| &row.client_id).try_map(|row| row.client(self))
    }

    pub fn add_client(&mut self, client: &Client) -> Result<(), StoreError> {
        let row = Row::of(self, client)?;
        db!(self, |db| diesel::insert_into(clients::table).values(row).execute(db))?;
        self.bump(Changed::Clients)
    }

    /// Stores `client`, which was read at its `version`, and returns the new version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it was changed or removed since.
    pub fn change_client(&mut self, client: &Client) -> Result<i64, StoreError> {
        let version = client.version.saturating_add(1);
        let row = Row { version, ..Row::of(self, client)? };
        let changed = db!(self, |db| diesel::update(clients::table)
            .filter(clients::client_id.eq(&client.client_id))
            .filter(clients::version.eq(client.version))
            .set(row)
            .execute(db))?;
        if changed == 0 {
            return Err(StoreError::Stale);
        }
        self.bump(Changed::Clients)?;
        Ok(version)
    }

    /// Removes an application with its grants, its consents and its place at connections; whether there was one.
    pub fn remove_client(&mut self, client_id: &str) -> Result<bool, StoreError> {
        let client_id = plain(client_id)?;
        db!(self, |db| diesel::delete(grants::table.filter(grants::client_id.eq(client_id))).execute(db))?;
        // Its consents and its rows in connection_clients go with it.
        let removed = db!(self, |db| diesel::delete(clients::table.find(client_id)).execute(db))?;
        if removed > 0 {
            self.end_standings();
            self.bump(Changed::Clients)?;
            self.count_connection_change(None)?;
        }
        Ok(removed > 0)
    }
}
