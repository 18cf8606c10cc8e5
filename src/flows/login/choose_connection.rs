//! The person says where they belong: by an address, by their organization's code, or by a button.

use crate::domain::client::Client;
use crate::domain::connection::Strategy;
use crate::domain::home_realm::EmailDomain;
use crate::domain::limits;
use crate::domain::login::{Login, NotTaken, Progress};
use crate::domain::offer::{Offer, Way};
use crate::domain::policy::Refusal;
use crate::flows::guesses::TooManyGuesses;
use crate::flows::hub::Hub;
use crate::store::StoreError;

use super::LoginError;
use super::browser::{Browser, ButtonSearch, ConnectionChoice, Outcome, ScreenError, open_login};
use super::continue_login::{continue_login, continue_with};
use super::organization_code::admit_code;

/// What the login page offers.
pub(super) struct Offers {
    pub buttons: Vec<ConnectionChoice>,
    /// Where there are too many buttons for a page.
    pub search: Option<ButtonSearch>,
    /// An e-mail address leads somewhere.
    pub asks_email: bool,
    /// So does an organization's code.
    pub asks_organization: bool,
    /// The name of the only connection, which has classic accounts.
    pub account_of: Option<String>,
}

impl Offers {
    /// The buttons are those whose name contains `wanted`, where not all of them fit on a page.
    pub(super) async fn to(hub: &Hub, client: &Client, wanted: Option<&str>) -> Result<Self, StoreError> {
        Ok(Self::of(&*hub.directory.offer_of(client).await?, wanted.unwrap_or_default().trim()))
    }

    fn of(offer: &Offer, wanted: &str) -> Self {
        let (mut buttons, mut search) = (Vec::new(), None);
        if offer.button_count() <= limits::LOGIN_BUTTONS {
            buttons.extend(offer.buttons().map(|way| button(way)));
        } else {
            let wanted: String = wanted.chars().take(limits::BUTTON_SEARCH_CHARACTERS).collect();
            if !wanted.is_empty() {
                buttons.extend(offer.buttons_called(&wanted).take(limits::LOGIN_BUTTONS + 1).map(button));
            }
            let has_more = buttons.len() > limits::LOGIN_BUTTONS;
            buttons.truncate(limits::LOGIN_BUTTONS);
            search = Some(ButtonSearch { wanted, has_more });
        }
        let only = offer.only().filter(|way| way.strategy == Strategy::Local);
        Self {
            buttons,
            search,
            asks_email: offer.asks_email(),
            asks_organization: offer.asks_organization(),
            account_of: only.map(|way| way.display_name.clone()),
        }
    }
}

fn button(way: &Way) -> ConnectionChoice {
    ConnectionChoice {
        name: way.name.clone(),
        display_name: way.display_name.clone(),
        icon_url: way.icon_url.clone(),
    }
}

/// The person typed an e-mail address.
///
/// # Errors
/// [`LoginError`].
pub async fn identify_by_email(
    hub: &Hub,
    login_id: &str,
    typed: &str,
    remembers_choice: bool,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = identify_anew(hub, login_id, remembers_choice, browser).await?;
    let Ok((email, _)) = EmailDomain::of(typed) else {
        let typed = typed.trim();
        let problem = if typed.is_empty() { ScreenError::EmailMissing } else { ScreenError::EmailMalformed };
        login.typed_email = Some(typed.chars().take(limits::EMAIL_BYTES).collect());
        return continue_with(hub, login, browser, Some(problem)).await;
    };
    login.typed_email = Some(email);
    continue_with(hub, login, browser, Some(ScreenError::NoConnectionForEmail)).await
}

/// The person typed the code of their organization.
///
/// # Errors
/// [`LoginError`].
pub async fn identify_by_organization(
    hub: &Hub,
    login_id: &str,
    typed: &str,
    remembers_choice: bool,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let mut login = identify_anew(hub, login_id, remembers_choice, browser).await?;
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    let (code, problem) = match admit_code(hub, &client, Some(typed), &browser.origin).await? {
        Ok(code) => (code, ScreenError::NoConnectionForCode),
        Err(TooManyGuesses { seconds }) => (None, ScreenError::TooManyCodes { seconds }),
    };
    login.typed_organization = code;
    continue_with(hub, login, browser, Some(problem)).await
}

/// Whoever says who they are has chosen nothing yet.
async fn identify_anew(
    hub: &Hub,
    login_id: &str,
    remembers_choice: bool,
    browser: &Browser,
) -> Result<Login, LoginError> {
    let login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    let again = login.start_over().map_err(|_| LoginError::AlreadyUsed)?;
    Ok(Login { remembers_choice, ..again })
}

/// The person pressed a connection's button.
///
/// # Errors
/// [`LoginError`].
pub async fn choose_named_connection(
    hub: &Hub,
    login_id: &str,
    name: &str,
    browser: &Browser,
) -> Result<Outcome, LoginError> {
    let login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    let client = hub.directory.client(&login.request.client_id).await?.ok_or(LoginError::UnknownClient)?;
    let connection = hub.directory.connection_named(name).await?;
    let chosen = match &connection {
        Some(connection) => login.clone().choose(connection, &client),
        None => Err(NotTaken::Refused(Refusal::ConnectionGone)),
    };
    match chosen {
        Ok(chosen) => continue_login(hub, chosen, browser).await,
        Err(NotTaken::WrongStep(_)) => Err(LoginError::AlreadyUsed),
        // Neither another application's connection, nor one that this application did not ask for, is chosen by naming it.
        Err(NotTaken::Refused(_)) => {
            continue_with(hub, login, browser, Some(ScreenError::NoConnectionForEmail)).await
        }
    }
}

/// The person wants another address or provider.
///
/// # Errors
/// [`LoginError`].
pub async fn start_over(hub: &Hub, login_id: &str, browser: &Browser) -> Result<Outcome, LoginError> {
    let login = open_login(hub, browser, login_id, hub.clock.now()).await?;
    match login.progress {
        Progress::Proven(_) | Progress::SignedIn { .. } => continue_login(hub, login, browser).await,
        Progress::Accepted | Progress::ConnectionChosen { .. } | Progress::AtProvider(_) => {
            let again = login.start_over().map_err(|_| LoginError::AlreadyUsed)?;
            let login = Login { wants_other_way: true, ..again };
            continue_login(hub, login, browser).await
        }
    }
}
