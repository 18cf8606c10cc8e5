//! `VESTIBULE_SIGNING_KEY_ROTATION`: how long a key signs.

use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;
use crate::domain::limits;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;

/// Seconds after which the signing keys are rotated; `None`: never on schedule.
pub(super) fn read(values: &Values) -> Result<Option<i64>, Problems> {
    let setting = &settings::SIGNING_KEY_ROTATION;
    let text = values.text_or_default(setting);
    let (fewest, most) = (limits::KEY_ROTATION_MIN_DAYS, limits::KEY_ROTATION_MAX_DAYS);
    match text.parse::<i64>() {
        Ok(0) => Ok(None),
        Ok(days) if (fewest..=most).contains(&days) => Ok(Some(days * SECONDS_PER_DAY)),
        _ => {
            let fix =
                format!("write a number of days from {fewest} to {most}, or 0 for no rotation on schedule");
            Err(Problem::new(setting, format!("{text:?} is no such number of days"), fix).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_seconds_and_zero_means_never() {
        let read_text = |text: &str| {
            let given = [(settings::SIGNING_KEY_ROTATION.name.to_owned(), text.to_owned())];
            read(&Values::gather(given, None).0)
        };
        assert_eq!(read_text(""), Ok(Some(90 * SECONDS_PER_DAY)));
        assert_eq!(read_text("7"), Ok(Some(7 * SECONDS_PER_DAY)));
        assert_eq!(read_text("0"), Ok(None));
        for refused in ["6", "3651", "-1", "90d", "1.5", "99999999999999999999"] {
            assert!(read_text(refused).is_err(), "{refused}");
        }
    }
}
