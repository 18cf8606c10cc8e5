//! The template language of attribute maps: literals and `${context.…}` expressions. No functions, no code.
//!
//! ```text
//! template   = *( text / "${" expression "}" )
//! expression = operand *( "||" operand )          first one present wins
//! operand    = path / 'text' / "text"
//! path       = "context" "." source 1*step        source: tokenset, userinfo, connection
//! step       = "." name / "[" 'text' "]"          ["https://acme.example/roles"]
//! ```

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use crate::domain::connection::{Connection, Strategy};
use crate::domain::limits;

/// What a template may refer to. Tokens themselves are not part of it.
#[derive(Clone, Copy, Debug)]
pub struct ClaimContext<'a> {
    /// Claims of the verified ID token.
    pub tokenset: &'a Map<String, Value>,
    /// Claims of the UserInfo answer, where it was asked.
    pub userinfo: Option<&'a Map<String, Value>>,
    pub connection_id: &'a str,
    pub connection_name: &'a str,
    pub strategy: Strategy,
}

impl<'a> ClaimContext<'a> {
    pub fn new(
        connection: &'a Connection,
        tokenset: &'a Map<String, Value>,
        userinfo: Option<&'a Map<String, Value>>,
    ) -> Self {
        Self {
            tokenset,
            userinfo,
            connection_id: &connection.id,
            connection_name: &connection.name,
            strategy: connection.strategy,
        }
    }
}

/// Why a template is malformed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at character {position})")]
pub struct TemplateError {
    /// Counted in characters, from 1.
    pub position: usize,
    pub message: String,
}

/// What a template gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// `None` when a claim it needs is missing.
    pub value: Option<Value>,
    /// The claims looked for in vain, as `context.userinfo.groups`.
    pub missing: Vec<String>,
}

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Expression(Vec<Operand>),
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Text(String),
    Path(Path),
}

/// What an expression looks into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Tokenset,
    UserInfo,
    Connection,
}

#[derive(Clone, Debug, PartialEq)]
struct Path {
    source: Source,
    first: String,
    rest: Vec<String>,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// [`TemplateError`] with the position and what would be right there.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let length = text.chars().count();
        if length > limits::TEMPLATE_CHARACTERS {
            return Err(TemplateError {
                position: limits::TEMPLATE_CHARACTERS,
                message: format!(
                    "a template has at most {} characters, this one has {length}",
                    limits::TEMPLATE_CHARACTERS
                ),
            });
        }
        Parser { text, position: 0 }.template()
    }

    /// The value in this context. A single expression keeps the claim's JSON type; mixed text gives text, in
    /// which lists of simple values are joined by commas and anything deeper is written as JSON.
    pub fn evaluate(&self, context: &ClaimContext<'_>) -> Evaluated {
        let mut missing = Vec::new();
        let value = match self.parts.as_slice() {
            [Part::Expression(operands)] => {
                first_present(operands, context, &mut missing).map(Cow::into_owned)
            }
            parts => text_of_parts(parts, context, &mut missing).map(Value::String),
        };
        Evaluated { value, missing }
    }

    /// Whether any expression needs the UserInfo answer.
    pub fn refers_to_userinfo(&self) -> bool {
        self.parts.iter().any(|part| match part {
            Part::Text(_) => false,
            Part::Expression(operands) => operands
                .iter()
                .any(|operand| matches!(operand, Operand::Path(path) if path.source == Source::UserInfo)),
        })
    }
}

/// The claim `name` as a template names it: `context.tokenset.email`.
pub(super) fn claim_path(source: Source, name: &str) -> String {
    Path { source, first: name.to_owned(), rest: Vec::new() }.to_string()
}

fn text_of_parts(parts: &[Part], context: &ClaimContext<'_>, missing: &mut Vec<String>) -> Option<String> {
    let mut text = Some(String::new());
    for part in parts {
        let piece = match part {
            Part::Text(literal) => Some(Cow::Owned(Value::String(literal.clone()))),
            Part::Expression(operands) => first_present(operands, context, missing),
        };
        text = match (text, piece) {
            // A text beyond the limit of a whole profile is refused later; growing it further is pointless.
            (Some(text), Some(_)) if text.len() > limits::PROFILE_BYTES => Some(text),
            (Some(text), Some(piece)) => Some(text + &written(&piece)),
            _ => None,
        };
    }
    text
}

/// A value inside mixed text.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            items.iter().map(written).collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    }
}

