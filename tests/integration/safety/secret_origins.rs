//! The stored secret of a connection goes to another origin only when it is sent again, by whatever way the change comes.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{CLIENT_SECRET, FakeProvider};
use crate::support::sign_in::{Answer, Stage, http, read};

async fn call(stage: &Stage, method: Method, path: &str, body: Value) -> Answer {
    let request = http().request(method, stage.hub.url(&format!("api/v2/{path}")));
    let request = request.bearer_auth(stage.hub.management_token().await);
    read(request.header("content-type", "application/json").body(body.to_string())).await
}

#[actix_web::test]
async fn a_change_that_leads_the_stored_secret_elsewhere_is_refused_and_sends_it_nowhere() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (provider, other) =
            (FakeProvider::start(&stage.hub.clock), FakeProvider::start(&stage.hub.clock));
        let connection = stage.federate("acme", &provider, Channel::BackChannel).await;
        let path = format!("connections/{}", connection.id);
        let elsewhere = |end: &str| format!("{}{end}", other.issuer);
        for options in [
            json!({"token_endpoint": elsewhere("/token")}),
            json!({"token_endpoint": elsewhere("/token"), "token_endpoint_auth_method": "client_secret_basic"}),
            json!({"discovery_url": other.issuer}),
            json!({"discovery_url": null, "issuer": other.issuer}),
            json!({"pushed_authorization_requests": "always",
                   "pushed_authorization_request_endpoint": elsewhere("/par")}),
            json!({"token_endpoint": elsewhere("/token"), "client_id": "another"}),
            json!({"discovery_url": provider.issuer.replace("127.0.0.1", "127.0.0.2")}),
        ] {
            for (method, path) in [(Method::PATCH, path.clone()), (Method::POST, format!("{path}/check"))] {
                let refused = call(&stage, method, &path, json!({ "options": options })).await;
                assert_eq!(refused.status, 400, "{options} {refused:?}");
                let problems = &refused.json["problems"];
                assert_eq!(problems[0]["path"], "options.client_secret", "{options}");
                let words = problems[0]["message"].as_str().unwrap();
                assert!(words.contains("sent again with this change"), "{words}");
            }
        }
        stage.sign_in(&mut stage.browser(), &[("connection", "acme")]).await;
        assert!(provider.counts().token() > 0);
        assert_eq!((other.counts().token(), other.counts().pushed()), (0, 0));

        let moved = json!({"options": {"discovery_url": other.issuer, "client_secret": CLIENT_SECRET}});
        let changed = call(&stage, Method::PATCH, &path, moved).await;
        assert_eq!(changed.status, 200, "{changed:?}");
        // What keeps it where it goes needs no secret.
        let slash = json!({"options": {"discovery_url": format!("{}/", other.issuer)}});
        assert_eq!(call(&stage, Method::PATCH, &path, slash).await.status, 200);
        let explicit = json!({"options": {"token_endpoint": elsewhere("/token")}});
        assert_eq!(call(&stage, Method::PATCH, &path, explicit).await.status, 200);
        let back = json!({"options": {"token_endpoint": format!("{}/token", provider.issuer)}});
        assert_eq!(call(&stage, Method::PATCH, &path, back).await.status, 400);
        let public = json!({"options": {"client_secret": null, "token_endpoint_auth_method": "none",
                                        "token_endpoint": format!("{}/token", provider.issuer)}});
        assert_eq!(
            call(&stage, Method::PATCH, &path, public).await.status,
            200,
            "what is removed goes nowhere"
        );
    }
}
