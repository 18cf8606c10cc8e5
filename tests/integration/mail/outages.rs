//! That nobody can sign in any more, and that they can again.

use std::time::Duration;

use serde_json::json;
use vestibule::domain::diagnosis::State;
use vestibule::domain::limits;

use super::*;
use crate::support::databases::{each_database, sqlite};

/// Long enough that nobody takes it for a passing fault.
fn wait_for_the_letter(post: &Post) {
    post.hub.clock.advance(limits::BROKEN_BEFORE_MAIL_SECONDS + 1);
}

#[actix_web::test]
async fn administrators_hear_once_that_a_connection_broke_and_once_that_it_works_again() {
    for database in each_database() {
        let post = Post::start(database).await;
        post.with_a_french_administrator().await;
        assert_eq!(post.check().await, State::Ready);
        post.break_provider();
        assert_eq!(post.check().await, State::Broken);
        assert_eq!(told(&post.mail().await), []);
        wait_for_the_letter(&post);
        let mail = post.mail().await;
        let broke = [
            (ADMINISTRATOR, "Acme: people cannot sign in"),
            (FRENCH_ADMINISTRATOR, "Acme\u{a0}: personne ne peut se connecter"),
        ];
        assert_eq!(told(&mail), broke);
        for one in &mail {
            assert_eq!(one.from, "hub@hub.example");
            assert!(one.text.contains(&post.hub.url("connections/acme/checks")), "{}", one.text);
            assert!(one.raw.contains("Auto-Submitted: auto-generated\r\n"), "{}", one.raw);
            let (language, remedy) = match one.to.as_str() {
                ADMINISTRATOR => ("en", "What to do: "),
                _ => ("fr", "Que faire\u{a0}: "),
            };
            assert_eq!(one.language, language);
            assert!(one.text.contains(remedy) && one.text.contains("404"), "{}", one.text);
        }
        assert_eq!(post.check().await, State::Broken);
        post.pause();
        assert_eq!(post.mail().await.len(), 2, "it is known");

        post.mend_provider();
        assert_eq!(post.check().await, State::Ready);
        post.pause();
        let mail = post.mail().await;
        let again = [
            (ADMINISTRATOR, "Acme: people can sign in again"),
            (FRENCH_ADMINISTRATOR, "Acme\u{a0}: les connexions fonctionnent à nouveau"),
        ];
        assert_eq!(told(&mail[2..]), again);
        assert_eq!(post.check().await, State::Ready);
        post.pause();
        assert_eq!(post.mail().await.len(), 4);

        // Another outage is news.
        post.break_provider();
        assert_eq!(post.check().await, State::Broken);
        wait_for_the_letter(&post);
        post.pause();
        assert_eq!(told(&post.mail().await[4..]), broke);
        post.hub.stop().await;
    }
}

#[actix_web::test]
async fn of_what_is_put_right_within_minutes_nobody_hears() {
    for database in each_database() {
        let post = Post::start(database).await;
        assert_eq!(post.check().await, State::Ready);
        post.break_provider();
        assert_eq!(post.check().await, State::Broken);
        post.mend_provider();
        assert_eq!(post.check().await, State::Ready);
        wait_for_the_letter(&post);
        assert_eq!(told(&post.mail().await), []);
        post.hub.stop().await;
    }
}

#[actix_web::test]
async fn of_a_connection_that_never_worked_nobody_hears() {
    let post = Post::start(sqlite()).await;
    post.break_provider();
    assert_eq!(post.check().await, State::Broken);
    assert_eq!(post.check().await, State::Broken);
    wait_for_the_letter(&post);
    assert_eq!(told(&post.mail().await), []);
    post.hub.stop().await;
}

#[actix_web::test]
async fn whoever_is_blocked_or_has_left_hears_nothing_and_a_connection_switched_off_is_nobodys_concern() {
    let post = Post::start(sqlite()).await;
    post.with_a_french_administrator().await;
    let store = &post.hub.hub.store;
    let now = post.hub.clock.now();
    let all = store.read(|tx| tx.list_administrators()).await.unwrap();
    let id_of =
        |email: &str| all.iter().find(|one| one.user.email() == Some(email)).unwrap().user.user_id.clone();
    let french = id_of(FRENCH_ADMINISTRATOR);
    store.write(move |tx| tx.set_blocked(&french, true, now)).await.unwrap();
    assert_eq!(post.check().await, State::Ready);
    post.break_provider();
    assert_eq!(post.check().await, State::Broken);
    wait_for_the_letter(&post);
    assert_eq!(told(&post.mail().await), [(ADMINISTRATOR, "Acme: people cannot sign in")]);

    post.mend_provider();
    assert_eq!(post.check().await, State::Ready);
    let (status, answer) = post.hub.patch_connection(&post.connection.id, json!({"is_enabled": false})).await;
    assert_eq!(status, 200, "{answer}");
    post.pause();
    assert_eq!(post.mail().await.len(), 1, "it was switched off before the mail left");
    post.hub.stop().await;
}

#[actix_web::test]
async fn what_breaks_is_looked_at_again_before_anybody_hears_of_it() {
    let post = Post::start_with(sqlite(), &[("VESTIBULE_CONNECTION_CHECKS", "168")], json!({})).await;
    let store = &post.hub.hub.store;
    let state = async |wanted: State| {
        for _ in 0..400 {
            let id = post.connection.id.clone();
            let kept = store.read(move |tx| tx.find_diagnosis(&id)).await.unwrap();
            if kept.is_some_and(|kept| kept.last.is_some() && kept.state == wanted) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the connection is not {wanted:?}");
    };
    state(State::Ready).await;
    post.break_provider();
    assert_eq!(post.check().await, State::Broken);
    post.mend_provider();
    post.hub.clock.advance(limits::BROKEN_CHECKED_AGAIN_SECONDS + 1);
    state(State::Ready).await;
    wait_for_the_letter(&post);
    assert_eq!(told(&post.mail().await), []);
    post.hub.stop().await;
}
