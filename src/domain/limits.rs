//! Every limit of the hub, in one place: sizes in bytes, counts, times in seconds unless named otherwise.

mod administrators;
mod certificates;
mod connections;
mod diagnoses;
mod directory;
mod guesses;
mod journal;
mod mail;
mod outbound;
mod password_hashing;
mod places;
mod realms;
mod terminal;
mod test_logins;

pub use self::administrators::*;
pub use self::certificates::*;
pub use self::connections::*;
pub use self::diagnoses::*;
pub use self::directory::*;
pub use self::guesses::*;
pub use self::journal::*;
pub use self::mail::*;
pub use self::outbound::*;
pub use self::password_hashing::*;
pub use self::places::*;
pub use self::realms::*;
pub use self::terminal::*;
pub use self::test_logins::*;

/// From the authorization request to its answer.
pub const LOGIN_LIFETIME_SECONDS: i64 = 30 * 60;
/// Logins side by side in one browser; the oldest beyond is dropped.
pub const LOGINS_PER_BROWSER: usize = 6;
/// A cookie's value; browsers keep 4 096 bytes of name and value together.
pub const COOKIE_VALUE_BYTES: usize = 3_800;
/// An authorization request, all parameters together.
pub const AUTHORIZATION_REQUEST_BYTES: usize = 32 * 1024;
/// One parameter of an authorization or token request.
pub const PARAMETER_BYTES: usize = 8 * 1024;
/// The `claims` parameter (OpenID Connect Core §5.5).
pub const CLAIMS_PARAMETER_BYTES: usize = 4 * 1024;
/// Claims it may ask for.
pub const CLAIMS_ASKED: usize = 100;
/// A request object fetched from an application (RFC 9101).
pub const REQUEST_OBJECT_BYTES: usize = 32 * 1024;
/// Request objects and sector documents fetched for one application: a burst, then one per this many seconds.
pub const CLIENT_FETCHES_BURST: u32 = 20;
pub const CLIENT_FETCH_REFILL_SECONDS: u64 = 1;
/// Beyond that, a request object that was fetched this recently stands in for the one that is not fetched.
pub const REQUEST_OBJECT_CACHE_SECONDS: i64 = 60;
/// Request objects kept in memory for it: [`AUTHORIZATION_REQUEST_BYTES`] each at most.
pub const CACHED_REQUEST_OBJECTS: u64 = 500;
/// `nbf` of a request object may be this many seconds ahead.
pub const REQUEST_OBJECT_LEEWAY_SECONDS: i64 = 60;
/// Age and lifetime of a request object under FAPI (FAPI 2.0 Message Signing §5.3.1).
pub const FAPI_REQUEST_OBJECT_SECONDS: i64 = 60 * 60;
/// A pushed authorization request may be presented for this long (RFC 9126 §2.2).
pub const PUSHED_REQUEST_SECONDS: i64 = 90;
/// The session token in a cookie; ours have 43 characters.
pub const SESSION_TOKEN_BYTES: usize = 64;
/// A list of languages, in characters.
pub const LOCALES_CHARACTERS: usize = 200;
/// A form sent to us.
pub const FORM_BYTES: usize = 64 * 1024;
/// A provider's answer by `form_post`: an ID token can carry many groups.
pub const PROVIDER_ANSWER_BYTES: usize = 256 * 1024;
/// A Management API body.
pub const JSON_BODY_BYTES: usize = 1024 * 1024;

/// A device waits this long for its person (RFC 8628 §3.2), and at least this long between two questions.
pub const DEVICE_CODE_LIFETIME_SECONDS: i64 = 15 * 60;
pub const DEVICE_POLL_SECONDS: i64 = 5;
/// Letters of the code a person types.
pub const USER_CODE_LETTERS: usize = 8;

/// A DPoP proof may be this old, or its sender's clock this far ahead (RFC 9449 §11.1).
pub const PROOF_AGE_SECONDS: i64 = 60;
pub const PROOF_AHEAD_SECONDS: i64 = 30;
/// A nonce for DPoP proofs serves this long.
pub const PROOF_NONCE_SECONDS: i64 = 5 * 60;

