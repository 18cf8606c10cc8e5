//! The file: what it holds, read and written.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};

use crate::domain::limits;

/// What the first line of a file is for: a later format says so.
const FORMAT: &str = "vestibule/1";

/// Applications and connections, each as its properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    pub(super) applications: Vec<Map<String, Value>>,
    pub(super) connections: Vec<Map<String, Value>>,
}

impl Document {
    /// Reads a file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be read, or is no such file.
    pub(super) fn read(path: &str) -> anyhow::Result<Self> {
        let mut text = String::new();
        let most = limits::TERMINAL_FILE_BYTES;
        let read = match path {
            "-" => std::io::stdin().lock().take(most).read_to_string(&mut text),
            path => std::fs::File::open(path).and_then(|file| file.take(most).read_to_string(&mut text)),
        };
        read.with_context(|| format!("{path} cannot be read"))?;
        Self::parse(&text).with_context(|| format!("{path} is no file of connections and applications"))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let mut file: Map<String, Value> = serde_json::from_str(text)?;
        match file.remove("format") {
            Some(Value::String(format)) if format == FORMAT => {}
            _ => bail!("it has to say \"format\": \"{FORMAT}\""),
        }
        let document = Self {
            applications: items(&mut file, "applications")?,
            connections: items(&mut file, "connections")?,
        };
        if let Some(name) = file.keys().next() {
            bail!("{name:?} is not a part of it; there are format, applications and connections");
        }
        Ok(document)
    }

    /// The file: one property on a line, always in the same order.
    pub(super) fn text(&self) -> String {
        let file = json!({
            "format": FORMAT, "applications": self.applications, "connections": self.connections,
        });
        format!("{file:#}\n")
    }
}

fn items(file: &mut Map<String, Value>, name: &str) -> anyhow::Result<Vec<Map<String, Value>>> {
    let Some(Value::Array(items)) = file.remove(name) else {
        bail!("{name:?} has to be a list; an empty one is []");
    };
    let items = items.into_iter().enumerate().map(|(position, item)| match item {
        Value::Object(item) => Ok(item),
        _ => bail!("{name}[{position}] has to be an object"),
    });
    items.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let item = json!({"name": "acme", "options": {"client_id": "x"}}).as_object().unwrap().clone();
        let document = Document { applications: Vec::new(), connections: vec![item] };
        let text = document.text();
        assert_eq!(Document::parse(&text).unwrap(), document);
        assert!(text.contains("      \"name\": \"acme\",\n"), "{text}");
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_the_reason() {
        for (text, reason) in [
            ("{", "line 1"),
            ("{}", "vestibule/1"),
            (r#"{"format": "vestibule/2"}"#, "vestibule/1"),
            (r#"{"format": "vestibule/1", "connections": []}"#, "\"applications\" has to be a list"),
            (r#"{"format": "vestibule/1", "applications": [], "connections": [1]}"#, "connections[0]"),
            (r#"{"format": "vestibule/1", "applications": [], "connections": [], "users": []}"#, "\"users\""),
        ] {
            let error = format!("{:#}", Document::parse(text).unwrap_err());
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
