//! A person types the code of a device (RFC 8628 §3.3): a login begins, whose end is the device's.

use crate::domain::audit::LogType;
use crate::domain::device::UserCode;
use crate::domain::login::Login;
use crate::flows::guesses::{Guessed, TooManyGuesses};
use crate::flows::hub::Hub;
use crate::protocol::parameters::Parameters;
use crate::store::StoreError;

use super::browser::{Browser, Outcome};
use super::continue_login::continue_login;
use super::device_request::device_request;
use super::{LoginError, record};

/// Why no login begins.
#[derive(Debug, thiserror::Error)]
pub enum NotActivated {
    /// The same for a code that never was, is used, or has expired.
    #[error("no device waits with this code")]
    UnknownCode,
    #[error(transparent)]
    TooMany(#[from] TooManyGuesses),
    #[error(transparent)]
    Login(#[from] LoginError),
}

impl From<StoreError> for NotActivated {
    fn from(error: StoreError) -> Self {
        Self::Login(error.into())
    }
}

/// Begins the login of whoever typed `typed`. The person confirms at its end, whoever the application is: somebody
/// else may have sent them the code (RFC 8628 §5.4).
///
/// # Errors
/// [`NotActivated`].
pub async fn activate_device(hub: &Hub, typed: &str, browser: &Browser) -> Result<Outcome, NotActivated> {
    let now = hub.clock.now();
    let refused = |error: NotActivated| {
        let entry = record::failure(hub, browser, LogType::DeviceActivationFailed, now, error.to_string());
        hub.journal.note(entry);
        error
    };
    let guess = match hub.guesses.admit(Guessed::DeviceCode, &browser.origin) {
        Ok(guess) => guess,
        Err(too_many) => return Err(refused(too_many.into())),
    };
    let Some(code) = UserCode::read(typed) else { return Err(refused(NotActivated::UnknownCode)) };
    let hash = code.hash();
    let found = hub.store.read(move |tx| tx.find_device_by_user_code(&hash)).await?;
    let Some(device) = found.filter(|device| device.is_open(now)) else {
        return Err(refused(NotActivated::UnknownCode));
    };
    guess.was_right();
    let Some(client) = hub.directory.client(&device.client_id).await? else {
        return Err(refused(NotActivated::UnknownCode));
    };
    let audience = device.audience.map(|audience| ("audience".to_owned(), audience));
    let asked = std::iter::once(("scope".to_owned(), device.scope)).chain(audience).collect();
    // Asked for when the device began; what the application may have is looked up again.
    let Ok(request) = device_request(hub, &client, &Parameters::new(asked)).await? else {
        return Err(refused(NotActivated::UnknownCode));
    };
    let hash = code.hash();
    hub.store.write(move |tx| tx.use_device(&hash)).await?;
    let login = Login { device: Some(code.shown()), ..Login::begin(request, now, &hub.random) };
    Ok(continue_login(hub, login, browser).await?)
}
