//! Reads a JSON object field by field and collects every problem, so that a person mends them all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::limits;
use super::problem::Problem;
use super::shown_text::check_shown_text;
use super::web_address::{PlainHttp, check_web_address};

/// A reader over one JSON object. `null` counts as absent; a key nobody asked for is a problem.
#[derive(Debug)]
pub struct Fields<'v> {
    object: &'v Map<String, Value>,
    /// Path of the object with a dot at its end, or nothing.
    prefix: String,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl<'v> Fields<'v> {
    /// A reader of `object`, which stands at `path` (empty for a whole body).
    pub fn new(object: &'v Map<String, Value>, path: &str) -> Self {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        Self { object, prefix, known: Vec::new(), problems: Vec::new() }
    }

    /// The value of `name` as it is.
    pub fn value(&mut self, name: &'static str) -> Option<&'v Value> {
        self.known.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Records a problem with `name`; the message is the rest of a sentence that begins with the name.
    pub fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(format!("{}{name}", self.prefix), message));
    }

    /// Accepts these keys without reading them.
    pub fn ignore(&mut self, names: &[&'static str]) {
        self.known.extend_from_slice(names);
    }

    /// Text of so many characters, without the blanks around it.
    pub fn text(&mut self, name: &'static str, characters: RangeInclusive<usize>) -> Option<String> {
        let value = self.value(name)?;
        match checked_text(value, &characters) {
            Ok(text) => Some(text),
            Err(problem) => {
                self.refuse(name, problem);
                None
            }
        }
    }

    /// As [`Self::text`], for what people read as a name or a description of something: everything in it can be seen.
    pub fn label(&mut self, name: &'static str, characters: RangeInclusive<usize>) -> Option<String> {
        let text = self.text(name, characters)?;
        if let Err(problem) = check_shown_text(&text) {
            self.refuse(name, problem);
        }
        Some(text)
    }

    /// As [`Self::text`], and a problem when it is absent.
    pub fn required_text(&mut self, name: &'static str, characters: RangeInclusive<usize>) -> Option<String> {
        if self.object.get(name).is_none_or(Value::is_null) {
            self.known.push(name);
            self.refuse(name, format!("is required: text of {} characters", described(&characters)));
            return None;
        }
        self.text(name, characters)
    }

    /// As [`Self::label`], and a problem when it is absent.
    pub fn required_label(
        &mut self,
        name: &'static str,
        characters: RangeInclusive<usize>,
    ) -> Option<String> {
        if self.object.get(name).is_none_or(Value::is_null) {
            return self.required_text(name, characters);
        }
        self.label(name, characters)
    }

    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, "must be true or false", Value::as_bool)
    }

    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let message = format!("must be a whole number from {} to {}", range.start(), range.end());
        self.read(name, &message, |value| value.as_i64().filter(|number| range.contains(number)))
    }

    /// A list of at most `count` texts; blanks around each are dropped, repetitions too.
    pub fn texts(
        &mut self,
        name: &'static str,
        count: usize,
        characters: RangeInclusive<usize>,
    ) -> Option<Vec<String>> {
        let items = self.read(name, "must be a list of texts", Value::as_array)?;
        if items.len() > count {
            self.refuse(name, format!("has {} entries; at most {count} are possible", items.len()));
            return None;
        }
        let mut texts = Vec::with_capacity(items.len());
        let mut seen = BTreeSet::new();
        for (position, item) in items.iter().enumerate() {
            match checked_text(item, &characters) {
                Ok(text) => {
                    if seen.insert(text.clone()) {
                        texts.push(text);
                    }
                }
                Err(problem) => self.refuse(&format!("{name}.{position}"), problem),
            }
        }
        Some(texts)
    }

    /// As [`Self::texts`], each read further by `read`, which answers with a problem or a value.
    pub fn list<T: PartialEq>(
        &mut self,
        name: &'static str,
        count: usize,
        characters: RangeInclusive<usize>,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let texts = self.texts(name, count, characters)?;
        let mut values = Vec::with_capacity(texts.len());
        for text in texts {
            match read(&text) {
                Ok(value) if values.contains(&value) => {}
                Ok(value) => values.push(value),
                Err(problem) => self.refuse(name, problem),
            }
        }
        Some(values)
    }

    /// One of several words, upper and lower case alike.
    pub fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let message = format!("must be one of {}", names.join(", "));
        self.read(name, &message, |value| {
            let text = value.as_str()?;
            choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, choice)| *choice)
        })
    }

    /// A web address, kept as written.
    pub fn web_address(&mut self, name: &'static str, plain_http: PlainHttp) -> Option<String> {
        let text = self.text(name, 1..=limits::URL_BYTES)?;
        match check_web_address(&text, plain_http) {
            Ok(_) => Some(text),
            Err(problem) => {
                self.refuse(name, problem);
                None
            }
        }
    }

    /// A map from text to text.
    pub fn text_map(
        &mut self,
        name: &'static str,
        keys: usize,
        characters: usize,
    ) -> Option<BTreeMap<String, String>> {
        let object = self.read(name, "must be an object with texts as values", Value::as_object)?;
        if object.len() > keys {
            self.refuse(name, format!("has {} keys; at most {keys} are possible", object.len()));
        }
        let mut map = BTreeMap::new();
        for (key, value) in object.iter().filter(|(_, value)| !value.is_null()).take(keys) {
            match checked_text(value, &(0..=characters)) {
                Ok(text) if key.chars().count() <= characters => {
                    map.insert(key.clone(), text);
                }
                Ok(_) => self.refuse(name, format!("has a key longer than {characters} characters")),
                Err(problem) => self.refuse(&format!("{name}.{}", shortened(key)), problem),
            }
        }
        Some(map)
    }

    /// An object within this one, read by `read`; its problems and unknown keys become problems of this reader.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'v>) -> T) -> Option<T> {
        let object = self.read(name, "must be an object", Value::as_object)?;
        let mut inner = Fields::new(object, &format!("{}{name}", self.prefix));
        let value = read(&mut inner);
        inner.finish(&mut self.problems);
        Some(value)
    }

    /// A list of at most `count` objects, each read by `read`; their problems become problems of this reader.
    pub fn objects<T>(
        &mut self,
        name: &'static str,
        count: usize,
        mut read: impl FnMut(&mut Fields<'v>) -> T,
    ) -> Option<Vec<T>> {
        let items = self.read(name, "must be a list of objects", Value::as_array)?;
        if items.len() > count {
            self.refuse(name, format!("has {} entries; at most {count} are possible", items.len()));
            return None;
        }
        let mut values = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            let Some(object) = item.as_object() else {
                self.refuse(&format!("{name}.{position}"), "must be an object");
                continue;
            };
            let mut inner = Fields::new(object, &format!("{}{name}.{position}", self.prefix));
            values.push(read(&mut inner));
            inner.finish(&mut self.problems);
        }
        Some(values)
    }

    /// Adds what was found to `problems`, unknown keys included.
    pub fn finish(mut self, problems: &mut Vec<Problem>) {
        let unknown: Vec<&String> = self
            .object
            .keys()
            .filter(|key| !self.known.contains(&key.as_str()))
            .take(limits::PROBLEMS_PER_BODY)
            .collect();
        for key in unknown {
            let message = match nearest(key, &self.known) {
                Some(known) => format!("is not a property here; did you mean {known}?"),
                None => "is not a property here; leave it out".to_owned(),
            };
            self.refuse(&shortened(key), message);
        }
        let room = limits::PROBLEMS_PER_BODY.saturating_sub(problems.len());
        problems.extend(self.problems.into_iter().take(room));
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        message: &str,
        read: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Option<T> {
        let found = read(self.value(name)?);
        if found.is_none() {
            self.refuse(name, message);
        }
        found
    }
}

