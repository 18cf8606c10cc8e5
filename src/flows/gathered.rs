//! What is gathered from all records of a kind, and gathered again when the directory has forgotten.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::store::StoreError;

/// As of one generation of the directory.
pub(super) struct Gathered<T> {
    /// One reader at a time: the others find what it read.
    known: Mutex<Option<(u64, Arc<T>)>>,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        Self { known: Mutex::default() }
    }
}

impl<T> Gathered<T> {
    /// What there is at `generation`, read again by `read` if what is held is of another one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn at<F>(&self, generation: u64, read: impl FnOnce() -> F) -> Result<Arc<T>, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut known = self.known.lock().await;
        if let Some((of, gathered)) = known.as_ref()
            && *of == generation
        {
            return Ok(Arc::clone(gathered));
        }
        let gathered = Arc::new(read().await?);
        *known = Some((generation, Arc::clone(&gathered)));
        Ok(gathered)
    }
}
