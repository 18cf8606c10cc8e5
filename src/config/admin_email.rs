//! `VESTIBULE_ADMIN_EMAIL`: whom the hub expects as its first administrator.

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::home_realm::EmailDomain;

/// The address in lower case.
pub(super) fn read(values: &Values) -> Result<Option<String>, Problems> {
    let setting = &settings::ADMIN_EMAIL;
    let Some(text) = values.text(setting) else { return Ok(None) };
    match EmailDomain::of(text) {
        Ok((email, _)) => Ok(Some(email)),
        Err(error) => {
            let what = format!("it is not an e-mail address: {error}");
            Err(Problem::new(setting, what, format!("write one address, like {}", setting.example)).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_address_or_nothing() {
        let read_text = |text: &str| {
            let given = [(settings::ADMIN_EMAIL.name.to_owned(), text.to_owned())];
            read(&Values::gather(given, None).0)
        };
        assert_eq!(read(&Values::gather([], None).0), Ok(None));
        assert_eq!(read_text(" Ada@Example.com "), Ok(Some("ada@example.com".into())));
        for refused in ["ada", "ada@", "ada@example.com, grace@example.com", "Ada <ada@example.com>"] {
            assert!(read_text(refused).is_err(), "{refused}");
        }
    }
}