/// An authorization code (RFC 6749 §4.1.2 recommends at most ten minutes).
pub const CODE_LIFETIME_SECONDS: i64 = 60;
/// A signed answer of the authorization endpoint (JARM §2.1: at most ten minutes).
pub const SIGNED_RESPONSE_LIFETIME_SECONDS: i64 = 5 * 60;
/// An access token for UserInfo alone.
pub const USERINFO_TOKEN_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// The same when it travels through the browser's address (implicit and hybrid).
pub const USERINFO_TOKEN_LIFETIME_FOR_WEB_SECONDS: i64 = 2 * 60 * 60;
/// An access token for the Management API.
pub const MANAGEMENT_TOKEN_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// An access token for an API, unless the API says otherwise.
pub const API_TOKEN_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
/// The same when it travels through the browser's address (implicit and hybrid).
pub const API_TOKEN_LIFETIME_FOR_WEB_SECONDS: i64 = 2 * 60 * 60;
/// An ID token, unless the application says otherwise.
pub const ID_TOKEN_LIFETIME_SECONDS: i64 = 10 * 60 * 60;
/// When what has no end ends all the same: the last second of the year 9999, since 1970.
pub const NEVER_SECONDS: i64 = 253_402_300_799;
/// Applications through which an access token may be handed on (RFC 8693 §4.1).
pub const ACTORS_OF_A_TOKEN: usize = 4;
/// A session without activity.
pub const SESSION_IDLE_SECONDS: i64 = 72 * 60 * 60;
/// A session, whatever happens in it.
pub const SESSION_ABSOLUTE_SECONDS: i64 = 168 * 60 * 60;
/// A session's activity is written down at most this often.
pub const SESSION_TOUCH_SECONDS: i64 = 5 * 60;

/// Applications may keep our discovery document and key set for this long.
pub const METADATA_MAX_AGE_SECONDS: i64 = 300;
/// A key is published this long before it signs on schedule: longer than [`METADATA_MAX_AGE_SECONDS`], because
/// common libraries keep a key set for up to a day.
pub const NEXT_KEY_SECONDS: i64 = 24 * 60 * 60;
/// A key that no longer signs stays published until its longest token has expired, and a day more for a node
/// that noticed the rotation late.
pub const PREVIOUS_KEY_SECONDS: i64 = TOKEN_LIFETIME_MAX_SECONDS + 24 * 60 * 60;
/// Previous keys of one type that are published together; with current and next ones, a key set stays below
/// the 50 keys that programs accept.
pub const PREVIOUS_KEYS_PER_TYPE: usize = 10;
/// How often a node looks whether a rotation is due.
pub const KEY_ROTATION_CHECK_SECONDS: u64 = 60;
/// Days between rotations an operator may choose; fewer would pile up previous keys.
pub const KEY_ROTATION_MIN_DAYS: i64 = 7;
pub const KEY_ROTATION_MAX_DAYS: i64 = 3_650;
/// A logout token: it is signed when it is sent (OpenID Connect Back-Channel Logout §2.4 recommends two minutes).
pub const LOGOUT_TOKEN_LIFETIME_SECONDS: i64 = 2 * 60;
/// Waits between the attempts to tell an application that a session has ended; after the last one it is given up,
/// close to a day later.
pub const LOGOUT_NOTICE_RETRY_SECONDS: [i64; 7] =
    [10, 60, 5 * 60, 30 * 60, 2 * 60 * 60, 6 * 60 * 60, 12 * 60 * 60];
/// A node that takes a notice has this long to deliver it: several times what an exchange may take.
pub const LOGOUT_NOTICE_LEASE_SECONDS: i64 = 60;
/// Notices under way at the same time, on each node: of all applications, and of one.
pub const LOGOUT_NOTICES_AT_ONCE: usize = 32;
pub const LOGOUT_NOTICES_PER_CLIENT: usize = 4;
/// How often a node looks for notices that have become due, in milliseconds; its own new ones go at once.
pub const LOGOUT_NOTICE_POLL_MILLIS: u64 = 1_000;
/// Sessions ended by one transaction, where a connection with many of them is removed.
pub const SESSIONS_ENDED_AT_ONCE: i64 = 500;
/// A provider has this long to sign a person out and send the browser back.
pub const PROVIDER_SIGN_OUT_SECONDS: i64 = 30 * 60;

