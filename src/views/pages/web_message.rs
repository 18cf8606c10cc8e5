//! `templates/pages/web_message.hbs`: the authorization response as a message to the window that asked
//! (OAuth 2.0 Web Message Response Mode). Without scripts there is no message: the mode is theirs alone.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::views::Page;

/// Sends `response` to a window at one of `origins`. No `Debug`: it holds a code or tokens.
#[derive(Clone, Serialize)]
pub struct WebMessagePage {
    /// With blanks between.
    origins: String,
    /// A JSON object, as text.
    response: String,
    client_name: String,
}

impl WebMessagePage {
    pub fn new(origins: Vec<String>, parameters: Vec<(&'static str, String)>, client_name: String) -> Self {
        let response: Map<String, Value> =
            parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        Self { origins: origins.join(" "), response: Value::Object(response).to_string(), client_name }
    }
}

impl Page for WebMessagePage {
    const TEMPLATE: &'static str = "pages/web_message";

    fn samples() -> Vec<WebMessagePage> {
        let parameters = vec![
            ("code", "an-example-code".into()),
            ("state", "an \"example\" <state> & more".into()),
            ("iss", "https://login.example/".into()),
        ];
        vec![WebMessagePage::new(
            vec!["https://notes.acme.example".into()],
            parameters,
            "notes.acme.example".into(),
        )]
    }
}
