//! `upstream_params`: what else a provider's authorization request says, fixed or taken from the application's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::fields::Fields;
use crate::domain::limits;
use crate::protocol::authorization_request::AuthorizationRequest;

/// Parameters on which the safety of a login stands, or that another option is for.
const OURS: [(&str, &str); 19] = [
    ("claims", "is not supported here; ask for scopes"),
    ("client_assertion", "belongs to the token endpoint"),
    ("client_assertion_type", "belongs to the token endpoint"),
    ("client_id", "is options.client_id"),
    ("client_secret", "must never travel through a browser"),
    ("code", "belongs to the answer"),
    ("code_challenge", "is made for each login"),
    ("code_challenge_method", "is options.connection_settings.pkce"),
    ("code_verifier", "belongs to the token endpoint"),
    ("dpop_jkt", "is made for each login"),
    ("id_token", "belongs to the answer"),
    ("nonce", "is made for each login"),
    ("redirect_uri", "is this service's own"),
    ("request", "would say everything else once more"),
    ("request_uri", "would say everything else once more"),
    ("response_mode", "follows from options.type"),
    ("response_type", "follows from options.type"),
    ("scope", "is options.scope, or connection_scope of the application's request"),
    ("state", "is made for each login"),
];

/// Where the value of a parameter comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamParam {
    Value(String),
    /// The application's own parameter; nothing is sent where that is missing.
    Alias(RequestParameter),
}

/// A parameter of the application's authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestParameter {
    AcrValues,
    Audience,
    ClientId,
    Display,
    LoginHint,
    MaxAge,
    Prompt,
    Resource,
    ResponseMode,
    ResponseType,
    UiLocales,
}

const ALIASES: [(&str, RequestParameter); 11] = [
    ("acr_values", RequestParameter::AcrValues),
    ("audience", RequestParameter::Audience),
    ("client_id", RequestParameter::ClientId),
    ("display", RequestParameter::Display),
    ("login_hint", RequestParameter::LoginHint),
    ("max_age", RequestParameter::MaxAge),
    ("prompt", RequestParameter::Prompt),
    ("resource", RequestParameter::Resource),
    ("response_mode", RequestParameter::ResponseMode),
    ("response_type", RequestParameter::ResponseType),
    ("ui_locales", RequestParameter::UiLocales),
];

impl RequestParameter {
    /// What `request` said there.
    fn of(self, request: &AuthorizationRequest) -> Option<String> {
        match self {
            Self::AcrValues => request.acr_values.clone(),
            // `audience` and `resource` mean the same here.
            Self::Audience | Self::Resource => request.audience.clone(),
            Self::ClientId => Some(request.client_id.clone()),
            Self::Display => request.display.clone(),
            Self::LoginHint => request.login_hint.clone(),
            Self::MaxAge => request.max_age.map(|seconds| seconds.to_string()),
            Self::Prompt => request.prompt.to_text(),
            Self::ResponseMode => Some(request.response_mode.name().to_owned()),
            Self::ResponseType => Some(request.response_type.name().to_owned()),
            Self::UiLocales => request.ui_locales.clone(),
        }
    }
}

/// The parameters by name, with what they say for `request`.
pub fn resolved(
    params: &BTreeMap<String, UpstreamParam>,
    request: &AuthorizationRequest,
) -> Vec<(String, String)> {
    let value = |param: &UpstreamParam| match param {
        UpstreamParam::Value(value) => Some(value.clone()),
        UpstreamParam::Alias(parameter) => parameter.of(request),
    };
    params.iter().filter_map(|(name, param)| Some((name.clone(), value(param)?))).collect()
}

/// Those that say the same for everybody, where no application has asked anything.
pub fn fixed(params: &BTreeMap<String, UpstreamParam>) -> Vec<(String, String)> {
    let value = |(name, param): (&String, &UpstreamParam)| match param {
        UpstreamParam::Value(value) => Some((name.clone(), value.clone())),
        UpstreamParam::Alias(_) => None,
    };
    params.iter().filter_map(value).collect()
}

pub(super) fn upstream_params(fields: &mut Fields<'_>) -> BTreeMap<String, UpstreamParam> {
    const NAME: &str = "upstream_params";
    let params = match fields.value(NAME) {
        None => return BTreeMap::new(),
        Some(Value::Object(params)) => params,
        Some(_) => {
            fields.refuse(NAME, "must be an object: parameter to {\"value\": …} or {\"alias\": …}");
            return BTreeMap::new();
        }
    };
    if params.len() > limits::UPSTREAM_PARAMS {
        let most = limits::UPSTREAM_PARAMS;
        fields.refuse(NAME, format!("has {} entries; at most {most} are possible", params.len()));
        return BTreeMap::new();
    }
    let mut read = BTreeMap::new();
    for (name, param) in params.iter().filter(|(_, param)| !param.is_null()) {
        match parameter_name(name).and_then(|()| upstream_param(param)) {
            Ok(param) => drop(read.insert(name.clone(), param)),
            Err(problem) => {
                let shown: String = name.chars().filter(char::is_ascii_graphic).take(64).collect();
                fields.refuse(&format!("{NAME}.{shown}"), problem);
            }
        }
    }
    read
}

