//! Updates that the database keeps compiled.

use diesel::QueryResult;
use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// An update whose text is always the same.
///
/// Diesel has every update compiled anew, since one with optional columns has many texts. On PostgreSQL that is a round
/// trip of its own.
pub(super) struct Compiled<Q>(pub Q);

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Compiled<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q: Query> Query for Compiled<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Compiled<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, Conn> RunQueryDsl<Conn> for Compiled<Q> {}
