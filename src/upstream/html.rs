//! What can be read of a page without being a browser: its text, and where its forms go.

/// A form of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) action: String,
    /// By name.
    inputs: Vec<(String, String)>,
}

impl Form {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.inputs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The forms that are posted, in their order.
pub(super) fn forms(html: &str) -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    let mut is_open = false;
    for part in parts(html) {
        let Part::Tag(tag) = part else { continue };
        let is_posted = || attribute(tag, "method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        if is_named(tag, "form") {
            is_open = is_posted();
            if is_open {
                let action = attribute(tag, "action").unwrap_or_default();
                forms.push(Form { action, inputs: Vec::new() });
            }
        } else if is_named(tag, "/form") {
            is_open = false;
        } else if is_named(tag, "input")
            && is_open
            && let (Some(form), Some(name)) = (forms.last_mut(), attribute(tag, "name"))
        {
            form.inputs.push((name, attribute(tag, "value").unwrap_or_default()));
        }
    }
    forms
}

/// The text between the tags. What scripts hold counts too: some pages are written by one.
pub(super) fn text(html: &str) -> String {
    let texts = parts(html).into_iter().filter_map(|part| match part {
        Part::Text(text) => Some(unescaped(text)),
        Part::Tag(_) => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

enum Part<'a> {
    Text(&'a str),
    /// Without its brackets.
    Tag(&'a str),
}

fn parts(html: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        parts.push(Part::Text(text));
        // A lone bracket is text (`a < b` in a script).
        let is_tag =
            after.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/' || letter == '!');
        if !is_tag {
            rest = after;
            continue;
        }
        let Some((tag, after)) = end_of_tag(after).map(|end| after.split_at(end)) else {
            // What is never closed is text to the end: to look again behind each of its brackets would take a page of
            // brackets alone the square of its length.
            rest = after;
            break;
        };
        parts.push(Part::Tag(tag));
        rest = after.strip_prefix('>').unwrap_or(after);
    }
    parts.push(Part::Text(rest));
    parts
}

/// The bracket that closes a tag is not one inside quotation marks.
fn end_of_tag(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            _ => {}
        }
    }
    None
}

fn is_named(tag: &str, name: &str) -> bool {
    let found = tag.split(|letter: char| letter.is_ascii_whitespace()).next().unwrap_or_default();
    found.eq_ignore_ascii_case(name)
}

/// The value of an attribute, which may be quoted in either way or not at all.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let is_space = |letter: char| letter.is_ascii_whitespace();
    let mut rest = tag.split_once(is_space)?.1;
    loop {
        rest = rest.trim_start_matches(|letter: char| is_space(letter) || letter == '/');
        let end = rest.find(|letter: char| is_space(letter) || letter == '=').unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() && after.is_empty() {
            return None;
        }
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(after) => match after.chars().next().filter(|letter| matches!(letter, '"' | '\'')) {
                Some(quote) => after.get(1..)?.split_once(quote)?,
                None => after.split_at(after.find(is_space).unwrap_or(after.len())),
            },
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(unescaped(value));
        }
        rest = after;
    }
}

/// Bytes of a character reference, without `&` and `;`.
const LONGEST_REFERENCE: usize = 8;

/// Character references become what they stand for, as far as they matter in addresses and messages.
fn unescaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        found.push_str(before);
        let end = after.bytes().take(LONGEST_REFERENCE + 1).position(|byte| byte == b';');
        let reference = end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?)));
        match reference.and_then(|(name, after)| Some((letter(name)?, after))) {
            Some((letter, after)) => {
                found.push(letter);
                rest = after;
            }
            None => {
                found.push('&');
                rest = after;
            }
        }
    }
    found.push_str(rest);
    found
}

fn letter(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" | "rsquo" | "lsquo" => Some('\''),
        "nbsp" => Some(' '),
        "sol" => Some('/'),
        "colon" => Some(':'),
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_are_posted_are_found_with_what_they_carry() {
        let page = r#"<!doctype html><body onload="if (1 > 0) document.forms[0].submit()">
            <form action="/search"><input name="error" value="no"></form>
            <FORM name=back Method='POST' ACTION="https&#x3a;&#47;&sol;hub.example&#x2F;login/callback?a=1&amp;b=2">
            <input type="hidden" name="error" value="login_required"/><input value='a "b"' name='state'>
            <input name=empty></form><input name="outside" value="x">"#;
        let found = forms(page);
        assert_eq!(found.len(), 1);
        let form = &found[0];
        assert_eq!(form.action, "https://hub.example/login/callback?a=1&b=2");
        assert_eq!((form.value("error"), form.value("state")), (Some("login_required"), Some("a \"b\"")));
        assert_eq!((form.value("empty"), form.value("outside"), form.value("b")), (Some(""), None, None));
    }

    #[test]
    fn text_is_what_stands_between_tags() {
        assert_eq!(
            text("<p title='a > b'>Invalid&nbsp;<b>parameter</b>: it&#39;s &unknown; &</p> 1 < 2"),
            " Invalid  parameter : it's &unknown; &  1   2"
        );
        for odd in ["<", "<a", "<a href=\"", "&", "&#xffffffff;", "<form method=post action=", "<input ="] {
            let _ = (text(odd), forms(odd));
        }
    }
}
