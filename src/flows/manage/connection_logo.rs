//! A connection gets a logo, uploaded or fetched, or loses it.

use super::built_in::find_changeable;
use super::commit::commit;
use super::record::{self, Target};
use super::{Actor, Expected, ManageError, Resource};
use crate::domain::connection::Connection;
use crate::domain::logo::Logo;
use crate::flows::hub::Hub;
use crate::store::StoreError;
use crate::upstream::PublicDocument;

/// Where a logo comes from.
#[derive(Debug)]
pub enum LogoSource {
    File(Vec<u8>),
    /// Fetched once, through the guard of providers; nothing is loaded from there afterwards.
    Address(String),
}

/// Gives the connection the logo, drawn anew from what was given.
///
/// # Errors
/// [`ManageError::Invalid`] if it is no picture that is taken, or cannot be fetched; [`ManageError::NotFound`],
/// [`ManageError::Changed`].
pub async fn set_connection_logo(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    source: LogoSource,
    expected: Expected,
) -> Result<Connection, ManageError> {
    let wanted = id.to_owned();
    if hub.store.read(move |tx| tx.find_connection(&wanted)).await?.is_none() {
        return Err(ManageError::NotFound(Resource::Connection));
    }
    let (file, property) = match source {
        LogoSource::File(file) => (file, "logo"),
        LogoSource::Address(url) => (fetch(hub, &url).await?, "url"),
    };
    let read = tokio::task::spawn_blocking(move || Logo::read(&file)).await;
    let logo = read
        .map_err(|_| StoreError::Interrupted)?
        .map_err(|problem| ManageError::invalid(property, problem.to_string()))?;
    change(hub, actor, "Set a connection's logo", id, Some(logo), expected).await
}

/// Takes the logo away; the button shows the first letter of the connection's name again.
///
/// # Errors
/// [`ManageError::NotFound`], [`ManageError::Changed`].
pub async fn remove_connection_logo(
    hub: &Hub,
    actor: &Actor,
    id: &str,
    expected: Expected,
) -> Result<Connection, ManageError> {
    change(hub, actor, "Remove a connection's logo", id, None, expected).await
}

async fn fetch(hub: &Hub, url: &str) -> Result<Vec<u8>, ManageError> {
    let fetched = hub.upstream.fetch_public(PublicDocument::Logo, url).await;
    let document = fetched.map_err(|error| {
        ManageError::invalid("url", format!("cannot be read ({error}). {}", error.advice))
    })?;
    Ok(document.body)
}

async fn change(
    hub: &Hub,
    actor: &Actor,
    what: &'static str,
    id: &str,
    logo: Option<Logo>,
    expected: Expected,
) -> Result<Connection, ManageError> {
    let now = hub.clock.now();
    let entry = record::change(hub, actor, what);
    let wanted = id.to_owned();
    let changed = commit(hub, Resource::Connection, entry, move |tx, entry| {
        let current = find_changeable(tx, &wanted)?;
        record::name(entry, Target::Connection(&current));
        expected.check(Resource::Connection, current.version)?;
        match &logo {
            Some(logo) => tx.put_connection_logo(&wanted, logo)?,
            None => tx.remove_connection_logo(&wanted)?,
        }
        let logo_sha256 = logo.as_ref().map(|logo| logo.sha256.clone());
        let connection = Connection { logo_sha256, updated_at: now, ..current };
        let version = tx.change_connection(&connection)?;
        Ok(Connection { version, ..connection })
    })
    .await?;
    hub.directory.forget_connection(id);
    Ok(changed)
}
