//! `VESTIBULE_LOG` and `VESTIBULE_LOG_FORMAT`: which log lines are written, and how.

use tracing_subscriber::EnvFilter;

use super::nearest::nearest;
use super::problem::{Problem, Problems};
use super::settings;
use super::values::Values;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// Which log lines are written, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// A tracing filter that is known to parse.
    pub filter: String,
    pub format: LogFormat,
}

impl Log {
    pub(super) fn read(values: &Values) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let filter = problems.keep(filter(values.text_or_default(&settings::LOG)));
        let format = problems.keep(format(values.text_or_default(&settings::LOG_FORMAT)));
        match (filter, format) {
            (Some(filter), Some(format)) => Ok(Self { filter, format }),
            (None, _) | (_, None) => Err(problems),
        }
    }
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

fn filter(text: &str) -> Result<String, Problems> {
    let setting = &settings::LOG;
    if let Err(error) = EnvFilter::try_new(text) {
        let fix = format!("use a level such as info, or a filter such as {}", setting.example);
        return Err(Problem::new(setting, format!("{text:?}: {error}"), fix).into());
    }
    // A mistyped level is a valid target to the filter, and would silence every line.
    for word in text.split(',').map(|word| word.trim().to_ascii_lowercase()) {
        if let Some((level, 1 | 2)) = nearest(&word, LEVELS)
            && word.len() > 2
        {
            return Err(
                Problem::new(setting, format!("{word:?} is not a level"), format!("write {level}")).into()
            );
        }
    }
    Ok(text.to_owned())
}

fn format(text: &str) -> Result<LogFormat, Problems> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => {
            Err(Problem::new(&settings::LOG_FORMAT, format!("{text:?} is unknown"), "write text or json")
                .into())
        }
    }
}
