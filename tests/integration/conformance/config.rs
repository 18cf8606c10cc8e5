//! The Config plan, and the start of every other: what the metadata has to say.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::databases::each_database;
use crate::support::sign_in::{
    CALLBACK, NONCE, PERSON, Stage, VERIFIER, claims_of, code_of, fields, post_form,
};
use crate::support::sign_in::{SIGNED_OUT, http, read};

async fn metadata(stage: &Stage) -> Value {
    let url = stage.hub.url(".well-known/openid-configuration");
    let answer = read(http().get(url)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json
}

fn values(document: &Value, member: &str) -> BTreeSet<String> {
    let values = document[member].as_array().unwrap_or_else(|| panic!("no {member}"));
    let set: BTreeSet<String> = values.iter().map(|value| value.as_str().unwrap().to_owned()).collect();
    assert_eq!(set.len(), values.len(), "{member} names a value twice");
    assert!(!set.is_empty(), "{member} is empty: leave it out");
    set
}

/// Module: oidcc-discovery-endpoint-verification
#[actix_web::test]
async fn the_metadata_has_what_applications_need_and_is_consistent() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let document = metadata(&stage).await;
        assert_eq!(document["issuer"], stage.hub.issuer, "exactly what it was asked under");
        for (member, needed) in [
            ("scopes_supported", &["openid"][..]),
            ("response_types_supported", &["code", "id_token", "id_token token"]),
            ("response_modes_supported", &["query", "fragment", "form_post"]),
            ("grant_types_supported", &["authorization_code", "implicit"]),
            ("subject_types_supported", &["public", "pairwise"]),
            ("id_token_signing_alg_values_supported", &["RS256"]),
            ("token_endpoint_auth_methods_supported", &["client_secret_basic", "private_key_jwt"]),
            ("token_endpoint_auth_signing_alg_values_supported", &["RS256"]),
            ("claims_supported", &["sub", "iss", "auth_time", "acr"]),
            ("claim_types_supported", &["normal"]),
            ("code_challenge_methods_supported", &["S256"]),
        ] {
            let values = values(&document, member);
            for value in needed {
                assert!(values.contains(*value), "{member} lacks {value}");
            }
        }
        for (name, value) in document.as_object().unwrap() {
            match value {
                Value::Array(_) => drop(values(&document, name)),
                Value::Bool(_) => {}
                Value::String(address) => {
                    assert!(address.starts_with(&stage.hub.issuer), "{name}: {address}")
                }
                other => panic!("{name} is {other}"),
            }
        }
        // `none` is no signature, and never offered.
        for (name, value) in document.as_object().unwrap() {
            assert!(!name.contains("alg_values") || !value.to_string().contains("none"), "{name}");
        }
        for member in ["request_parameter_supported", "request_uri_parameter_supported"] {
            // Left out, `request_uri_parameter_supported` would mean true.
            assert!(document[member].is_boolean(), "{member}");
        }
        check_keys(&read(http().get(document["jwks_uri"].as_str().unwrap())).await.json);
        let other = stage.hub.url(".well-known/oauth-authorization-server");
        assert_eq!(read(http().get(other)).await.json, document, "RFC 8414 says the same");
    }
}

/// Every key is public, whole, named once and strong enough.
fn check_keys(set: &Value) {
    let mut names = BTreeSet::new();
    for key in set["keys"].as_array().unwrap() {
        assert!(names.insert(key["kid"].as_str().unwrap().to_owned()), "{key}");
        assert_eq!(key["use"], "sig");
        let needed = match key["kty"].as_str().unwrap() {
            "RSA" => &["n", "e"][..],
            "EC" => &["crv", "x", "y"],
            "OKP" => &["crv", "x"],
            other => panic!("{other}"),
        };
        for member in needed {
            assert!(key[member].is_string(), "{member}");
        }
        if key["kty"] == "RSA" {
            assert!(key["n"].as_str().unwrap().len() * 6 / 8 >= 256, "2048 bits or more");
        }
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(key.get(private).is_none(), "{private} is published");
        }
    }
    assert!(!names.is_empty());
}

/// Module: oidcc-server
///
/// An application that knows the issuer alone signs somebody in: everything else is in the metadata.
#[actix_web::test]
async fn an_application_that_reads_the_metadata_signs_people_in() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let document = metadata(&stage).await;
        let at = |member: &str| document[member].as_str().unwrap().to_owned();
        let asked = stage.ask(&[]);
        let query = asked.split_once('?').unwrap().1;
        let mut browser = stage.browser();
        let page = browser.walk(&format!("{}?{query}", at("authorization_endpoint")), PERSON).await;
        let form = fields(&[
            ("grant_type", "authorization_code"),
            ("code", &code_of(&page)),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", &stage.app.client_id),
            ("client_secret", &stage.app.secret),
        ]);
        let tokens = post_form(&at("token_endpoint"), &form, &[]).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!((tokens.header("cache-control"), tokens.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(tokens.json["token_type"], "Bearer");
        let id_token = claims_of(&tokens.text_of("id_token"));
        assert_eq!(id_token["iss"], document["issuer"]);
        assert_eq!(id_token["aud"], json!(stage.app.client_id));
        assert_eq!(id_token["nonce"], NONCE);
        let request = http().get(at("userinfo_endpoint")).bearer_auth(tokens.text_of("access_token"));
        assert_eq!(read(request).await.json["sub"], id_token["sub"]);
    }
}

/// Module: oidcc-rp-initiated-logout-discovery-endpoint-verification
#[actix_web::test]
async fn the_metadata_names_where_people_sign_out() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let document = metadata(&stage).await;
        let end_session = document["end_session_endpoint"].as_str().expect("an end_session_endpoint");
        assert!(end_session.starts_with(&stage.hub.issuer));
        let mut browser = stage.browser();
        let code = code_of(&stage.sign_in(&mut browser, &[]).await);
        let id_token = stage.redeem(&code).await.text_of("id_token");
        let asked =
            [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
        let page = browser.open(url::Url::parse_with_params(end_session, asked).unwrap().as_str()).await;
        assert_eq!(page.url.as_str(), format!("{SIGNED_OUT}?state=s"), "{page:?}");
    }
}
