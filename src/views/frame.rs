//! What surrounds every page: its language, and the links that switch it.

use serde::Serialize;

use crate::domain::locale::Locale;

/// What the layout needs beside the page itself.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub locale: Locale,
    /// Path and query of this page when a GET shows it again; the language links keep them and add
    /// `ui_locales`. `None` (answers to a POST) leaves the links out.
    pub path_for_locale: Option<String>,
}

impl Frame {
    /// A page that cannot be asked for again in another language.
    pub fn of(locale: Locale) -> Frame {
        Frame { locale, path_for_locale: None }
    }

    /// A page found at `path` (with its query).
    pub fn at(locale: Locale, path: impl Into<String>) -> Frame {
        Frame { locale, path_for_locale: Some(path.into()) }
    }

    pub(super) fn context(&self) -> FrameContext {
        // Anything but a path of ours ("//elsewhere", "https:") must not become a link.
        let path = self.path_for_locale.as_deref().filter(|path| is_local(path));
        let languages = path.map_or_else(Vec::new, |path| {
            Locale::ALL
                .into_iter()
                .map(|locale| LanguageLink {
                    tag: locale.tag(),
                    name: locale.own_name(),
                    href: with_locale(path, locale),
                    current: locale == self.locale,
                })
                .collect()
        });
        FrameContext { lang: self.locale.tag(), languages }
    }
}

#[derive(Serialize)]
pub(super) struct FrameContext {
    lang: &'static str,
    languages: Vec<LanguageLink>,
}

#[derive(Serialize)]
struct LanguageLink {
    tag: &'static str,
    name: &'static str,
    href: String,
    current: bool,
}

fn is_local(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\n', '\r', '\t'])
}

/// The same path with `ui_locales` set, every other parameter kept as it was written.
fn with_locale(path: &str, locale: Locale) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = query.split('&').filter(|pair| !pair.is_empty() && !is_ui_locales(pair));
    let parameters: Vec<&str> = kept.collect();
    let separator = if parameters.is_empty() { "" } else { "&" };
    format!("{path}?{}{separator}ui_locales={}", parameters.join("&"), locale.tag())
}

fn is_ui_locales(pair: &str) -> bool {
    pair.split('=').next() == Some("ui_locales")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_link_keeps_the_path_and_every_other_parameter() {
        assert_eq!(with_locale("/login/abc", Locale::Fr), "/login/abc?ui_locales=fr");
        assert_eq!(
            with_locale("/authorize?state=a%26b&ui_locales=en&scope=openid+email", Locale::Fr),
            "/authorize?state=a%26b&scope=openid+email&ui_locales=fr"
        );
    }

    #[test]
    fn a_path_that_leads_elsewhere_is_never_linked() {
        for path in ["//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil.example", ""]
        {
            assert!(Frame::at(Locale::En, path).context().languages.is_empty(), "{path}");
        }
        assert_eq!(Frame::at(Locale::En, "/login/x").context().languages.len(), Locale::ALL.len());
    }
}