fn first_present<'v>(
    operands: &'v [Operand],
    context: &ClaimContext<'v>,
    missing: &mut Vec<String>,
) -> Option<Cow<'v, Value>> {
    let found = operands.iter().find_map(|operand| match operand {
        Operand::Text(text) => Some(Cow::Owned(Value::String(text.clone()))),
        Operand::Path(path) => path.find(context),
    });
    if found.is_none() {
        missing.extend(operands.iter().filter_map(|operand| match operand {
            Operand::Path(path) => Some(path.to_string()),
            Operand::Text(_) => None,
        }));
    }
    found
}

impl Path {
    /// The value, unless it is absent or null.
    fn find<'v>(&self, context: &ClaimContext<'v>) -> Option<Cow<'v, Value>> {
        let claims = match self.source {
            Source::Tokenset => context.tokenset,
            Source::UserInfo => context.userinfo?,
            Source::Connection => {
                let fact = match self.first.as_str() {
                    "id" => context.connection_id,
                    "name" => context.connection_name,
                    _ => context.strategy.name(),
                };
                return Some(Cow::Owned(Value::String(fact.to_owned())));
            }
        };
        let mut value = claims.get(&self.first)?;
        for step in &self.rest {
            value = value.as_object()?.get(step)?;
        }
        (!value.is_null()).then_some(Cow::Borrowed(value))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::Tokenset => "context.tokenset",
            Source::UserInfo => "context.userinfo",
            Source::Connection => "context.connection",
        })?;
        std::iter::once(&self.first).chain(&self.rest).try_for_each(|step| {
            if step.chars().all(is_name_character) {
                write!(f, ".{step}")
            } else {
                write!(f, "[{}]", Value::from(step.as_str()))
            }
        })
    }
}

/// Letters, digits and what claim names are made of; dots separate, everything else needs `["…"]`.
fn is_name_character(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '_' | '-' | ':' | '/' | '@' | '#' | '$' | '*' | '+' | '%')
}

