//! Providers that are set up wrongly, each in one way, and the findings that this has to lead to.

use serde_json::{Value, json};
use vestibule::crypto::signing::{KeyType, SigningKey};
use vestibule::domain::clock::Clock;

use super::fake_provider::{Answer, Behaviour, Body, Scene};
use super::faults::NOT_PUBLIC;
use super::keys::TestKey;

/// One way of being wrong.
#[derive(Clone, Copy)]
pub struct Broken {
    pub name: &'static str,
    /// Every finding that is neither ok nor skipped, as `check code`.
    pub findings: &'static [&'static str],
    pub state: &'static str,
    /// Words of the first finding's remedy.
    pub remedy: &'static str,
    pub behaviour: Behaviour,
    /// What the connection has to be set to for it to matter.
    pub options: fn(&mut Value),
}

/// A case, from what the provider does wrong.
struct Case(Behaviour);

fn discovery(edit: fn(&mut Answer, &Scene)) -> Case {
    Case(Behaviour { discovery: Some(edit), ..Behaviour::default() })
}

fn keys(edit: fn(&mut Answer, &Scene)) -> Case {
    Case(Behaviour { keys: Some(edit), ..Behaviour::default() })
}

fn authorization(edit: fn(&mut Answer, &Scene)) -> Case {
    Case(Behaviour { authorization: Some(edit), ..Behaviour::default() })
}

/// Sends the browser back with `error`.
fn refuse_back(answer: &mut Answer, scene: &Scene, error: &str) {
    answer.redirect(&format!("{}?error={error}&state={}", scene.redirect_uri, scene.state));
}

fn token(edit: fn(&mut Answer, &Scene)) -> Case {
    Case(Behaviour { token: Some(edit), ..Behaviour::default() })
}

