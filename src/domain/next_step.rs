//! What comes next in a login: one pure function over what is known.

use super::client::Client;
use super::clock::Timestamp;
use super::connection::Connection;
use super::limits;
use super::login::{Login, Progress};
use super::policy::Refusal;
use super::session::Session;
use super::user::User;
use crate::protocol::authorization_request::not_allowed;
use crate::protocol::error::{ErrorCode, OAuthError};

/// What is known beside the login itself.
#[derive(Clone, Debug)]
pub struct Circumstances<'a> {
    /// The browser's living session.
    pub session: Option<KnownSession<'a>>,
    /// Where a person without a usable session would go.
    pub routing: &'a Routing,
    /// The application, as registered now, may be answered as it asked: asked again at every step, because an
    /// administrator may have changed it since.
    pub is_response_allowed: bool,
    /// A third-party application, or one that asked for it, and nothing remembered covers it.
    pub is_consent_needed: bool,
    pub now: Timestamp,
}

/// A session, and what the policy says of its user here. Nobody makes one without having asked it.
#[derive(Clone, Debug)]
pub struct KnownSession<'a> {
    session: &'a Session,
    subject: &'a str,
    standing: Result<(), Refusal>,
}

impl<'a> KnownSession<'a> {
    /// `user`'s session, which began at `connection`, in `login` of `client`. `subject`: by what name the application
    /// knows the person; `api`: whether they may have tokens for the API that it asks for.
    pub fn of(
        session: &'a Session,
        (user, subject): (&User, &'a str),
        connection: Option<&Connection>,
        login: &Login,
        client: &Client,
        api: Result<(), Refusal>,
    ) -> Self {
        let connection = connection.filter(|connection| connection.id == session.connection_id);
        Self { session, subject, standing: login.admits_user(user, connection, client).and(api) }
    }
}

/// Where home-realm discovery sends a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routing {
    /// To this connection.
    To(String),
    /// Several serve the domain.
    AnyOf(Vec<String>),
    /// To this connection, which the browser remembers, if the person agrees.
    Remembered(String),
    /// The person has to say.
    Ask,
    /// There is nothing the person could say: no connection of the application can be reached from the page.
    Nowhere,
    /// The application named a connection that it may not use.
    Unavailable(Refusal),
}

/// The next step of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    AskForConnection,
    AskToChoose(Vec<String>),
    /// Whether to go on as this browser remembers.
    AskToContinue(String),
    /// To the provider, or to the password page of a classic connection.
    Authenticate(String),
    AskForAccount,
    /// Whether somebody else, who has proven who they are, takes the place of the person who is signed in.
    AskToSwitch,
    /// Who has proven who they are is signed in, in nobody's place.
    Switch,
    AskForConsent,
    IssueAnswer,
    Refuse(OAuthError),
}

/// Computes the next step. `prompt=none` turns every page into its error here, and only here
/// (OpenID Connect Core §3.1.2.6).
pub fn next_step(login: &Login, seen: &Circumstances<'_>) -> Step {
    if !seen.is_response_allowed {
        return Step::Refuse(not_allowed(login.request.response_type));
    }
    let step = step_with_pages(login, seen);
    if !login.request.prompt.none {
        return step;
    }
    let (code, text) = match step {
        Step::AskForConnection | Step::AskToChoose(_) | Step::AskToContinue(_) | Step::Authenticate(_) => {
            (ErrorCode::LoginRequired, "nobody is signed in who fits this request")
        }
        Step::AskForAccount => (ErrorCode::AccountSelectionRequired, "the person has to choose an account"),
        Step::AskToSwitch | Step::Switch => {
            (ErrorCode::InteractionRequired, "the person has to say who goes on")
        }
        Step::AskForConsent => (ErrorCode::ConsentRequired, "the person has to consent"),
        Step::IssueAnswer | Step::Refuse(_) => return step,
    };
    Step::Refuse(OAuthError::new(code, text))
}

