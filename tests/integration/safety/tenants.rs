//! No sequence of assertions by one connection changes a user of another (DESIGN, section 4).
//! Incidents: nOAuth, CVE-2023-3128, CVE-2025-22146, domains that were registered again.

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::{Value, json};
use vestibule::domain::connection::Channel;

use crate::support::databases::each_database;
use crate::support::fake_provider::{Behaviour, CLIENT_SECRET, FakeProvider};
use crate::support::sign_in::{Stage, claims_of, code_of, error_of};

const ROUNDS: usize = 60;

/// A provider that asserts whatever the `login_hint`, a JSON object, says.
pub(super) fn obedient(stage: &Stage) -> FakeProvider {
    let provider = FakeProvider::start(&stage.hub.clock);
    provider.behave(Behaviour {
        id_token: Some(|token, scene| {
            let hint = scene.request.iter().find(|(name, _)| name == "login_hint");
            let claims: Value = serde_json::from_str(&hint.unwrap().1).unwrap();
            for (name, value) in claims.as_object().unwrap() {
                token.set(name, value.clone());
            }
        }),
        ..Behaviour::default()
    });
    provider
}

/// Signs somebody in through `connection` who is asserted to be `claims`; the ID token's claims, or the error.
pub(super) async fn assert_somebody(
    stage: &Stage,
    connection: &str,
    claims: &Value,
) -> Result<Value, String> {
    let hint = claims.to_string();
    let changes = [("connection", connection), ("login_hint", hint.as_str())];
    let page = stage.browser().open(&stage.ask(&changes)).await;
    if page.answered("code").is_none() {
        return Err(error_of(stage, &page));
    }
    Ok(claims_of(&stage.redeem(&code_of(&page)).await.text_of("id_token")))
}

/// Everything stored about the people of connection `name`.
fn people_of(stage: &Stage, name: &str, connection_id: &str) -> Vec<String> {
    let users = format!(
        "SELECT user_id || profile || user_metadata || app_metadata || CAST(logins_count AS TEXT) || \
         CAST(is_blocked AS TEXT) AS value FROM users WHERE user_id LIKE 'oidc|{name}|%' ORDER BY user_id"
    );
    let identities = format!(
        "SELECT issuer || subject || user_id || profile AS value FROM identities \
         WHERE connection_id = '{connection_id}' ORDER BY subject"
    );
    [stage.hub.database.values(&users), stage.hub.database.values(&identities)].concat()
}

/// What an evil provider asserts to become somebody of another connection, or to change them.
fn hostile_claims(local_user: String) -> impl Strategy<Value = Value> {
    let subject = prop_oneof![
        8 => prop::sample::select(vec![
            "ceo", "oidc|acme|ceo", "acme|ceo", "|acme|ceo", "CEO", "../acme/ceo", "ceo\u{0}", "ceo@acme.example",
            "local|x", "%", "'; DROP TABLE users; --",
        ])
        .prop_map(str::to_owned),
        1 => Just(local_user),
        4 => "[ceo|/%]{1,8}",
    ];
    let email = prop::sample::select(vec![
        json!("ceo@acme.example"),
        json!("CEO@ACME.example"),
        json!("ada@people.example"),
        json!(null),
    ]);
    let is_verified = prop::sample::select(vec![json!(true), json!("true"), json!(false)]);
    let names = ["user_id", "identities", "app_metadata", "blocked", "iss_sub", "connection", "sid"];
    let reserved = prop::sample::subsequence(names.to_vec(), 0..=names.len());
    let value = prop::sample::select(vec![json!("oidc|acme|ceo"), json!({"admin": true}), json!(true)]);
    (subject, email, is_verified, reserved, value, any::<bool>()).prop_map(
        |(subject, email, is_verified, reserved, value, is_named)| {
            let name = if is_named { "The CEO" } else { "Evil" };
            let mut claims =
                json!({"sub": subject, "email": email, "email_verified": is_verified, "name": name});
            for reserved in reserved {
                claims[reserved] = value.clone();
            }
            claims
        },
    )
}

