//! Forms out of HTML, as far as server-rendered pages write it.

use url::Url;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub value: String,
    pub is_hidden: bool,
}

#[derive(Clone, Debug)]
pub struct Form {
    pub id: String,
    pub action: Url,
    pub is_post: bool,
    pub fields: Vec<Field>,
    /// The ones that submit.
    pub buttons: Vec<Field>,
}

/// Every form of a page at `base`.
pub fn forms(html: &str, base: &Url) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut inside = false;
    for tag in tags(html) {
        match tag.name.as_str() {
            "form" => {
                inside = true;
                let action = tag.attribute("action").unwrap_or_default();
                forms.push(Form {
                    id: tag.attribute("id").unwrap_or_default(),
                    action: base.join(&action).unwrap(),
                    is_post: tag
                        .attribute("method")
                        .is_some_and(|method| method.eq_ignore_ascii_case("post")),
                    fields: Vec::new(),
                    buttons: Vec::new(),
                });
            }
            "/form" => inside = false,
            "input" | "button" if inside => {
                if let Some(form) = forms.last_mut() {
                    form.add(&tag);
                }
            }
            _ => {}
        }
    }
    forms
}

/// An attribute of the element with that `id`.
pub fn attribute(html: &str, id: &str, name: &str) -> Option<String> {
    tags(html).iter().find(|tag| tag.attribute("id").as_deref() == Some(id))?.attribute(name)
}

impl Form {
    fn add(&mut self, tag: &Tag) {
        let default_kind = if tag.name == "button" { "submit" } else { "text" };
        let kind = tag.attribute("type").unwrap_or_else(|| default_kind.into()).to_ascii_lowercase();
        let field = Field {
            name: tag.attribute("name").unwrap_or_default(),
            value: tag.attribute("value").unwrap_or_default(),
            is_hidden: kind == "hidden",
        };
        match kind.as_str() {
            "submit" => self.buttons.push(field),
            "button" | "reset" | "image" => {}
            "checkbox" | "radio" if tag.attribute("checked").is_none() => {}
            _ if field.name.is_empty() => {}
            _ => self.fields.push(field),
        }
    }
}

struct Tag {
    /// Lower case, with the slash of a closing tag.
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }
}

fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let end = rest.find(|letter: char| letter.is_whitespace() || letter == '>').unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('/').to_ascii_lowercase();
        let (attributes, after) = attributes(&rest[end..]);
        rest = after;
        tags.push(Tag { name, attributes });
    }
    tags
}

/// The attributes up to the tag's end, and what follows it.
fn attributes(mut rest: &str) -> (Vec<(String, String)>, &str) {
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (attributes, after);
        }
        if rest.is_empty() {
            return (attributes, rest);
        }
        let stops = |letter: char| letter.is_whitespace() || matches!(letter, '=' | '>' | '/');
        let end = rest.find(stops).unwrap_or(rest.len()).max(1);
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let (raw, left) = match after.chars().next() {
                Some(quote @ ('"' | '\'')) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                _ => after.split_at(
                    after.find(|letter: char| letter.is_whitespace() || letter == '>').unwrap_or(after.len()),
                ),
            };
            value = decode_entities(raw);
            rest = left;
        }
        attributes.push((name, value));
    }
}

/// Character references: numbers, and the five names that escaping uses.
pub fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest.find(';').map(|end| (&rest[1..end], &rest[end + 1..]));
        match reference.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((letter, after)) => {
                decoded.push(letter);
                rest = after;
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

fn character(name: &str) -> Option<char> {
    let number = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        },
        None => {
            return match name {
                "amp" => Some('&'),
                "lt" => Some('<'),
                "gt" => Some('>'),
                "quot" => Some('"'),
                "apos" => Some('\''),
                _ => None,
            };
        }
    };
    char::from_u32(number)
}