fn step_with_pages(login: &Login, seen: &Circumstances<'_>) -> Step {
    if let Progress::SignedIn { session_id } = &login.progress
        && let Some(known) = seen.session.as_ref().filter(|known| known.session.id == *session_id)
    {
        return match just_signed_in_fits(login, known) {
            Ok(()) => consent_or_code(login, seen),
            Err(error) => Step::Refuse(error),
        };
    }
    if let Progress::Proven(proven) = &login.progress {
        let is_somebody_else = |known: &KnownSession<'_>| known.session.user_id != proven.user_id;
        return if seen.session.as_ref().is_some_and(is_somebody_else) {
            Step::AskToSwitch
        } else {
            Step::Switch
        };
    }
    if let Some(user_id) = &login.stays_as {
        return match stayed_fits(login, user_id, seen) {
            Ok(()) => consent_or_code(login, seen),
            Err(error) => Step::Refuse(error),
        };
    }
    match &seen.session {
        Some(known) if known.standing == Err(Refusal::UserBlocked) => Step::Refuse(blocked()),
        Some(known) if known.standing == Err(Refusal::NotAdministrator) => Step::Refuse(no_administrator()),
        Some(known) if may_serve(login, known, seen.now) => {
            if login.request.prompt.select_account && !login.is_account_confirmed {
                Step::AskForAccount
            } else {
                consent_or_code(login, seen)
            }
        }
        Some(_) | None => authenticate(login, seen.routing),
    }
}

fn consent_or_code(login: &Login, seen: &Circumstances<'_>) -> Step {
    let user_id = seen.session.as_ref().map(|known| &known.session.user_id);
    let is_given = login.consent_given_by.is_some() && login.consent_given_by.as_ref() == user_id;
    if seen.is_consent_needed && !is_given { Step::AskForConsent } else { Step::IssueAnswer }
}

fn authenticate(login: &Login, routing: &Routing) -> Step {
    if let Progress::ConnectionChosen { connection_id } = &login.progress {
        return Step::Authenticate(connection_id.clone());
    }
    match routing {
        Routing::To(connection_id) => Step::Authenticate(connection_id.clone()),
        Routing::AnyOf(connection_ids) => Step::AskToChoose(connection_ids.clone()),
        Routing::Remembered(connection_id) => Step::AskToContinue(connection_id.clone()),
        Routing::Ask => Step::AskForConnection,
        // Whatever is wrong with the application, `prompt=none` asks whether somebody is signed in.
        Routing::Nowhere if login.request.prompt.none => Step::AskForConnection,
        Routing::Nowhere => Step::Refuse(OAuthError::new(
            ErrorCode::InvalidRequest,
            "the application has no connection to sign in with: enable one for it, with a button or with \
             domain aliases",
        )),
        Routing::Unavailable(refusal) => {
            Step::Refuse(OAuthError::new(ErrorCode::InvalidRequest, refusal.to_string()))
        }
    }
}

/// Whether the person who stays signed in, asked whether somebody else should take their place, may be who the
/// application is told of. They have had their page: what their session cannot serve is an error now, because asking
/// again would lead to the provider that has just answered for somebody else (OpenID Connect Core §3.1.2.1: whoever
/// cannot be authenticated again, is not recent enough or is not whom `id_token_hint` names, is `login_required`).
fn stayed_fits(login: &Login, user_id: &str, seen: &Circumstances<'_>) -> Result<(), OAuthError> {
    let Some(known) = seen.session.as_ref().filter(|known| known.session.user_id == user_id) else {
        return Err(OAuthError::new(ErrorCode::LoginRequired, "the person who was to stay has signed out"));
    };
    if let Err(refusal) = known.standing {
        return Err(OAuthError::new(
            ErrorCode::AccessDenied,
            format!("the person stays signed in as somebody whom this request does not fit: {refusal}"),
        ));
    }
    if !may_serve(login, known, seen.now) {
        return Err(OAuthError::new(
            ErrorCode::LoginRequired,
            "the person stays signed in as somebody who has not authenticated as this request asks",
        ));
    }
    Ok(())
}

/// Whether a session from earlier may answer this request without asking anybody.
fn may_serve(login: &Login, known: &KnownSession<'_>, now: Timestamp) -> bool {
    let request = &login.request;
    let session = known.session;
    let is_recent = request.max_age.is_none_or(|max_age| {
        now.seconds().saturating_sub(session.auth_time.seconds()) <= max_age && max_age > 0
    });
    known.standing.is_ok()
        && !request.prompt.login
        && !login.wants_other_account
        && is_recent
        && is_expected(login, known)
        && has_essential_class(login, session)
}

