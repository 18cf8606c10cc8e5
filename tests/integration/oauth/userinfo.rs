//! UserInfo and the access tokens that open it (OpenID Connect Core §5.3, §5.4; RFC 6750; RFC 9068).

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::protocol::tokens::ACCESS_TOKEN_TYPE;

use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, claims_of, code_of, fields, http, post_form, read};

#[actix_web::test]
async fn an_access_token_is_taken_from_the_header_or_a_form_never_from_the_query() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        let url = stage.hub.url("userinfo");
        let expected = stage.userinfo(&token).await;
        assert_eq!(expected.status, 200);
        assert_eq!(expected.json["sub"], stage.user_id);
        assert_eq!(expected.header("cache-control"), "no-store");
        let in_body = fields(&[("access_token", &token)]);
        let bearer = format!("Bearer {token}");
        for (name, answer) in [
            ("POST with a header", post_form(&url, &[], &[("authorization", &bearer)]).await),
            ("POST with a form", post_form(&url, &in_body, &[]).await),
            ("the scheme in capitals", {
                read(http().get(&url).header("authorization", format!("BEARER {token}"))).await
            }),
        ] {
            assert_eq!((answer.status, &answer.json), (200, &expected.json), "{name}");
        }
        let in_query = format!("{url}?access_token={token}");
        for (name, answer) in [
            ("GET", read(http().get(&in_query)).await),
            ("POST", post_form(&in_query, &[], &[]).await),
            ("nothing at all", read(http().get(&url)).await),
            (
                "another scheme",
                read(http().get(&url).header("authorization", format!("Basic {token}"))).await,
            ),
        ] {
            assert_eq!(answer.status, 401, "{name}");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{name}: no token, so no error is named");
        }
    }
}

/// Incident: a token of one type was accepted in another exchange (CVE-2025-12421).
#[actix_web::test]
async fn nothing_but_an_access_token_for_userinfo_opens_it() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let code = stage.code(&[]).await;
        let tokens = stage.tokens(&[]).await;
        let access = tokens.text_of("access_token");
        let session = stage.member().await;
        let session = session.cookies().iter().find(|cookie| cookie.name.ends_with("_session")).unwrap();
        let elsewhere = Stage::on(sqlite()).await;
        let foreign = elsewhere.tokens(&[]).await.text_of("access_token");
        let (head, signature) = access.rsplit_once('.').unwrap();
        let (_, payload) = head.split_once('.').unwrap();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0";
        for (name, token) in [
            ("ID token", tokens.text_of("id_token")),
            ("management token", stage.hub.management_token().await),
            ("code", code),
            ("session cookie", session.value.clone()),
            ("another hub's token", foreign),
            ("garbage", "garbage".into()),
            ("dots", "a.b.c".into()),
            ("five parts", format!("{access}.x.y")),
            ("unsigned", format!("{head}.")),
            ("alg none", format!("{none}.{payload}.")),
            ("another signature", format!("{head}.{}", signature.chars().rev().collect::<String>())),
            ("cut", access[..access.len() - 2].to_owned()),
        ] {
            let answer = stage.userinfo(&token).await;
            assert_eq!(answer.error(), (401, "invalid_token"), "{name}: {answer:?}");
            assert!(
                answer.header("www-authenticate").starts_with("Bearer error=\"invalid_token\""),
                "{name}"
            );
            assert!(!answer.text.contains(&token), "{name}: the answer repeats it");
        }
        // Nor does an access token of a person open the Management API.
        let url = stage.hub.url("api/v2/users");
        let answer = read(http().get(url).header("authorization", format!("Bearer {access}"))).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(stage.userinfo(&access).await.status, 200);
    }
}

/// Our key is not enough: what it says counts too, even where nothing of ours says so.
#[actix_web::test]
async fn a_token_of_our_key_for_another_issuer_application_or_address_opens_nothing() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let claims = claims_of(&stage.tokens(&[]).await.text_of("access_token"));
        let keys = stage.hub.hub.keys.current();
        let with = |name: &str, value: &str| {
            let mut claims = claims.clone();
            claims[name] = json!(value);
            keys.sign(Algorithm::RS256, ACCESS_TOKEN_TYPE, &claims).unwrap()
        };
        let own = with("jti", "another");
        assert_eq!(stage.userinfo(&own).await.status, 200);
        assert_eq!(stage.introspect(&own).await.json["active"], true);
        for (name, value) in [
            ("iss", "https://former.example/"),
            ("client_id", "somebody-else"),
            ("aud", "https://former.example/userinfo"),
        ] {
            let token = with(name, value);
            assert_eq!(stage.userinfo(&token).await.error(), (401, "invalid_token"), "{name}");
        }
        let elsewhere = with("iss", "https://former.example/");
        assert_eq!(stage.introspect(&elsewhere).await.json, json!({"active": false}));
    }
}

