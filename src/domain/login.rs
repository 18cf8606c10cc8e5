//! A login: one authorization request in progress, sealed in the browser that began it.
//!
//! Facts are recorded, steps are computed ([`super::next_step`]). A finished login is not a state: its
//! cookie is dropped and its id is marked used, so nothing can begin from it again.

use serde::{Deserialize, Serialize};

use super::client::{Client, GrantType};
use super::clock::Timestamp;
use super::connection::{CallbackPath, Connection};
use super::limits;
use super::policy::{self, Refusal};
use super::user::User;
use crate::crypto::digest;
use crate::crypto::random::Random;
use crate::protocol::authorization_request::AuthorizationRequest;
use crate::protocol::authorization_response::ReturnAddress;

/// One authorization request in progress.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// Sorts by age: 10 hexadecimal digits of seconds, then 128 random bits. Unguessable, so it also keeps
    /// other sites from posting to this login's pages.
    pub id: String,
    pub request: AuthorizationRequest,
    pub started_at: Timestamp,
    /// Hash of the reference by which the request was pushed (RFC 9126); used up with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_request: Option<String>,
    /// By what this login is found in the database, if it once outgrew its cookie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<ParkedBy>,
    /// What the person typed on the login page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed_email: Option<String>,
    /// The organization's code that the person typed there; what the application asked for goes before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed_organization: Option<String>,
    /// The person wants this browser to remember where they sign in.
    #[serde(default)]
    pub remembers_choice: bool,
    /// The person wants another way in than the one that this browser remembers.
    #[serde(default)]
    pub wants_other_way: bool,
    /// The person chose to continue with the account that is signed in.
    #[serde(default)]
    pub is_account_confirmed: bool,
    /// The person asked for another account than the one signed in.
    #[serde(default)]
    pub wants_other_account: bool,
    /// The user before whom the page is that asks whether somebody else goes on in their place; nobody else answers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub switch_asked_of: Option<String>,
    /// The user who stays signed in, though somebody else has proven who they are: the answer is about them, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays_as: Option<String>,
    /// The code that a device shows, if this login is a device's (RFC 8628).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The user before whom the page with the question is; nobody else can answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_asked_of: Option<String>,
    /// The user who let the application have what it asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_given_by: Option<String>,
    pub progress: Progress,
}

/// The secret reference of a login that is parked in the database.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParkedBy(pub String);

impl std::fmt::Debug for ParkedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// How far a login has come; each variant holds only what is then known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Progress {
    Accepted,
    ConnectionChosen {
        connection_id: String,
    },
    AtProvider(AtProvider),
    /// Somebody has proven who they are, in a browser where another person is signed in, who is asked first.
    Proven(Proven),
    SignedIn {
        session_id: String,
    },
}

/// A sign-in that waits for the word of the person before the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    pub user_id: String,
    /// The session that becomes the browser's. Until then it has a token that nobody holds, and ends with the login.
    pub session_id: String,
    /// When it ends once it is the browser's.
    pub session_expires_at: Timestamp,
}

/// What must come back from the provider.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct AtProvider {
    pub connection_id: String,
    /// [`super::connection::Connection::fingerprint`] when the browser was sent.
    pub fingerprint: String,
    /// The redirect URI that the provider was given: its answer comes there and nowhere else.
    #[serde(default)]
    pub callback: CallbackPath,
    /// The secret half of `state`.
    pub state_secret: String,
    pub nonce: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pkce_verifier: Option<String>,
    pub sent_at: Timestamp,
}

impl AtProvider {
    /// Whether an answer is one to this departure: `secret` is the second half of the `state` that was sent along, and
    /// `came_to` the path of the redirect URI, as the browser asked for it. What another provider issued comes to that
    /// provider's redirect URI, whoever sent the person there (mix-up, RFC 9700 §4.4).
    ///
    /// # Errors
    /// [`Unexpected`]; the departure still waits for its own answer.
    pub fn expects(&self, secret: &str, came_to: &str) -> Result<(), Unexpected> {
        if !digest::secrets_match(self.state_secret.as_bytes(), secret.as_bytes()) {
            return Err(Unexpected::State);
        }
        if came_to != self.callback.as_str() {
            return Err(Unexpected::Callback { expected: self.callback.clone() });
        }
        Ok(())
    }
}

/// Why an answer is not one to a departure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unexpected {
    #[error("the answer belongs to a login of another browser, or to an earlier attempt")]
    State,
    #[error(
        "the provider's answer did not come to {}, which this login gave as its redirect URI: another provider may have issued \
         it (mix-up), so nothing in it was used", .expected.as_str()
    )]
    Callback { expected: CallbackPath },
}

impl std::fmt::Debug for AtProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AtProvider").field("connection_id", &self.connection_id).finish_non_exhaustive()
    }
}

/// An id that sorts by age and cannot be guessed.
pub fn new_login_id(now: Timestamp, random: &Random) -> String {
    let secret: [u8; 16] = random.bytes();
    let suffix: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{:010x}{suffix}", now.seconds())
}

/// A transition that does not start where the login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the login has already passed this step")]
pub struct WrongStep;

