//! The one guard of everything that can be guessed: what is guessed × from which network × at whose account.
//!
//! A guess that is wrong is a debt: of the network (and, for IPv6, of the wider ones around it), of the network at that
//! account, and of the account over all networks. Right guesses cost nothing. Nobody is locked out of their account by
//! strangers:
//!
//! - A browser that has signed in to it before owes for itself alone, whatever others do.
//! - So does a network from which it was opened not long ago: an application under attack goes on from its own.
//! - Somebody new at a network that has not tried this account for six hours draws on an allowance for first guesses, of
//!   which one is free every two seconds: attackers need another network for each guess they make there. A second guess
//!   waits for the account's own allowance, of which one is free every ten seconds.
//!
//! The memory is of fixed size ([`debts`], [`known_networks`]), of this node alone: several nodes count for themselves.

mod debts;
mod known_networks;
mod rules;

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use self::debts::{Debt, Debts};
use self::known_networks::KnownNetworks;
pub use self::rules::Guessed;
use self::rules::{Account, Rules};
use crate::domain::audit::Origin;
use crate::domain::clock::Clock;
use crate::domain::limits::{self, Allowance};
use crate::domain::network::Network;

/// What has been guessed wrong, on this node.
pub struct Guesses {
    clock: Clock,
    started: Instant,
    kinds: [Mutex<Kind>; Guessed::COUNT],
}

struct Kind {
    debts: Debts,
    /// Which networks have tried which accounts, once the wait for their next first guess is on.
    tried: Debts,
    known: KnownNetworks,
}

/// There were too many wrong guesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many wrong ones; the next may come in {seconds} s")]
pub struct TooManyGuesses {
    /// Until the next one may come.
    pub seconds: u64,
}

/// A guess under way. It counts as wrong, unless somebody says that it was right.
#[must_use = "a guess that is not called right was wrong"]
pub struct Guess<'a> {
    guesses: &'a Guesses,
    what: Guessed,
    network: Network,
    account: Option<String>,
    debts: Vec<Debt>,
    tried: Option<Debt>,
}

