//! An organization's code, typed or named by the application. Guessing does not pay: a wrong one is as if none were
//! given, and of a network with many wrong ones none is looked at for a time.

use crate::domain::audit::Origin;
use crate::domain::client::Client;
use crate::domain::home_realm::OrganizationCode;
use crate::domain::policy;
use crate::domain::realm_index::Lead;
use crate::flows::guesses::{Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::store::StoreError;

/// The code in `text`, if it leads somewhere that `client` may use; or how long to wait before one is looked at.
pub(super) async fn admit_code(
    hub: &Hub,
    client: &Client,
    text: Option<&str>,
    origin: &Origin,
) -> Result<Result<Option<String>, TooManyGuesses>, StoreError> {
    let Some(text) = text else { return Ok(Ok(None)) };
    let guess = match hub.guesses.admit(Guessed::OrganizationCode, origin) {
        Ok(guess) => guess,
        Err(too_many) => return Ok(Err(too_many)),
    };
    if let Some(code) = OrganizationCode::parse(text) {
        for id in hub.directory.connections_listing(Lead::Organization, code.as_str()).await? {
            let connection = hub.directory.connection(&id).await?;
            if policy::may_use(connection.as_deref(), client).is_ok() {
                guess.was_right();
                return Ok(Ok(Some(code.into_string())));
            }
        }
    }
    Ok(Ok(None))
}
