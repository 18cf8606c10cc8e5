//! The provider's `form_post` arrives as a cross-site POST, which carries no `Lax` cookie: over http it is
//! posted once more from our own page, over https the cookie is on it.

use vestibule::domain::connection::Channel;

use crate::support::application::{Application, browser};
use crate::support::browser::Browser;
use crate::support::certificates::Certificates;
use crate::support::databases::sqlite;
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::TestHub;

/// Signs in by the front channel and says how often the answer was posted to the hub.
async fn posts_of_a_sign_in(hub: &TestHub, mut browser: Browser) -> usize {
    let app = Application::register(hub).await;
    let provider = FakeProvider::start(&hub.clock);
    app.connect(provider.connection("acme", Channel::FrontChannel)).await;
    let asked = app.ask(&[("connection", "acme")]);
    let page = browser.walk(&asked.url, &[]).await;
    asked.code_in(hub, &page);
    let callback = hub.url("login/callback");
    browser.visited.iter().filter(|url| **url == callback).count()
}

#[actix_web::test]
async fn over_http_the_answer_is_posted_once_more() {
    let hub = TestHub::start(sqlite()).await;
    assert_eq!(posts_of_a_sign_in(&hub, browser()).await, 2);
    hub.stop().await;
}

#[actix_web::test]
async fn over_https_the_answer_is_posted_once() {
    let certificates = Certificates::generate();
    let hub = TestHub::start_with(sqlite(), "https", &certificates.settings()).await;
    let browser =
        Browser::trusting(&[&certificates.authority_pem]).stopping_at(crate::support::application::CALLBACK);
    assert_eq!(posts_of_a_sign_in(&hub, browser).await, 1);
    hub.stop().await;
}

#[actix_web::test]
async fn the_page_that_posts_once_more_runs_no_script_of_the_answer_and_posts_only_to_the_hub() {
    let hub = TestHub::start(sqlite()).await;
    let script = r#""><script>alert(1)</script><form action="https://evil.example">"#;
    let fields = vec![
        ("state".to_owned(), format!("id.{script}")),
        ("id_token".to_owned(), script.to_owned()),
        (script.to_owned(), "1".to_owned()),
    ];
    let page = browser().post(&hub.url("login/callback"), fields.clone(), None).await;
    let forms = page.forms();
    assert_eq!(forms.len(), 1, "{page:?}");
    assert_eq!(forms[0].action.as_str(), hub.url("login/callback"));
    for (name, value) in fields {
        assert!(forms[0].fields.iter().any(|field| field.name == name && field.value == value), "{name}");
    }
    assert!(!page.text.contains(script));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    hub.stop().await;
}
