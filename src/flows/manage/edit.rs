//! What every change of an existing resource shares: the version it expects, and what to do when it lost a race.

use crate::store::StoreError;

use super::{ManageError, Resource};

/// Which versions of a resource a change may be made to: `If-Match` (RFC 9110 §13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    Any,
    OneOf(Vec<i64>),
}

impl Expected {
    /// # Errors
    /// [`ManageError::Changed`] if `version` is none of the expected ones.
    pub(super) fn check(&self, resource: Resource, version: i64) -> Result<(), ManageError> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&version) => Ok(()),
            Self::OneOf(_) => Err(ManageError::Changed(resource)),
        }
    }
}

/// How often a change that lost against a simultaneous one is merged into what is stored by then.
const ATTEMPTS: usize = 4;

/// Makes a change again that lost a race. With `If-Match` the repetition finds another version and says so.
pub(super) async fn settle_races<T>(
    resource: Resource,
    mut attempt: impl AsyncFnMut() -> Result<T, ManageError>,
) -> Result<T, ManageError> {
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(ManageError::Store(StoreError::Stale)) => {}
            outcome => return outcome,
        }
    }
    match attempt().await {
        Err(ManageError::Store(StoreError::Stale)) => Err(ManageError::Changed(resource)),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_expected_version_may_be_changed() {
        assert!(Expected::Any.check(Resource::User, 3).is_ok());
        assert!(Expected::OneOf(vec![2, 3]).check(Resource::User, 3).is_ok());
        for versions in [vec![], vec![2]] {
            let refused = Expected::OneOf(versions).check(Resource::User, 3);
            assert!(matches!(refused, Err(ManageError::Changed(Resource::User))));
        }
    }
}