/// Whose debt something is.
#[derive(Hash)]
enum Owner<'a> {
    Network(Network),
    NetworkAtAccount(Network, &'a str),
    Account(&'a str),
    FirstAtAccount(&'a str),
    Browser(&'a str, &'a str),
    /// Of what is kept for a long time, or of the rest.
    UsedIds(&'a str, bool),
}

impl Guesses {
    pub fn new(clock: &Clock) -> Self {
        let kind =
            || Mutex::new(Kind { debts: Debts::new(), tried: Debts::new(), known: KnownNetworks::new() });
        Self { clock: clock.clone(), started: clock.instant(), kinds: std::array::from_fn(|_| kind()) }
    }

    /// One more guess of something that belongs to nobody in particular.
    ///
    /// # Errors
    /// [`TooManyGuesses`]: it must not be looked at.
    pub fn admit(&self, what: Guessed, origin: &Origin) -> Result<Guess<'_>, TooManyGuesses> {
        self.decide(what, origin.network(), None, None)
    }

    /// One more guess at `account`. `browser` is what a browser is known by that has signed in to it before.
    ///
    /// # Errors
    /// [`TooManyGuesses`]: it must not be looked at. The answer says nothing about whether there is such an account.
    pub fn admit_at(
        &self,
        what: Guessed,
        origin: &Origin,
        account: &str,
        browser: Option<&str>,
    ) -> Result<Guess<'_>, TooManyGuesses> {
        self.decide(what, origin.network(), Some(account), browser)
    }

    /// One more id that is to be kept for `seconds`, because `client_id` uses something that is good once.
    ///
    /// # Errors
    /// [`TooManyGuesses`]: as many as one application may have are kept already.
    pub fn keep_used_id(&self, client_id: &str, seconds: i64) -> Result<(), TooManyGuesses> {
        let now = self.now();
        let millis = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
        let burst = limits::USED_IDS_PER_CLIENT;
        let allowance = Allowance { burst, refill_millis: (millis / burst).max(1) };
        let owner = Owner::UsedIds(client_id, seconds > limits::PROOF_AGE_SECONDS * 2);
        let mut kind = self.kind(Guessed::Proof);
        match kind.debts.wait(&owner, allowance, now) {
            0 => {
                kind.debts.add(&owner, allowance, now);
                Ok(())
            }
            millis => Err(TooManyGuesses { seconds: millis.div_ceil(1000) }),
        }
    }

    fn decide(
        &self,
        what: Guessed,
        network: Network,
        account: Option<&str>,
        browser: Option<&str>,
    ) -> Result<Guess<'_>, TooManyGuesses> {
        let now = self.now();
        let mut kind = self.kind(what);
        let is_known = account.is_some_and(|account| kind.known.knows(&account, &network, now / 1000));
        // One customer's many networks are one newcomer.
        let tried = account.map(|account| Owner::NetworkAtAccount(network.widest(), account));
        let is_new = tried.as_ref().is_some_and(|tried| kind.tried.wait(tried, ONCE, now) == 0);
        // Where first guesses have to wait longer than others, it is as any other.
        let is_first = is_new
            && account.zip(what.rules().account).is_some_and(|(account, Account { all, first })| {
                kind.debts.wait(&Owner::FirstAtAccount(account), first, now)
                    <= kind.debts.wait(&Owner::Account(account), all, now)
            });
        let owing = owing(what.rules(), network, account, browser, is_known, is_first);
        let wait = owing.iter().map(|(owner, allowance)| kind.debts.wait(owner, *allowance, now)).max();
        if let Some(millis) = wait.filter(|millis| *millis > 0) {
            return Err(TooManyGuesses { seconds: millis.div_ceil(1000) });
        }
        let debts = owing.iter().map(|(owner, allowance)| kind.debts.add(owner, *allowance, now)).collect();
        let tried = tried.filter(|_| is_new).map(|tried| kind.tried.add(&tried, ONCE, now));
        Ok(Guess { guesses: self, what, network, account: account.map(str::to_owned), debts, tried })
    }

    /// Milliseconds since this node started.
    fn now(&self) -> u64 {
        let passed = self.clock.instant().saturating_duration_since(self.started);
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }

    fn kind(&self, what: Guessed) -> std::sync::MutexGuard<'_, Kind> {
        let [first, ..] = &self.kinds;
        self.kinds.get(what as usize).unwrap_or(first).lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const ONCE: Allowance = Allowance { burst: 1, refill_millis: limits::FIRST_GUESS_MILLIS };

/// Who owes for a guess, if it is wrong.
fn owing<'a>(
    rules: Rules,
    network: Network,
    account: Option<&'a str>,
    browser: Option<&'a str>,
    is_known: bool,
    is_first: bool,
) -> Vec<(Owner<'a>, Allowance)> {
    let mut owing = Vec::with_capacity(5);
    if let (Some(account), Some(browser), Some(own)) = (account, browser, rules.browser) {
        owing.push((Owner::Browser(browser, account), own));
        return owing;
    }
    if let (Some(account), Some(pair)) = (account, rules.network_at_account) {
        owing.push((Owner::NetworkAtAccount(network, account), pair));
    }
    if is_known {
        return owing;
    }
    owing.push((Owner::Network(network), rules.network));
    for (wider, times) in network.wider().zip(limits::WIDER_NETWORKS) {
        let allowance = Allowance {
            burst: rules.network.burst.saturating_mul(times),
            refill_millis: (rules.network.refill_millis / times).max(1),
        };
        owing.push((Owner::Network(wider), allowance));
    }
    if let (Some(account), Some(Account { all, first })) = (account, rules.account) {
        owing.push(if is_first {
            (Owner::FirstAtAccount(account), first)
        } else {
            (Owner::Account(account), all)
        });
    }
    owing
}

impl Guess<'_> {
    /// It was right: it costs nothing, and its network is known to the account from now on.
    pub fn was_right(self) {
        let now = self.guesses.now();
        if let Some(account) = &self.account {
            self.guesses.kind(self.what).known.remember(&account.as_str(), &self.network, now / 1000);
        }
        self.is_none();
    }

    /// It was no guess at all, or is counted elsewhere.
    pub fn is_none(self) {
        let mut kind = self.guesses.kind(self.what);
        for debt in &self.debts {
            kind.debts.give_back(debt);
        }
        if let Some(tried) = &self.tried {
            kind.tried.give_back(tried);
        }
    }
}

#[cfg(test)]
mod tests;
