//! Pages: templates, languages, static files.
//!
//! A page is a struct in `pages/` and a template of the same name in `templates/pages/`. Every visible word
//! comes from `templates/languages/<tag>.json` through `{{t "key" name=value}}`.

pub mod assets;
mod expressions;
mod frame;
mod language;
mod letters;
pub mod pages;
mod phrases;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use handlebars::Handlebars;
use rust_embed::{EmbeddedFile, RustEmbed};
use serde::Serialize;

pub use self::frame::Frame;
use self::frame::FrameContext;
use self::language::Language;
pub use self::letters::WrittenMail;
use self::phrases::Phrases;
use crate::domain::locale::Locale;

#[derive(RustEmbed)]
#[folder = "templates/"]
struct Templates;

/// Why a page could not be made. Both kinds are faults of ours, never of the person's input.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    #[error("templates/{file} is missing or is not UTF-8")]
    Unreadable { file: String },
    #[error("templates/{file} is not a template")]
    Template { file: String, source: Box<handlebars::TemplateError> },
    #[error("templates/{file} is not a flat object of texts")]
    Language { file: String, source: serde_json::Error },
    #[error("the page {template} cannot be rendered")]
    Render { template: &'static str, source: Box<handlebars::RenderError> },
}

/// What one template needs to know.
pub trait Page: Serialize {
    /// The template's path below `templates/`, without its ending.
    const TEMPLATE: &'static str;

    /// Examples that together show every branch of the template.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// Every page in every language, parsed once at start.
pub struct Views {
    english: Edition,
    french: Edition,
}

impl Views {
    /// Parses the embedded templates and languages.
    ///
    /// # Errors
    /// A template or language file that does not parse.
    pub fn load() -> Result<Views, ViewError> {
        Ok(Views { english: Edition::load(Locale::En)?, french: Edition::load(Locale::Fr)? })
    }

    /// The whole HTML document of a page.
    ///
    /// # Errors
    /// A text or value the template asks for and does not get.
    pub fn render<P: Page>(&self, page: &P, frame: &Frame) -> Result<String, ViewError> {
        self.edition(frame.locale).render(page, frame)
    }

    /// One text, as written in the language file: placeholders stay, nothing is escaped.
    pub fn text(&self, locale: Locale, key: &str) -> Option<&str> {
        self.edition(locale).language.text(key)
    }

    /// A sentence of a diagnosis in another language; `None` where its pattern is not known there. English it is already.
    pub fn finding(&self, locale: Locale, english: &str) -> Option<String> {
        match locale {
            Locale::En => Some(english.to_owned()),
            Locale::Fr => self.french.phrases.translate(english),
        }
    }

    fn edition(&self, locale: Locale) -> &Edition {
        match locale {
            Locale::En => &self.english,
            Locale::Fr => &self.french,
        }
    }
}

/// Every page in one language.
struct Edition {
    language: Arc<Language>,
    phrases: Arc<Phrases>,
    templates: Handlebars<'static>,
    /// Those of mail, which is plain text: nothing is escaped.
    letters: Handlebars<'static>,
}

/// A page inside its frame, as the templates see it.
#[derive(Serialize)]
struct Scene<'a, P> {
    frame: FrameContext,
    #[serde(flatten)]
    page: &'a P,
}

impl Edition {
    fn load(locale: Locale) -> Result<Edition, ViewError> {
        Edition::new(Language::load(locale)?, Phrases::load(locale)?)
    }

    fn new(language: Language, phrases: Phrases) -> Result<Edition, ViewError> {
        let (language, phrases) = (Arc::new(language), Arc::new(phrases));
        let registry = || {
            let mut registry = Handlebars::new();
            registry.set_strict_mode(true);
            // Indenting partials would also indent the lines of inserted values and so change them.
            registry.set_prevent_indent(true);
            expressions::register(&mut registry, Arc::clone(&language), Arc::clone(&phrases));
            registry
        };
        let (mut templates, mut letters) = (registry(), registry());
        letters.register_escape_fn(handlebars::no_escape);
        for file in Templates::iter() {
            let Some(name) = file.strip_suffix(".hbs") else { continue };
            let registries: &mut [&mut Handlebars<'static>] = match name {
                _ if name.starts_with("letters/") => &mut [&mut letters],
                "partials/finding_message" => &mut [&mut letters, &mut templates],
                _ => &mut [&mut templates],
            };
            for registry in registries {
                registry.register_template_string(name, template_text(&file)?).map_err(|source| {
                    ViewError::Template { file: file.to_string(), source: Box::new(source) }
                })?;
            }
        }
        Ok(Edition { language, phrases, templates, letters })
    }

    fn render<P: Page>(&self, page: &P, frame: &Frame) -> Result<String, ViewError> {
        let scene = Scene { frame: frame.context(), page };
        self.templates
            .render(P::TEMPLATE, &scene)
            .map_err(|source| ViewError::Render { template: P::TEMPLATE, source: Box::new(source) })
    }
}

fn template_text(file: &str) -> Result<String, ViewError> {
    Templates::get(file)
        .and_then(|EmbeddedFile { data, .. }| String::from_utf8(data.into_owned()).ok())
        .ok_or_else(|| ViewError::Unreadable { file: file.to_owned() })
}
