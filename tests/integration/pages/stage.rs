//! A hub with one of everything that has a page, and the addresses that lead there.

use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use url::Url;
use vestibule::domain::connection::Channel;
use vestibule::domain::limits;

use crate::support::administrators::first_link;
use crate::support::chromium::Chromium;
use crate::support::databases::sqlite;
use crate::support::fake_provider::FakeProvider;
use crate::support::hub::TestHub;
use crate::support::sign_in::{fields, http, post_form, provider_connection, read};

pub const EMAIL: &str = "ada@acme.example";
pub const PASSWORD: &str = "analytical-engine";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The domain and the code of the company that answers.
const INITECH: &str = "initech.example";
pub const INITECH_CODE: &str = "initech-eu";
const ORDERS: &str = "https://orders.acme.example/";

pub struct Stage {
    pub hub: TestHub,
    /// Classic accounts, nothing else.
    notes: String,
    /// Several companies, two of them on one domain.
    doors: String,
    /// An application of another company: it needs consent.
    reports: String,
    /// One on devices.
    player: String,
    /// Two companies, one of which answers; it has a code.
    ways: String,
    /// The id of the one that answers.
    initech: String,
    /// Its provider.
    pub provider: FakeProvider,
}

impl Stage {
    pub async fn set() -> Self {
        let hub = TestHub::start(sqlite()).await;
        let register = async |name: &str, is_first_party: bool| {
            let body = json!({
                "name": name,
                "app_type": "regular_web",
                "callbacks": [hub.issuer],
                "is_first_party": is_first_party,
                "grant_types": ["authorization_code", "refresh_token"],
                "policy_uri": "https://app.example/privacy",
                "tos_uri": "https://app.example/terms",
                "authorization_details_types": ["payment_initiation"],
            });
            hub.client(body).await.client_id
        };
        let notes = register("Acme Notes", true).await;
        let doors = register("Many Doors", true).await;
        let reports = register("Quarterly Reports", false).await;
        let orders = json!({
            "identifier": ORDERS,
            "name": "Acme Orders",
            "allow_offline_access": true,
            "scopes": [
                {"value": "read:orders", "description": "Read your orders and invoices of the last ten years"},
                {"value": "write:everything-that-can-be-written-about-an-order"},
            ],
            "authorization_details": [{"type": "payment_initiation"}],
        });
        let scopes = ["read:orders", "write:everything-that-can-be-written-about-an-order"];
        hub.api_for(&reports, orders, &scopes).await;
        let device = json!({
            "name": "Living Room Player",
            "app_type": "native",
            "token_endpoint_auth_method": "none",
            "grant_types": [DEVICE_CODE],
            "response_types": [],
        });
        let player = hub.client(device).await.client_id;
        hub.connection(json!({
            "name": "people",
            "display_name": "Acme",
            "strategy": "local",
            "is_domain_connection": true,
            "enabled_clients": [notes, player],
        }))
        .await;
        hub.person(json!({
            "connection": "people",
            "email": EMAIL,
            "email_verified": true,
            "password": PASSWORD,
            "name": "Ada Lovelace",
        }))
        .await;
        for (name, display_name, domain) in [
            ("acme", "Acme", "acme.example"),
            ("acme-labs", "Acme Laboratories", "acme.example"),
            ("globex", "Globex Beteiligungsgesellschaft Nordrhein-Westfalen", "globex.example"),
        ] {
            let made = hub.connection(provider(name, display_name, domain, &doors)).await;
            if name == "acme" {
                hub.logo(&made.id, logo()).await;
            }
        }
        let ways = register("Many Ways", true).await;
        let answering = FakeProvider::start(&hub.clock);
        let mut initech = provider_connection("initech", &answering, Channel::BackChannel, &[&ways]);
        initech["display_name"] = json!("Initech");
        initech["options"]["domain_aliases"] = json!([INITECH]);
        initech["options"]["organization_code"] = json!(INITECH_CODE);
        let initech = hub.connection(initech).await.id;
        hub.connection(provider("umbrella", "Umbrella", "umbrella.example", &ways)).await;
        Self { hub, notes, doors, reports, player, ways, initech, provider: answering }
    }

    /// Asks to sign in to the application with classic accounts.
    pub fn notes(&self, more: &[(&str, &str)]) -> String {
        self.ask(&self.notes, more)
    }

    pub fn doors(&self) -> String {
        self.ask(&self.doors, &[])
    }

    /// Asks to sign in to an application with one company more than a page has buttons for.
    pub async fn halls(&self) -> String {
        let body = json!({"name": "Many Halls", "app_type": "regular_web", "callbacks": [self.hub.issuer]});
        let halls = self.hub.client(body).await.client_id;
        for number in 0..=limits::LOGIN_BUTTONS {
            let (name, domain) = (format!("hall-{number}"), format!("hall-{number}.example"));
            self.hub.connection(provider(&name, &format!("Hall {number}"), &domain, &halls)).await;
        }
        self.ask(&halls, &[])
    }

    pub fn ways(&self, more: &[(&str, &str)]) -> String {
        self.ask(&self.ways, more)
    }

    /// The set-up page of the company that answers, by a new ticket.
    pub async fn setup_page(&self) -> String {
        let url = self.hub.url(&format!("api/v2/connections/{}/setup-tickets", self.initech));
        let request = http().post(url).bearer_auth(self.hub.management_token().await);
        read(request.header("content-type", "application/json").body("{}")).await.text_of("ticket")
    }

