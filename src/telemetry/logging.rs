//! Log lines on standard error, as text or as one JSON object each.

use std::io::{self, IsTerminal as _};

use tracing::Subscriber;
use tracing::subscriber::SetGlobalDefaultError;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::{MakeWriter, format};

use super::lines::{self, Bounded};
use crate::config::{Log, LogFormat};

/// What a stranger sends that is no HTTP, the HTTP library calls an error of the server's. `web::server` counts it; whoever
/// wants to read it names the library in the filter.
const STRANGERS: &str = "actix_http=off";

/// Why log lines cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error("the log filter cannot be read: {0}")]
    Filter(#[from] ParseError),
    #[error("log lines are already being written: {0}")]
    Twice(#[from] SetGlobalDefaultError),
}

/// Writes this process's log lines to standard error from now on.
///
/// # Errors
/// [`LoggingError`] if the filter does not parse, or somebody else already writes log lines.
pub fn start(log: &Log) -> Result<(), LoggingError> {
    let subscriber = subscriber(log, io::stderr().is_terminal(), io::stderr)?;
    Ok(tracing::subscriber::set_global_default(subscriber)?)
}

fn subscriber<W>(log: &Log, colours: bool, writer: W) -> Result<Box<dyn Subscriber + Send + Sync>, ParseError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = format!("{STRANGERS},{}", log.filter);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(filter)?)
        .with_ansi(colours && log.format == LogFormat::Text)
        .with_writer(Bounded::new(writer, log.format));
    Ok(match log.format {
        LogFormat::Text => Box::new(lines.fmt_fields(format::debug_fn(lines::field).delimited(" ")).finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).with_span_list(false).finish()),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::domain::limits;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(filter: &str, format: LogFormat) -> String {
        lines_of(filter, format, || {
            let _span = tracing::info_span!("request", request_id = "r1").entered();
            tracing::info!(connection = "acme", "signed in");
            tracing::debug!("too much");
        })
    }

    fn lines_of(filter: &str, format: LogFormat, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let log = Log { filter: filter.to_owned(), format };
        let subscriber = subscriber(&log, false, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, work);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn nothing_that_is_logged_makes_a_line_or_a_field_longer_than_its_bound() {
        let long = "x\n\u{1b}[31m\u{202e}é".repeat(20_000);
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = lines_of("info", format, || {
                let _span = tracing::info_span!("request", request_id = long.as_str()).entered();
                tracing::info!(ip = "192.0.2.7", client_id = long.as_str(), "short");
                tracing::info!(client_id = "app", "{long}");
                tracing::info!(a = long, b = ?long, c = %long, d = long, e = long, f = long, g = long, "{long}");
            });
            assert_eq!(text.lines().count(), 3, "a line stays one: {format:?}");
            assert!(!text.trim_end().chars().any(|one| one.is_control() && one != '\n' || one == '\u{202e}'));
            for line in text.lines() {
                assert!(line.len() < limits::LOG_LINE_BYTES, "{format:?}: {}", line.len());
                assert!(line.contains('…'), "{line}");
                if format == LogFormat::Json {
                    let line: serde_json::Value = serde_json::from_str(line).unwrap();
                    for (name, value) in line.as_object().unwrap() {
                        let length = value.as_str().map_or(0, str::len);
                        assert!(length <= limits::LOG_FIELD_BYTES, "{name}: {length}");
                    }
                }
            }
            assert!(text.contains("192.0.2.7") && text.contains("app"), "what is short stays");
        }
    }

    #[test]
    fn json_lines_carry_fields_and_the_request_they_belong_to() {
        let text = written("info", LogFormat::Json);
        let line: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["message"], "signed in");
        assert_eq!(line["connection"], "acme");
        assert_eq!(line["span"]["request_id"], "r1");
    }

    #[test]
    fn text_lines_are_plain_outside_a_terminal_and_obey_the_filter() {
        let text = written("debug", LogFormat::Text);
        assert!(text.contains("signed in connection=\"acme\"") && text.contains("too much"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(!written("info", LogFormat::Text).contains("too much"));
        assert_eq!(written("error", LogFormat::Text), "");
    }
}
