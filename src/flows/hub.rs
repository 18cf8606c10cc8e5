//! Everything a flow may reach, built once at start.

use std::sync::Arc;

use super::client_fetches::ClientFetches;
use super::diagnoses::Diagnoses;
use super::directory::Directory;
use super::guesses::Guesses;
use super::journal::Journal;
use super::keys::KeyRing;
use super::login::PasswordGate;
use super::logout::Courier;
use super::subjects::Subjects;
use super::token::RememberedPeople;
use crate::crypto::random::Random;
use crate::crypto::sealing::Sealer;
use crate::domain::client_registration::RegistrationPolicy;
use crate::domain::clock::Clock;
use crate::domain::connection::Connection;
use crate::domain::issuer::Issuer;
use crate::mail::Mailer;
use crate::store::Store;
use crate::telemetry::metrics::Metrics;
use crate::upstream::{Dns, Upstream};
use crate::views::Views;

/// Everything a flow may reach.
pub struct Hub {
    pub issuer: Issuer,
    pub store: Store,
    pub directory: Directory,
    pub keys: KeyRing,
    pub subjects: Subjects,
    pub upstream: Upstream,
    pub dns: Dns,
    pub sealer: Sealer,
    pub random: Random,
    pub clock: Clock,
    pub journal: Journal,
    pub courier: Courier,
    pub people: RememberedPeople,
    pub password_gate: PasswordGate,
    pub client_fetches: ClientFetches,
    pub guesses: Guesses,
    pub diagnoses: Diagnoses,
    pub metrics: Metrics,
    pub mailer: Mailer,
    pub views: Arc<Views>,
    /// Who hears of connections while there are no administrators, in lower case.
    pub admin_email: Option<String>,
    /// The application that the settings describe: no call of the Management API removes or changes it.
    pub management_client_id: Option<String>,
    /// New connections share one redirect URI unless they say otherwise.
    pub shares_callback: bool,
    /// Who may register applications by themselves.
    pub registration: RegistrationPolicy,
}

impl Hub {
    /// The audience of access tokens for UserInfo.
    pub fn userinfo_audience(&self) -> String {
        self.issuer.join("userinfo")
    }

    /// The audience of access tokens for the Management API.
    pub fn management_audience(&self) -> String {
        self.issuer.join("api/v2/")
    }

    /// The page of ours where the login of a device ends (RFC 8628 §3.3).
    pub fn activation_end_url(&self) -> String {
        self.issuer.join("activate/done")
    }

    /// Where the provider of `connection` sends the browser back to.
    pub fn redirect_uri_of(&self, connection: &Connection) -> String {
        connection.callback_path().at(&self.issuer)
    }

    /// Where a provider sends the browser back after signing out there.
    pub fn logout_callback_url(&self) -> String {
        self.issuer.join("logout/callback")
    }
}
