//! `VESTIBULE_CONNECTION_CHECKS`: how often the providers of connections are looked at.

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::limits;

const SECONDS_PER_HOUR: i64 = 60 * 60;

/// Seconds between two checks of a connection; `None`: only when somebody asks.
pub(super) fn read(values: &Values) -> Result<Option<i64>, Problems> {
    let setting = &settings::CONNECTION_CHECKS;
    let text = values.text_or_default(setting);
    let most = limits::CONNECTION_CHECK_MAX_HOURS;
    match text.parse::<i64>() {
        Ok(0) => Ok(None),
        Ok(hours) if (1..=most).contains(&hours) => Ok(Some(hours * SECONDS_PER_HOUR)),
        _ => {
            let fix = format!("write a number of hours from 1 to {most}, or 0 to check only when asked");
            Err(Problem::new(setting, format!("{text:?} is no such number of hours"), fix).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_become_seconds_and_zero_means_only_when_asked() {
        let read_text = |text: &str| {
            let given = [(settings::CONNECTION_CHECKS.name.to_owned(), text.to_owned())];
            read(&Values::gather(given, None).0)
        };
        assert_eq!(read_text(""), Ok(Some(6 * SECONDS_PER_HOUR)));
        assert_eq!(read_text("24"), Ok(Some(24 * SECONDS_PER_HOUR)));
        assert_eq!(read_text("0"), Ok(None));
        for refused in ["-1", "169", "6h", "0.5", "99999999999999999999"] {
            assert!(read_text(refused).is_err(), "{refused}");
        }
    }
}
