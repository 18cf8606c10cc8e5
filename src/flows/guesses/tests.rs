//! What the guard of guesses promises, tried from many networks.

use super::*;

fn from(ip: &str) -> Origin {
    Origin { ip: ip.into(), ..Origin::default() }
}

/// Wrong guesses at `account` until one is refused; how many were looked at.
fn wrong(guesses: &Guesses, what: Guessed, ip: &str, account: &str) -> usize {
    (0..10_000).take_while(|_| guesses.admit_at(what, &from(ip), account, None).is_ok()).count()
}

#[test]
fn all_addresses_of_one_network_share_what_it_may_guess() {
    let guesses = Guesses::new(&Clock::default());
    let looked_at: usize = (0..1_000)
        .map(|host| format!("2001:db8:1:2::{host:x}"))
        .map(|ip| usize::from(guesses.admit_at(Guessed::Password, &from(&ip), "ada", None).is_ok()))
        .sum();
    assert_eq!(looked_at, 10);
    let looked_at: usize = (0..1_000)
        .map(|account| {
            usize::from(
                guesses.admit_at(Guessed::Password, &from("192.0.2.9"), &account.to_string(), None).is_ok(),
            )
        })
        .sum();
    assert_eq!(looked_at, 50);
}

#[test]
fn many_networks_together_guess_slowly_at_one_account() {
    let clock = Clock::default();
    let guesses = Guesses::new(&clock);
    let sweep = |guesses: &Guesses| -> usize {
        (0..200).map(|net| wrong(guesses, Guessed::Password, &format!("198.51.{net}.7"), "ada")).sum()
    };
    let first = sweep(&guesses);
    assert!((50..=51).contains(&first), "{first}");
    clock.advance(60);
    let second = sweep(&guesses);
    assert!(second <= 30 + 7, "{second}");
    // No other account is concerned.
    assert!(guesses.admit_at(Guessed::Password, &from("198.51.3.7"), "bob", None).is_ok());
}

#[test]
fn a_whole_provider_of_ipv6_is_one_newcomer_at_an_account() {
    let guesses = Guesses::new(&Clock::default());
    let looked_at: usize = (0..1_000)
        .map(|net| wrong(&guesses, Guessed::Password, &format!("2001:db8:{net:x}::7"), "ada"))
        .sum();
    assert_eq!(looked_at, 1 + 20, "its first, and the account's own allowance");
    assert!(guesses.admit_at(Guessed::Password, &from("192.0.2.7"), "ada", None).is_ok());
}

#[test]
fn who_is_known_goes_by_their_own() {
    let clock = Clock::default();
    let guesses = Guesses::new(&clock);
    guesses.admit_at(Guessed::ClientSecret, &from("203.0.113.5"), "app", None).unwrap().was_right();
    for net in 0..255 {
        wrong(&guesses, Guessed::ClientSecret, &format!("198.51.{net}.7"), "app");
    }
    let stranger = guesses.admit_at(Guessed::ClientSecret, &from("198.18.0.1"), "app", None);
    assert!(stranger.is_err_and(|too_many| too_many.seconds == 1));
    for _ in 0..1_000 {
        guesses.admit_at(Guessed::ClientSecret, &from("203.0.113.6"), "app", None).unwrap().was_right();
    }
    assert_eq!(wrong(&guesses, Guessed::ClientSecret, "203.0.113.7", "app"), 100, "it cannot guess freely");
}

#[test]
fn a_known_browser_passes_and_cannot_guess_without_bound() {
    let guesses = Guesses::new(&Clock::default());
    for net in 0..255 {
        wrong(&guesses, Guessed::Password, &format!("198.51.{net}.7"), "ada");
    }
    let by = |ip: &str, browser| guesses.admit_at(Guessed::Password, &from(ip), "ada", browser).is_ok();
    assert!(!by("198.51.1.7", None));
    let looked_at = (0..100).filter(|net| by(&format!("198.51.{net}.7"), Some("laptop"))).count();
    assert_eq!(looked_at, 10);
    assert!(by("198.51.1.7", Some("telephone")), "each for itself");
}

#[test]
fn an_application_has_only_so_many_used_ids_kept_however_long_they_are_good() {
    for seconds in [60, 3_600] {
        let clock = Clock::default();
        let guesses = Guesses::new(&clock);
        let kept =
            |client: &str| (0..50_000).filter(|_| guesses.keep_used_id(client, seconds).is_ok()).count();
        let first = kept("busy");
        assert!((20_000..21_000).contains(&first), "{first}");
        assert!(guesses.keep_used_id("other", seconds).is_ok());
        clock.advance(seconds);
        assert!(kept("busy") >= 19_000, "what is forgotten makes room");
    }
}

#[test]
fn right_guesses_cost_nothing() {
    let guesses = Guesses::new(&Clock::default());
    for number in 0..1_000 {
        let account = number.to_string();
        guesses.admit_at(Guessed::Password, &from("192.0.2.7"), &account, None).unwrap().was_right();
        guesses.admit(Guessed::DeviceCode, &from("192.0.2.7")).unwrap().was_right();
    }
}
