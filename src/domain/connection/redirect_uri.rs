//! Where a connection's provider sends the browser back to, and how the answers of two providers are told apart (RFC 9700
//! §2.1, §4.4).
//!
//! Everything that names the redirect URI of a connection gets it from [`Connection::callback_path`]: the request that
//! leaves, the token request, the comparison of what came, and what people register at the provider.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Channel, Connection, OidcOptions};
use crate::domain::issuer::Issuer;
use crate::domain::provider_metadata::source_of;

/// Whose the redirect URI of a connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectUri {
    /// This connection's alone: an answer that was meant for another one does not arrive at it.
    #[default]
    Connection,
    /// That of all connections that share it.
    Shared,
}

impl RedirectUri {
    /// Of connections that were stored before there was a choice.
    pub(super) const fn of_before() -> Self {
        Self::Shared
    }

    /// What holds where nobody says otherwise and nothing is known of the provider: an ID token names its issuer under a
    /// signature, a code names nobody.
    pub const fn usual(channel: Channel) -> Self {
        match channel {
            Channel::BackChannel => Self::Connection,
            Channel::FrontChannel => Self::Shared,
        }
    }
}

/// A redirect URI of ours, below the issuer. It is compared letter for letter, as it came and never decoded: names of
/// connections need no encoding, so no other spelling of one is honest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallbackPath(String);

impl Default for CallbackPath {
    /// The shared one, which every login before there was a choice was sent out with.
    fn default() -> Self {
        Self("/login/callback".into())
    }
}

