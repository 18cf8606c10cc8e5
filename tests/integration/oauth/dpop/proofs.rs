//! Which proofs count, and that each counts once (RFC 9449 §4.3, §11.1).

use futures_util::future::join_all;
use serde_json::json;

use super::Holder;
use crate::support::databases::{each_database, sqlite};
use crate::support::sign_in::{Stage, post_form};

#[actix_web::test]
async fn every_fault_of_a_proof_refuses_the_request_and_spends_nothing() {
    let stage = Stage::on(sqlite()).await;
    let holder = Holder::new();
    let form = stage.exchange(&stage.code(&[]).await);
    let now = stage.hub.clock.now().seconds();
    for changes in [
        json!({"htm": "GET"}),
        json!({"htu": "https://elsewhere.example/oauth/token"}),
        json!({"htu": stage.hub.url("userinfo")}),
        json!({"iat": now - 61}),
        json!({"iat": now + 31}),
        json!({"iat": null}),
        json!({"iat": now.to_string()}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"exp": now - 31}),
        json!({"nbf": now + 31}),
    ] {
        let answer = holder.ask(&stage, &form, changes.clone()).await;
        assert_eq!(answer.error(), (400, "invalid_dpop_proof"), "{changes}");
    }
    let proof = holder.proof(&stage, "POST", "oauth/token", json!({}));
    let url = stage.hub.url("oauth/token");
    let flipped = format!("{}A", &proof[..proof.len() - 1]);
    let cut = &proof[..proof.len() - 4];
    for bad in ["", "x", "a.b.c", cut, flipped.as_str()] {
        if bad == proof {
            continue;
        }
        let answer = post_form(&url, &form, &[("dpop", bad)]).await;
        assert_eq!(answer.error(), (400, "invalid_dpop_proof"), "{bad}");
    }
    let twice = post_form(&url, &form, &[("dpop", &proof), ("dpop", &proof)]).await;
    assert_eq!(twice.error(), (400, "invalid_dpop_proof"));
    // Clocks differ: ten seconds either way are fine, and the code is still good.
    let answer = holder.ask(&stage, &form, json!({"iat": now - 10})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let form = stage.exchange(&stage.code(&[]).await);
    assert_eq!(holder.ask(&stage, &form, json!({"iat": now + 10})).await.status, 200);
    let log = stage.hub.log().await;
    assert!(log.iter().any(|entry| entry.description.contains("htm of the DPoP proof")), "{log:?}");
}

/// Incident 31: what is for once is for once, however many come at the same time.
#[actix_web::test]
async fn a_proof_counts_once_among_a_hundred() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let holder = Holder::new();
        let asked = url::Url::parse(&stage.ask(&[])).unwrap();
        let mut form: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        form.push(("client_secret".into(), stage.app.secret.clone()));
        let proof = holder.proof(&stage, "POST", "oauth/par", json!({}));
        let url = stage.hub.url("oauth/par");
        let headers = [("dpop", proof.as_str())];
        let answers = join_all((0..100).map(|_| post_form(&url, &form, &headers))).await;
        let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(taken.len(), 1);
        assert!(refused.iter().all(|answer| answer.error() == (400, "invalid_dpop_proof")));
    }
}

/// Its maker's clock is ahead, so it is good for longest; the clean-up must not forget it meanwhile.
#[actix_web::test]
async fn a_proof_is_remembered_as_long_as_it_is_good() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let holder = Holder::new();
        let asked = url::Url::parse(&stage.ask(&[])).unwrap();
        let mut form: Vec<(String, String)> = asked.query_pairs().into_owned().collect();
        form.push(("client_secret".into(), stage.app.secret.clone()));
        let url = stage.hub.url("oauth/par");
        // At the beginning of a second, so that the same one is still there after both requests.
        while stage.hub.clock.now().millis() % 1_000 > 50 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let ahead = json!({"iat": stage.hub.clock.now().seconds() + 30});
        let proof = holder.proof(&stage, "POST", "oauth/par", ahead);
        assert_eq!(post_form(&url, &form, &[("dpop", &proof)]).await.status, 201);
        stage.hub.clock.advance(90);
        vestibule::flows::sweep::sweep(&stage.hub.hub).await.unwrap();
        let again = post_form(&url, &form, &[("dpop", &proof)]).await;
        assert_eq!(again.error(), (400, "invalid_dpop_proof"));
    }
}
