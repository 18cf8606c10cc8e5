//! The pool of connections to PostgreSQL. One that did its work a moment ago is taken without asking whether it is still
//! there: that would be a round trip of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::r2d2::{ConnectionManager, Error as PoolError, ManageConnection};

/// A connection is believed to be there for this long.
const TRUST: Duration = Duration::from_secs(1);

/// Opens connections, and looks at those that have been idle.
pub(super) struct Manager {
    postgres: ConnectionManager<PgConnection>,
    losses: Losses,
}

/// How often a connection turned out to be gone: a restart of the database takes all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses(Arc<AtomicU64>);

impl Losses {
    /// From now on no connection is believed to be there before it has been asked.
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

pub(super) struct Pooled {
    pub(super) db: PgConnection,
    /// When it last did its work, and how many losses there were by then.
    worked: Option<(Instant, u64)>,
    /// Whether it was asked before it was taken.
    was_asked: bool,
    losses: Losses,
}

impl Pooled {
    /// It did its work, whatever that ended in.
    pub(super) fn has_worked(&mut self) {
        self.worked = Some((Instant::now(), self.losses.0.load(Ordering::Acquire)));
    }

    pub(super) const fn was_asked(&self) -> bool {
        self.was_asked
    }
}

impl Manager {
    pub(super) fn new(url: String, losses: Losses) -> Self {
        Self { postgres: ConnectionManager::new(url), losses }
    }
}

impl ManageConnection for Manager {
    type Connection = Pooled;
    type Error = PoolError;

    fn connect(&self) -> Result<Pooled, PoolError> {
        let db = self.postgres.connect()?;
        Ok(Pooled { db, worked: None, was_asked: true, losses: self.losses.clone() })
    }

    /// Before it is taken. What it is taken for has to say that it worked, or it is asked the next time.
    fn is_valid(&self, pooled: &mut Pooled) -> Result<(), PoolError> {
        let losses = self.losses.0.load(Ordering::Acquire);
        let worked = pooled.worked.take();
        let is_trusted = worked.is_some_and(|(at, then)| then == losses && at.elapsed() < TRUST);
        pooled.was_asked = !is_trusted;
        if is_trusted { Ok(()) } else { self.postgres.is_valid(&mut pooled.db) }
    }

    fn has_broken(&self, pooled: &mut Pooled) -> bool {
        self.postgres.has_broken(&mut pooled.db)
    }
}
