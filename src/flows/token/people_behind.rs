//! Who stands behind a grant, remembered for a moment: an API asks about the same token again and again.

use std::sync::Arc;

use moka::sync::Cache;

use crate::domain::clock::Timestamp;
use crate::domain::grant::Grant;
use crate::domain::limits;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::{Store, StoreError};

/// A grant with its user and session, as read from the database. Whether they are good is the caller's question, at
/// every use.
#[derive(Debug)]
pub struct PeopleBehind {
    pub grant: Grant,
    pub user: Option<User>,
    pub session: Option<Session>,
    /// Of grants for an API; nothing else asks.
    pub is_administrator: bool,
}

/// Remembered until this node ends anything, and in any case no longer than other nodes may take to notice a change.
pub struct RememberedPeople {
    by_grant: Cache<String, Remembered>,
}

#[derive(Clone)]
struct Remembered {
    people: Arc<PeopleBehind>,
    endings: u64,
    read_at: Timestamp,
}

impl Default for RememberedPeople {
    fn default() -> Self {
        Self { by_grant: Cache::new(limits::REMEMBERED_GRANTS) }
    }
}

impl RememberedPeople {
    /// The grant with this id and who stands behind it.
    ///
    /// # Errors
    /// [`StoreError`] when they are not in memory and the database does not answer.
    pub async fn find(
        &self,
        store: &Store,
        grant_id: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<PeopleBehind>>, StoreError> {
        // Before the database is read: what ends meanwhile is then not mistaken for what was read.
        let endings = store.endings();
        if let Some(known) = self.by_grant.get(grant_id)
            && known.endings == endings
            && (0..limits::GRANT_MEMORY_MILLIS).contains(&now.millis().saturating_sub(known.read_at.millis()))
        {
            return Ok(Some(known.people));
        }
        let id = grant_id.to_owned();
        let found = store
            .read(move |tx| {
                let Some((grant, user, session)) = tx.find_grant_with_person(&id)? else { return Ok(None) };
                let is_administrator = grant.audience.is_some() && tx.is_administrator(&grant.user_id)?;
                Ok::<_, StoreError>(Some(PeopleBehind { grant, user, session, is_administrator }))
            })
            .await?;
        let Some(people) = found.map(Arc::new) else { return Ok(None) };
        let remembered = Remembered { people: Arc::clone(&people), endings, read_at: now };
        self.by_grant.insert(grant_id.to_owned(), remembered);
        Ok(Some(people))
    }
}
