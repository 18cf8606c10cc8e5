//! Guessing passwords: counted by network, by account and by browser, and nobody is locked out of their own account.

use reqwest::header::HeaderValue;
use serde_json::json;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{TestDatabase, each_database};
use crate::support::hub::TestHub;
use crate::support::sign_in::{EMAIL, PASSWORD, Stage, code_of};

const WRONG: &str = "a wrong password";
const TRUST: (&str, &str) = ("VESTIBULE_TRUSTED_PROXIES", "127.0.0.0/8,::1");

async fn stage(database: TestDatabase) -> Stage {
    let hub = TestHub::start_with(database, "http", &[TRUST]).await;
    Stage::at(hub, json!({})).await
}

/// Somebody at the password page of `email`.
struct Guesser {
    browser: Browser,
    page: Page,
}

impl Guesser {
    async fn at(stage: &Stage, mut browser: Browser, email: &str, ip: &str) -> Self {
        browser.headers.insert("x-forwarded-for", HeaderValue::from_str(ip).unwrap());
        let page = browser.open(&stage.ask(&[("prompt", "login")])).await;
        let page = browser.submit(&page, &page.forms()[0], &[("email", email)]).await;
        assert!(page.text.contains("name=\"password\""), "{page:?}");
        Self { browser, page }
    }

    async fn guess(&mut self, ip: &str, password: &str) -> Page {
        self.browser.headers.insert("x-forwarded-for", HeaderValue::from_str(ip).unwrap());
        self.browser.submit(&self.page, &self.page.forms()[0], &[("password", password)]).await
    }

    /// Wrong guesses, one from each address; how many were looked at.
    async fn sweep(&mut self, addresses: impl IntoIterator<Item = String>) -> usize {
        let mut looked_at = 0;
        for ip in addresses {
            let page = self.guess(&ip, WRONG).await;
            match page.status.as_u16() {
                200 if page.text.contains("is not right") => looked_at += 1,
                429 => assert!(wait(&page) > 0, "{page:?}"),
                other => panic!("{other}: {page:?}"),
            }
        }
        looked_at
    }
}

/// Seconds to wait, which the page says as the header does.
fn wait(page: &Page) -> i64 {
    let seconds: i64 = page.headers.get("retry-after").unwrap().to_str().unwrap().parse().unwrap();
    let said = format!("You can try again in {} seconds.", seconds.max(2));
    assert!(seconds >= 120 || page.text.contains(&said), "{said} is not in {page:?}");
    seconds
}

#[actix_web::test]
async fn all_addresses_of_one_network_share_their_guesses_at_an_account() {
    for database in each_database() {
        let stage = stage(database).await;
        let mut one = Guesser::at(&stage, stage.browser(), EMAIL, "2001:db8:7:1::1").await;
        let looked_at = one.sweep((0..25).map(|host| format!("2001:db8:7:1::{host:x}:1"))).await;
        assert_eq!(looked_at, 10, "of a /64");
        let looked_at = one.sweep((1..26).map(|host| format!("192.0.2.{host}"))).await;
        assert_eq!(looked_at, 10, "of a /24");
    }
}

#[actix_web::test]
async fn a_hundred_networks_guess_slowly_and_the_owner_signs_in_wherever_they_are() {
    for database in each_database() {
        let stage = stage(database).await;
        // The owner has signed in before: in this browser, and from this network.
        let mut known = stage.browser();
        known.headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.5"));
        code_of(&stage.sign_in(&mut known, &[]).await);
        let mut attacker = Guesser::at(&stage, stage.browser(), EMAIL, "198.51.0.1").await;
        let addresses = || (0..100).map(|net| format!("198.51.{net}.1"));
        let started = std::time::Instant::now();
        let looked_at = attacker.sweep(addresses()).await + attacker.sweep(addresses()).await;
        // 30 first guesses and 20 more, and what time has given back meanwhile.
        let given_back = usize::try_from(started.elapsed().as_secs()).unwrap() + 2;
        assert!((50..=50 + given_back).contains(&looked_at), "{looked_at}");
        // In the browser that is known, from anywhere.
        let mut owner = Guesser::at(&stage, known.clone(), EMAIL, "198.51.7.9").await;
        code_of(&owner.guess("198.51.7.9", PASSWORD).await);
        // In a new browser, from the network that is known.
        let mut owner = Guesser::at(&stage, stage.browser(), EMAIL, "203.0.113.200").await;
        code_of(&owner.guess("203.0.113.200", PASSWORD).await);
        // In a new browser from a new network, while the attack goes on: after seconds.
        attacker.sweep(addresses()).await;
        let mut owner = Guesser::at(&stage, stage.browser(), EMAIL, "192.0.2.77").await;
        let mut page = owner.guess("192.0.2.77", PASSWORD).await;
        if !page.stopped {
            let seconds = wait(&page);
            assert!(seconds <= 2, "a first guess waits {seconds} s");
            stage.hub.clock.advance(seconds);
            page = owner.guess("192.0.2.77", PASSWORD).await;
        }
        code_of(&page);
        // No other account is hindered.
        let mut other = Guesser::at(&stage, stage.browser(), "nobody@people.example", "198.51.7.1").await;
        assert_eq!(other.sweep(["198.51.7.1".to_owned()]).await, 1);
    }
}

