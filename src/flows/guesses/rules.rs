//! What can be guessed, and how often.

use crate::domain::limits::{self, Allowance};

/// Of something that belongs to nobody in particular.
const fn by_network(network: Allowance) -> Rules {
    Rules { network, network_at_account: None, account: None, browser: None }
}

/// What is guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guessed {
    /// Of a classic account.
    Password,
    /// A client's secret, its assertion, or the token of its registration.
    ClientSecret,
    /// What a person types who has a device in front of them.
    DeviceCode,
    OrganizationCode,
    /// A link to a set-up page, to a test or to becoming an administrator, or an initial access token.
    Ticket,
    /// An access token: whoever sends one makes us verify a signature.
    AccessToken,
    /// A proof of a key that anybody can make; it is counted, right or wrong.
    Proof,
}

/// An account's allowance over all networks.
#[derive(Clone, Copy)]
pub(super) struct Account {
    pub all: Allowance,
    /// For networks that have not tried it lately.
    pub first: Allowance,
}

#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub network: Allowance,
    pub network_at_account: Option<Allowance>,
    pub account: Option<Account>,
    /// Of a browser that is known to the account.
    pub browser: Option<Allowance>,
}

impl Guessed {
    pub(super) const COUNT: usize = 7;

    pub(super) const fn rules(self) -> Rules {
        match self {
            Self::Password => Rules {
                network: limits::PASSWORDS_PER_NETWORK,
                network_at_account: Some(limits::PASSWORDS_PER_NETWORK_AND_ACCOUNT),
                account: Some(Account {
                    all: limits::PASSWORDS_PER_ACCOUNT,
                    first: limits::FIRST_PASSWORDS_PER_ACCOUNT,
                }),
                browser: Some(limits::PASSWORDS_PER_KNOWN_BROWSER),
            },
            Self::ClientSecret => Rules {
                network: limits::SECRETS_PER_NETWORK,
                network_at_account: Some(limits::SECRETS_PER_NETWORK_AND_CLIENT),
                account: Some(Account {
                    all: limits::SECRETS_PER_CLIENT,
                    first: limits::FIRST_SECRETS_PER_CLIENT,
                }),
                browser: None,
            },
            Self::DeviceCode => by_network(limits::DEVICE_CODES_PER_NETWORK),
            Self::OrganizationCode => by_network(limits::ORGANIZATION_CODES_PER_NETWORK),
            Self::Ticket => by_network(limits::TICKETS_PER_NETWORK),
            Self::AccessToken => Rules {
                network: limits::TOKENS_PER_NETWORK,
                network_at_account: Some(limits::TOKENS_PER_GOOD_NETWORK),
                account: None,
                browser: None,
            },
            Self::Proof => by_network(limits::PROOFS_PER_NETWORK),
        }
    }
}