fn checked_text(value: &Value, characters: &RangeInclusive<usize>) -> Result<String, String> {
    let text = value.as_str().map(str::trim).ok_or("must be text")?;
    let length = text.chars().count();
    if text.chars().any(char::is_control) {
        Err("must not contain control characters".into())
    } else if characters.contains(&length) {
        Ok(text.to_owned())
    } else {
        Err(format!("must have {} characters, not {length}", described(characters)))
    }
}

fn described(characters: &RangeInclusive<usize>) -> String {
    match (characters.start(), characters.end()) {
        (0, most) => format!("at most {most}"),
        (least, most) => format!("{least} to {most}"),
    }
}

/// A key as far as a message needs it.
fn shortened(key: &str) -> String {
    key.chars().filter(|character| !character.is_control()).take(64).collect()
}

/// The known name a typing error away: at most a third of its characters differ.
fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    if key.len() > 64 {
        return None;
    }
    known
        .iter()
        .map(|name| (edits(&key.to_lowercase(), name), *name))
        .filter(|(edits, name)| *edits * 3 <= name.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// Insertions, removals and replacements from `from` to `to` (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (done, letter) in from.chars().enumerate() {
        let mut diagonal = done;
        let mut left = done + 1;
        let mut next = vec![left];
        for (above, other) in row.iter().skip(1).zip(&to) {
            left = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(body: &Value, read: impl FnOnce(&mut Fields<'_>)) -> Vec<String> {
        let mut fields = Fields::new(body.as_object().unwrap(), "");
        read(&mut fields);
        let mut problems = Vec::new();
        fields.finish(&mut problems);
        problems.into_iter().map(|problem| format!("{} {}", problem.path, problem.message)).collect()
    }

    #[test]
    fn good_values_are_read() {
        let body = json!({
            "name": " Acme ", "on": true, "count": 3, "list": ["a", "b", "a"], "kind": "Blue",
            "url": "https://idp.example", "map": {"a": "1", "b": null}, "inner": {"x": "y"}, "none": null,
        });
        let found = problems(&body, |fields| {
            assert_eq!(fields.required_text("name", 1..=10).as_deref(), Some("Acme"));
            assert_eq!(fields.boolean("on"), Some(true));
            assert_eq!(fields.integer("count", 1..=5), Some(3));
            assert_eq!(fields.texts("list", 5, 1..=5), Some(vec!["a".into(), "b".into()]));
            assert_eq!(fields.choice("kind", &[("red", 1), ("blue", 2)]), Some(2));
            assert_eq!(fields.web_address("url", PlainHttp::Never).as_deref(), Some("https://idp.example"));
            assert_eq!(fields.text_map("map", 5, 5), Some([("a".into(), "1".into())].into()));
            assert_eq!(fields.object("inner", |inner| inner.text("x", 1..=5)), Some(Some("y".into())));
            assert_eq!(fields.text("none", 1..=5), None);
            assert_eq!(fields.text("absent", 1..=5), None);
        });
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn all_problems_are_told_with_their_paths() {
        let body = json!({
            "name": "", "on": 1, "count": 9, "list": ["a", 5, ""], "kind": "green", "url": "http://idp.example",
            "map": {"a": 1}, "inner": {"x": 1, "zz": 1}, "nmae": "Acme", "text": "a\u{0}b", "listless": {},
        });
        let found = problems(&body, |fields| {
            fields.required_text("name", 1..=10);
            fields.required_text("title", 1..=10);
            fields.boolean("on");
            fields.integer("count", 1..=5);
            fields.texts("list", 5, 1..=5);
            fields.choice("kind", &[("red", 1), ("blue", 2)]);
            fields.web_address("url", PlainHttp::Never);
            fields.text_map("map", 5, 5);
            fields.object("inner", |inner| inner.text("x", 1..=5));
            fields.text("text", 1..=5);
        });
        assert_eq!(
            found,
            [
                "name must have 1 to 10 characters, not 0",
                "title is required: text of 1 to 10 characters",
                "on must be true or false",
                "count must be a whole number from 1 to 5",
                "list.1 must be text",
                "list.2 must have 1 to 5 characters, not 0",
                "kind must be one of red, blue",
                "url must be an https address; http is accepted only for hosts in VESTIBULE_OUTBOUND_ALLOW",
                "map.a must be text",
                "inner.x must be text",
                "inner.zz is not a property here; leave it out",
                "text must not contain control characters",
                "listless is not a property here; leave it out",
                "nmae is not a property here; leave it out",
            ]
        );
    }

    #[test]
    fn a_typing_error_is_recognized() {
        for (key, expected) in [
            ("discoveryUrl", Some("discovery_url")),
            ("discovery_uri", Some("discovery_url")),
            ("call_backs", Some("callbacks")),
            ("callback", Some("callbacks")),
            ("web_origins", None),
            ("", None),
        ] {
            assert_eq!(nearest(key, &["discovery_url", "callbacks", "name"]), expected, "{key}");
        }
    }

    #[test]
    fn a_flood_of_unknown_keys_is_answered_in_short() {
        let body = Value::Object((0..10_000).map(|n| (format!("k{n}"), json!(1))).collect());
        assert_eq!(problems(&body, |_| {}).len(), limits::PROBLEMS_PER_BODY);
    }
}
