//! Whether the person before a browser manages the hub.

use crate::domain::user::User;
use crate::flows::hub::Hub;
use crate::flows::login::{Browser, LoginError, find_signed_in};

/// The administrator who is signed in in this browser; `None` if nobody is, or somebody else.
///
/// Asked anew of the database each time, so that whoever is blocked, removed or signed out is none at once.
///
/// # Errors
/// [`LoginError::Store`].
pub async fn administrator_of(hub: &Hub, browser: &Browser) -> Result<Option<User>, LoginError> {
    let Some(signed_in) = find_signed_in(hub, browser, hub.clock.now()).await? else { return Ok(None) };
    if signed_in.user.is_blocked || !signed_in.connection.is_some_and(|connection| connection.is_enabled) {
        return Ok(None);
    }
    let user_id = signed_in.user.user_id.clone();
    let is_administrator = hub.store.read(move |tx| tx.is_administrator(&user_id)).await?;
    Ok(is_administrator.then_some(signed_in.user))
}