/// Whether the person who just proved who they are is whom the request asked for.
fn just_signed_in_fits(login: &Login, known: &KnownSession<'_>) -> Result<(), OAuthError> {
    if let Err(refusal) = known.standing {
        return Err(match refusal {
            Refusal::UserBlocked => blocked(),
            Refusal::NotAdministrator => no_administrator(),
            Refusal::ConnectionGone
            | Refusal::ConnectionDisabled
            | Refusal::ConnectionNotEnabledForClient
            | Refusal::NotTheAskedConnection
            | Refusal::NotTheAskedOrganization => {
                OAuthError::new(ErrorCode::AccessDenied, refusal.to_string())
            }
        });
    }
    if !is_expected(login, known) {
        return Err(OAuthError::new(
            ErrorCode::LoginRequired,
            "somebody else signed in than the id_token_hint or the claim sub names",
        ));
    }
    if !has_essential_class(login, known.session) {
        return Err(OAuthError::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the person was not authenticated in a way that the claim acr asks for",
        ));
    }
    if let Some(max_age) = login.request.max_age {
        let oldest = login.started_at.plus_seconds(-max_age - limits::CLOCK_LEEWAY_SECONDS);
        if known.session.auth_time < oldest {
            return Err(OAuthError::new(
                ErrorCode::LoginRequired,
                "the provider did not authenticate the person again, as max_age asks",
            ));
        }
    }
    Ok(())
}

fn is_expected(login: &Login, known: &KnownSession<'_>) -> bool {
    login.request.expected_subject.as_deref().is_none_or(|subject| subject == known.subject)
}

/// Whether the sign-in was of a class that the request says it must be (OpenID Connect Core §5.5.1.1).
fn has_essential_class(login: &Login, session: &Session) -> bool {
    let essential = login.request.essential_acr_values();
    essential.is_empty() || session.acr.as_deref().is_some_and(|acr| essential.contains(&acr))
}

fn blocked() -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, Refusal::UserBlocked.to_string())
}

