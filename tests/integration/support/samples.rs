//! One record of every kind, with every field filled.

use serde_json::{Map, Value, json};
use vestibule::crypto::jws::Algorithm;
use vestibule::crypto::signing::KeyType;
use vestibule::domain::audit::{LogEntry, LogType, Origin};
use vestibule::domain::client::{Client, ClientSecret, ClientSettings};
use vestibule::domain::client_grant::{ClientGrant, GrantSubject};
use vestibule::domain::clock::Timestamp;
use vestibule::domain::connection::{Connection, OidcOptions, Strategy};
use vestibule::domain::consent::Consent;
use vestibule::domain::grant::Grant;
use vestibule::domain::letter::{About, Letter, Mailing, Recipient};
use vestibule::domain::limits;
use vestibule::domain::locale::Locale;
use vestibule::domain::places::Place;
use vestibule::domain::refresh_token::RefreshToken;
use vestibule::domain::resource_server::{
    ApiScope, AuthorizationDetailsType, ResourceServer, ResourceServerSettings,
};
use vestibule::domain::secret::Secret;
use vestibule::domain::session::{ProviderSession, Session};
use vestibule::domain::signing_key::{KeyRecord, KeyStatus, StoredSigningKey};
use vestibule::domain::user::{Identity, LocalAccount, User};
use vestibule::store::RequestToPark;

/// The moment of every sample: 2026-11-21T04:30:00.123Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_235_400_123);

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub fn client(client_id: &str) -> Client {
    Client {
        client_id: client_id.into(),
        settings: ClientSettings {
            name: "Sample".into(),
            callbacks: vec!["https://app.example/callback".into()],
            access_token_ttl: Some(600),
            ..ClientSettings::default()
        },
        secret: Some(ClientSecret::new(&Secret::new("a-secret-of-an-application"), true, NOW)),
        previous_secret: Some(ClientSecret {
            expires_at: Some(NOW.plus_seconds(2)),
            ..ClientSecret::new(&Secret::new("an-older-secret"), true, NOW)
        }),
        registration_token_hash: Some("hash-of-a-registration-token".into()),
        is_management: true,
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
        version: 1,
    }
}

/// An API with the scope `read`.
pub fn resource_server(id: &str, identifier: &str) -> ResourceServer {
    ResourceServer {
        id: id.into(),
        identifier: identifier.into(),
        settings: ResourceServerSettings {
            name: "Commandes".into(),
            scopes: vec![ApiScope { value: "read".into(), description: "Lire".into() }],
            signing_alg: Algorithm::ES256,
            token_lifetime: 600,
            token_lifetime_for_web: 300,
            allow_offline_access: true,
            skip_consent_for_verifiable_first_party_clients: false,
            authorization_details: vec![AuthorizationDetailsType { name: "payment".into() }],
            client_id: Some("app".into()),
        },
        is_system: false,
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
        version: 1,
    }
}

pub fn client_grant(id: &str, client_id: &str, audience: &str) -> ClientGrant {
    ClientGrant {
        id: id.into(),
        client_id: client_id.into(),
        audience: audience.into(),
        subject_type: GrantSubject::User,
        scope: vec!["read".into()],
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
        version: 1,
    }
}

pub fn consent(user_id: &str, client_id: &str, audience: Option<&str>, scope: &str) -> Consent {
    Consent {
        id: format!("gnt_{client_id}_{}", audience.unwrap_or("profile")),
        user_id: user_id.into(),
        client_id: client_id.into(),
        audience: audience.map(str::to_owned),
        scope: scope.into(),
        created_at: NOW,
        updated_at: NOW,
    }
}

/// Enabled for `client_id`, with the domains `NAME.example` and `*.NAME.example`.
pub fn connection(name: &str, client_id: &str) -> Connection {
    Connection {
        id: format!("con_{name}"),
        name: name.into(),
        strategy: Strategy::Oidc,
        display_name: "Société Acme".into(),
        is_enabled: true,
        is_domain_connection: true,
        show_as_button: true,
        realms: vec![name.into()],
        metadata: [("team".to_owned(), "sales".to_owned())].into(),
        enabled_clients: [client_id.to_owned()].into(),
        options: OidcOptions {
            issuer: Some(format!("https://{name}.example/")),
            client_id: "hub".into(),
            domain_aliases: vec![format!("{name}.example"), format!("*.{name}.example")],
            ..OidcOptions::default()
        },
        client_secret: Some(Secret::new("a-client-secret")),
        logo_sha256: None,
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
        version: 1,
    }
}

