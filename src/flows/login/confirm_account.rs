//! `prompt=select_account`: the person continues as who they are, or as somebody else.

use crate::flows::hub::Hub;

use super::LoginError;
use super::browser::{Browser, Outcome, open_login};
use super::continue_login::continue_login;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChoice {
    Continue,
    Another,
}

/// Records the choice.
///
/// # Errors
/// [`LoginError`].
pub async fn confirm_account(
    hub: &Hub,
    login_id: &str,
    choice: AccountChoice,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    match choice {
        AccountChoice::Continue => login.is_account_confirmed = true,
        AccountChoice::Another => {
            login.wants_other_account = true;
            login.stays_as = None;
            login.request.login_hint = None;
        }
    }
    continue_login(hub, login, browser).await
}
