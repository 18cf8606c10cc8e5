//! What a browser brings to a login step, and what it takes away.

use url::Url;

use crate::crypto::digest;
use crate::crypto::sealing::Purpose;
use crate::domain::audit::Origin;
use crate::domain::clock::Timestamp;
use crate::domain::limits;
use crate::domain::login::{Login, ParkedBy};
use crate::domain::resource_server::ApiScope;
use crate::domain::secret::Secret;
use crate::flows::hub::Hub;
use crate::flows::places::{self, Kept};
use crate::protocol::authorization_response::AuthorizationResponse;
use crate::store::{RequestToPark, Tx};

use super::LoginError;

/// What the browser sent with a request.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Sealed logins in progress.
    pub logins: Vec<SealedLogin>,
    pub session_token: Option<Secret>,
    /// The sealed choice that this browser remembers.
    pub remembered_choice: Option<String>,
    /// The sealed list of classic accounts to which this browser is known.
    pub known_accounts: Option<String>,
    /// The page loads inside a frame of another: nobody can be asked anything there, and no provider may be.
    pub is_framed: bool,
    pub origin: Origin,
}

/// One login's cookie: its id is in the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedLogin {
    pub id: String,
    pub value: String,
}

/// What the answer changes in the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CookieChanges {
    pub keep_login: Option<SealedLogin>,
    /// Ids of logins that are over.
    pub drop_logins: Vec<String>,
    pub keep_session: Option<Secret>,
    pub choice: Option<ChoiceChange>,
    /// The sealed list of classic accounts to which the browser is known from now on.
    pub known_accounts: Option<String>,
}

/// What becomes of the choice that the browser remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChoiceChange {
    /// The sealed value of its cookie.
    Remember(String),
    Forget,
}

/// The end of a step.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub view: View,
    pub cookies: CookieChanges,
}

/// What the browser sees next.
#[derive(Clone, Debug)]
pub enum View {
    Screen(Screen),
    /// To the provider.
    Depart(String),
    /// Back to the application.
    Answer(AuthorizationResponse),
}

/// A button that leads to a connection.
#[derive(Clone, Debug)]
pub struct ConnectionChoice {
    pub name: String,
    pub display_name: String,
    pub icon_url: Option<String>,
}

/// A search among more buttons than fit on a page.
#[derive(Clone, Debug)]
pub struct ButtonSearch {
    /// Part of a name; empty before the person has looked for any.
    pub wanted: String,
    /// More have such a name than are shown.
    pub has_more: bool,
}

/// A page of the login, as facts; the words are the view's.
#[derive(Clone, Debug)]
pub struct Screen {
    pub login_id: String,
    pub client_name: String,
    pub client_logo: Option<String>,
    /// The languages the application, or the person, asked for.
    pub ui_locales: Option<String>,
    pub kind: ScreenKind,
}

/// Who asks a person for what.
#[derive(Clone, Debug)]
pub struct ConsentScreen {
    /// Where the person goes on; `None` if that is at a device.
    pub client_host: Option<String>,
    /// The code that the device shows, if one asks.
    pub device_code: Option<String>,
    pub is_third_party: bool,
    pub policy_uri: Option<String>,
    pub tos_uri: Option<String>,
    pub display_name: String,
    pub email: String,
    pub picture: Option<String>,
    /// Scopes of OpenID Connect.
    pub scopes: Vec<String>,
    /// The API, by name, and its scopes.
    pub api: Option<(String, Vec<ApiScope>)>,
    /// `authorization_details` (RFC 9396): the type of each, and every value in it with its path.
    pub details: Vec<(String, Vec<(String, String)>)>,
    /// The person has let the application have something before, and this comes on top.
    pub is_more: bool,
}

/// A person as a page shows them.
#[derive(Clone, Debug)]
pub struct Shown {
    pub display_name: String,
    pub email: String,
    pub picture: Option<String>,
    /// The name of the connection through which they came.
    pub connection: String,
}

/// Somebody is signed in, and somebody else has just proven who they are.
#[derive(Clone, Debug)]
pub struct SwitchScreen {
    pub signed_in: Shown,
    pub proven: Shown,
}

#[derive(Clone, Debug)]
pub enum ScreenKind {
    /// E-mail first, and buttons.
    Identify {
        email: String,
        error: Option<ScreenError>,
        buttons: Vec<ConnectionChoice>,
        search: Option<ButtonSearch>,
        asks_email: bool,
        asks_organization: bool,
        /// Whose account is asked for, where only one kind leads in.
        account_of: Option<String>,
    },
    /// Several connections serve the domain.
    Choose {
        email: String,
        connections: Vec<ConnectionChoice>,
    },
    /// The browser remembers this connection.
    Remembered {
        connection: ConnectionChoice,
    },
    Password {
        email: String,
        /// The connection whose account this is.
        account_of: String,
        error: Option<ScreenError>,
    },
    Account {
        display_name: String,
        email: String,
        picture: Option<String>,
    },
    Switch(Box<SwitchScreen>),
    Consent(Box<ConsentScreen>),
}

/// What a page says went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenError {
    EmailMissing,
    EmailMalformed,
    NoConnectionForEmail,
    NoConnectionForCode,
    PasswordMissing,
    WrongCredentials,
    /// The next password may come in so many seconds.
    TooManyAttempts {
        seconds: u64,
    },
    /// The next organization's code may come in so many seconds.
    TooManyCodes {
        seconds: u64,
    },
}

impl ScreenError {
    /// Whether it is about the password page; otherwise it is about the first one.
    pub(super) const fn is_about_password(self) -> bool {
        match self {
            Self::PasswordMissing | Self::WrongCredentials | Self::TooManyAttempts { .. } => true,
            Self::EmailMissing
            | Self::EmailMalformed
            | Self::NoConnectionForEmail
            | Self::NoConnectionForCode
            | Self::TooManyCodes { .. } => false,
        }
    }