/// Reads a template from left to right; `position` is a byte offset on a character boundary.
struct Parser<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Parser<'t> {
    fn template(mut self) -> Result<Template, TemplateError> {
        let mut parts = Vec::new();
        while !self.rest().is_empty() {
            if self.skip("${") {
                parts.push(Part::Expression(self.expression()?));
            } else {
                let literal = self.rest();
                let literal = literal.split_once("${").map_or(literal, |(before, _)| before);
                self.position += literal.len();
                parts.push(Part::Text(literal.to_owned()));
            }
        }
        Ok(Template { parts })
    }

    fn expression(&mut self) -> Result<Vec<Operand>, TemplateError> {
        let mut operands = vec![self.operand()?];
        loop {
            self.skip_blanks();
            if self.skip("}") {
                return Ok(operands);
            } else if self.skip("||") {
                operands.push(self.operand()?);
            } else if self.rest().is_empty() {
                return Err(self.error("the expression is not closed: \"}\" is missing"));
            } else {
                return Err(self.error("\"||\" or \"}\" is expected here; there are no functions"));
            }
        }
    }

    fn operand(&mut self) -> Result<Operand, TemplateError> {
        self.skip_blanks();
        match self.rest().chars().next() {
            Some('\'' | '"') => Ok(Operand::Text(self.quoted()?)),
            _ => Ok(Operand::Path(self.path()?)),
        }
    }

    fn path(&mut self) -> Result<Path, TemplateError> {
        let start = self.position;
        if self.name() != "context" || !self.skip(".") {
            self.position = start;
            return Err(self.error(
                "an expression starts with context.tokenset, context.userinfo or context.connection, or is a text in quotes",
            ));
        }
        let source_at = self.position;
        let source = match self.name() {
            "tokenset" => Source::Tokenset,
            "userinfo" => Source::UserInfo,
            "connection" => Source::Connection,
            _ => {
                self.position = source_at;
                return Err(self.error("context has tokenset, userinfo and connection, nothing else"));
            }
        };
        let first_at = self.position;
        let Some(first) = self.step()? else {
            return Err(self.error("the name of a claim is missing, as in context.tokenset.email"));
        };
        let mut rest = Vec::new();
        while let Some(step) = self.step()? {
            rest.push(step);
        }
        let refusal = match source {
            Source::Tokenset if matches!(first.as_str(), "access_token" | "refresh_token" | "id_token") => {
                Some("a token never becomes part of a profile; name one of its claims")
            }
            Source::Connection
                if !rest.is_empty() || !matches!(first.as_str(), "id" | "name" | "strategy") =>
            {
                Some("context.connection has id, name and strategy, nothing else")
            }
            Source::Tokenset | Source::UserInfo | Source::Connection => None,
        };
        if let Some(refusal) = refusal {
            self.position = first_at;
            return Err(self.error(refusal));
        }
        Ok(Path { source, first, rest })
    }

    /// `.name` or `["name"]`, or nothing.
    fn step(&mut self) -> Result<Option<String>, TemplateError> {
        if self.skip(".") {
            let name = self.name();
            if name.is_empty() {
                return Err(self.error("a claim's name is expected after the dot"));
            }
            return Ok(Some(name.to_owned()));
        }
        if !self.skip("[") {
            return Ok(None);
        }
        if !self.rest().starts_with(['\'', '"']) {
            return Err(
                self.error("a claim's name in quotes is expected after \"[\"; lists have no positions here")
            );
        }
        let name = self.quoted()?;
        if !self.skip("]") {
            return Err(self.error("\"]\" is expected here"));
        }
        Ok(Some(name))
    }

    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|character| !is_name_character(character)).unwrap_or(rest.len());
        self.position += end;
        rest.get(..end).unwrap_or_default()
    }

    /// A text in single or double quotes; a backslash takes the next character as it is.
    fn quoted(&mut self) -> Result<String, TemplateError> {
        let start = self.position;
        let mut characters = self.rest().char_indices();
        let quote = characters.next().map(|(_, character)| character);
        let mut text = String::new();
        while let Some((at, character)) = characters.next() {
            if Some(character) == quote {
                self.position = start + at + character.len_utf8();
                return Ok(text);
            }
            match character {
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        Err(self.error("the text in quotes is not closed"))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn skip(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    fn error(&self, message: &str) -> TemplateError {
        let before = self.text.get(..self.position).unwrap_or_default();
        TemplateError { position: before.chars().count() + 1, message: message.to_owned() }
    }
}

#[cfg(test)]
impl<'a> ClaimContext<'a> {
    /// What a login through a connection said.
    pub(super) fn sample(tokenset: &'a Value, userinfo: Option<&'a Value>) -> Self {
        Self {
            tokenset: tokenset.as_object().unwrap(),
            userinfo: userinfo.map(|claims| claims.as_object().unwrap()),
            connection_id: "con_1",
            connection_name: "acme",
            strategy: Strategy::Oidc,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::json;

    use super::*;

    fn evaluate(template: &str) -> Evaluated {
        let tokenset = json!({
            "sub": "1", "email": "ada@acme.example", "given_name": "Ada", "level": 7, "active_member": true,
            "teams": ["red", "blue"], "address": {"country": "GB", "geo": {"lat": 1.5}}, "nothing": null,
            "https://acme.example/roles": ["admin"], "urn:acme:id": "u1", "empty": "",
            "mixed": [1, {"a": 2}]
        });
        let userinfo = json!({"department": "R&D"});
        let context = ClaimContext::sample(&tokenset, Some(&userinfo));
        Template::parse(template).unwrap().evaluate(&context)
    }

    #[test]
    fn templates_give_what_the_contract_says() {
        for (template, expected) in [
            ("", json!("")),
            ("plain text", json!("plain text")),
            ("costs $5 {really}", json!("costs $5 {really}")),
            ("${context.tokenset.email}", json!("ada@acme.example")),
            ("${ context.tokenset.email }", json!("ada@acme.example")),
            ("${context.tokenset.level}", json!(7)),
            ("${context.tokenset.active_member}", json!(true)),
            ("${context.tokenset.teams}", json!(["red", "blue"])),
            ("${context.tokenset.address}", json!({"country": "GB", "geo": {"lat": 1.5}})),
            ("${context.tokenset.address.geo.lat}", json!(1.5)),
            ("${context.tokenset.empty}", json!("")),
            ("${context.tokenset[\"https://acme.example/roles\"]}", json!(["admin"])),
            ("${context.tokenset['address']['country']}", json!("GB")),
            ("${context.tokenset.urn:acme:id}", json!("u1")),
            ("${context.userinfo.department}", json!("R&D")),
            (
                "${context.connection.id}/${context.connection.name}/${context.connection.strategy}",
                json!("con_1/acme/oidc"),
            ),
            ("user_email|${context.tokenset.email}", json!("user_email|ada@acme.example")),
            ("${context.tokenset.level}${context.tokenset.active_member}", json!("7true")),
            ("teams: ${context.tokenset.teams}", json!("teams: red,blue")),
            ("at ${context.tokenset.address}", json!("at {\"country\":\"GB\",\"geo\":{\"lat\":1.5}}")),
            ("m ${context.tokenset.mixed}", json!("m [1,{\"a\":2}]")),
            ("${context.tokenset.upn || context.tokenset.email || 'unknown'}", json!("ada@acme.example")),
            ("${context.tokenset.upn||context.tokenset.nothing||'unknown'}", json!("unknown")),
            ("${'it\\'s'}", json!("it's")),
            ("${'${'}", json!("${")),
        ] {
            assert_eq!(
                evaluate(template),
                Evaluated { value: Some(expected), missing: vec![] },
                "{template}"
            );
        }
    }

    #[test]
    fn a_missing_claim_leaves_the_value_out_and_is_named() {
        for (template, missing) in [
            ("${context.tokenset.upn}", vec!["context.tokenset.upn"]),
            ("${context.tokenset.nothing}", vec!["context.tokenset.nothing"]),
            ("${context.tokenset.email.deeper}", vec!["context.tokenset.email.deeper"]),
            ("${context.tokenset.teams.0}", vec!["context.tokenset.teams.0"]),
            ("${context.tokenset['a b']}", vec!["context.tokenset[\"a b\"]"]),
            (
                "a ${context.tokenset.upn} b ${context.userinfo.groups || context.tokenset.x}",
                vec!["context.tokenset.upn", "context.userinfo.groups", "context.tokenset.x"],
            ),
        ] {
            let evaluated = evaluate(template);
            assert_eq!(evaluated.value, None, "{template}");
            assert_eq!(evaluated.missing, missing, "{template}");
        }
    }

    #[test]
    fn malformed_templates_are_refused_with_the_position() {
        for (template, position) in [
            ("${", 3),
            ("${}", 3),
            ("ab ${context.tokenset.email", 28),
            ("${context}", 3),
            ("${context.}", 11),
            ("${context.secrets.x}", 11),
            ("${context.tokenset}", 19),
            ("${context.tokenset.}", 20),
            ("${context.tokenset..email}", 20),
            ("${context.tokenset.access_token}", 19),
            ("${context.tokenset['refresh_token']}", 19),
            ("${context.tokenset.id_token.x}", 19),
            ("${context.connection.client_secret}", 21),
            ("${context.connection.options.secret}", 21),
            ("${context.connection.id.x}", 21),
            ("${context.tokenset.a | b}", 22),
            ("${context.tokenset.a || }", 25),
            ("${context.tokenset.a.toUpperCase()}", 33),
            ("${context.tokenset[0]}", 20),
            ("${context.tokenset['a'}", 23),
            ("${context.tokenset['a}", 20),
            ("${'open}", 3),
            ("${process.env}", 3),
            ("é ${contexte.x}", 5),
        ] {
            let error = Template::parse(template).unwrap_err();
            assert_eq!(error.position, position, "{template}: {error}");
        }
        assert!(Template::parse(&"x".repeat(limits::TEMPLATE_CHARACTERS + 1)).is_err());
    }

    #[test]
    fn the_need_for_userinfo_is_seen() {
        for (template, expected) in [
            ("context.userinfo.x", false),
            ("${context.tokenset.userinfo}", false),
            ("${'context.userinfo.x'}", false),
            ("${context.tokenset.a || context.userinfo.a}", true),
            ("x ${context.userinfo['a']}", true),
        ] {
            assert_eq!(Template::parse(template).unwrap().refers_to_userinfo(), expected, "{template}");
        }
    }

    #[test]
    fn repeating_a_huge_claim_does_not_multiply_it_without_end() {
        let huge = json!({"h": "x".repeat(limits::PROFILE_BYTES)});
        let context = ClaimContext::sample(&huge, None);
        let evaluated = Template::parse(&"${context.tokenset.h}".repeat(90)).unwrap().evaluate(&context);
        assert!(evaluated.value.unwrap().as_str().unwrap().len() <= 2 * limits::PROFILE_BYTES);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\PC|\\$\\{|\\}|\\.|context|tokenset|\\[|'|\"|\\||\\\\){0,60}") {
            if let Ok(template) = Template::parse(&text) {
                template.evaluate(&ClaimContext::sample(&json!({}), None));
            }
        }
    }
}