/// A provider's access token that ends sooner is refreshed before it is handed out.
pub const UPSTREAM_TOKEN_MARGIN_SECONDS: i64 = 60;
/// Whoever refreshes a provider's tokens has this long: longer than an exchange may take.
pub const UPSTREAM_REFRESH_LEASE_SECONDS: i64 = 20;
/// How often, and after how many milliseconds each time, somebody looks who found them being refreshed.
pub const UPSTREAM_REFRESH_LOOKS: u32 = 100;
pub const UPSTREAM_REFRESH_LOOK_MILLIS: u64 = 120;
/// Clocks of providers may differ from ours by this much.
pub const CLOCK_LEEWAY_SECONDS: i64 = 60;
/// A `max_age` that only makes a provider say when the person authenticated.
pub const ANY_AUTHENTICATION_SECONDS: i64 = 10 * 365 * 24 * 60 * 60;
/// An upstream ID token older than this is not accepted, whatever its `exp`.
pub const UPSTREAM_TOKEN_AGE_SECONDS: i64 = 10 * 60;
/// The last diagnosis of a connection is told again for this long.
pub const DIAGNOSIS_SECONDS: i64 = 60;
/// Dry runs by one application: a burst, then one per this many seconds.
pub const DIAGNOSES_BURST: u32 = 20;
pub const DIAGNOSIS_REFILL_SECONDS: u64 = 3;
/// A client secret that expires sooner than this is worth a word.
pub const SECRET_EXPIRY_NOTICE_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Diagnoses under way at the same time, on each node.
pub const DIAGNOSES_AT_ONCE: usize = 8;
/// A clock that is off by more than this is worth a word, though sign-ins still work.
pub const CLOCK_DRIFT_SECONDS: i64 = 15;
/// Connecting to a provider, in milliseconds.
pub const OUTBOUND_CONNECT_MILLIS: u64 = 3_000;
/// A provider's nonce for proofs (RFC 9449 §8).
pub const PROOF_NONCE_BYTES: usize = 1_024;
/// A client assertion at a provider.
pub const UPSTREAM_ASSERTION_SECONDS: i64 = 60;
/// A whole exchange with a provider, in milliseconds.
pub const OUTBOUND_TOTAL_MILLIS: u64 = 10_000;
/// A discovery document or key set.
pub const OUTBOUND_DOCUMENT_BYTES: usize = 128 * 1024;
/// A token or UserInfo answer.
pub const OUTBOUND_ANSWER_BYTES: usize = 256 * 1024;
/// A connection to a provider without use is kept open this long, in seconds: under the 60 s after which
/// common servers and balancers close theirs.
pub const OUTBOUND_IDLE_SECONDS: u64 = 45;
/// Characters of a provider's own words shown in an error.
pub const PROVIDER_TEXT_CHARACTERS: usize = 200;
/// Characters of a subject (OpenID Connect Core §2).
pub const SUBJECT_CHARACTERS: usize = 255;
/// Keys read from one key set.
pub const KEYS_PER_PROVIDER: usize = 50;
/// A provider's metadata and keys are fetched again after this long.
pub const PROVIDER_CACHE_SECONDS: i64 = 60 * 60;
/// Up to this age they still serve while newer ones are fetched in the background; beyond it a login waits
/// for the fetch, and they serve only if that fails.
pub const PROVIDER_BACKGROUND_SECONDS: i64 = 4 * 60 * 60;
/// After an unknown key id made us fetch, the same connection waits this long before it may again.
pub const KEY_REFETCH_COOLDOWN_SECONDS: i64 = 30;
/// After a failed fetch, the same connection waits this long before the next one.
pub const FAILED_FETCH_COOLDOWN_SECONDS: i64 = 5;
/// Providers whose metadata is kept in memory.
pub const CACHED_PROVIDERS: u64 = 20_000;
/// Applications whose published keys are kept in memory.
pub const CACHED_CLIENT_KEYS: u64 = 10_000;

/// Readers of a SQLite file.
pub const SQLITE_READERS: u32 = 4;
/// Writes that may wait for a SQLite file; beyond, they are refused.
pub const QUEUED_WRITES: usize = 4_096;
/// Writes that share one commit of a SQLite file.
pub const WRITES_PER_COMMIT: usize = 64;
/// Waiting for a free database connection, in milliseconds.
pub const DATABASE_WAIT_MILLIS: u64 = 5_000;

/// Connections, applications and APIs kept in memory.
pub const CACHED_RECORDS: u64 = 20_000;
/// Grants whose user and session are kept in memory, and for how long: with [`CHANGE_POLL_MILLIS`], what ends on one
/// node has ended on every node within a second.
pub const REMEMBERED_GRANTS: u64 = 4_096;
pub const GRANT_MEMORY_MILLIS: i64 = 500;
/// Access tokens whose signature need not be verified again while the keys stay the same.
pub const VERIFIED_TOKENS: u64 = 4_096;
/// How often a node looks for changes made by other nodes, in milliseconds.
pub const CHANGE_POLL_MILLIS: u64 = 500;
/// Clean-up of what has expired.
pub const CLEANUP_INTERVAL_SECONDS: u64 = 60;
/// Rows removed by one clean-up statement.
pub const CLEANUP_BATCH: i64 = 5_000;

