//! What is right and wrong with a connection's provider, for whoever may see the connection's pages.

use crate::domain::diagnosis::Diagnosis;
use crate::flows::connection_access::connection_access;
use crate::flows::diagnoses::{self, NotDiagnosed};
use crate::flows::hub::Hub;
use crate::flows::login::{Browser, LoginError};

/// What a connection's page of checks is about.
#[derive(Clone, Debug)]
pub struct Checks {
    pub display_name: String,
    /// `None` where none could be made.
    pub diagnosis: Option<Diagnosis>,
}

/// What was found out last about the provider of the connection `name`, if `ticket` opens its pages, or an administrator
/// is signed in in this browser.
///
/// # Errors
/// [`LoginError::Store`].
pub async fn show_checks(
    hub: &Hub,
    name: &str,
    ticket: Option<&str>,
    browser: &Browser,
) -> Result<Option<Checks>, LoginError> {
    let Some((connection, _)) = connection_access(hub, name, ticket, browser).await? else { return Ok(None) };
    let diagnosis = match diagnoses::last_known(hub, &connection).await {
        Ok(diagnosis) => Some(diagnosis),
        Err(NotDiagnosed::TooOften) => None,
        Err(NotDiagnosed::Store(error)) => return Err(error.into()),
    };
    Ok(Some(Checks { display_name: connection.display_name.clone(), diagnosis }))
}

/// Checks the connection again, unless that was done a moment ago: whether it was done now. `None` as in [`show_checks`].
///
/// # Errors
/// [`LoginError::Store`].
pub async fn check_again(
    hub: &Hub,
    name: &str,
    ticket: Option<&str>,
    browser: &Browser,
) -> Result<Option<bool>, LoginError> {
    let Some((connection, _)) = connection_access(hub, name, ticket, browser).await? else { return Ok(None) };
    match diagnoses::check_again(hub, &connection).await {
        Ok((_, is_new)) => Ok(Some(is_new)),
        Err(NotDiagnosed::TooOften) => Ok(Some(false)),
        Err(NotDiagnosed::Store(error)) => Err(error.into()),
    }
}
