//! The button of a connection: its logo, from our own address, and what it leads to.

use serde_json::json;

use super::stage::Stage;
use crate::support::chromium::Chromium;

#[actix_web::test]
async fn a_logo_is_drawn_20_by_20_beside_the_words_and_comes_from_here() {
    let stage = Stage::set().await;
    for (language, words) in [("en", "Continue with Acme"), ("fr", "Continuer avec Acme")] {
        let browser = Chromium::start_as(language, true).await;
        browser.open(&stage.doors()).await;
        assert_eq!(browser.element("#connection-acme").await.text().await.unwrap(), words);
        let logo = "document.querySelector('#connection-acme img')";
        let seen = browser
            .value(&format!(
                "[{logo}.complete, {logo}.naturalWidth, {logo}.getBoundingClientRect().width, \
                 {logo}.getBoundingClientRect().height, {logo}.alt]"
            ))
            .await;
        assert_eq!(seen, json!([true, 60, 20, 20, ""]));
        let source = browser.value(&format!("{logo}.src")).await;
        assert!(source.as_str().unwrap().starts_with(&stage.hub.url("logos/con_")), "{source}");
        // Without one, the first letter stands for it.
        let initial = browser.element("#connection-globex .choice-initial").await;
        assert_eq!(initial.text().await.unwrap(), "G");
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
}