/// Characters of a password.
pub const PASSWORD_MIN_CHARACTERS: usize = 8;
pub const PASSWORD_MAX_BYTES: usize = 1024;

/// Characters of a connection's name.
pub const CONNECTION_NAME_CHARACTERS: usize = 128;
/// E-mail domains of one connection.
pub const DOMAINS_PER_CONNECTION: usize = 1_000;
/// Tenants of one connection.
pub const TENANTS_PER_CONNECTION: usize = 1_000;
/// Further parameters of a provider's authorization request, the characters of a name and of a value.
pub const UPSTREAM_PARAMS: usize = 30;
pub const PARAMETER_NAME_CHARACTERS: usize = 100;
pub const UPSTREAM_PARAM_CHARACTERS: usize = 1_000;
/// Profile attributes of one connection that are not stored.
pub const NON_PERSISTENT_ATTRIBUTES: usize = 96;
/// Characters of the name of one group.
pub const GROUP_CHARACTERS: usize = 1_000;
/// Attributes of one attribute map.
pub const MAPPED_ATTRIBUTES: usize = 200;
/// A logo as it is given.
pub const LOGO_BYTES: usize = 512 * 1024;
/// Pixels on each side of a logo as it is given; and what reading it may take, in bytes.
pub const LOGO_SOURCE_PIXELS: u32 = 2_048;
pub const LOGO_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// Pixels on each side of a logo as it is kept: 20 on a page, for screens with three to each.
pub const LOGO_PIXELS: u32 = 60;
/// Versions of one connection's attribute map that are kept.
pub const ATTRIBUTE_MAP_VERSIONS: i64 = 50;
/// Entries of a list in an attribute map that holds templates.
pub const MAPPED_LIST_ITEMS: usize = 50;
/// Characters of one template.
pub const TEMPLATE_CHARACTERS: usize = 2_000;
/// Characters of a profile attribute's name.
pub const ATTRIBUTE_NAME_CHARACTERS: usize = 255;
/// An e-mail address (RFC 5321 §4.5.3.1: a path of 256 with its angle brackets).
pub const EMAIL_BYTES: usize = 254;
/// The part of an e-mail address before the `@` (RFC 5321 §4.5.3.1).
pub const EMAIL_LOCAL_PART_BYTES: usize = 64;
/// A web address.
pub const URL_BYTES: usize = 2_083;
/// A user's profile, as JSON.
pub const PROFILE_BYTES: usize = 100 * 1024;
/// Lists and objects inside each other in one attribute: JSON readers give up at about a hundred.
pub const PROFILE_DEPTH: usize = 32;
/// Redirect URIs, logout URLs or origins of one application.
pub const URLS_PER_CLIENT: usize = 100;
/// Problems told about one body.
pub const PROBLEMS_PER_BODY: usize = 50;
/// Characters of a name, an id or another short text.
pub const SHORT_TEXT_CHARACTERS: usize = 255;
/// Characters of a display name.
pub const DISPLAY_NAME_CHARACTERS: usize = 128;
/// Characters of a client secret at a provider.
pub const CLIENT_SECRET_CHARACTERS: usize = 700;
/// Characters of a list of scopes.
pub const SCOPE_CHARACTERS: usize = 1_000;
/// Keys of a resource's metadata.
pub const METADATA_KEYS: usize = 10;
/// Applications read at a time where all of them are.
pub const CLIENTS_PER_READ: i64 = 500;
/// The same of APIs, which may have many scopes each.
pub const APIS_PER_READ: i64 = 100;
/// A browser may keep the answer to a preflight request for this long.
pub const PREFLIGHT_MAX_AGE_SECONDS: u64 = 600;
/// Applications named in one body.
pub const CLIENTS_PER_CONNECTION: usize = 10_000;
/// Realms of one connection.
pub const REALMS_PER_CONNECTION: usize = 10;
/// Characters of a description.
pub const DESCRIPTION_CHARACTERS: usize = 1_000;
/// Lifetime of a token an administrator may choose.
pub const TOKEN_LIFETIME_MIN_SECONDS: i64 = 60;
pub const TOKEN_LIFETIME_MAX_SECONDS: i64 = 30 * 24 * 60 * 60;
/// A refresh token family, from the sign-in on, unless the application says otherwise.
pub const REFRESH_TOKEN_LIFETIME_SECONDS: i64 = 30 * 24 * 60 * 60;
/// A refresh token without use, unless the application says otherwise.
pub const REFRESH_TOKEN_IDLE_SECONDS: i64 = 15 * 24 * 60 * 60;
/// Lifetime of a refresh token family an administrator may choose: five years.
pub const REFRESH_TOKEN_LIFETIME_MAX_SECONDS: i64 = 157_788_000;
/// Refresh tokens of one person at one application; for one more, the oldest is revoked.
pub const REFRESH_TOKENS_PER_USER_AND_CLIENT: i64 = 200;
/// Refresh tokens named in one call.
pub const REFRESH_TOKENS_PER_CALL: usize = 100;
/// How long the token before the current one may be good again, at most.
pub const REFRESH_TOKEN_LEEWAY_MAX_SECONDS: i64 = 10 * 60;
/// `max_age` an administrator may choose: one year.
pub const MAX_AGE_MAX_SECONDS: i64 = 365 * 24 * 60 * 60;
/// Public keys of one application.
pub const KEYS_PER_CLIENT: usize = 20;
/// Random characters of a connection's id, after `con_`.
pub const CONNECTION_ID_CHARACTERS: usize = 16;
/// Characters of an API's identifier.
pub const API_IDENTIFIER_CHARACTERS: usize = 600;
/// Random characters of the id of an API.
pub const API_ID_CHARACTERS: usize = 24;
/// Random characters of the id of a client grant, after `cgr_`.
pub const CLIENT_GRANT_ID_CHARACTERS: usize = 16;
/// Random characters of the id of a consent, after `gnt_`.
pub const CONSENT_ID_CHARACTERS: usize = 16;
/// Scopes of one API.
pub const SCOPES_PER_API: usize = 1_000;
/// Characters of one scope of an API, and of its description.
pub const API_SCOPE_CHARACTERS: usize = 280;
pub const API_SCOPE_DESCRIPTION_CHARACTERS: usize = 500;
/// Members of one `authorization_details` (RFC 9396).
pub const AUTHORIZATION_DETAILS: usize = 20;
/// Types of `authorization_details` of one API.
pub const DETAILS_TYPES_PER_API: usize = 100;
/// Characters of the `client_id` and the secret we give an application.
pub const CLIENT_ID_CHARACTERS: usize = 32;
pub const GENERATED_SECRET_CHARACTERS: usize = 64;
/// The least of a secret that somebody chose for the application of the settings.
pub const MANAGEMENT_SECRET_CHARACTERS: usize = 32;
/// How long an application's former secret may stay good after a rotation.
pub const CLIENT_SECRET_OVERLAP_MAX_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How far ahead a client assertion may expire.
pub const ASSERTION_LIFETIME_MAX_SECONDS: i64 = 60 * 60;
/// How far ahead of ours the clock of an application may be.
pub const CLIENT_CLOCK_AHEAD_SECONDS: i64 = 60;
/// Characters of an id that an application chose (`jti`).
pub const CHOSEN_ID_CHARACTERS: usize = 255;
/// Applications that one initial access token may register.
pub const REGISTRATIONS_PER_TOKEN_MAX: i64 = 1_000;
/// An initial access token, unless its maker says otherwise, and at most.
pub const INITIAL_ACCESS_TOKEN_LIFETIME_SECONDS: i64 = 24 * 60 * 60;
pub const INITIAL_ACCESS_TOKEN_LIFETIME_MAX_SECONDS: i64 = 90 * 24 * 60 * 60;
/// Random characters of an initial access token's id, after `iat_`.
pub const INITIAL_ACCESS_TOKEN_ID_CHARACTERS: usize = 16;
/// What an application may say of itself when it registers.
pub const REGISTRATION_BYTES: usize = 64 * 1024;
/// Characters of the id of a classic account.
pub const LOCAL_ACCOUNT_ID_CHARACTERS: usize = 24;
/// A user's `user_metadata` or `app_metadata`, as JSON.
pub const METADATA_BYTES: usize = 64 * 1024;
/// Properties that a log entry names as changed.
pub const LOGGED_PROPERTIES: usize = 50;
/// Applications of a connection listed by one call.
pub const ENABLED_CLIENTS_PAGE_MAX: i64 = 1_000;
/// Applications enabled or disabled by one call.
pub const CLIENTS_PER_CALL: usize = 50;
/// A list's page.
pub const PAGE_SIZE: i64 = 50;
pub const PAGE_SIZE_MAX: i64 = 100;
/// Rows reachable by `page` and `per_page`; beyond, `from` and `take`.
pub const OFFSET_ROWS_MAX: i64 = 1_000;

/// Requests in flight may take this long to finish when the process is asked to stop.
pub const SHUTDOWN_SECONDS: u64 = 30;
/// Threads of one HTTP worker that wait for the database or hash a password.
pub const BLOCKING_THREADS_PER_WORKER: usize = 16;
