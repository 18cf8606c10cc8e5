//! The page before a Chromium: what it shows, how it is looked at, what the browser complains about.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::Locator;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::chromium::Chromium;

impl Chromium {
    /// Opens a window whose person reads `language`, and whose pages may run scripts or not.
    pub async fn start_as(language: &str, with_scripts: bool) -> Self {
        Self::start_with(json!({"prefs": {
            "intl.accept_languages": language,
            "profile.managed_default_content_settings.javascript": if with_scripts { 1 } else { 2 },
        }}))
        .await
    }

    /// Goes to an address, as typed into the address bar.
    pub async fn open(&self, url: &str) {
        self.window.goto(url).await.unwrap();
    }

    pub async fn url(&self) -> Url {
        self.window.current_url().await.unwrap()
    }

    /// Presses keys where the focus is; `fantoccini::key::Key` has those without a letter.
    pub async fn press(&self, keys: &str) {
        self.window.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Whether `css` selects anything now.
    pub async fn shows(&self, css: &str) -> bool {
        !self.window.find_all(Locator::Css(css)).await.unwrap().is_empty()
    }

    /// The visible text of the element that `css` selects.
    pub async fn text(&self, css: &str) -> String {
        self.element(css).await.text().await.unwrap()
    }

    /// The value of a JavaScript expression in the page, whether or not the page may run scripts.
    pub async fn value(&self, expression: &str) -> Value {
        self.window.execute(&format!("return ({expression})"), Vec::new()).await.unwrap()
    }

    /// The visible part of the page becomes `width` × `height` CSS pixels, whatever the window is.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// What the person prefers: `light` or `dark`. Colours that fade into each other are there at once.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
        let fades = "document.getAnimations().filter(one => one instanceof CSSTransition)";
        self.value(&format!("void {fades}.forEach(one => one.finish())")).await;
    }

    /// One command of the DevTools protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.window.issue_cmd(Own { path: "goog/cdp/execute", body }).await.unwrap()
    }

    /// What the browser complained about since it was last asked: refused by a Content Security Policy,
    /// broken scripts, unreachable addresses. That a page came with an error status is no complaint.
    pub async fn complaints(&self) -> Vec<String> {
        let log = Own { path: "se/log", body: json!({"type": "browser"}) };
        let log = self.window.issue_cmd(log).await.unwrap();
        let messages = log.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap());
        let own = |message: &&str| !message.contains("the server responded with a status of 4");
        messages.filter(own).map(str::to_owned).collect()
    }

    /// Keeps a picture of the whole page for people to look at, below `target/tmp/screenshots`.
    pub async fn picture(&self, name: &str) {
        let size = self.devtools("Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let options = json!({"captureBeyondViewport": true, "clip": clip});
        let picture = self.devtools("Page.captureScreenshot", options).await;
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let bytes = STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), bytes).unwrap();
    }
}

/// A command of chromedriver's own.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
