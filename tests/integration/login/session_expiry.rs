//! A provider says when the sign-in ends (`session_expiry`): our session ends then at the latest.

use serde_json::json;
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, FakeProvider};
use crate::support::sign_in::{Stage, code_of};

const ENDS_IN_TEN_MINUTES: Behaviour = Behaviour {
    id_token: Some(|token, scene| token.set("session_expiry", scene.now + 600)),
    ..Behaviour::HONEST
};

#[actix_web::test]
async fn a_session_ends_when_the_provider_says_where_the_connection_heeds_it() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let provider = FakeProvider::start(&stage.hub.clock);
        provider.behave(ENDS_IN_TEN_MINUTES);
        for heeds in [true, false] {
            let name = if heeds { "heeding" } else { "blind" };
            let connection = stage.federate(name, &provider, Channel::BackChannel).await;
            let patch = json!({"options": {"id_token_session_expiry_supported": heeds}});
            assert_eq!(stage.hub.patch_connection(&connection.id, patch).await.0, 200);
            let mut browser = stage.browser();
            let page = browser.open(&stage.ask(&[("connection", name)])).await;
            let tokens = stage.redeem(&code_of(&page)).await;
            assert!(stage.has_session(&browser).await, "{name}");
            stage.hub.clock.advance(500);
            assert!(stage.has_session(&browser).await, "{name}");
            stage.hub.clock.advance(200);
            assert_eq!(stage.has_session(&browser).await, !heeds, "{name}");
            let userinfo = stage.userinfo(&tokens.text_of("access_token")).await;
            assert_eq!(userinfo.status, if heeds { 401 } else { 200 }, "{name}");
        }
    }
}
