//! One entry of an attribute map: a literal, a template, or a list of both.

use serde_json::Value;

use super::template::{ClaimContext, Evaluated, Template, TemplateError};
use crate::domain::limits;

/// What an attribute map says about one attribute.
///
/// A list that holds a template makes a list whatever the provider sent: `["${context.tokenset.groups}"]` gives
/// `["staff"]` for the claim `"staff"`, and for `["staff", "admins"]` both. Claims it looks for in vain are left out.
/// Objects, and lists without templates, are literals.
#[derive(Clone, Debug, PartialEq)]
pub enum MapRule<'r> {
    Literal(&'r Value),
    Template(Template),
    List(Vec<Self>),
}

impl<'r> MapRule<'r> {
    /// Reads the rule as it stands in the map.
    ///
    /// # Errors
    /// [`TemplateError`] of the first template that is malformed, or of a list that is too long.
    pub fn parse(rule: &'r Value) -> Result<Self, TemplateError> {
        match rule {
            Value::String(text) => Template::parse(text).map(Self::Template),
            Value::Array(items) if items.iter().any(holds_expression) => {
                if items.len() > limits::MAPPED_LIST_ITEMS {
                    let message =
                        format!("a list with templates has at most {} entries", limits::MAPPED_LIST_ITEMS);
                    return Err(TemplateError { position: 1, message });
                }
                let parse = |item: &'r Value| match item {
                    Value::String(text) => Template::parse(text).map(Self::Template),
                    literal => Ok(Self::Literal(literal)),
                };
                items.iter().map(parse).collect::<Result<_, _>>().map(Self::List)
            }
            literal => Ok(Self::Literal(literal)),
        }
    }

    /// The value in this context.
    pub fn evaluate(&self, context: &ClaimContext<'_>) -> Evaluated {
        match self {
            Self::Literal(value) => Evaluated { value: Some((*value).clone()), missing: Vec::new() },
            Self::Template(template) => template.evaluate(context),
            Self::List(rules) => {
                let mut list = None;
                let mut missing = Vec::new();
                for evaluated in rules.iter().map(|rule| rule.evaluate(context)) {
                    missing.extend(evaluated.missing);
                    match evaluated.value {
                        Some(Value::Array(more)) => list.get_or_insert_with(Vec::new).extend(more),
                        Some(one) => list.get_or_insert_with(Vec::new).push(one),
                        None => {}
                    }
                }
                Evaluated { value: list.map(Value::Array), missing }
            }
        }
    }

    /// Whether it needs the UserInfo answer.
    pub fn refers_to_userinfo(&self) -> bool {
        match self {
            Self::Literal(_) => false,
            Self::Template(template) => template.refers_to_userinfo(),
            Self::List(rules) => rules.iter().any(Self::refers_to_userinfo),
        }
    }
}

fn holds_expression(item: &Value) -> bool {
    item.as_str().is_some_and(|text| text.contains("${"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(rule: &Value) -> Evaluated {
        let tokenset =
            json!({"one": "staff", "many": ["staff", "admins"], "none": [], "level": 7, "deep": [["a"]]});
        let context = ClaimContext::sample(&tokenset, None);
        MapRule::parse(rule).unwrap().evaluate(&context)
    }

    #[test]
    fn a_list_stays_a_list_whatever_the_provider_sends() {
        for (rule, expected) in [
            (json!(["${context.tokenset.one}"]), json!(["staff"])),
            (json!(["${context.tokenset.many}"]), json!(["staff", "admins"])),
            (json!(["${context.tokenset.none}"]), json!([])),
            (json!(["${context.tokenset.level}"]), json!([7])),
            (json!(["${context.tokenset.deep}"]), json!([["a"]])),
            (json!(["all", "${context.tokenset.many}", 5]), json!(["all", "staff", "admins", 5])),
            (json!(["x-${context.tokenset.many}"]), json!(["x-staff,admins"])),
            (json!(["${context.tokenset.gone || context.tokenset.one}"]), json!(["staff"])),
            (
                json!(["plain", {"a": "${context.tokenset.one}"}]),
                json!(["plain", {"a": "${context.tokenset.one}"}]),
            ),
            (json!({"a": "${context.tokenset.one}"}), json!({"a": "${context.tokenset.one}"})),
        ] {
            assert_eq!(evaluate(&rule), Evaluated { value: Some(expected), missing: vec![] }, "{rule}");
        }
    }

    #[test]
    fn what_a_list_looks_for_in_vain_is_left_out_and_named() {
        let partly = evaluate(&json!(["${context.tokenset.gone}", "${context.tokenset.one}"]));
        assert_eq!(partly.value, Some(json!(["staff"])));
        assert_eq!(partly.missing, ["context.tokenset.gone"]);
        assert_eq!(evaluate(&json!(["${context.tokenset.gone}"])).value, None);
    }

    #[test]
    fn a_malformed_or_endless_list_is_refused() {
        assert!(MapRule::parse(&json!(["${context.tokenset.one}", "${contex"])).is_err());
        let endless = json!(vec!["${context.tokenset.one}"; limits::MAPPED_LIST_ITEMS + 1]);
        assert!(MapRule::parse(&endless).is_err());
        assert!(MapRule::parse(&json!(vec!["literal"; limits::MAPPED_LIST_ITEMS + 1])).is_ok());
    }

    #[test]
    fn the_need_for_userinfo_is_seen_in_lists_too() {
        assert!(MapRule::parse(&json!(["a", "${context.userinfo.x}"])).unwrap().refers_to_userinfo());
        assert!(!MapRule::parse(&json!(["a", "${context.tokenset.x}"])).unwrap().refers_to_userinfo());
    }
}
