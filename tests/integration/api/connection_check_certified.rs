//! A dry run at the certified oidc-provider: what it says to a login that nobody began is understood.

use serde_json::{Value, json};

use super::connection_check::{findings, outcome};
use super::server::Api;
use crate::support::databases::sqlite;
use crate::support::node::CertifiedProvider;

fn body(provider: &CertifiedProvider, client: &str, channel: &str) -> Value {
    json!({"name": client, "strategy": "oidc", "options": {
        "type": channel,
        "discovery_url": provider.issuer,
        "client_id": client,
        "client_secret": "a long secret: 100% + more/of?it=&;",
    }})
}

#[actix_web::test]
async fn the_certified_provider_takes_a_redirect_uri_that_is_registered_and_the_check_sees_it() {
    let api = Api::start(sqlite()).await;
    let provider = CertifiedProvider::start(&api.server.url("login/callback"));
    for (client, channel) in
        [("post", "back_channel"), ("front", "front_channel"), ("pushed", "back_channel")]
    {
        let mut asked = body(&provider, client, channel);
        if client == "pushed" {
            asked["options"]["pushed_authorization_requests"] = json!("always");
        }
        let answer = api.post("/connections/check", asked).await.expect(200);
        for check in ["redirect-uri", "authorization-request"] {
            assert_eq!(outcome(&answer, check), "ok", "{client}: {answer:#}");
        }
        let came =
            answer["checks"].as_array().unwrap().iter().find(|one| one["check"] == "redirect-uri").unwrap();
        assert_eq!(came["came"], "sent back to it, with login_required", "{client}");
    }
    api.stop().await;
}

#[actix_web::test]
async fn the_certified_provider_refuses_another_redirect_uri_or_client_and_the_check_says_so() {
    let api = Api::start(sqlite()).await;
    let provider = CertifiedProvider::start("http://localhost:1/another/callback");
    for (client, channel) in
        [("post", "back_channel"), ("front", "front_channel"), ("pushed", "back_channel")]
    {
        let mut asked = body(&provider, client, channel);
        if client == "pushed" {
            asked["options"]["pushed_authorization_requests"] = json!("always");
        }
        let answer = api.post("/connections/check", asked).await.expect(200);
        assert_eq!(findings(&answer), ["redirect-uri redirect-uri-refused"], "{client}: {answer:#}");
        let check =
            answer["checks"].as_array().unwrap().iter().find(|one| one["check"] == "redirect-uri").unwrap();
        let callback = api.server.url("login/callback");
        assert!(
            check["remedy"].as_str().unwrap().contains(&format!("Add exactly {callback} to")),
            "{check:#}"
        );
    }
    let answer = api.post("/connections/check", body(&provider, "nobody", "front_channel")).await.expect(200);
    assert_eq!(findings(&answer), ["authorization-request authorization-client-unknown"], "{answer:#}");
    api.stop().await;
}
