//! Ways in which a provider, or somebody between it and the hub, goes wrong: each is one deviation from an
//! honest sign-in, and each has to end in an error that names the check.

mod answer;
mod id_token;
mod identity;
mod metadata;
mod pushed;
mod token_endpoint;
mod userinfo;

use vestibule::domain::connection::{Channel, OidcOptions};

use super::fake_provider::{Answer, Behaviour, Reply, Scene};
use super::keys::Token;

pub const BOTH: &[Channel] = &[Channel::BackChannel, Channel::FrontChannel];
pub const BACK: &[Channel] = &[Channel::BackChannel];
pub const FRONT: &[Channel] = &[Channel::FrontChannel];

/// An address the hub must not talk to. It is one for documentation (RFC 5737): refused like a private one, and
/// nobody is there should the guard ever fail under test.
pub const NOT_PUBLIC: &str = "192.0.2.1";

/// One deviation.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    pub name: &'static str,
    pub channels: &'static [Channel],
    /// The check that has to fail.
    pub check: &'static str,
    pub behaviour: Behaviour,
    /// What the connection has to be set to for the fault to matter.
    pub settings: fn(&mut OidcOptions),
}

impl Fault {
    const fn new(
        name: &'static str,
        channels: &'static [Channel],
        check: &'static str,
        behaviour: Behaviour,
    ) -> Self {
        Self { name, channels, check, behaviour, settings: |_| {} }
    }

    fn id_token(
        name: &'static str,
        channels: &'static [Channel],
        check: &'static str,
        edit: fn(&mut Token, &Scene),
    ) -> Self {
        Self::new(name, channels, check, Behaviour { id_token: Some(edit), ..Behaviour::default() })
    }

    fn reply(
        name: &'static str,
        channels: &'static [Channel],
        check: &'static str,
        edit: fn(&mut Reply, &Scene),
    ) -> Self {
        Self::new(name, channels, check, Behaviour { reply: Some(edit), ..Behaviour::default() })
    }

    fn discovery(name: &'static str, check: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self::new(name, BOTH, check, Behaviour { discovery: Some(edit), ..Behaviour::default() })
    }

    fn keys(name: &'static str, check: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self::new(name, BOTH, check, Behaviour { keys: Some(edit), ..Behaviour::default() })
    }

    fn token(name: &'static str, check: &'static str, edit: fn(&mut Answer, &Scene)) -> Self {
        Self::new(name, BACK, check, Behaviour { token: Some(edit), ..Behaviour::default() })
    }
}

/// Every fault, by where it happens.
pub fn all() -> Vec<Fault> {
    [
        id_token::signatures(),
        id_token::formats(),
        id_token::claims(),
        id_token::times(),
        answer::faults(),
        token_endpoint::faults(),
        metadata::documents(),
        metadata::key_sets(),
        userinfo::faults(),
        pushed::requests(),
        pushed::bindings(),
        identity::tenants(),
        identity::people(),
        identity::sessions(),
    ]
    .concat()
}

/// Every fault in every channel it applies to. Those that take their time go first, side by side.
pub fn every_case() -> Vec<(Fault, Channel)> {
    let mut faults = all();
    faults.sort_by_key(|fault| fault.check != "outbound-timeout");
    faults.into_iter().flat_map(|fault| fault.channels.iter().map(move |channel| (fault, *channel))).collect()
}