fn parameter_name(name: &str) -> Result<(), String> {
    if let Some((_, reason)) = OURS.iter().find(|(ours, _)| ours.eq_ignore_ascii_case(name)) {
        return Err(format!("cannot be set: it {reason}"));
    }
    let is_name = (1..=limits::PARAMETER_NAME_CHARACTERS).contains(&name.chars().count())
        && name.chars().all(|letter| letter.is_ascii_graphic());
    if is_name { Ok(()) } else { Err("must be a parameter's name, in ASCII without blanks".into()) }
}

fn upstream_param(param: &Value) -> Result<UpstreamParam, String> {
    let form = || "must be {\"value\": …} or {\"alias\": …}, nothing else".to_owned();
    let mut members = param.as_object().ok_or_else(form)?.iter();
    let (Some((kind, value)), None) = (members.next(), members.next()) else { return Err(form()) };
    let text = value.as_str().ok_or_else(form)?;
    match kind.as_str() {
        "value" if text.is_empty() || text.chars().count() > limits::UPSTREAM_PARAM_CHARACTERS => {
            Err(format!("must have a value of 1 to {} characters", limits::UPSTREAM_PARAM_CHARACTERS))
        }
        "value" if text.chars().any(char::is_control) => Err("must not contain control characters".into()),
        "value" => Ok(UpstreamParam::Value(text.to_owned())),
        "alias" if text == "id_token_hint" => Err(
            "must not have the alias id_token_hint: it is a token of this service, which means nothing to the provider; use login_hint"
                .into(),
        ),
        "alias" => match ALIASES.iter().find(|(name, _)| *name == text) {
            Some((_, parameter)) => Ok(UpstreamParam::Alias(*parameter)),
            None => Err(format!("must have an alias among {}", ALIASES.map(|(name, _)| name).join(", "))),
        },
        _ => Err(form()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(params: &Value) -> (BTreeMap<String, UpstreamParam>, Vec<String>) {
        let body = json!({"upstream_params": params});
        let mut fields = Fields::new(body.as_object().unwrap(), "");
        let read = upstream_params(&mut fields);
        let mut problems = Vec::new();
        fields.finish(&mut problems);
        (read, problems.into_iter().map(|problem| format!("{} {}", problem.path, problem.message)).collect())
    }

    #[test]
    fn values_and_aliases_are_read_and_written_alike() {
        let params = json!({"hd": {"value": "acme.example"}, "screen_name": {"alias": "login_hint"}});
        let (read, problems) = read(&params);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(serde_json::to_value(&read).unwrap(), params);
    }

    #[test]
    fn every_alias_is_written_as_it_is_read() {
        for (name, parameter) in ALIASES {
            assert_eq!(serde_json::to_value(parameter).unwrap(), name);
        }
    }

    #[test]
    fn what_a_login_stands_on_cannot_be_set() {
        for (name, _) in OURS {
            for written in [name.to_owned(), name.to_uppercase()] {
                let (read, problems) = read(&json!({&written: {"value": "x"}}));
                assert_eq!((read.len(), problems.len()), (0, 1), "{written}");
                assert!(problems[0].starts_with(&format!("upstream_params.{written} cannot be set")));
            }
        }
    }

    #[test]
    fn odd_entries_are_told_and_the_others_are_not_kept_from_it() {
        for (params, hint) in [
            (json!([]), "must be an object"),
            (json!({"x": "y"}), "must be {\"value\""),
            (json!({"x": {"value": "y", "alias": "prompt"}}), "must be {\"value\""),
            (json!({"x": {"value": 1}}), "must be {\"value\""),
            (json!({"x": {"value": ""}}), "1 to"),
            (json!({"x": {"value": "a\nb"}}), "control"),
            (json!({"x": {"alias": "id_token_hint"}}), "use login_hint"),
            (json!({"x": {"alias": "state"}}), "among acr_values"),
            (json!({"a b": {"value": "y"}}), "parameter's name"),
        ] {
            let (read, problems) = read(&params);
            assert_eq!((read.len(), problems.len()), (0, 1), "{params} {problems:?}");
            assert!(problems[0].contains(hint), "{problems:?}");
        }
        assert_eq!(read(&json!({"x": null})), (BTreeMap::new(), Vec::new()));
        let many: Value = (0..=limits::UPSTREAM_PARAMS)
            .map(|number| (format!("p{number}"), json!({"value": "x"})))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert!(read(&many).1[0].contains("at most"));
    }
}