#[actix_web::test]
async fn a_known_browser_guesses_for_itself_alone_and_only_so_often() {
    for database in each_database() {
        let stage = stage(database).await;
        let mut browsers = [stage.browser(), stage.browser()];
        for browser in &mut browsers {
            code_of(&stage.sign_in(browser, &[]).await);
        }
        let [stolen, own] = browsers;
        let mut thief = Guesser::at(&stage, stolen, EMAIL, "198.51.0.1").await;
        assert_eq!(thief.sweep((0..40).map(|net| format!("198.51.{net}.1"))).await, 10);
        let mut owner = Guesser::at(&stage, own, EMAIL, "198.51.0.1").await;
        assert_eq!(owner.sweep(["198.51.0.1".to_owned()]).await, 1);
        code_of(&owner.guess("198.51.0.1", PASSWORD).await);
        let mut stranger = Guesser::at(&stage, stage.browser(), EMAIL, "198.51.200.1").await;
        assert_eq!(stranger.sweep(["198.51.200.1".to_owned()]).await, 1, "nobody else pays for it");
    }
}

#[actix_web::test]
async fn a_browser_is_known_to_one_account_for_a_time_and_until_its_password_changes() {
    for database in each_database() {
        let stage = stage(database).await;
        let mut known = stage.browser();
        code_of(&stage.sign_in(&mut known, &[]).await);
        let flood = async |email: &str| {
            let mut attacker = Guesser::at(&stage, stage.browser(), email, "198.51.0.1").await;
            while attacker.sweep((0..60).map(|net| format!("198.51.{net}.1"))).await > 10 {}
        };
        let passes = async |email: &str| {
            let mut guesser = Guesser::at(&stage, known.clone(), email, "198.51.1.1").await;
            guesser.sweep((0..3).map(|_| "198.51.1.1".to_owned())).await == 3
        };
        flood("other@people.example").await;
        assert!(!passes("other@people.example").await, "another account's");
        flood(EMAIL).await;
        assert!(passes(EMAIL).await);
        // The same password, set anew.
        let twin = "twin@people.example";
        stage.hub.person(json!({"connection": "people", "email": twin, "password": PASSWORD})).await;
        stage.hub.database.execute(&format!(
            "UPDATE local_accounts SET password_hash = \
             (SELECT one.password_hash FROM local_accounts AS one WHERE one.email = '{twin}')"
        ));
        assert!(!passes(EMAIL).await, "after the password was set anew");
        stage.hub.clock.advance(3_600);
        code_of(&stage.sign_in(&mut known.clone(), &[("prompt", "login")]).await);
    }
}

#[actix_web::test]
async fn an_account_that_does_not_exist_is_guarded_in_the_same_way() {
    for database in each_database() {
        let stage = stage(database).await;
        let mut counts = Vec::new();
        for email in [EMAIL, "nobody@people.example"] {
            let mut attacker = Guesser::at(&stage, stage.browser(), email, "198.51.0.1").await;
            let mut looked_at = Vec::new();
            for net in 0..70 {
                let one = attacker.sweep((1..=2).map(|host| format!("198.51.{net}.{host}"))).await;
                looked_at.push(one);
            }
            counts.push(looked_at.iter().sum::<usize>());
            // The attacker's networks owe for both accounts together; time pays that.
            stage.hub.clock.advance(7 * 3_600);
        }
        assert!(counts[0].abs_diff(counts[1]) <= 10 && counts[0] < 100, "{counts:?}");
    }
}

#[actix_web::test]
async fn the_page_says_when_to_try_again_in_french_too() {
    let stage = stage(crate::support::databases::sqlite()).await;
    let mut one = Guesser::at(&stage, stage.browser(), EMAIL, "192.0.2.1").await;
    one.sweep((1..11).map(|host| format!("192.0.2.{host}"))).await;
    one.browser.headers.insert("accept-language", HeaderValue::from_static("fr"));
    let page = one.guess("192.0.2.1", WRONG).await;
    assert!(page.text.contains("Vous pourrez réessayer dans"), "{page:?}");
}