/// A connection with these options and nothing else of note, enabled for nobody.
pub fn connection_to_provider(
    name: &str,
    options: OidcOptions,
    client_secret: Option<Secret>,
    now: Timestamp,
) -> Connection {
    Connection {
        id: format!("con_{name:0>16.16}"),
        name: name.into(),
        strategy: Strategy::Oidc,
        display_name: name.into(),
        is_enabled: true,
        is_domain_connection: false,
        show_as_button: true,
        realms: Vec::new(),
        metadata: Default::default(),
        enabled_clients: Default::default(),
        options,
        client_secret,
        logo_sha256: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

pub fn user(user_id: &str) -> User {
    User {
        user_id: user_id.into(),
        profile: map(json!({"email": "Élise@Acme.example", "name": "Élise", "groups": ["a", "b\u{0}c"]})),
        user_metadata: map(json!({"theme": "dark"})),
        app_metadata: map(json!({"plan": {"name": "big"}})),
        is_blocked: false,
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
        last_login_at: Some(NOW.plus_seconds(2)),
        last_ip: Some("192.0.2.7".into()),
        logins_count: 3,
        version: 1,
    }
}

pub fn identity(connection_id: &str, subject: &str, user_id: &str) -> Identity {
    Identity {
        connection_id: connection_id.into(),
        issuer: "https://acme.example/".into(),
        subject: subject.into(),
        user_id: user_id.into(),
        profile: map(json!({"email_verified": true})),
        created_at: NOW,
        updated_at: NOW.plus_seconds(1),
    }
}

pub fn local_account(connection_id: &str, email: &str) -> LocalAccount {
    LocalAccount {
        id: format!("account-of-{email}"),
        connection_id: connection_id.into(),
        email: email.into(),
        password_hash: "$argon2id$…".into(),
        profile: map(json!({"name": "Ada"})),
        created_at: NOW,
    }
}

pub fn session(id: &str, user_id: &str, connection_id: &str) -> Session {
    Session {
        provider_session: Some(ProviderSession {
            issuer: "https://acme.example".into(),
            sid: format!("at-provider-{id}"),
        }),
        id: id.into(),
        token_hash: format!("hash-of-{id}"),
        user_id: user_id.into(),
        connection_id: connection_id.into(),
        auth_time: NOW,
        acr: Some("urn:mace:incommon:iap:silver".into()),
        amr: vec!["pwd".into(), "otp".into()],
        created_at: NOW,
        last_active_at: NOW.plus_seconds(1),
        expires_at: NOW.plus_seconds(3600),
    }
}

/// A grant of `session` to `client_id`; its code's hash is `hash-of-ID`.
pub fn grant(id: &str, session: &Session, client_id: &str) -> Grant {
    Grant {
        id: id.into(),
        code_hash: format!("hash-of-{id}"),
        client_id: client_id.into(),
        user_id: session.user_id.clone(),
        session_id: session.id.clone(),
        connection_id: session.connection_id.clone(),
        redirect_uri: "https://app.example/callback".into(),
        scope: "openid email".into(),
        audience: Some("https://api.example/".into()),
        nonce: Some("nonce".into()),
        code_challenge: Some("challenge".into()),
        auth_time: NOW,
        acr: session.acr.clone(),
        amr: session.amr.clone(),
        created_at: NOW,
        code_expires_at: NOW.plus_seconds(60),
        code_used_at: None,
        revoked_at: None,
        expires_at: NOW.plus_seconds(3600),
        is_offline: false,
        claims: serde_json::from_value(json!({"id_token": {"email": {}}})).unwrap(),
        authorization_details: serde_json::from_value(json!([{"type": "payment"}])).unwrap(),
        dpop_jkt: Some("thumbprint".into()),
        refresh_family_hash: None,
    }
}

/// The first refresh token of `grant`; its hashes are `family-of-ID` and `token-of-ID`.
pub fn refresh_token(id: &str, grant: &Grant) -> RefreshToken {
    RefreshToken {
        family_hash: format!("family-of-{id}"),
        token_hash: format!("token-of-{id}"),
        grant_id: grant.id.clone(),
        client_id: grant.client_id.clone(),
        generation: 0,
        created_at: NOW,
        used_at: None,
        rotated_at: None,
        expires_at: NOW.plus_seconds(600),
        family_expires_at: NOW.plus_seconds(3600),
    }
}

pub fn signing_key(key_id: &str) -> StoredSigningKey {
    StoredSigningKey {
        record: KeyRecord {
            key_id: key_id.into(),
            key_type: KeyType::P256,
            status: KeyStatus::Current,
            created_at: NOW,
            current_since: Some(NOW.plus_seconds(1)),
            current_until: Some(NOW.plus_seconds(2)),
            revoked_at: Some(NOW.plus_seconds(3)),
            expires_at: Some(NOW.plus_seconds(4)),
        },
        private_key: Secret::new("a-private-key"),
    }
}

/// The `number`th entry, `number` seconds after [`NOW`].
pub fn log_entry(number: i64, log_type: LogType) -> LogEntry {
    let origin = Origin {
        ip: "192.0.2.7".into(),
        user_agent: "Mozilla/5.0".into(),
        request_id: format!("request-{number}").into(),
    };
    let mut entry = LogEntry::new(NOW.plus_seconds(number), "random", log_type, "What happened", &origin);
    entry.name(&connection("acme", "app"));
    entry.name(&client("app"));
    entry.name(&user("oidc|acme|1"));
    entry.details = map(json!({"step": "nonce"})).into();
    entry
}

/// A letter that is remembered until `expires_at`.
pub fn mailing(number: i64, connection_id: &str, expires_at: Timestamp) -> Mailing {
    let about = About { name: "acme".into(), display_name: "Acme".into() };
    Mailing {
        id: number.to_string(),
        connection_id: connection_id.into(),
        to: Recipient { address: "ada@x.example".into(), language: Locale::Fr },
        letter: Letter::WorksAgain { about, at: NOW },
        attempts: 0,
        created_at: expires_at.plus_seconds(-limits::LETTER_RETENTION_SECONDS),
    }
}

/// A place with room for many.
pub fn place() -> Place {
    Place {
        section: "parked/1".into(),
        network: "192.0.2.0/24".into(),
        client_id: "app".into(),
        room: limits::PARKED_REQUESTS,
    }
}

pub fn request_to_park<'a>(
    reference_hash: &'a str,
    expires_at: Timestamp,
    place: &'a Place,
) -> RequestToPark<'a> {
    RequestToPark { reference_hash, request_sealed: "sealed", expires_at, place }
}
