//! A preset fills in what the body of a new connection leaves out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{FieldKind, Preset, PresetField, find_preset};
use crate::domain::connection::Strategy;
use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::domain::problem::Problem;
use crate::domain::web_address::{PlainHttp, check_web_address};

const ANSWERS: &str = "options.preset_fields";
/// What only a back channel has.
const BACK_CHANNEL_ALONE: [&str; 3] = ["call_userinfo", "token_endpoint_auth_method", "connection_settings"];

/// Applies `options.preset` to the body of a new connection: each option that the body does not name is the preset's,
/// and the discovery URL is made of the answers in `options.preset_fields`. What the body says, `null` included, stays.
pub fn apply_preset(body: &mut Map<String, Value>, plain_http: PlainHttp, problems: &mut Vec<Problem>) {
    if body.get("strategy").and_then(Value::as_str) != Some(Strategy::Oidc.name()) {
        return;
    }
    let Some(Value::Object(options)) = body.get_mut("options") else { return };
    let answers = options.remove("preset_fields").unwrap_or_default();
    let Some(preset) = options.get("preset").and_then(Value::as_str).and_then(find_preset) else {
        if !answers.is_null() && options.get("preset").is_none_or(Value::is_null) {
            let message = "needs options.preset: the name of the preset whose questions it answers";
            problems.push(Problem::new(ANSWERS, message));
        }
        return;
    };
    let is_found_otherwise = ["discovery_url", "issuer"].into_iter().any(|name| options.contains_key(name));
    match read_answers(preset, &answers, plain_http, is_found_otherwise) {
        Ok(None) => {}
        Ok(Some(url)) => {
            options.entry("discovery_url").or_insert(Value::String(url));
        }
        Err(more) => {
            problems.extend(more);
            // Or it would be called missing as well.
            options.entry("discovery_url").or_insert_with(|| Value::from("https://idp.example"));
        }
    }
    let is_front = options
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.eq_ignore_ascii_case("front_channel"));
    for (name, value) in &preset.options {
        if !(is_front && BACK_CHANNEL_ALONE.contains(&name.as_str())) {
            options.entry(name).or_insert_with(|| value.clone());
        }
    }
}

/// A preset counts when a connection is made; naming another one later would promise what nobody does.
pub fn refuse_other_preset(
    before: &Map<String, Value>,
    patch: &mut Map<String, Value>,
    problems: &mut Vec<Problem>,
) {
    let Some(Value::Object(options)) = patch.get_mut("options") else { return };
    let Some(named) = options.remove("preset") else { return };
    let current = before.get("options").and_then(|options| options.get("preset")).unwrap_or(&Value::Null);
    if named != *current {
        let message =
            "counts only when a connection is made; leave it out, and change the settings themselves";
        problems.push(Problem::new("options.preset", message));
    }
}

/// The discovery URL that the answers make, if any is to be made.
fn read_answers(
    preset: &'static Preset,
    answers: &Value,
    plain_http: PlainHttp,
    is_found_otherwise: bool,
) -> Result<Option<String>, Vec<Problem>> {
    let none = Map::new();
    let object = match answers {
        Value::Null => &none,
        Value::Object(object) => object,
        _ => {
            return Err(vec![Problem::new(
                ANSWERS,
                "must be an object: the preset's questions and their answers",
            )]);
        }
    };
    let mut fields = Fields::new(object, ANSWERS);
    let mut given = BTreeMap::new();
    for field in preset.fields.iter().filter(|field| !field.is_option) {
        if let Some(answer) = answer(&mut fields, field, plain_http) {
            given.insert(field.name.as_str(), answer);
        }
    }
    let url = preset.discovery_urls.iter().find_map(|template| filled(template, &given));
    if url.is_none() && !is_found_otherwise {
        let asked = |field: &&PresetField| !field.is_option && !field.is_optional;
        for field in preset.fields.iter().filter(asked) {
            if object.get(&field.name).is_none_or(Value::is_null) {
                let example = field
                    .example
                    .as_deref()
                    .map_or_else(String::new, |text| format!(", for instance {text}"));
                let message =
                    format!("is required: {}{example}; or send options.discovery_url", field.label.en);
                fields.refuse(&field.name, message);
            }
        }
    }
    let mut problems = Vec::new();
    fields.finish(&mut problems);
    if problems.is_empty() { Ok(url) } else { Err(problems) }
}