    /// The link that makes its reader the first administrator.
    pub async fn set_up_link(&self) -> String {
        first_link(&self.hub).await.expect("nobody manages this hub")
    }

    /// A link to a test of the company that answers.
    pub async fn test_link(&self) -> String {
        let url = self.hub.url(&format!("api/v2/connections/{}/test", self.initech));
        let request = http().post(url).bearer_auth(self.hub.management_token().await);
        read(request.header("content-type", "application/json").body("{}")).await.text_of("url")
    }

    /// The page of checks of the same company.
    pub async fn checks_page(&self) -> String {
        self.setup_page().await.replace("/setup?", "/checks?")
    }

    /// Saves the company that answers once more: what was found out about it does not count any more.
    pub async fn change_initech(&self) {
        let url = self.hub.url(&format!("api/v2/connections/{}", self.initech));
        let request = http().patch(url).bearer_auth(self.hub.management_token().await);
        let noted = json!({"metadata": {"changed": self.hub.clock.now().iso8601()}});
        let answer = read(request.header("content-type", "application/json").body(noted.to_string())).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// Has it checked and changed until no more checks are made for now; nothing is known of it then.
    pub async fn use_up_checks(&self) {
        let url = self.hub.url(&format!("api/v2/connections/{}/status", self.initech));
        let mut status = 200;
        while status == 200 {
            self.change_initech().await;
            status = read(http().get(&url).bearer_auth(self.hub.management_token().await)).await.status;
        }
        assert_eq!(status, 429);
    }

    /// Asks for everything there is, also at an API.
    pub fn reports(&self) -> String {
        let scope = "openid profile email phone address offline_access read:orders \
                     write:everything-that-can-be-written-about-an-order";
        self.ask(&self.reports, &[("scope", scope), ("audience", ORDERS)])
    }

    /// Asks for a name alone.
    pub fn reports_in_short(&self) -> String {
        self.ask(&self.reports, &[("scope", "openid profile")])
    }

    /// Asks in an API's own words.
    pub fn reports_in_detail(&self) -> String {
        let details = json!([{
            "type": "payment_initiation",
            "instructedAmount": {"currency": "EUR", "amount": "123.50"},
            "creditorName": "Beteiligungsgesellschaft Nordrhein-Westfalen",
            "creditorAccount": {"iban": "DE02100100109307118603"},
            "actions": ["initiate", "status", "cancel"],
        }]);
        self.ask(
            &self.reports,
            &[
                ("scope", "openid"),
                ("audience", ORDERS),
                ("authorization_details", &details.to_string()),
                ("prompt", "consent"),
            ],
        )
    }

    /// A device that waits: the address it shows, its code filled in.
    pub async fn device(&self) -> String {
        let form = fields(&[("client_id", &self.player), ("scope", "openid profile")]);
        let answer = post_form(&self.hub.url("oauth/device/code"), &form, &[]).await;
        answer.text_of("verification_uri_complete")
    }

    /// The client id of the application with classic accounts.
    pub fn notes_id(&self) -> &str {
        &self.notes
    }

    /// Changes the application with classic accounts.
    pub async fn change_notes(&self, settings: Value) {
        let url = self.hub.url(&format!("api/v2/clients/{}", self.notes));
        let request = http().patch(url).bearer_auth(self.hub.management_token().await);
        let request = request.header("content-type", "application/json").body(settings.to_string());
        let answer = read(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    fn ask(&self, client_id: &str, more: &[(&str, &str)]) -> String {
        let mut url = Url::parse(&self.hub.url("authorize")).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", &self.hub.issuer)
            .append_pair("response_type", "code")
            .extend_pairs(more);
        if !more.iter().any(|(name, _)| *name == "scope") {
            url.query_pairs_mut().append_pair("scope", "openid profile email");
        }
        url.into()
    }

    /// Signs Ada in, from the page with the e-mail field, and waits for the answer to the application.
    pub async fn sign_in(&self, browser: &Chromium) {
        browser.fill("#email", EMAIL).await;
        browser.click("#continue").await;
        browser.fill("#password", PASSWORD).await;
        browser.click("#sign-in").await;
        self.arrives(browser).await;
    }

    /// The browser is back at the application with a code.
    pub async fn arrives(&self, browser: &Chromium) {
        browser.arrive_at(&format!("{}?code=", self.hub.issuer)).await;
    }
}

/// A dot on a clear ground.
fn logo() -> Vec<u8> {
    let image = RgbaImage::from_fn(120, 120, |x, y| {
        let is_inside = (x.abs_diff(60)).pow(2) + (y.abs_diff(60)).pow(2) < 56 * 56;
        if is_inside { Rgba([194, 65, 12, 255]) } else { Rgba([0, 0, 0, 0]) }
    });
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::WebP).unwrap();
    file.into_inner()
}

/// A provider that nobody in these tests goes to.
fn provider(name: &str, display_name: &str, domain: &str, client_id: &str) -> Value {
    json!({
        "name": name,
        "display_name": display_name,
        "strategy": "oidc",
        "show_as_button": true,
        "enabled_clients": [client_id],
        "options": {
            "type": "back_channel",
            "discovery_url": "https://provider.example/",
            "client_id": "hub",
            "client_secret": "secret",
            "domain_aliases": [domain],
        },
    })
}
