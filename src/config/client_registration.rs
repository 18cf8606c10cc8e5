//! `VESTIBULE_CLIENT_REGISTRATION`: who may register applications.

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::client_registration::RegistrationPolicy;

pub(super) fn read(values: &Values) -> Result<RegistrationPolicy, Problems> {
    let setting = &settings::CLIENT_REGISTRATION;
    match values.text_or_default(setting) {
        "off" => Ok(RegistrationPolicy::Off),
        "initial_access_token" => Ok(RegistrationPolicy::InitialAccessToken),
        other => Err(Problem::new(
            setting,
            format!("{other:?} is no such policy"),
            "write off or initial_access_token",
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_registers_applications_unless_it_is_said() {
        let read_text = |text: &str| {
            let given = [(settings::CLIENT_REGISTRATION.name.to_owned(), text.to_owned())];
            read(&Values::gather(given, None).0)
        };
        assert_eq!(read(&Values::gather([], None).0), Ok(RegistrationPolicy::Off));
        assert_eq!(read_text("off"), Ok(RegistrationPolicy::Off));
        assert_eq!(read_text("initial_access_token"), Ok(RegistrationPolicy::InitialAccessToken));
        for refused in ["on", "open", "true", "OFF"] {
            assert!(read_text(refused).is_err(), "{refused}");
        }
    }
}