/// Why a connection is not the next step of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    #[error(transparent)]
    WrongStep(#[from] WrongStep),
    /// [`policy::may_serve`] says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl Login {
    pub fn begin(request: AuthorizationRequest, now: Timestamp, random: &Random) -> Self {
        Self {
            id: new_login_id(now, random),
            request,
            started_at: now,
            pushed_request: None,
            parked: None,
            typed_email: None,
            typed_organization: None,
            remembers_choice: false,
            wants_other_way: false,
            is_account_confirmed: false,
            wants_other_account: false,
            switch_asked_of: None,
            stays_as: None,
            device: None,
            consent_asked_of: None,
            consent_given_by: None,
            progress: Progress::Accepted,
        }
    }

    /// The same request, for the person to answer as somebody else. It begins again: somebody may have signed in for
    /// this login already, which happens once.
    pub fn begin_again(self, now: Timestamp, random: &Random) -> Self {
        let request = AuthorizationRequest { login_hint: None, ..self.request };
        Self {
            pushed_request: self.pushed_request,
            device: self.device,
            wants_other_account: true,
            wants_other_way: true,
            ..Self::begin(request, now, random)
        }
    }

    pub fn expires_at(&self) -> Timestamp {
        self.started_at.plus_seconds(limits::LOGIN_LIFETIME_SECONDS)
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at()
    }

    /// Whether `client` may have the answer of this login, as it is registered now.
    pub fn may_be_answered(&self, client: &Client) -> bool {
        match self.device {
            Some(_) => client.allows_grant(GrantType::DeviceCode),
            None => client.allows_response_type(self.request.response_type),
        }
    }

    /// Where the answer goes.
    pub fn return_address(&self) -> ReturnAddress {
        ReturnAddress {
            redirect_uri: self.request.redirect_uri.clone(),
            mode: self.request.response_mode,
            state: self.request.state.clone(),
        }
    }

    /// Whether the application left it to the person where they sign in.
    pub const fn is_choice_free(&self) -> bool {
        self.request.connection.is_none() && self.request.organization.is_none()
    }

    /// Whether `connection` may serve this login of `client`: [`policy::may_serve`].
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn admits<'a>(
        &self,
        connection: Option<&'a Connection>,
        client: &Client,
    ) -> Result<&'a Connection, Refusal> {
        policy::may_serve(connection, client, &self.request)
    }

    /// Whether `user`, who came through `connection`, may be who the application is told of.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn admits_user(
        &self,
        user: &User,
        connection: Option<&Connection>,
        client: &Client,
    ) -> Result<(), Refusal> {
        policy::may_sign_in(user, connection, client)?;
        self.admits(connection, client).map(drop)
    }

    /// The person, or a hint, named a connection. Also the way back from a provider that was wrong.
    ///
    /// # Errors
    /// [`NotTaken`]: somebody has proven who they are already, or the connection may not serve this login.
    pub fn choose(mut self, connection: &Connection, client: &Client) -> Result<Self, NotTaken> {
        self.nobody_proven()?;
        self.admits(Some(connection), client)?;
        self.progress = Progress::ConnectionChosen { connection_id: connection.id.clone() };
        Ok(self)
    }

    /// The person wants to start over at the e-mail field. What the application asked for stays.
    ///
    /// # Errors
    /// [`WrongStep`] once somebody has proven who they are.
    pub fn start_over(mut self) -> Result<Self, WrongStep> {
        self.nobody_proven()?;
        self.progress = Progress::Accepted;
        self.typed_email = None;
        self.typed_organization = None;
        self.request.login_hint = None;
        self.request.domain_hint = None;
        self.remembers_choice = false;
        Ok(self)
    }

    /// The browser is on its way to the provider of `connection`.
    ///
    /// # Errors
    /// As [`Login::choose`].
    pub fn depart(
        mut self,
        connection: &Connection,
        client: &Client,
        at_provider: AtProvider,
    ) -> Result<Self, NotTaken> {
        self.nobody_proven()?;
        self.admits(Some(connection).filter(|one| one.id == at_provider.connection_id), client)?;
        self.progress = Progress::AtProvider(at_provider);
        Ok(self)
    }

    /// The person has proven who they are, at `connection`.
    ///
    /// # Errors
    /// [`NotTaken`]: they were asked at no connection or at another one, somebody is signed in already, or the connection
    /// may not serve this login.
    pub fn sign_in(
        mut self,
        connection: &Connection,
        client: &Client,
        session_id: String,
    ) -> Result<Self, NotTaken> {
        let asked_at = match &self.progress {
            Progress::AtProvider(AtProvider { connection_id, .. })
            | Progress::ConnectionChosen { connection_id } => connection_id,
            Progress::Accepted | Progress::Proven(_) | Progress::SignedIn { .. } => {
                return Err(WrongStep.into());
            }
        };
        if *asked_at != connection.id {
            return Err(WrongStep.into());
        }
        self.admits(Some(connection), client)?;
        self.progress = Progress::SignedIn { session_id };
        Ok(self)
    }

    /// Somebody has proven who they are and waits, because another person is signed in on this browser.
    #[must_use]
    pub fn wait(self, proven: Proven) -> Self {
        Self { progress: Progress::Proven(proven), switch_asked_of: None, ..self }
    }

    /// Who has waited goes on: the session is the browser's now.
    ///
    /// # Errors
    /// [`WrongStep`] if nobody waits.
    pub fn switch(self, session_id: String) -> Result<Self, WrongStep> {
        match self.progress {
            Progress::Proven(_) => {
                Ok(Self { progress: Progress::SignedIn { session_id }, switch_asked_of: None, ..self })
            }
            Progress::Accepted
            | Progress::ConnectionChosen { .. }
            | Progress::AtProvider(_)
            | Progress::SignedIn { .. } => Err(WrongStep),
        }
    }

    /// Who was signed in stays: the one who has waited is forgotten.
    #[must_use]
    pub fn stay(self) -> Self {
        Self { progress: Progress::Accepted, stays_as: self.switch_asked_of, switch_asked_of: None, ..self }
    }

    const fn nobody_proven(&self) -> Result<(), WrongStep> {
        match self.progress {
            Progress::Proven(_) | Progress::SignedIn { .. } => Err(WrongStep),
            Progress::Accepted | Progress::ConnectionChosen { .. } | Progress::AtProvider(_) => Ok(()),
        }
    }
}
