//! Which version of a resource a change may be made to.

use super::{ManageError, Resource};

/// `If-Match` (RFC 9110 §13.1.1).
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
