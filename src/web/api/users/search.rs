//! `q`: the searches that are answered by an index, in Auth0's notation.

use serde_json::Value;

use super::{Known, all_told, with_identities};
use crate::flows::hub::Hub;
use crate::store::{Page, Paged, StoreError, Tx, UserFilter};
use crate::web::api::query::Query;

/// What a list of users is narrowed down to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    pub email: Option<String>,
    /// The connection's name.
    pub connection: Option<String>,
}

const SUPPORTED: &str =
    "must be email:\"…\" or identities.connection:\"…\", or both with AND; nothing else can be searched for";

impl Search {
    /// Reads `q`, and `search_engine`, which has one value.
    pub(super) fn read(query: &mut Query) -> Self {
        if query.one("search_engine").is_some_and(|engine| engine != "v3") {
            query.refuse("search_engine", "must be v3");
        }
        let Some(q) = query.one("q") else { return Self::default() };
        Self::parse(&q).unwrap_or_else(|| {
            query.refuse("q", SUPPORTED);
            Self::default()
        })
    }

    fn parse(q: &str) -> Option<Self> {
        let mut search = Self::default();
        for term in q.split(" AND ") {
            let (name, value) = term.trim().split_once(':')?;
            let value = value.strip_prefix('"')?.strip_suffix('"')?;
            if value.is_empty() || value.contains(['"', '\\', '*']) {
                return None;
            }
            let place = match name {
                "email" => &mut search.email,
                "identities.connection" => &mut search.connection,
                _ => return None,
            };
            if place.replace(value.to_owned()).is_some() {
                return None;
            }
        }
        Some(search)
    }
}

/// A page of users, as the API shows them.
pub(super) async fn find_users(hub: &Hub, search: Search, page: Page) -> Result<Paged<Value>, StoreError> {
    let Paged { items, total, next } = hub.store.read(move |tx| read_users(tx, &search, &page)).await?;
    Ok(Paged { items: all_told(hub, items).await?, total, next })
}

fn read_users(tx: &mut Tx<'_>, search: &Search, page: &Page) -> Result<Paged<Known>, StoreError> {
    let mut filter = UserFilter { email: search.email.clone(), connection_id: None };
    if let Some(name) = &search.connection {
        let Some(connection) = tx.find_connection_by_name(name)? else {
            return Ok(Paged::nothing());
        };
        filter.connection_id = Some(connection.id);
    }
    let Paged { items, total, next } = tx.list_users(&filter, page)?;
    Ok(Paged { items: with_identities(tx, items)?, total, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_indexed_searches_are_understood() {
        let text = |value: &str| Some(value.to_owned());
        for (q, expected) in [
            (
                "email:\"ada@acme.example\"",
                Some(Search { email: text("ada@acme.example"), connection: None }),
            ),
            ("identities.connection:\"acme\"", Some(Search { email: None, connection: text("acme") })),
            (
                "email:\"a@b.example\" AND identities.connection:\"acme\"",
                Some(Search { email: text("a@b.example"), connection: text("acme") }),
            ),
            ("email:ada@acme.example", None),
            ("email:\"ada*\"", None),
            ("name:\"Ada\"", None),
            ("email:\"a\" OR email:\"b\"", None),
            ("email:\"a\" AND email:\"b\"", None),
            ("NOT email:\"a\"", None),
            ("email:\"\"", None),
            ("ada", None),
        ] {
            assert_eq!(Search::parse(q), expected, "{q}");
        }
    }
}