#[actix_web::test]
async fn scopes_and_profile_claims_decide_what_is_told() {
    for database in each_database() {
        let settings = json!({"profile_claims": ["given_name", "nickname"]});
        let stage = Stage::with_client(database, settings).await;
        let plain = ["given_name", "nickname", "sub"];
        for (scope, expected) in [
            ("openid", plain.to_vec()),
            ("openid email", [&["email", "email_verified"], &plain[..]].concat()),
            ("openid profile", [&["family_name", "name", "updated_at"], &plain[..]].concat()),
            ("openid address phone", plain.to_vec()),
        ] {
            let tokens = stage.tokens(&[("scope", scope)]).await;
            let answer = stage.userinfo(&tokens.text_of("access_token")).await;
            let mut names: Vec<&String> = answer.json.as_object().unwrap().keys().collect();
            names.sort();
            let mut expected = expected.clone();
            expected.sort_unstable();
            assert_eq!(names, expected, "{scope}");
            let id_token = claims_of(&tokens.text_of("id_token"));
            for (name, value) in answer.json.as_object().unwrap() {
                assert_eq!(&id_token[name], value, "{scope}: {name} in the ID token");
            }
        }
        let without = stage.tokens(&[("scope", "email")]).await;
        assert_eq!(without.json["id_token"], Value::Null, "without openid there is no ID token");
        let answer = stage.userinfo(&without.text_of("access_token")).await;
        assert_eq!(answer.error(), (403, "insufficient_scope"));
    }
}

#[actix_web::test]
async fn what_an_administrator_or_the_person_changes_takes_effect_at_the_next_call() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let token = stage.tokens(&[]).await.text_of("access_token");
        let connection = format!("connections/{}", stage.connection.id);
        let user = format!("users/{}", stage.user_id.replace('|', "%7C"));
        for (path, there, back) in [
            (&connection, json!({"is_enabled": false}), json!({"is_enabled": true})),
            (&connection, json!({"enabled_clients": []}), json!({"enabled_clients": [stage.app.client_id]})),
        ] {
            assert_eq!(stage.userinfo(&token).await.status, 200);
            stage.manage(Method::PATCH, path, there.clone()).await;
            assert_eq!(stage.userinfo(&token).await.error(), (401, "invalid_token"), "{there}");
            stage.manage(Method::PATCH, path, back).await;
        }
        assert_eq!(stage.userinfo(&token).await.status, 200);
        // The session ends: its person signs out.
        let mut browser = stage.browser();
        let page = stage.sign_in(&mut browser, &[]).await;
        let tokens = stage.redeem(&code_of(&page)).await;
        let hint = tokens.text_of("id_token");
        browser.open(&stage.hub.url(&format!("oidc/logout?id_token_hint={hint}"))).await;
        assert_eq!(stage.userinfo(&tokens.text_of("access_token")).await.status, 401);
        assert_eq!(stage.userinfo(&token).await.status, 200, "another browser's session goes on");
        // Blocking ends every session, and what they gave stays dead.
        let of_another = stage.tokens(&[]).await.text_of("access_token");
        for (blocked, token) in [(true, &of_another), (false, &of_another), (false, &token)] {
            stage.manage(Method::PATCH, &user, json!({"blocked": blocked})).await;
            assert_eq!(stage.userinfo(token).await.error(), (401, "invalid_token"), "blocked: {blocked}");
        }
        // The connection goes, and everything with it.
        let mut browser = stage.browser();
        let page = stage.sign_in(&mut browser, &[]).await;
        let token = stage.redeem(&code_of(&page)).await.text_of("access_token");
        assert_eq!(stage.userinfo(&token).await.status, 200);
        stage.manage(Method::DELETE, &connection, Value::Null).await;
        assert_eq!(stage.userinfo(&token).await.status, 401);
    }
}

#[actix_web::test]
async fn an_access_token_is_a_jwt_by_rfc_9068_and_expires() {
    for database in each_database() {
        let stage = Stage::with_client(database, json!({"access_token_ttl": 600})).await;
        let answer = stage.tokens(&[]).await;
        assert_eq!(answer.json["expires_in"], 600);
        let token = answer.text_of("access_token");
        let header = claims_of(&format!(".{}", token.split('.').next().unwrap()));
        assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("RS256")));
        let claims = claims_of(&token);
        for (name, value) in [
            ("iss", json!(stage.hub.issuer)),
            ("sub", json!(stage.user_id)),
            ("aud", json!(stage.hub.url("userinfo"))),
            ("client_id", json!(stage.app.client_id)),
            ("scope", json!("openid profile email")),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
        assert!(claims["jti"].as_str().unwrap().len() >= 22);
        stage.hub.clock.advance(598);
        assert_eq!(stage.userinfo(&token).await.status, 200);
        stage.hub.clock.advance(2);
        assert_eq!(stage.userinfo(&token).await.error(), (401, "invalid_token"));
    }
}