fn answer(fields: &mut Fields<'_>, field: &'static PresetField, plain_http: PlainHttp) -> Option<String> {
    let name = field.name.as_str();
    if field.kind == FieldKind::Url {
        return fields.web_address(name, plain_http).map(|url| url.trim_end_matches('/').to_owned());
    }
    let text = fields.text(name, 1..=limits::SHORT_TEXT_CHARACTERS)?;
    let read = match field.kind {
        FieldKind::Host => host(&text).ok_or_else(|| "must be a host name alone".to_owned()),
        FieldKind::Segment => segment(&text)
            .ok_or_else(|| "must be letters, digits, dots, hyphens and underscores alone".to_owned()),
        FieldKind::Choice => {
            let known = field.choices.iter().find(|choice| choice.eq_ignore_ascii_case(&text));
            known.cloned().ok_or_else(|| format!("must be one of {}", field.choices.join(", ")))
        }
        FieldKind::Url | FieldKind::Text | FieldKind::Secret => Ok(text),
    };
    match read {
        Ok(answer) => Some(answer),
        Err(problem) => {
            let example = field.example.as_deref().unwrap_or_default();
            fields.refuse(name, format!("{problem}, for instance {example}"));
            None
        }
    }
}

/// A host name as it may be pasted: with `https://` before and a slash behind.
fn host(text: &str) -> Option<String> {
    let bare = text.strip_prefix("https://").unwrap_or(text);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    let is_bare = !bare.contains(['/', '?', '#', '@', '\\']);
    let url = check_web_address(&format!("https://{bare}/"), PlainHttp::Never).ok().filter(|_| is_bare)?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn segment(text: &str) -> Option<String> {
    let is_plain = text.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '-' | '_'));
    (is_plain && !text.chars().all(|one| one == '.')).then(|| text.to_owned())
}