impl CallbackPath {
    /// That of the connection called `name`.
    pub fn of(name: &str, redirect_uri: RedirectUri) -> Self {
        let Self(shared) = Self::default();
        match redirect_uri {
            RedirectUri::Shared => Self(shared),
            RedirectUri::Connection => Self(format!("{shared}/{name}")),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The redirect URI itself.
    pub fn at(&self, issuer: &Issuer) -> String {
        issuer.join(&self.0)
    }
}

impl Connection {
    /// Where the provider sends the browser back to.
    pub fn callback_path(&self) -> CallbackPath {
        CallbackPath::of(&self.name, self.options.redirect_uri)
    }
}

/// What is known beside the body of a connection, where that leaves the redirect URI to the hub.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings {
    /// `VESTIBULE_SHARED_CALLBACK`.
    pub is_shared_by_default: bool,
    /// The provider promises to name itself in every answer (RFC 9207 §3).
    pub names_issuer_in_answers: bool,
}

/// Whether `body`, which makes the options `after` of those `before`, leaves the redirect URI to the hub: a new connection
/// that does not say, a `null`, and what stood on something that the body takes away.
pub fn leaves_redirect_uri_open(
    body: &Map<String, Value>,
    before: Option<&OidcOptions>,
    after: &OidcOptions,
) -> bool {
    match (body.get("options").and_then(|options| options.get("redirect_uri")), before) {
        (Some(said), _) => said.is_null(),
        (None, None) => true,
        (None, Some(before)) => {
            let was_front = before.channel == Channel::FrontChannel;
            let stood_on_channel = was_front && after.channel == Channel::BackChannel;
            let stood_on_promise = before.demands_issuer && source_of(before) != source_of(after);
            before.redirect_uri == RedirectUri::Shared && (stood_on_channel || stood_on_promise)
        }
    }
}

/// Whether the provider's promise would change anything for `after`.
pub fn is_promise_worth_asking(is_open: bool, before: Option<&OidcOptions>, after: &OidcOptions) -> bool {
    let is_known = before.is_some_and(|before| {
        before.channel == after.channel
            && before.redirect_uri == RedirectUri::Shared
            && source_of(before) == source_of(after)
    });
    after.channel == Channel::BackChannel
        && (is_open || (after.redirect_uri == RedirectUri::Shared && !is_known))
}

/// Decides what was left open. What shares its redirect URI with a provider's promise has that promise kept from then on,
/// whatever the metadata say later.
pub fn settle_redirect_uri(options: &mut OidcOptions, is_open: bool, known: Surroundings) {
    if is_open && (known.is_shared_by_default || known.names_issuer_in_answers) {
        options.redirect_uri = RedirectUri::Shared;
    }
    let is_told_apart_by_issuer =
        options.channel == Channel::BackChannel && options.redirect_uri == RedirectUri::Shared;
    options.demands_issuer =
        is_told_apart_by_issuer && (options.demands_issuer || known.names_issuer_in_answers);
}

/// What a change leaves of what stood before it: the safe choice where the ground is gone.
pub(super) fn carry_over(before: &OidcOptions, after: &mut OidcOptions, patch: &Map<String, Value>) {
    if leaves_redirect_uri_open(patch, Some(before), after) {
        after.redirect_uri = RedirectUri::usual(after.channel);
    }
    after.demands_issuer = before.demands_issuer && source_of(before) == source_of(after);
    settle_redirect_uri(after, false, Surroundings::default());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PROMISED: Surroundings =
        Surroundings { is_shared_by_default: false, names_issuer_in_answers: true };
    const NOTHING: Surroundings =
        Surroundings { is_shared_by_default: false, names_issuer_in_answers: false };

    fn options(channel: Channel, redirect_uri: RedirectUri, demands_issuer: bool) -> OidcOptions {
        let issuer = Some("https://idp.example".to_owned());
        OidcOptions { channel, redirect_uri, demands_issuer, issuer, ..OidcOptions::default() }
    }

    #[test]
    fn a_path_is_the_connections_own_or_the_shared_one() {
        let issuer = Issuer::parse("https://hub.example").unwrap();
        for (redirect_uri, expected) in [
            (RedirectUri::Shared, "https://hub.example/login/callback"),
            (RedirectUri::Connection, "https://hub.example/login/callback/acme-eu"),
        ] {
            assert_eq!(CallbackPath::of("acme-eu", redirect_uri).at(&issuer), expected);
        }
    }

    #[test]
    fn what_is_left_open_is_shared_only_where_something_tells_answers_apart_or_the_operator_wants_it() {
        use Channel::{BackChannel, FrontChannel};
        use RedirectUri::{Connection, Shared};
        let wanted = Surroundings { is_shared_by_default: true, names_issuer_in_answers: false };
        for (channel, known, expected) in [
            (BackChannel, NOTHING, (Connection, false)),
            (BackChannel, PROMISED, (Shared, true)),
            (BackChannel, wanted, (Shared, false)),
            (BackChannel, Surroundings { names_issuer_in_answers: true, ..wanted }, (Shared, true)),
            (FrontChannel, NOTHING, (Shared, false)),
            (FrontChannel, PROMISED, (Shared, false)),
        ] {
            let mut options = options(channel, RedirectUri::usual(channel), false);
            settle_redirect_uri(&mut options, true, known);
            assert_eq!((options.redirect_uri, options.demands_issuer), expected, "{channel:?} {known:?}");
        }
        // What somebody said stands; a promise that is there is kept all the same.
        for (said, expected) in [(Connection, (Connection, false)), (Shared, (Shared, true))] {
            let mut options = options(BackChannel, said, false);
            settle_redirect_uri(&mut options, false, PROMISED);
            assert_eq!((options.redirect_uri, options.demands_issuer), expected);
        }
    }

    #[test]
    fn what_a_shared_one_stood_on_is_not_taken_away_without_a_new_decision() {
        use Channel::{BackChannel, FrontChannel};
        use RedirectUri::{Connection, Shared};
        let elsewhere = |after: &mut OidcOptions| after.issuer = Some("https://other.example".into());
        let back = |after: &mut OidcOptions| after.channel = BackChannel;
        let nothing = |_: &mut OidcOptions| {};
        type Change = fn(&mut OidcOptions);
        for (before, change, patch, expected) in [
            (options(BackChannel, Shared, true), nothing as Change, json!({}), (Shared, true)),
            (options(BackChannel, Shared, true), elsewhere, json!({}), (Connection, false)),
            (
                options(BackChannel, Shared, true),
                elsewhere,
                json!({"redirect_uri": "shared"}),
                (Shared, false),
            ),
            (options(BackChannel, Shared, true), nothing, json!({"redirect_uri": "shared"}), (Shared, true)),
            (options(BackChannel, Shared, true), nothing, json!({"redirect_uri": null}), (Connection, true)),
            (options(BackChannel, Shared, false), elsewhere, json!({}), (Shared, false)),
            (options(FrontChannel, Shared, false), back, json!({}), (Connection, false)),
            (options(FrontChannel, Shared, false), back, json!({"redirect_uri": "shared"}), (Shared, false)),
            (options(FrontChannel, Connection, false), back, json!({}), (Connection, false)),
        ] {
            let mut after = before.clone();
            change(&mut after);
            let patch = json!({"options": patch});
            carry_over(&before, &mut after, patch.as_object().unwrap());
            // Nothing is demanded at a redirect URI of one's own.
            let demands = expected.1 && expected.0 == Shared;
            assert_eq!(
                (after.redirect_uri, after.demands_issuer),
                (expected.0, demands),
                "{before:?} {patch}"
            );
        }
    }
}
