//! Places that strangers take: a flood drives out its own, and whoever else is on their way arrives.

use reqwest::header::HeaderValue;
use serde_json::json;
use vestibule::domain::limits;

use crate::support::browser::{Browser, Page};
use crate::support::databases::{TestDatabase, each_database};
use crate::support::hub::TestHub;
use crate::support::sign_in::{PERSON, Stage, code_of};

async fn stage(database: TestDatabase) -> Stage {
    let hub =
        TestHub::start_with(database, "http", &[("VESTIBULE_TRUSTED_PROXIES", "127.0.0.0/8,::1")]).await;
    Stage::at(hub, json!({})).await
}

fn at(stage: &Stage, ip: &str) -> Browser {
    let mut browser = stage.browser();
    browser.headers.insert("x-forwarded-for", HeaderValue::from_str(ip).unwrap());
    browser
}

/// A request that outgrows a cookie.
async fn begin(stage: &Stage, browser: &mut Browser) -> Page {
    let page = browser.open(&stage.ask(&[("state", &"s".repeat(6_000)), ("prompt", "login")])).await;
    assert_eq!(page.status, 200, "{page:?}");
    page
}

#[actix_web::test]
async fn a_flood_of_large_requests_parks_its_own_network_out_and_everybody_else_arrives() {
    for database in each_database() {
        let stage = stage(database).await;
        let (mut person, mut neighbour) = (at(&stage, "203.0.113.5"), at(&stage, "198.51.100.250"));
        let theirs = begin(&stage, &mut person).await;
        let page = begin(&stage, &mut neighbour).await;
        let on_the_way = neighbour.submit(&page, &page.forms()[0], &PERSON[..1]).await;
        let first = begin(&stage, &mut at(&stage, "198.51.100.1")).await;
        for number in 0..2 * limits::PARKED_REQUESTS.places {
            begin(&stage, &mut at(&stage, &format!("198.51.100.{}", number % 200))).await;
        }
        let sum =
            "SELECT CAST(sum(bytes) AS TEXT) AS value FROM parked_requests WHERE network = '198.51.100.0/24'";
        let bytes: i64 = stage.hub.database.values(sum)[0].parse().unwrap();
        assert!(bytes <= limits::PARKED_REQUESTS.bytes, "{bytes}");
        assert!(stage.count("parked_requests") <= limits::PARKED_REQUESTS.places + 1);
        // Who waited elsewhere, who comes now, and who was on their way beside the flood.
        code_of(&person.walk_on(theirs, PERSON).await);
        let mut newcomer = at(&stage, "192.0.2.9");
        let page = begin(&stage, &mut newcomer).await;
        code_of(&newcomer.walk_on(page, PERSON).await);
        code_of(&neighbour.walk_on(on_the_way, PERSON).await);
        // What the flood began first is gone.
        let mut late = at(&stage, "198.51.100.1");
        assert_eq!(late.open(first.url.as_str()).await.status, 400);
    }
}

#[actix_web::test]
async fn a_login_keeps_one_place_however_many_steps_it_takes() {
    for database in each_database() {
        let stage = stage(database).await;
        let mut browser = at(&stage, "203.0.113.5");
        let mut page = begin(&stage, &mut browser).await;
        for _ in 0..5 {
            page = browser.submit(&page, &page.forms()[0], &[("email", "nobody@elsewhere.example")]).await;
            assert_eq!(stage.count("parked_requests"), 1);
        }
        code_of(&browser.walk_on(page, PERSON).await);
    }
}

#[actix_web::test]
async fn a_person_has_only_so_many_sessions_and_the_one_unused_for_longest_ends() {
    for database in each_database() {
        let stage = stage(database).await;
        let (now, later) =
            (stage.hub.clock.now().millis(), stage.hub.clock.now().plus_seconds(3_600).millis());
        let most = usize::try_from(limits::SESSIONS_PER_USER).unwrap();
        stage.hub.database.execute(
            "INSERT INTO users (user_id, profile, user_metadata, app_metadata, is_blocked, created_at, updated_at, \
             logins_count, version) SELECT 'local|other', '{}', '{}', '{}', is_blocked, 1, 1, 0, 1 FROM users"
        );
        stage.hub.database.execute(&format!(
            "INSERT INTO sessions (id, token_hash, user_id, connection_id, auth_time, amr, created_at, last_active_at, \
             expires_at) \
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}), \
             u(user_id) AS (SELECT user_id FROM users) \
             SELECT u.user_id || i, u.user_id || i, u.user_id, '{}', {now}, '[]', {now}, {now} - 1000 * i, {later} \
             FROM n, u",
            stage.connection.id
        ));
        code_of(&stage.sign_in(&mut stage.browser(), &[]).await);
        let of_user = |user: &str| {
            let query = format!("SELECT id AS value FROM sessions WHERE user_id = '{user}'");
            stage.hub.database.values(&query)
        };
        let kept = of_user(&stage.user_id);
        assert_eq!(kept.len(), most);
        assert!(!kept.contains(&format!("{}{most}", stage.user_id)), "the one unused for longest");
        assert_eq!(of_user("local|other").len(), most, "nobody else's");
    }
}