#[actix_web::test]
async fn no_sequence_of_assertions_by_one_connection_changes_a_user_of_another() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let (good, evil) = (obedient(&stage), obedient(&stage));
        let acme = stage.federate("acme", &good, Channel::BackChannel).await;
        stage.federate("evil", &evil, Channel::BackChannel).await;
        let ceo =
            json!({"sub": "ceo", "email": "ceo@acme.example", "email_verified": true, "name": "The CEO"});
        let own = assert_somebody(&stage, "acme", &ceo).await.unwrap();
        assert_eq!(own["sub"], "oidc|acme|ceo");
        let before = people_of(&stage, "acme", &acme.id);
        assert_eq!(before.len(), 2);

        // A failure names the claims that did it.
        let mut runner = TestRunner::new(ProptestConfig::default());
        let sequence = proptest::collection::vec(hostile_claims(stage.user_id.clone()), ROUNDS);
        let sequence = sequence.new_tree(&mut runner).unwrap().current();
        let mut signed_in = 0;
        for (round, claims) in sequence.into_iter().enumerate() {
            match assert_somebody(&stage, "evil", &claims).await {
                Ok(told) => {
                    signed_in += 1;
                    assert_eq!(told["sub"], format!("oidc|evil|{}", claims["sub"].as_str().unwrap()));
                    assert_eq!(told["connection"], "evil", "{claims}");
                }
                Err(error) => assert_eq!(error, "access_denied", "{claims}"),
            }
            assert_eq!(people_of(&stage, "acme", &acme.id), before, "round {round}: {claims}");
        }
        assert!(signed_in > ROUNDS / 2, "{signed_in} sign-ins tried something");
        assert_eq!(stage.count("users WHERE user_id LIKE 'local|%'"), 1);
        let again = assert_somebody(&stage, "acme", &ceo).await.unwrap();
        assert_eq!((&again["sub"], &again["name"]), (&own["sub"], &own["name"]));
    }
}

/// The connection stays, and is pointed at another issuer: its people are others.
#[actix_web::test]
async fn the_same_subject_of_another_issuer_is_not_the_same_person() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let ada = json!({"sub": "ada", "name": "Ada"});
        let (first, second) = (obedient(&stage), obedient(&stage));
        let connection = stage.federate("acme", &first, Channel::BackChannel).await;
        assert_somebody(&stage, "acme", &ada).await.unwrap();
        let before = people_of(&stage, "acme", &connection.id);
        let path = format!("connections/{}", connection.id);
        let moved = json!({"options": {"discovery_url": second.issuer, "client_secret": CLIENT_SECRET}});
        stage.manage(Method::PATCH, &path, moved).await;
        let refused = assert_somebody(&stage, "acme", &ada).await;
        assert_eq!(refused, Err("access_denied".into()));
        assert_eq!(people_of(&stage, "acme", &connection.id), before);
        let entry = stage.hub.log().await.pop().unwrap();
        assert!(entry.description.contains("user-id-taken"), "{entry:?}");
    }
}

#[actix_web::test]
async fn root_attributes_are_set_at_each_login_at_the_first_or_never() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        for (mode, names) in [
            ("on_each_login", [Ok("One"), Ok("Two")]),
            ("on_first_login", [Ok("One"), Ok("One")]),
            ("never_on_login", [Err("access_denied"), Err("access_denied")]),
        ] {
            let provider = obedient(&stage);
            let name = mode.replace('_', "-");
            let connection = stage.federate(&name, &provider, Channel::BackChannel).await;
            let path = format!("connections/{}", connection.id);
            let change = json!({"options": {"set_user_root_attributes": mode}});
            stage.manage(Method::PATCH, &path, change).await;
            for (said, expected) in ["One", "Two"].into_iter().zip(names) {
                let told = assert_somebody(&stage, &name, &json!({"sub": "ada", "name": said})).await;
                let told = told.map(|claims| claims["name"].as_str().unwrap().to_owned());
                assert_eq!(told, expected.map(str::to_owned).map_err(str::to_owned), "{mode}");
            }
        }
        assert_eq!(stage.count("users WHERE user_id LIKE 'oidc|never%'"), 0);
    }
}
