//! What a page of another site makes a browser post here counts for nothing where the browser's cookie alone would decide.

use crate::support::databases::each_database;
use crate::support::routes::every_route;
use crate::support::sign_in::{Stage, post_form};

/// Where forms of others are welcome, because something in them is proof: a request of an application, an answer of a
/// provider, a client's secret, a token. `POST /oidc/logout` asks the person (`oauth::logout::requests`).
const OTHERS_MAY_POST: &[&str] =
    &["/api/v2/", "/authorize", "/login/callback", "/oauth/", "/oidc/logout", "/oidc/register", "/userinfo"];

/// Pages whose address is a secret of the browser: the login's id.
const BOUND_BY_ADDRESS: &str = "/login/{id}/";

#[actix_web::test]
async fn no_form_counts_that_does_not_come_from_a_page_of_ours() {
    for database in each_database() {
        let stage = Stage::on(database).await;
        let mut browser = stage.browser();
        stage.sign_in(&mut browser, &[]).await;
        let cookie: Vec<String> =
            browser.cookies().iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let cookie = cookie.join("; ");
        let ours = stage.hub.issuer.trim_end_matches('/').to_owned();
        let lookalike = format!("{ours}.evil.example");
        let (in_name, as_user) = (format!("https://evil.example/{ours}/"), format!("{ours}@evil.example/"));
        let of_others = [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", ""),
            ("origin", lookalike.as_str()),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("referer", "https://evil.example/"),
            ("referer", in_name.as_str()),
            ("referer", as_user.as_str()),
            ("referer", "about:blank"),
        ];
        let page_of_ours = format!("{ours}/account/applications");
        let of_ours = [
            ("origin", ours.as_str()),
            ("sec-fetch-site", "same-origin"),
            ("referer", page_of_ours.as_str()),
        ];
        let mut found = 0;
        for route in every_route().into_iter().filter(|route| route.methods.iter().any(|name| name == "POST"))
        {
            if OTHERS_MAY_POST.iter().any(|others| route.pattern.starts_with(others)) {
                continue;
            }
            found += 1;
            let url = stage.hub.url(&route.path());
            let post = async |said: (&str, &str)| post_form(&url, &[], &[said, ("cookie", &cookie)]).await;
            for said in of_others {
                let answer = post(said).await;
                assert_eq!(answer.status, 403, "{} with {said:?}: {answer:?}", route.pattern);
            }
            let silent = post(("x-nothing", "said")).await;
            let is_refused = silent.status == 403;
            assert!(
                is_refused || route.pattern.starts_with(BOUND_BY_ADDRESS),
                "{}: {silent:?}",
                route.pattern
            );
            for said in of_ours {
                let answer = post(said).await;
                assert_ne!(answer.status, 403, "{} with {said:?}: {answer:?}", route.pattern);
            }
        }
        assert!(found >= 8, "the forms were not found: {found}");
        stage.hub.stop().await;
    }
}
