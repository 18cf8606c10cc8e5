//! What templates can say beside plain values: `{{t}}`, `{{said}}`, `{{shown}}`, `{{asset}}` and `{{initial}}`.
//!
//! All of them return plain text and leave escaping to the template engine, so they also work as arguments.

use std::collections::BTreeMap;
use std::sync::Arc;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, JsonRender, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};

use super::assets;
use super::language::Language;
use super::phrases::{Phrases, with_readable_moments};
use crate::domain::shown_text::visible;

pub(super) fn register(templates: &mut Handlebars<'static>, language: Arc<Language>, phrases: Arc<Phrases>) {
    templates.register_helper("said", Box::new(Said { phrases }));
    templates.register_helper("t", Box::new(Translate { language }));
    templates.register_helper("shown", Box::new(Shown));
    templates.register_helper("asset", Box::new(AssetAddress));
    templates.register_helper("initial", Box::new(Initial));
}

/// `{{t "login.title" client=client_name}}`: a text with values, as `{{shown}}` shows them. Several arguments are joined
/// by dots:
/// `{{t "errors" code "title"}}`.
struct Translate {
    language: Arc<Language>,
}

impl HelperDef for Translate {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let key: Vec<String> = call.params().iter().map(|part| part.value().render()).collect();
        let values: BTreeMap<&str, String> = call
            .hash()
            .iter()
            .map(|(name, value)| (*name, visible(&value.value().render()).into_owned()))
            .collect();
        let text = self.language.fill(&key.join("."), &values).map_err(|error| other(error.to_string()))?;
        Ok(ScopedJson::Derived(text.into()))
    }
}

/// `{{said remedy}}`: a sentence of a diagnosis, in this language where its pattern is known.
struct Said {
    phrases: Arc<Phrases>,
}

impl HelperDef for Said {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let english = first_argument(call);
        let text = self.phrases.translate(&english).unwrap_or(english);
        Ok(ScopedJson::Derived(with_readable_moments(&text).into()))
    }
}

/// `{{shown display_name}}`: a name that strangers chose, without what nobody sees.
struct Shown;

impl HelperDef for Shown {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        Ok(ScopedJson::Derived(visible(&first_argument(call)).into_owned().into()))
    }
}

/// `{{asset "vestibule.css"}}`: the address of a static file, with its fingerprint.
struct AssetAddress;

impl HelperDef for AssetAddress {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = first_argument(call);
        let address = assets::address(&name).ok_or_else(|| other(format!("no static file {name}")))?;
        Ok(ScopedJson::Derived(address.into()))
    }
}

/// `{{initial client_name}}`: the letter that stands for a name without a logo.
struct Initial;

impl HelperDef for Initial {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        call: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let name = first_argument(call);
        let letter = name.chars().find(|letter| letter.is_alphanumeric());
        let initial: String = letter.into_iter().flat_map(char::to_uppercase).collect();
        Ok(ScopedJson::Derived(initial.into()))
    }
}

fn first_argument(call: &Helper<'_>) -> String {
    call.param(0).map(|argument| argument.value().render()).unwrap_or_default()
}

fn other(message: String) -> RenderError {
    RenderErrorReason::Other(message).into()
}