fn no_administrator() -> OAuthError {
    OAuthError::new(ErrorCode::AccessDenied, Refusal::NotAdministrator.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::random::Random;
    use crate::domain::login::Proven;
    use crate::protocol::authorization_request::AuthorizationRequest;
    use crate::protocol::claims_request::{ClaimsLimits, ClaimsRequest};
    use crate::protocol::prompt::Prompt;
    use crate::protocol::response_mode::ResponseMode;
    use crate::protocol::response_type::ResponseType;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

    fn login(prompt: &str) -> Login {
        let request = AuthorizationRequest {
            client_id: "app".into(),
            redirect_uri: "https://app.example/cb".into(),
            response_type: ResponseType::Code,
            response_mode: ResponseMode::Query,
            scope: "openid".into(),
            dpop_jkt: None,
            audience: None,
            state: None,
            nonce: None,
            code_challenge: None,
            prompt: Prompt::read(Some(prompt)).unwrap(),
            max_age: None,
            login_hint: None,
            domain_hint: None,
            connection: None,
            connection_scope: None,
            display: None,
            organization: None,
            ui_locales: None,
            acr_values: None,
            expected_subject: None,
            claims: None,
            authorization_details: None,
        };
        Login::begin(request, NOW, &Random::default())
    }

    fn session(age_seconds: i64) -> Session {
        Session {
            id: "sid".into(),
            token_hash: "hash".into(),
            user_id: "oidc|acme|1".into(),
            connection_id: "con_1".into(),
            auth_time: NOW.plus_seconds(-age_seconds),
            acr: None,
            provider_session: None,
            amr: Vec::new(),
            created_at: NOW,
            last_active_at: NOW,
            expires_at: NOW.plus_seconds(100),
        }
    }

    struct Case<'a> {
        session: Option<&'a Session>,
        standing: Result<(), Refusal>,
        routing: Routing,
        is_response_allowed: bool,
        is_consent_needed: bool,
    }

    impl Case<'_> {
        fn next(&self, login: &Login) -> Step {
            let session = self.session.map(|session| KnownSession {
                session,
                subject: "oidc|acme|1",
                standing: self.standing,
            });
            let seen = Circumstances {
                session,
                routing: &self.routing,
                is_response_allowed: self.is_response_allowed,
                is_consent_needed: self.is_consent_needed,
                now: NOW,
            };
            next_step(login, &seen)
        }
    }

    fn nobody(routing: Routing) -> Case<'static> {
        Case { session: None, standing: Ok(()), routing, is_response_allowed: true, is_consent_needed: false }
    }

    fn somebody(session: &Session) -> Case<'_> {
        Case { session: Some(session), ..nobody(Routing::Ask) }
    }

    fn code_of(step: &Step) -> &'static str {
        match step {
            Step::Refuse(error) => error.code.name(),
            other => panic!("{other:?} is no refusal"),
        }
    }

    #[test]
    fn nobody_is_sent_where_discovery_says() {
        assert_eq!(nobody(Routing::Ask).next(&login("")), Step::AskForConnection);
        assert_eq!(nobody(Routing::To("c".into())).next(&login("")), Step::Authenticate("c".into()));
        let several = Routing::AnyOf(vec!["c".into(), "d".into()]);
        assert_eq!(nobody(several).next(&login("")), Step::AskToChoose(vec!["c".into(), "d".into()]));
        let unavailable = nobody(Routing::Unavailable(Refusal::ConnectionDisabled)).next(&login(""));
        assert_eq!(code_of(&unavailable), "invalid_request");
        assert_eq!(code_of(&nobody(Routing::Nowhere).next(&login(""))), "invalid_request");
    }

    #[test]
    fn a_session_serves_unless_the_request_asks_for_more() {
        let session = session(50);
        let case = somebody(&session);
        assert_eq!(case.next(&login("")), Step::IssueAnswer);
        assert_eq!(case.next(&login("login")), Step::AskForConnection);
        assert_eq!(case.next(&login("select_account")), Step::AskForAccount);
        let with = |change: fn(&mut Login)| {
            let mut login = login("");
            change(&mut login);
            case.next(&login)
        };
        assert_eq!(with(|login| login.request.max_age = Some(50)), Step::IssueAnswer);
        assert_eq!(with(|login| login.request.max_age = Some(49)), Step::AskForConnection);
        assert_eq!(with(|login| login.request.max_age = Some(0)), Step::AskForConnection);
        assert_eq!(
            with(|login| login.request.expected_subject = Some("other".into())),
            Step::AskForConnection
        );
        assert_eq!(with(|login| login.wants_other_account = true), Step::AskForConnection);
    }

    #[test]
    fn a_blocked_user_is_refused_and_another_connection_is_asked_for() {
        let session = session(0);
        let mut case = somebody(&session);
        case.standing = Err(Refusal::UserBlocked);
        assert_eq!(code_of(&case.next(&login(""))), "access_denied");
        let mut signed_in = login("");
        signed_in.progress = Progress::SignedIn { session_id: "sid".into() };
        for refusal in [
            Refusal::ConnectionNotEnabledForClient,
            Refusal::ConnectionDisabled,
            Refusal::NotTheAskedConnection,
            Refusal::NotTheAskedOrganization,
        ] {
            case.standing = Err(refusal);
            assert_eq!(case.next(&login("")), Step::AskForConnection, "{refusal}");
            assert_eq!(code_of(&case.next(&signed_in)), "access_denied", "{refusal}");
        }
    }

    #[test]
    fn who_just_signed_in_must_be_whom_the_request_asked_for() {
        let session = session(0);
        let case = somebody(&session);
        let mut signed_in = login("login");
        signed_in.progress = Progress::SignedIn { session_id: "sid".into() };
        assert_eq!(case.next(&signed_in), Step::IssueAnswer);
        signed_in.request.expected_subject = Some("oidc|acme|2".into());
        assert_eq!(code_of(&case.next(&signed_in)), "login_required");
        signed_in.request.expected_subject = None;
        signed_in.progress = Progress::SignedIn { session_id: "another browser's".into() };
        assert_eq!(case.next(&signed_in), Step::AskForConnection);
    }

    #[test]
    fn somebody_else_who_has_proven_who_they_are_waits_for_the_person_signed_in() {
        let session = session(0);
        let proven = |user_id: &str| Proven {
            user_id: user_id.into(),
            session_id: "new".into(),
            session_expires_at: NOW.plus_seconds(100),
        };
        // Whatever the application asked to show: a link is no choice of the person's.
        for prompt in ["", "login", "select_account"] {
            let other = login(prompt).wait(proven("oidc|evil|1"));
            assert_eq!(somebody(&session).next(&other), Step::AskToSwitch, "{prompt}");
            assert_eq!(nobody(Routing::Ask).next(&other), Step::Switch, "{prompt}");
            let same = login(prompt).wait(proven("oidc|acme|1"));
            assert_eq!(somebody(&session).next(&same), Step::Switch, "{prompt}");
        }
    }

    #[test]
    fn who_stays_is_answered_for_where_the_request_fits_them_and_asked_nothing_more() {
        let mut session = session(50);
        let staying = |prompt: &str| Login { stays_as: Some("oidc|acme|1".into()), ..login(prompt) };
        assert_eq!(somebody(&session).next(&staying("")), Step::IssueAnswer);
        assert_eq!(code_of(&somebody(&session).next(&staying("login"))), "login_required");
        let mut hinted = staying("");
        hinted.request.expected_subject = Some("oidc|evil|1".into());
        assert_eq!(code_of(&somebody(&session).next(&hinted)), "login_required");
        let mut case = somebody(&session);
        case.standing = Err(Refusal::NotTheAskedConnection);
        assert_eq!(code_of(&case.next(&staying(""))), "access_denied");
        assert_eq!(code_of(&nobody(Routing::To("evil".into())).next(&staying(""))), "login_required");
        session.user_id = "oidc|acme|2".into();
        assert_eq!(code_of(&somebody(&session).next(&staying(""))), "login_required");
    }

    #[test]
    fn a_provider_that_ignored_max_age_is_refused() {
        let old = session(3_600);
        let mut signed_in = login("");
        signed_in.progress = Progress::SignedIn { session_id: "sid".into() };
        signed_in.request.max_age = Some(1);
        assert_eq!(code_of(&somebody(&old).next(&signed_in)), "login_required");
        let fresh = session(0);
        assert_eq!(somebody(&fresh).next(&signed_in), Step::IssueAnswer);
    }

    #[test]
    fn a_response_type_that_is_no_longer_allowed_is_refused_at_every_step() {
        let session = session(0);
        let mut signed_in = login("");
        signed_in.progress = Progress::SignedIn { session_id: "sid".into() };
        for case in [nobody(Routing::Ask), somebody(&session)] {
            let case = Case { is_response_allowed: false, ..case };
            for login in [login(""), login("none"), signed_in.clone()] {
                assert_eq!(code_of(&case.next(&login)), "unauthorized_client");
            }
        }
    }

    #[test]
    fn an_essential_class_has_to_be_met() {
        let mut session = session(0);
        let mut login = login("");
        let asked = r#"{"id_token":{"acr":{"essential":true,"values":["gold","silver"]}}}"#;
        let limits = ClaimsLimits { bytes: 100, claims: 1 };
        login.request.claims = Some(ClaimsRequest::read(asked, limits).unwrap());
        let mut signed_in = login.clone();
        signed_in.progress = Progress::SignedIn { session_id: "sid".into() };
        for acr in [None, Some("bronze")] {
            session.acr = acr.map(str::to_owned);
            assert_eq!(somebody(&session).next(&login), Step::AskForConnection, "{acr:?}");
            let refused = somebody(&session).next(&signed_in);
            assert_eq!(code_of(&refused), "unmet_authentication_requirements", "{acr:?}");
        }
        session.acr = Some("silver".into());
        assert_eq!(somebody(&session).next(&login), Step::IssueAnswer);
        assert_eq!(somebody(&session).next(&signed_in), Step::IssueAnswer);
    }

    #[test]
    fn consent_is_asked_once_and_given_by_the_person_asked_alone() {
        let session = session(0);
        let mut case = somebody(&session);
        case.is_consent_needed = true;
        let mut login = login("");
        assert_eq!(case.next(&login), Step::AskForConsent);
        login.consent_asked_of = Some(session.user_id.clone());
        assert_eq!(case.next(&login), Step::AskForConsent);
        login.consent_given_by = Some("somebody else".into());
        assert_eq!(case.next(&login), Step::AskForConsent);
        login.consent_given_by = Some(session.user_id.clone());
        assert_eq!(case.next(&login), Step::IssueAnswer);
    }

    #[test]
    fn prompt_none_turns_every_page_into_its_error() {
        let session = session(0);
        for routing in [
            Routing::Ask,
            Routing::To("c".into()),
            Routing::AnyOf(vec!["c".into()]),
            Routing::Remembered("c".into()),
            Routing::Nowhere,
        ] {
            assert_eq!(code_of(&nobody(routing).next(&login("none"))), "login_required");
        }
        let mut case = somebody(&session);
        assert_eq!(case.next(&login("none")), Step::IssueAnswer);
        case.is_consent_needed = true;
        assert_eq!(code_of(&case.next(&login("none"))), "consent_required");
    }
}