    /// Seconds until the same may be tried again, where it was not looked at.
    pub const fn wait(self) -> Option<u64> {
        match self {
            Self::TooManyAttempts { seconds } | Self::TooManyCodes { seconds } => Some(seconds),
            Self::EmailMissing
            | Self::EmailMalformed
            | Self::NoConnectionForEmail
            | Self::NoConnectionForCode
            | Self::PasswordMissing
            | Self::WrongCredentials => None,
        }
    }
}

impl Screen {
    /// What the page says went wrong with the last input.
    pub fn error(&self) -> Option<ScreenError> {
        match self.kind {
            ScreenKind::Identify { error, .. } | ScreenKind::Password { error, .. } => error,
            ScreenKind::Choose { .. }
            | ScreenKind::Remembered { .. }
            | ScreenKind::Account { .. }
            | ScreenKind::Switch(_)
            | ScreenKind::Consent(_) => None,
        }
    }
}

impl Outcome {
    /// Back to the application; the login is over.
    pub(super) fn answer(login: &Login, response: AuthorizationResponse) -> Self {
        Self {
            view: View::Answer(response),
            cookies: CookieChanges { drop_logins: vec![login.id.clone()], ..CookieChanges::default() },
        }
    }
}

/// Opens the login `id` of this browser.
///
/// # Errors
/// [`LoginError::NoSuchLogin`]: no cookie, or a forged one; [`LoginError::Expired`].
pub(super) async fn open_login(
    hub: &Hub,
    browser: &Browser,
    id: &str,
    now: Timestamp,
) -> Result<Login, LoginError> {
    let sealed = browser.logins.iter().find(|login| login.id == id).ok_or(LoginError::NoSuchLogin)?;
    let plain = match sealed.value.strip_prefix(PARKED) {
        None => hub.sealer.open(Purpose::Login, id.as_bytes(), &sealed.value),
        Some(reference) => {
            let hash = digest::sha256_base64url(reference);
            let parked = hub.store.read(move |tx| tx.find_parked_request(&hash, now)).await?;
            let parked = parked.ok_or(LoginError::NoSuchLogin)?;
            hub.sealer.open(Purpose::ParkedRequest, id.as_bytes(), &parked)
        }
    };
    let plain = plain.map_err(|_| LoginError::NoSuchLogin)?;
    let login: Login = serde_json::from_slice(&plain).map_err(|_| LoginError::NoSuchLogin)?;
    if login.id != id {
        return Err(LoginError::NoSuchLogin);
    }
    if login.is_expired(now) {
        return Err(LoginError::Expired { again: where_to_begin_again(hub, &login).await });
    }
    Ok(login)
}

/// The application's `initiate_login_uri` (OpenID Connect Core §4), which is told who sends the person.
async fn where_to_begin_again(hub: &Hub, login: &Login) -> Option<String> {
    let client = hub.directory.client(&login.request.client_id).await.ok().flatten()?;
    let mut url = Url::parse(client.settings.initiate_login_uri.as_deref()?).ok()?;
    url.query_pairs_mut().append_pair("iss", hub.issuer.as_str());
    Some(url.into())
}

/// Marks a cookie that only refers to a login parked in the database.
const PARKED: &str = "parked.";

/// Seals `login` for the browser's cookie. One that is too large is parked, sealed as well, in the
/// database, whose room for such is limited; at each step in the same place.
pub(super) async fn seal_login(
    hub: &Hub,
    login: &Login,
    browser: &Browser,
) -> Result<SealedLogin, LoginError> {
    let unwritable = |_| LoginError::Internal("the login cannot be written");
    let plain = serde_json::to_vec(login).map_err(unwritable)?;
    let id = login.id.clone();
    let value = hub.sealer.seal(Purpose::Login, id.as_bytes(), &plain, &hub.random);
    if value.len() <= limits::COOKIE_VALUE_BYTES {
        return Ok(SealedLogin { id, value });
    }
    let is_in_use = login.parked.is_some();
    let reference = login.parked.clone().unwrap_or_else(|| ParkedBy(hub.random.token()));
    let plain = serde_json::to_vec(&Login { parked: Some(reference.clone()), ..login.clone() })
        .map_err(unwritable)?;
    let sealed = hub.sealer.seal(Purpose::ParkedRequest, id.as_bytes(), &plain, &hub.random);
    let (hash, expires_at) = (digest::sha256_base64url(&reference.0), login.expires_at());
    let place = places::of_network(hub, Kept::ParkedRequest, &browser.origin, &login.request.client_id);
    let now = hub.clock.now();
    let park = move |tx: &mut Tx<'_>| {
        let request =
            RequestToPark { reference_hash: &hash, request_sealed: &sealed, expires_at, place: &place };
        tx.park_request(request, is_in_use, now)
    };
    if hub.store.write(park).await? {
        Ok(SealedLogin { id, value: format!("{PARKED}{}", reference.0) })
    } else {
        Err(LoginError::NoRoom)
    }
}

/// The cookies of a login that goes on: this one kept, the oldest beyond the limit dropped.
pub(in crate::flows) fn keep(browser: &Browser, sealed: SealedLogin) -> CookieChanges {
    let mut others: Vec<&str> =
        browser.logins.iter().map(|login| login.id.as_str()).filter(|id| *id != sealed.id).collect();
    others.sort_unstable();
    let surplus = (others.len() + 1).saturating_sub(limits::LOGINS_PER_BROWSER);
    CookieChanges {
        keep_login: Some(sealed),
        drop_logins: others.into_iter().take(surplus).map(str::to_owned).collect(),
        ..CookieChanges::default()
    }
}