/// The template with every placeholder filled; `None` if an answer is missing.
fn filled(template: &str, answers: &BTreeMap<&str, String>) -> Option<String> {
    let mut parts = template.split('{');
    let mut url = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        url.push_str(answers.get(name)?);
        url.push_str(rest);
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::clock::Timestamp;
    use crate::domain::connection::{Connection, changed_connection, connection_json, new_connection};
    use crate::domain::preset::PRESETS;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn made(options: Value) -> Result<Connection, Vec<String>> {
        let mut all = json!({"client_id": "x", "client_secret": "s"});
        all.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let body = json!({"name": "acme", "strategy": "oidc", "options": all});
        let told = |problems: Vec<Problem>| {
            problems.into_iter().map(|one| format!("{} {}", one.path, one.message)).collect()
        };
        new_connection(body.as_object().unwrap(), "con_0123456789abcdef", false, NOW).map_err(told)
    }

    #[test]
    fn the_discovery_url_is_made_of_the_answers() {
        for (preset, answers, expected) in [
            ("okta", json!({"domain": "acme.okta.com"}), "https://acme.okta.com"),
            ("okta", json!({"domain": "https://Acme.okta.com/"}), "https://acme.okta.com"),
            (
                "okta",
                json!({"domain": "acme.okta.com", "authorization_server": "default"}),
                "https://acme.okta.com/oauth2/default",
            ),
            (
                "entra",
                json!({"tenant_id": "72f988bf-86f1-41af-91ab-2d7cd011db47"}),
                "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0",
            ),
            ("google", json!(null), "https://accounts.google.com"),
            (
                "keycloak",
                json!({"base_url": "https://sso.acme.example/auth/", "realm": "acme"}),
                "https://sso.acme.example/auth/realms/acme",
            ),
            ("auth0", json!({"domain": "acme.eu.auth0.com"}), "https://acme.eu.auth0.com"),
            ("ping", json!({"region": "EU", "environment_id": "e-1"}), "https://auth.pingone.eu/e-1/as"),
            ("onelogin", json!({"subdomain": "acme"}), "https://acme.onelogin.com/oidc/2"),
            ("adfs", json!({"host": "sts.acme.example"}), "https://sts.acme.example/adfs"),
            ("vestibule", json!({"issuer_url": "https://login.acme.example"}), "https://login.acme.example"),
        ] {
            let connection = made(json!({"preset": preset, "preset_fields": answers})).unwrap();
            assert_eq!(connection.options.discovery_url.as_deref(), Some(expected), "{preset}");
            assert_eq!(connection.options.preset.as_deref(), Some(preset));
        }
        let generic = made(json!({"preset": "generic", "discovery_url": "https://idp.example"})).unwrap();
        assert_eq!(generic.options.discovery_url.as_deref(), Some("https://idp.example"));
    }

    #[test]
    fn defaults_apply_only_where_the_body_says_nothing() {
        let shown = |options: Value| connection_json(&made(options).unwrap(), None)["options"].clone();
        for preset in PRESETS.iter() {
            let options = shown(json!({"preset": preset.name, "discovery_url": "https://idp.example"}));
            for (name, value) in &preset.options {
                assert_eq!(options[name], *value, "{} {name}", preset.name);
            }
        }
        let own = json!({
            "preset": "entra", "discovery_url": "https://idp.example", "scopes": "openid",
            "connection_settings": {"pkce": "plain"}, "token_endpoint_auth_method": "client_secret_basic",
            "attribute_map": {"mapping_mode": "basic_profile"},
        });
        let options = shown(own);
        assert_eq!(options["scope"], "openid");
        assert_eq!(options["connection_settings"], json!({"pkce": "plain"}));
        assert_eq!(options["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(options["attribute_map"], json!({"mapping_mode": "basic_profile"}));
        let null =
            shown(json!({"preset": "okta", "discovery_url": "https://idp.example", "call_userinfo": null}));
        assert_eq!(null["call_userinfo"], "when_mapped", "null is said, too");
    }

    #[test]
    fn a_front_channel_takes_no_defaults_of_the_back_channel() {
        let answers = json!({"domain": "acme.okta.com"});
        let front =
            made(json!({"type": "front_channel", "preset": "okta", "preset_fields": answers})).unwrap();
        let options = connection_json(&front, None)["options"].clone();
        assert_eq!(options["call_userinfo"], "when_mapped");
        assert_eq!(options["connection_settings"], json!({"pkce": "auto"}));
    }

    #[test]
    fn wrong_and_missing_answers_are_told_by_name() {
        for (options, expected) in [
            (
                json!({"preset": "okta"}),
                vec!["options.preset_fields.domain is required: Okta domain, for instance acme.okta.com"],
            ),
            (
                json!({"preset": "ping"}),
                vec![
                    "options.preset_fields.region is required",
                    "options.preset_fields.environment_id is required",
                ],
            ),
            (
                json!({"preset": "okta", "preset_fields": {"domain": "acme.okta.com/evil", "tenant": "x"}}),
                vec![
                    "options.preset_fields.domain must be a host name",
                    "options.preset_fields.tenant is not a property",
                ],
            ),
            (
                json!({"preset": "okta", "preset_fields": {"domain": "evil.example#.okta.com"}}),
                vec!["options.preset_fields.domain must be"],
            ),
            (
                json!({"preset": "okta", "preset_fields": {"domain": "a@evil.example"}}),
                vec!["options.preset_fields.domain must be"],
            ),
            (
                json!({"preset": "onelogin", "preset_fields": {"subdomain": "evil.example/x"}}),
                vec!["options.preset_fields.subdomain must be"],
            ),
            (
                json!({"preset": "entra", "preset_fields": {"tenant_id": ".."}}),
                vec!["options.preset_fields.tenant_id must be"],
            ),
            (
                json!({"preset": "ping", "preset_fields": {"region": "mars", "environment_id": "e"}}),
                vec!["options.preset_fields.region must be one of com"],
            ),
            (
                json!({"preset": "keycloak", "preset_fields": {"base_url": "http://sso.acme.example", "realm": "a"}}),
                vec!["options.preset_fields.base_url must be an https"],
            ),
            (
                json!({"preset": "okta", "preset_fields": "acme"}),
                vec!["options.preset_fields must be an object"],
            ),
            (
                json!({"preset_fields": {"domain": "x"}, "discovery_url": "https://idp.example"}),
                vec!["options.preset_fields needs options.preset"],
            ),
            (
                json!({"preset": "oktaa", "discovery_url": "https://idp.example"}),
                vec!["options.preset must be one of okta, entra"],
            ),
        ] {
            let problems = made(options.clone()).unwrap_err();
            assert_eq!(problems.len(), expected.len(), "{options}: {problems:?}");
            for (problem, expected) in problems.iter().zip(expected) {
                assert!(problem.starts_with(expected), "{options}: {problem}");
            }
        }
    }

    #[test]
    fn a_preset_counts_at_creation_alone() {
        let before = made(json!({"preset": "google"})).unwrap();
        let changed =
            |patch: Value| changed_connection(&before, patch.as_object().unwrap(), None, false, NOW);
        let echoed = connection_json(&before, None);
        assert_eq!(changed(echoed).unwrap(), before);
        for preset in [json!("okta"), json!(null)] {
            let problems = changed(json!({"options": {"preset": preset}})).unwrap_err();
            assert_eq!(problems[0].path, "options.preset");
        }
        let kept = changed(json!({"options": {"scope": "openid"}})).unwrap();
        assert_eq!(kept.options.preset.as_deref(), Some("google"));
    }
}
