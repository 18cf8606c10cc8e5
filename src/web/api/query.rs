//! The query string of a call: every parameter known, every problem told.

use std::ops::RangeInclusive;

use actix_web::HttpRequest;

use super::error::ApiError;
use crate::domain::problem::Problem;

/// A reader that collects problems; a parameter nobody asked for is one.
#[derive(Debug)]
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    problems: Vec<Problem>,
}

impl Query {
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self::parse(request.query_string())
    }

    fn parse(text: &str) -> Self {
        // Never an error: what is not UTF-8 is replaced.
        let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(text).unwrap_or_default();
        let mut query = Self { pairs: Vec::new(), known: Vec::new(), problems: Vec::new() };
        for (name, value) in pairs {
            if value.chars().any(char::is_control) {
                query.refuse(&printable(&name), "must not contain control characters");
            }
            query.pairs.push((name, value));
        }
        query
    }

    /// Records a problem with the parameter `name`; the message is the rest of a sentence that begins with it.
    pub(super) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(name, message));
    }

    /// Every value of `name`.
    pub(super) fn all(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// The one value of `name`; an empty one counts as absent.
    pub(super) fn one(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.all(name).into_iter();
        let value = values.next()?;
        if values.next().is_some() {
            self.refuse(name, "is given more than once");
        }
        Some(value).filter(|value| !value.is_empty())
    }

    pub(super) fn integer(&mut self, name: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = self.one(name)?;
        let number = value.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            self.refuse(name, format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        match self.one(name)?.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                self.refuse(name, "must be true or false");
                None
            }
        }
    }

    /// # Errors
    /// 400 with everything that is wrong.
    pub(super) fn finish(mut self) -> Result<(), ApiError> {
        let known = self.known.join(", ");
        let unknown: Vec<String> = self
            .pairs
            .iter()
            .map(|(key, _)| key)
            .filter(|key| !self.known.contains(&key.as_str()))
            .map(|key| printable(key))
            .collect();
        for key in unknown {
            let message = match (key.as_str(), known.is_empty()) {
                ("access_token", _) => "must not be in the address: send it as Authorization: Bearer".into(),
                (_, true) => "is not a parameter here: this call has none".into(),
                (_, false) => format!("is not a parameter here; known are {known}"),
            };
            self.refuse(&key, message);
        }
        if self.problems.is_empty() { Ok(()) } else { Err(ApiError::InvalidQuery(self.problems)) }
    }
}

/// A name as far as a message needs it.
fn printable(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_at_once() {
        let mut query =
            Query::parse("page=x&per_page=500&strategy=oidc&strategy=local&nmae=a&page=2&on=maybe");
        assert_eq!(query.integer("page", 0..=10), None);
        assert_eq!(query.integer("per_page", 1..=100), None);
        assert_eq!(query.all("strategy"), ["oidc", "local"]);
        assert_eq!(query.boolean("on"), None);
        let Err(ApiError::InvalidQuery(problems)) = query.finish() else { panic!() };
        let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["page", "page", "per_page", "on", "nmae"]);
    }

    #[test]
    fn values_are_decoded_and_empty_ones_are_absent() {
        let mut query = Query::parse("name=a%20b+c&from=&include_totals=true");
        assert_eq!(query.one("name").as_deref(), Some("a b c"));
        assert_eq!(query.one("from"), None);
        assert_eq!(query.boolean("include_totals"), Some(true));
        assert!(query.finish().is_ok());
    }
}
