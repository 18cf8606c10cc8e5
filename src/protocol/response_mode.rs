//! `response_mode`: how the answer reaches the application (OAuth 2.0 Multiple Response Types §2.1, Form Post,
//! Web Message, and their signed forms by JARM §2.3).

use serde::{Deserialize, Serialize};
use url::Url;

use super::error::{ErrorCode, OAuthError};
use super::response_type::ResponseType;

/// Where the browser puts the parameters of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Query,
    Fragment,
    FormPost,
    WebMessage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    #[default]
    Query,
    Fragment,
    FormPost,
    WebMessage,
    QueryJwt,
    FragmentJwt,
    FormPostJwt,
}

/// The name that stands for the signed form of a response type's own mode (JARM §2.3.4).
const JWT: &str = "jwt";

impl ResponseMode {
    pub const ALL: [Self; 7] = [
        Self::Query,
        Self::Fragment,
        Self::FormPost,
        Self::WebMessage,
        Self::QueryJwt,
        Self::FragmentJwt,
        Self::FormPostJwt,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
            Self::WebMessage => "web_message",
            Self::QueryJwt => "query.jwt",
            Self::FragmentJwt => "fragment.jwt",
            Self::FormPostJwt => "form_post.jwt",
        }
    }

    /// Every name that a request may use.
    pub fn names() -> Vec<&'static str> {
        Self::ALL.into_iter().map(Self::name).chain([JWT]).collect()
    }

    pub const fn delivery(self) -> Delivery {
        match self {
            Self::Query | Self::QueryJwt => Delivery::Query,
            Self::Fragment | Self::FragmentJwt => Delivery::Fragment,
            Self::FormPost | Self::FormPostJwt => Delivery::FormPost,
            Self::WebMessage => Delivery::WebMessage,
        }
    }

    /// Whether the parameters travel inside one signed token (JARM).
    pub const fn is_signed(self) -> bool {
        match self {
            Self::Query | Self::Fragment | Self::FormPost | Self::WebMessage => false,
            Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt => true,
        }
    }

    /// The mode of a request, checked.
    ///
    /// # Errors
    /// `invalid_request`: an unknown mode, one that would show tokens to servers and logs, or a message to a
    /// redirect URI that is no web page's.
    pub fn read(
        text: Option<&str>,
        response_type: ResponseType,
        redirect_uri: &str,
    ) -> Result<Self, OAuthError> {
        let own = Self::of(response_type.has_id_token() || response_type.has_token());
        let Some(text) = text else { return Ok(own) };
        let asked = own
            .named(text)
            .ok_or_else(|| invalid(format!("response_mode must be one of {}", Self::names().join(", "))))?;
        if own.delivery() == Delivery::Fragment && asked.delivery() == Delivery::Query {
            return Err(invalid(format!(
                "response_mode={text} would put tokens into a query; use fragment or form_post"
            )));
        }
        if asked == Self::WebMessage && web_origin(redirect_uri).is_none() {
            return Err(invalid("response_mode=web_message needs a redirect URI with http or https".into()));
        }
        Ok(asked)
    }

    /// The mode for an answer to a request that may be wrong in everything but its redirect URI: the one asked
    /// for where it can be used, otherwise the one of the response type.
    pub fn for_answer(text: Option<&str>, response_type: Option<&str>, redirect_uri: &str) -> Self {
        let own = Self::of(
            response_type
                .is_some_and(|names| names.split(' ').any(|name| matches!(name, "token" | "id_token"))),
        );
        match text.and_then(|text| own.named(text)) {
            None => own,
            Some(asked) if own == Self::Fragment && asked.delivery() == Delivery::Query => {
                if asked.is_signed() { own.signed() } else { own }
            }
            Some(Self::WebMessage) if web_origin(redirect_uri).is_none() => own,
            Some(asked) => asked,
        }
    }

    /// The mode of a response type that names none (Multiple Response Types §5).
    const fn of(has_tokens: bool) -> Self {
        if has_tokens { Self::Fragment } else { Self::Query }
    }

    /// The mode called `name`, where `self` is the response type's own.
    fn named(self, name: &str) -> Option<Self> {
        if name == JWT {
            return Some(self.signed());
        }
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    const fn signed(self) -> Self {
        match self {
            Self::Query | Self::QueryJwt => Self::QueryJwt,
            Self::Fragment | Self::FragmentJwt | Self::WebMessage => Self::FragmentJwt,
            Self::FormPost | Self::FormPostJwt => Self::FormPostJwt,
        }
    }
}

/// The origin of a web page, to which alone a message may go; `None` for the addresses of native applications.
pub fn web_origin(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}

fn invalid(description: String) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: &str = "https://app.example:8443/cb";
    const NATIVE: &str = "com.example.app:/cb";

    #[test]
    fn each_response_type_has_a_mode_of_its_own() {
        for (response_type, mode, signed) in [
            (ResponseType::Code, "query", "query.jwt"),
            (ResponseType::None, "query", "query.jwt"),
            (ResponseType::IdToken, "fragment", "fragment.jwt"),
            (ResponseType::IdTokenToken, "fragment", "fragment.jwt"),
            (ResponseType::CodeIdToken, "fragment", "fragment.jwt"),
            (ResponseType::CodeToken, "fragment", "fragment.jwt"),
            (ResponseType::CodeIdTokenToken, "fragment", "fragment.jwt"),
        ] {
            let read = |text| ResponseMode::read(text, response_type, WEB).map(ResponseMode::name);
            assert_eq!(read(None), Ok(mode));
            assert_eq!(read(Some("jwt")), Ok(signed));
            for asked in ["fragment", "form_post", "web_message", "fragment.jwt", "form_post.jwt"] {
                assert_eq!(read(Some(asked)), Ok(asked), "{response_type:?}");
            }
            for asked in ["query", "query.jwt"] {
                assert_eq!(read(Some(asked)).is_ok(), mode == "query", "{response_type:?} {asked}");
            }
            for unknown in ["", "Query", "web_message.jwt", "post", "query fragment"] {
                assert!(read(Some(unknown)).is_err(), "{unknown}");
            }
        }
    }

    #[test]
    fn an_error_about_the_mode_still_finds_its_way() {
        for (mode, response_type, expected) in [
            (None, None, ResponseMode::Query),
            (Some("nonsense"), Some("code"), ResponseMode::Query),
            (Some("nonsense"), Some("token"), ResponseMode::Fragment),
            (Some("query"), Some("id_token code"), ResponseMode::Fragment),
            (Some("query.jwt"), Some("code token"), ResponseMode::FragmentJwt),
            (Some("jwt"), Some("nonsense"), ResponseMode::QueryJwt),
            (Some("form_post"), Some("nonsense"), ResponseMode::FormPost),
            (Some("web_message"), Some("code"), ResponseMode::WebMessage),
        ] {
            assert_eq!(ResponseMode::for_answer(mode, response_type, WEB), expected, "{mode:?}");
        }
        let native = ResponseMode::for_answer(Some("web_message"), Some("code"), NATIVE);
        assert_eq!(native, ResponseMode::Query);
        assert!(ResponseMode::read(Some("web_message"), ResponseType::Code, NATIVE).is_err());
    }

    #[test]
    fn a_message_goes_to_an_origin_with_its_port_or_to_none() {
        assert_eq!(web_origin(WEB).as_deref(), Some("https://app.example:8443"));
        assert_eq!(web_origin("http://localhost:3000/?x").as_deref(), Some("http://localhost:3000"));
        for address in [NATIVE, "data:text/html,x", "file:///tmp/x", "nonsense"] {
            assert_eq!(web_origin(address), None, "{address}");
        }
    }
}
