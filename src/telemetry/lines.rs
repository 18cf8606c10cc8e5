//! What a log line may hold, whoever caused it: so many bytes in a field and in a line, no character that a reader would not
//! see, and so many bytes of lines per second. What does not fit is cut and says so; lines beyond are counted.

use std::fmt::{self, Write as _};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::{Value, json};
use tracing::field::Field;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;

use crate::config::LogFormat;
use crate::domain::clock::Clock;
use crate::domain::limits;
use crate::protocol::said::{Said, is_unseen};

/// Writes one field of a text line: `message` as it is, any other with its name.
pub(super) fn field(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    let name = field.name();
    if name.starts_with("log.") {
        return Ok(());
    }
    if name != "message" {
        write!(writer, "{}=", name.strip_prefix("r#").unwrap_or(name))?;
    }
    write!(Cut { writer, left: limits::LOG_FIELD_BYTES, is_cut: false }, "{value:?}")
}

/// Lets so many bytes through, escaped.
struct Cut<'w, 'a> {
    writer: &'w mut Writer<'a>,
    left: usize,
    is_cut: bool,
}

impl fmt::Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            let escaped =
                if is_unseen(character) { character.escape_default().len() } else { character.len_utf8() };
            let Some(left) = self.left.checked_sub(escaped) else {
                if !std::mem::replace(&mut self.is_cut, true) {
                    self.left = 0;
                    self.writer.write_char('…')?;
                }
                return Ok(());
            };
            self.left = left;
            if is_unseen(character) {
                write!(self.writer, "{}", character.escape_default())?;
            } else {
                self.writer.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Makes writers whose lines are bounded.
pub(super) struct Bounded<W> {
    lines: W,
    format: LogFormat,
    /// Of warnings and errors, and of everything else.
    allowances: [Arc<Allowance>; 2],
}

impl<W> Bounded<W> {
    pub fn new(lines: W, format: LogFormat) -> Self {
        Self { lines, format, allowances: [Arc::default(), Arc::default()] }
    }

    fn line<L>(&self, line: L, level: Level) -> Line<L> {
        let [grave, plain] = &self.allowances;
        let allowance = if level <= Level::WARN { grave } else { plain };
        Line { line, format: self.format, allowance: Arc::clone(allowance) }
    }
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Bounded<W> {
    type Writer = Line<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        self.line(self.lines.make_writer(), Level::INFO)
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        self.line(self.lines.make_writer_for(metadata), *metadata.level())
    }
}

/// Writes lines, each of which comes whole.
pub(super) struct Line<L> {
    line: L,
    format: LogFormat,
    allowance: Arc<Allowance>,
}

impl<L: io::Write> io::Write for Line<L> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let line = match self.format {
            LogFormat::Text => text_line(&text),
            LogFormat::Json => json_line(&text),
        };
        if let Some(left_out) = self.allowance.spend(line.len(), Instant::now()) {
            if left_out > 0 {
                self.line.write_all(gap(left_out, self.format).as_bytes())?;
            }
            self.line.write_all(line.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.line.flush()
    }
}

/// A line whose fields are bounded already.
fn text_line(line: &str) -> String {
    let line = line.strip_suffix('\n').unwrap_or(line);
    if line.len() < limits::LOG_LINE_BYTES {
        return format!("{line}\n");
    }
    let mut end = limits::LOG_LINE_BYTES - '…'.len_utf8() - 1;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…\n", line.get(..end).unwrap_or_default())
}

/// A line of JSON that stays JSON.
fn json_line(line: &str) -> String {
    let is_clean = !line.trim_end_matches('\n').contains(is_unseen);
    if line.len() <= limits::LOG_FIELD_BYTES && is_clean {
        return line.to_owned();
    }
    let Ok(mut value) = serde_json::from_str::<Value>(line) else { return text_line(line) };
    bound(&mut value, limits::LOG_FIELD_BYTES);
    let mut bounded = value.to_string();
    if bounded.len() >= limits::LOG_LINE_BYTES {
        let kept = ["timestamp", "level", "target", "message"];
        if let Value::Object(members) = &mut value {
            members.retain(|name, _| kept.contains(&name.as_str()));
            members.insert("cut".into(), "…".into());
        }
        bound(&mut value, limits::LOG_LINE_BYTES / 16);
        bounded = value.to_string();
    }
    bounded.push('\n');
    bounded
}

/// Cuts every text in `value` to `bytes`, which is one of two numbers.
fn bound(value: &mut Value, bytes: usize) {
    match value {
        Value::String(text) if bytes == limits::LOG_FIELD_BYTES => {
            *text = Said::<{ limits::LOG_FIELD_BYTES }>::new(std::mem::take(text)).into();
        }
        Value::String(text) => {
            *text = Said::<{ limits::LOG_LINE_BYTES / 16 }>::new(std::mem::take(text)).into();
        }
        Value::Array(items) => items.iter_mut().for_each(|item| bound(item, bytes)),
        Value::Object(members) => members.values_mut().for_each(|member| bound(member, bytes)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The line that says how many are missing.
fn gap(left_out: u64, format: LogFormat) -> String {
    let timestamp = Clock::default().now().iso8601();
    let message = format!("{left_out} log lines came too fast and were left out");
    match format {
        LogFormat::Text => format!("{timestamp}  WARN vestibule::telemetry: {message}\n"),
        LogFormat::Json => {
            let line = json!({"timestamp": timestamp, "level": "WARN", "target": "vestibule::telemetry",
                "message": message, "left_out": left_out});
            format!("{line}\n")
        }
    }
}

/// How many bytes of lines may be written: a burst, then so many per second.
#[derive(Default)]
struct Allowance(Mutex<Spent>);

#[derive(Default)]
struct Spent {
    bytes: usize,
    since: Option<Instant>,
    left_out: u64,
}

impl Allowance {
    /// Takes `bytes`, if there are so many, and tells how many lines were left out since the last one that was written.
    fn spend(&self, bytes: usize, now: Instant) -> Option<u64> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *spent.since.get_or_insert(now);
        let micros = now.saturating_duration_since(since).as_micros();
        let back = micros.saturating_mul(limits::LOG_LINES_BYTES_PER_SECOND as u128) / 1_000_000;
        if back > 0 {
            spent.bytes = spent.bytes.saturating_sub(usize::try_from(back).unwrap_or(usize::MAX));
            spent.since = Some(now);
        }
        if spent.bytes + bytes > limits::LOG_LINES_BURST_BYTES {
            spent.left_out += 1;
            return None;
        }
        spent.bytes += bytes;
        Some(std::mem::take(&mut spent.left_out))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn lines_beyond_the_burst_are_left_out_and_counted() {
        let (allowance, now) = (Allowance::default(), Instant::now());
        let size = limits::LOG_LINES_BURST_BYTES / 4;
        for _ in 0..4 {
            assert_eq!(allowance.spend(size, now), Some(0));
        }
        assert_eq!(allowance.spend(100, now), None);
        assert_eq!(allowance.spend(100, now), None);
        let later = now + Duration::from_secs(1);
        assert_eq!(allowance.spend(limits::LOG_LINES_BYTES_PER_SECOND, later), Some(2));
        assert_eq!(allowance.spend(100, later), None);
        assert_eq!(allowance.spend(size, later + Duration::from_secs(60)), Some(1));
    }
}
