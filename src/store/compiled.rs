//! Statements that the database keeps compiled, and does not plan anew.

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

/// `query` without a limit of its own, and at most `limit` rows of it.
///
/// Diesel passes a limit as a value. Then PostgreSQL plans the statement anew at every use, because it expects a limit
/// that it does not know to be a tenth of the table. In the text it is one of a few sizes of pages.
pub(super) struct Limited<Q> {
    pub query: Q,
    pub limit: i64,
}

impl<Q: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Limited<Q> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(pass.reborrow())?;
        pass.push_sql(" LIMIT ");
        pass.push_sql(&self.limit.to_string());
        Ok(())
    }
}

impl<Q: Query> Query for Limited<Q> {
    type SqlType = Q::SqlType;
}

impl<Q> QueryId for Limited<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, Conn> RunQueryDsl<Conn> for Limited<Q> {}
