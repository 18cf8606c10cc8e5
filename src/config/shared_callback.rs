//! `VESTIBULE_SHARED_CALLBACK`: whether new connections share one redirect URI.

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;

pub(super) fn read(values: &Values) -> Result<bool, Problems> {
    let setting = &settings::SHARED_CALLBACK;
    match values.text_or_default(setting) {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(Problem::new(setting, format!("{other:?} is neither"), "write true or false").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_share_no_redirect_uri_unless_it_is_said_exactly() {
        let read_text = |text: &str| {
            let given = [(settings::SHARED_CALLBACK.name.to_owned(), text.to_owned())];
            read(&Values::gather(given, None).0)
        };
        assert_eq!(read(&Values::gather([], None).0), Ok(false));
        assert_eq!(read_text("false"), Ok(false));
        assert_eq!(read_text("true"), Ok(true));
        for refused in ["yes", "1", "TRUE", "on"] {
            assert!(read_text(refused).is_err(), "{refused}");
        }
    }
}