impl Case {
    fn breaks(self, name: &'static str, findings: &'static [&'static str], remedy: &'static str) -> Broken {
        Broken { name, findings, state: "broken", remedy, behaviour: self.0, options: |_| {} }
    }

    fn worries(self, name: &'static str, findings: &'static [&'static str], remedy: &'static str) -> Broken {
        Broken { state: "degraded", ..self.breaks(name, findings, remedy) }
    }
}

impl Broken {
    fn with(self, options: fn(&mut Value)) -> Self {
        Self { options, ..self }
    }
}

fn front_channel(options: &mut Value) {
    options["type"] = json!("front_channel");
}

fn pkce(options: &mut Value, method: &str) {
    options["connection_settings"] = json!({"pkce": method});
}

/// A key of a kind that RS256 cannot use.
fn elliptic_key() -> Value {
    let pkcs8 = SigningKey::generate_pkcs8(KeyType::P256).unwrap();
    SigningKey::from_pkcs8(KeyType::P256, &pkcs8).unwrap().public_jwk().clone()
}

fn refuse(answer: &mut Answer, error: &str, description: &str) {
    answer.status = 401;
    answer.body = Body::Json(json!({"error": error, "error_description": description}));
}

/// Every case.
pub fn all() -> Vec<Broken> {
    let asked = [clients(), token_endpoints(), authorization_endpoints()].concat();
    [discovery_document(), endpoints(), key_sets(), capabilities(), asked].concat()
}

fn discovery_document() -> Vec<Broken> {
    vec![
        Case(Behaviour::default())
            .breaks("nobody at that address", &["discovery discovery-connect"], "reachable from this hub")
            .with(|options| options["discovery_url"] = json!("http://127.0.0.1:1/")),
        discovery(|answer, _| answer.fail(404)).breaks(
            "no metadata",
            &["discovery discovery-not-found"],
            "is right and open to requests",
        ),
        discovery(|answer, _| answer.fail(403)).breaks(
            "metadata that are closed",
            &["discovery discovery-refused"],
            "is right and open to requests",
        ),
        discovery(|answer, _| answer.fail(500)).breaks(
            "metadata that fail",
            &["discovery discovery-failing"],
            "Your provider is failing at",
        ),
        discovery(|answer, _| answer.html()).breaks(
            "a page in place of metadata",
            &["discovery discovery-not-json"],
            "not of a web page",
        ),
        discovery(|answer, _| answer.body = Body::Endless).breaks(
            "metadata without end",
            &["discovery discovery-size"],
            "smaller",
        ),
        discovery(|answer, _| answer.body = Body::Never).breaks(
            "metadata that never come",
            &["discovery discovery-timeout"],
            "does not answer in time",
        ),
        discovery(|answer, _| answer.redirect(&format!("https://{NOT_PUBLIC}/latest/meta-data/"))).breaks(
            "a redirect to where nothing is public",
            &["discovery discovery-redirect"],
            "which is not followed",
        ),
        discovery(|answer, _| answer.set("issuer", "https://other.example")).breaks(
            "metadata of another issuer",
            &["issuer issuer-mismatch"],
            "letter for letter",
        ),
        discovery(|answer, _| answer.remove("issuer")).breaks(
            "metadata without issuer",
            &["issuer issuer-missing"],
            "Publish \"issuer\"",
        ),
        discovery(|answer, scene| answer.set("issuer", format!("{}/{{tenantid}}/v2.0", scene.issuer)))
            .breaks("metadata of every tenant", &["issuer issuer-of-every-tenant"], "tenant_ids"),
        Case(Behaviour::default())
            .breaks("another issuer entered", &["issuer issuer-mismatch"], "entered for this connection")
            .with(|options| options["issuer"] = json!("https://other.example")),
    ]
}

fn endpoints() -> Vec<Broken> {
    vec![
        discovery(|answer, _| answer.remove("authorization_endpoint")).breaks(
            "no authorization_endpoint",
            &["authorization-endpoint authorization-endpoint-missing"],
            "Publish authorization_endpoint",
        ),
        discovery(|answer, _| answer.remove("token_endpoint")).breaks(
            "no token_endpoint",
            &["token-endpoint token-endpoint-missing"],
            "Publish token_endpoint",
        ),
        discovery(|answer, _| answer.remove("jwks_uri")).breaks(
            "no jwks_uri",
            &["jwks-uri jwks-uri-missing"],
            "Publish jwks_uri",
        ),
        discovery(|answer, _| {
            for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
                answer.remove(name);
            }
        })
        .breaks(
            "no endpoints at all",
            &[
                "authorization-endpoint authorization-endpoint-missing",
                "token-endpoint token-endpoint-missing",
                "jwks-uri jwks-uri-missing",
            ],
            "Publish authorization_endpoint",
        ),
        discovery(|answer, _| answer.remove("userinfo_endpoint"))
            .breaks(
                "no userinfo_endpoint where it is asked",
                &["userinfo-endpoint userinfo-endpoint-missing"],
                "Publish userinfo_endpoint",
            )
            .with(|options| options["call_userinfo"] = json!("always")),
        discovery(|answer, _| answer.set("authorization_endpoint", "http://idp.example/authorize")).worries(
            "an authorization endpoint by plain http",
            &["authorization-endpoint authorization-endpoint-not-https"],
            "as an https URL",
        ),
        discovery(|answer, _| answer.set("authorization_endpoint", "javascript:alert(1)")).breaks(
            "an authorization endpoint that is a script",
            &["authorization-endpoint authorization-endpoint-no-url"],
            "as an https URL",
        ),
        discovery(|answer, _| answer.set("token_endpoint", format!("https://{NOT_PUBLIC}/token"))).breaks(
            "a token endpoint that is not public",
            &["token-endpoint token-endpoint-address", "client-credentials client-credentials-address"],
            "Publish token_endpoint",
        ),
        discovery(|answer, _| answer.set("jwks_uri", "file:///etc/passwd")).breaks(
            "keys in a file",
            &["jwks-uri jwks-uri-address", "keys keys-address"],
            "Publish jwks_uri",
        ),
    ]
}

fn key_sets() -> Vec<Broken> {
    let publish = "Publish the public signing keys";
    vec![
        keys(|answer, _| answer.set("keys", json!([]))).breaks("no keys", &["keys keys-empty"], publish),
        keys(|answer, _| answer.set("keys", json!({"a": 1}))).breaks(
            "no list",
            &["keys keys-no-list"],
            publish,
        ),
        keys(|answer, _| answer.set("keys", json!([{"kty": "oct", "k": "AAAA"}]))).breaks(
            "symmetric keys",
            &["keys keys-unusable"],
            publish,
        ),
        keys(|answer, _| {
            let mut key = TestKey::honest().jwk.clone();
            key["n"] = json!("AQAB");
            answer.set("keys", json!([key]));
        })
        .breaks("a key of 24 bits", &["keys keys-unusable"], publish),
        keys(|answer, _| answer.fail(404)).breaks(
            "keys that are not there",
            &["keys keys-not-found"],
            "Check that",
        ),
        keys(|answer, _| answer.html()).breaks(
            "a page in place of keys",
            &["keys keys-not-json"],
            "the key set",
        ),
        keys(|answer, _| answer.body = Body::Endless).breaks(
            "keys without end",
            &["keys keys-size"],
            "smaller",
        ),
        keys(|answer, _| answer.set("keys", json!([elliptic_key()]))).breaks(
            "keys of another type than the algorithm",
            &["signature-algorithms keys-of-another-type"],
            "Publish the keys for RS256",
        ),
        discovery(|answer, _| {
            answer.set("id_token_signing_alg_values_supported", json!(["RS256", "ES256"]));
        })
        .worries(
            "no key for an algorithm that the connection insists on",
            &["signature-algorithms keys-for-algorithm-missing"],
            "Publish the keys for ES256",
        )
        .with(|options| options["id_token_signed_response_algs"] = json!(["RS256", "ES256"])),
        Case(Behaviour {
            discovery: Some(|answer, _| {
                answer.set("id_token_signing_alg_values_supported", json!(["ES256"]));
            }),
            keys: Some(|answer, _| answer.set("keys", json!([elliptic_key()]))),
            ..Behaviour::default()
        })
        .worries(
            "RS256 not advertised",
            &["signature-algorithms rs256-not-advertised"],
            "Every provider has to support RS256",
        ),
        discovery(|answer, _| answer.set("id_token_signing_alg_values_supported", json!(["HS256", "none"])))
            .breaks(
                "no algorithm that is accepted",
                &["signature-algorithms algorithms-not-accepted"],
                "sign ID tokens of this application by one of RS256",
            ),
        discovery(|answer, _| answer.remove("id_token_signing_alg_values_supported")).worries(
            "no word about algorithms",
            &["signature-algorithms algorithms-not-advertised"],
            "say so in id_token_signing_alg_values_supported",
        ),
    ]
}

fn capabilities() -> Vec<Broken> {
    vec![
        discovery(|answer, _| answer.set("response_types_supported", json!(["id_token", "token"]))).breaks(
            "no response type code",
            &["response-type response-type-not-supported"],
            "Allow the response type code",
        ),
        discovery(|answer, _| answer.set("response_types_supported", json!(["code", "code id_token"])))
            .breaks(
                "no response type id_token for the front channel",
                &["response-type response-type-not-supported"],
                "set type of this connection to back_channel",
            )
            .with(front_channel),
        discovery(|answer, _| answer.remove("response_types_supported")).worries(
            "no word about response types",
            &["response-type response-types-not-advertised"],
            "it has to contain code",
        ),
        discovery(|answer, _| answer.set("response_modes_supported", json!(["query", "fragment"])))
            .breaks(
                "no form_post for the front channel",
                &["response-mode form-post-not-supported"],
                "Allow the response mode form_post",
            )
            .with(front_channel),
        discovery(|answer, _| answer.remove("response_modes_supported"))
            .worries(
                "no word about form_post",
                &["response-mode form-post-not-advertised"],
                "Allow the response mode form_post",
            )
            .with(front_channel),
        discovery(|answer, _| answer.set("response_modes_supported", json!(["form_post"]))).worries(
            "no answer by the query",
            &["response-mode query-not-supported"],
            "Allow the response mode query",
        ),
        discovery(|answer, _| answer.set("code_challenge_methods_supported", json!(["plain"])))
            .breaks(
                "PKCE by plain alone where S256 is asked",
                &["pkce pkce-s256-not-supported"],
                "Make the provider support PKCE with S256",
            )
            .with(|options| pkce(options, "S256")),
        discovery(|answer, _| answer.set("code_challenge_methods_supported", json!(["plain"]))).worries(
            "PKCE by plain alone",
            &["pkce pkce-plain-only"],
            "plain protects a code from nobody",
        ),
        discovery(|answer, _| answer.set("code_challenge_methods_supported", json!(["S256"])))
            .breaks("PKCE without plain where it is asked", &["pkce pkce-plain-not-supported"], "to auto")
            .with(|options| pkce(options, "plain")),
        Case(Behaviour::default())
            .worries("PKCE weaker than it could be", &["pkce pkce-weaker-than-possible"], "to S256")
            .with(|options| pkce(options, "plain")),
        Case(Behaviour::default())
            .worries("PKCE turned off", &["pkce pkce-disabled"], "to auto")
            .with(|options| pkce(options, "disabled")),
    ]
}

fn clients() -> Vec<Broken> {
    vec![
        discovery(|answer, _| {
            answer.set("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]))
        })
        .worries(
            "a method that is taken though not advertised",
            &["client-authentication-method auth-method-not-advertised"],
            "to one of private_key_jwt",
        ),
        Case(Behaviour {
            discovery: Some(|answer, _| {
                answer.set("token_endpoint_auth_methods_supported", json!(["client_secret_basic"]));
            }),
            token: Some(|answer, _| refuse(answer, "invalid_client", "")),
            ..Behaviour::default()
        })
        .breaks(
            "a method that is neither advertised nor taken",
            &["client-authentication-method auth-method-not-supported", "client-credentials client-refused"],
            "to one of client_secret_basic",
        ),
        Case(Behaviour::default())
            .breaks(
                "a wrong client id",
                &["client-credentials client-refused"],
                "Compare client id and client secret",
            )
            .with(|options| options["client_id"] = json!("another")),
        Case(Behaviour::default())
            .breaks("a wrong secret", &["client-credentials client-refused"], "does not say which")
            .with(|options| options["client_secret"] = json!("another-canary-client-secret")),
        token(|answer, _| refuse(answer, "invalid_client", "The OAuth client was not found.")).breaks(
            "a wrong client id, and a provider that says so",
            &["client-credentials client-id-unknown"],
            "Copy the client id",
        ),
        token(|answer, _| {
            refuse(answer, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
        })
        .breaks(
            "a wrong secret, and a provider that says so",
            &["client-credentials client-secret-wrong"],
            "Copy the value of the client secret",
        ),
        token(|answer, _| {
            refuse(answer, "invalid_client", "AADSTS7000222: The provided client secret keys are expired.");
        })
        .breaks(
            "an expired secret",
            &["client-credentials client-secret-expired"],
            "Make a new client secret",
        ),
        token(|answer, _| refuse(answer, "access_denied", "Unauthorized")).breaks(
            "a client that is not believed, in the words of Auth0",
            &["client-credentials client-refused"],
            "Compare client id and client secret",
        ),
    ]
}

fn token_endpoints() -> Vec<Broken> {
    vec![
        Case(Behaviour::default())
            .worries(
                "a secret that expires tomorrow",
                &["client-secret-expiry secret-expires-soon"],
                "Make a new client secret",
            )
            .with(|options| {
                let tomorrow = Clock::default().now().plus_seconds(24 * 60 * 60);
                options["client_secret_expires_at"] = json!(tomorrow.seconds());
            }),
        token(|answer, _| refuse(answer, "unauthorized_client", "no")).breaks(
            "a client that may not use the flow",
            &["client-credentials client-not-allowed"],
            "use the authorization code flow",
        ),
        token(|answer, _| refuse(answer, "unsupported_grant_type", "")).breaks(
            "no grant type authorization_code",
            &["client-credentials grant-type-not-allowed"],
            "Allow the grant type authorization_code",
        ),
        token(|answer, _| refuse(answer, "temporarily_confused", "")).worries(
            "an answer that says nothing",
            &["client-credentials client-credentials-unclear"],
            "sign in once to be sure",
        ),
        token(|answer, _| answer.fail(404)).breaks(
            "no token endpoint there",
            &["client-credentials client-credentials-not-found"],
            "Check that",
        ),
        token(|answer, _| answer.fail(500)).breaks(
            "a token endpoint that fails",
            &["client-credentials client-credentials-failing"],
            "Your provider is failing at",
        ),
        token(|answer, scene| {
            answer.body = Body::Text(String::new());
            answer.redirect(&format!("{}/moved/token", scene.issuer));
        })
        .breaks(
            "a token endpoint that redirects",
            &["client-credentials client-credentials-redirect"],
            "which is not followed",
        ),
        token(|answer, _| {
            answer.status = 200;
            answer.body = Body::Json(json!({"access_token": "a", "token_type": "Bearer", "id_token": "b"}));
        })
        .breaks(
            "tokens for any code",
            &["client-credentials token-endpoint-believes-anything"],
            "gives tokens for a code that it never issued",
        ),
    ]
}

fn authorization_endpoints() -> Vec<Broken> {
    vec![
        authorization(|answer, _| answer.page(400, "We are sorry... Invalid parameter: redirect_uri"))
            .breaks(
                "a redirect URI that is not registered",
                &["redirect-uri redirect-uri-refused"],
                "/login/callback/acme to the redirect URIs",
            ),
        authorization(|answer, scene| {
            answer.redirect(&format!("{}/error?error=redirect_mismatch&client_id=x", scene.issuer));
        })
        .breaks(
            "a redirect URI that is not registered, told at an address of errors",
            &["redirect-uri redirect-uri-refused"],
            "Add exactly http://",
        ),
        Case(Behaviour {
            discovery: Some(|answer, _| answer.set("require_pushed_authorization_requests", true)),
            pushed: Some(|answer, _| refuse(answer, "invalid_request", "Invalid redirect_uri")),
            ..Behaviour::default()
        })
        .breaks(
            "a redirect URI that is not registered, told to a pushed request",
            &["redirect-uri redirect-uri-refused"],
            "/login/callback/acme to the redirect URIs",
        ),
        Case(Behaviour::default())
            .worries(
                "a redirect URI that is shared without a promise",
                &["mix-up mix-up-possible"],
                "/login/callback/acme to the redirect URIs of this application at the provider, then set",
            )
            .with(|options| options["redirect_uri"] = json!("shared")),
        discovery(|answer, _| answer.set("authorization_response_iss_parameter_supported", "true"))
            .worries(
                "a redirect URI that is shared with the text true as a promise",
                &["mix-up mix-up-possible"],
                "redirect_uri of this connection to connection",
            )
            .with(|options| options["redirect_uri"] = json!("shared")),
        authorization(|answer, _| {
            answer.status = 400;
            let words = "Invalid value for 'client_id' parameter.";
            answer.body = Body::Json(json!({"error": "invalid_client", "error_description": words}));
        })
        .breaks(
            "a client id that the authorization endpoint does not know",
            &["authorization-request authorization-client-unknown"],
            "Copy the client id",
        ),
        authorization(|answer, _| {
            answer.page(403, "<b>unauthorized_client</b>: The application is disabled.");
        })
        .breaks(
            "a client that may not ask, told on a page",
            &["authorization-request authorization-client-not-allowed"],
            "Enable this application",
        ),
        authorization(|answer, scene| refuse_back(answer, scene, "unauthorized_client")).breaks(
            "a client that may not ask, told to us",
            &["authorization-request authorization-client-not-allowed"],
            "allow it the flow",
        ),
        authorization(|answer, scene| refuse_back(answer, scene, "unsupported_response_type")).breaks(
            "a response type that this client may not ask for",
            &["authorization-request authorization-response-type-refused"],
            "Allow the response type",
        ),
        authorization(|answer, scene| refuse_back(answer, scene, "invalid_scope")).breaks(
            "a scope that this client may not ask for",
            &["authorization-request authorization-scope-refused"],
            "Allow every scope",
        ),
    ]
}
