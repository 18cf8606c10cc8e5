//! The other people, from a network of their own, who sign in as on any day.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use reqwest::{Client, StatusCode};

use crate::http;
use crate::people::{self, PROFILE, Round, Walk};
use crate::target::{HOME, Target};

pub struct Others {
    client: Client,
    walk: Rc<Walk>,
    authorize: String,
    device_code: String,
    public_client: String,
}

/// A stretch of sign-ins.
pub struct Stretch {
    pub round: Round,
    /// What went wrong, for each sign-in that failed.
    pub failures: Vec<String>,
}

impl Others {
    /// # Errors
    /// Their browsers do not start.
    pub fn new(target: &Target) -> anyhow::Result<Self> {
        let client = http::client_at(Some(HOME))?;
        let walk = Rc::new(Walk::new(&client, &target.hub, &target.application, PROFILE));
        // Too much for a cookie.
        let authorize = format!(
            "{}?response_type=code&client_id={}&redirect_uri={}&scope=openid&state={}",
            target.hub.url("authorize"),
            target.application.client_id,
            crate::hub::REDIRECT_URI,
            "s".repeat(5_000)
        );
        let device_code = target.hub.url("oauth/device/code");
        Ok(Self { client, walk, authorize, device_code, public_client: target.public_client.clone() })
    }

    /// People sign in for `time`.
    ///
    /// # Errors
    /// Never for a sign-in that fails: that is counted.
    pub async fn sign_in(&self, time: Duration) -> anyhow::Result<Stretch> {
        let failures = Rc::new(RefCell::new(Vec::new()));
        let (walk, noted) = (Rc::clone(&self.walk), Rc::clone(&failures));
        let round = people::round_while(
            move |_, elapsed| elapsed < time,
            move |number| {
                let (walk, noted) = (Rc::clone(&walk), Rc::clone(&noted));
                async move {
                    if let Err(error) = walk.sign_in(&format!("person-{}", number % 500)).await {
                        noted.borrow_mut().push(format!("{error:#}"));
                    }
                    Ok(())
                }
            },
        );
        let round = round.await?;
        // What asks for a place: a login too large for a cookie, and a device.
        if let Err(error) = self.take_places().await {
            failures.borrow_mut().push(format!("{error:#}"));
        }
        let failures = failures.take();
        Ok(Stretch { round, failures })
    }

    async fn take_places(&self) -> anyhow::Result<()> {
        http::expect(self.client.get(&self.authorize), StatusCode::SEE_OTHER).await?;
        let fields = [("client_id", self.public_client.as_str()), ("scope", "openid")];
        http::expect(http::post_form(&self.client, &self.device_code, &fields)?, StatusCode::OK).await?;
        Ok(())
    }

    /// Whether the hub does after an attack what it did before: people sign in, and that is in the log. What is wrong.
    pub async fn finds_all_well(&self, target: &Target) -> Option<String> {
        let look = async {
            self.walk.sign_in("afterwards").await?;
            let token = target.hub.management_token(&self.client).await?;
            let request =
                self.client.get(target.hub.url("api/v2/logs?per_page=5&sort=date:-1")).bearer_auth(token);
            let logs = http::json(http::expect(request, StatusCode::OK).await?).await?;
            anyhow::ensure!(logs.to_string().contains("afterwards"), "the sign-in is not in the log");
            anyhow::Ok(())
        };
        look.await.err().map(|error| format!("{error:#}"))
    }
}
