//! A real Chromium with a fresh profile, driven through chromedriver (WebDriver).

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Ends chromedriver and Chromium, which share the shell's process group, when the shell's standard input
/// closes: that is when the test ends, however it ends. Chromium outlives a chromedriver that is ended alone.
const LEASH: &str = r#"
{ chromedriver --port=0 </dev/null; kill -KILL 0; } &
read -r _ || true
kill -KILL 0
"#;

/// How long a page may take to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often chromedriver is started before it is given up.
const DRIVER_STARTS: usize = 3;

/// A browser window.
pub struct Chromium {
    /// The window: everything WebDriver can do.
    pub window: Client,
    leash: Child,
    _profile: TempDir,
}

impl Chromium {
    /// Opens a window of 1280 by 900 pixels. It takes certificates of any authority.
    ///
    /// # Panics
    /// Where Chromium or chromedriver is missing or does not start: these tests are never skipped.
    pub async fn start() -> Self {
        Self::start_with(json!({})).await
    }

    /// Opens one of 320 by 640 pixels, as of a small telephone.
    ///
    /// # Panics
    /// As [`Chromium::start`].
    pub async fn start_narrow() -> Self {
        let screen = json!({"width": 320, "height": 640, "pixelRatio": 2, "touch": true});
        Self::start_with(json!({"mobileEmulation": {"deviceMetrics": screen}})).await
    }

    /// Opens one with more of chromedriver's `goog:chromeOptions`.
    ///
    /// # Panics
    /// As [`Chromium::start`].
    pub async fn start_with(mut options: Value) -> Self {
        let (leash, port) = leashed_driver();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            "--headless".to_owned(),
            // Chromium has no sandbox for root, and containers none at all; it sees only pages of this test.
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--window-size=1280,900".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        options["args"] = json!(arguments);
        let capabilities = json!({
            "browserName": "chrome",
            "acceptInsecureCerts": true,
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": options,
        });
        let window = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        Self { window, leash, _profile: profile }
    }

    /// Types `text` into the element that `css` selects, in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    pub async fn click(&self, css: &str) {
        self.element(css).await.click().await.unwrap();
    }

    /// Waits for an address that begins with `prefix`, whether anything is there or not.
    pub async fn arrive_at(&self, prefix: &str) {
        let arrival = async {
            while !self.window.current_url().await.unwrap().as_str().starts_with(prefix) {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, arrival).await.is_err() {
            panic!("never at {prefix}, but {}", self.describe().await);
        }
    }

    /// Waits for a page whose address begins with `prefix`, and gives its visible text.
    pub async fn text_at(&self, prefix: &str) -> String {
        self.arrive_at(prefix).await;
        self.element("body").await.text().await.unwrap()
    }

    /// Whether the page is wider than its window.
    pub async fn scrolls_sideways(&self) -> bool {
        let script = "const root = document.documentElement; return root.scrollWidth > root.clientWidth;";
        self.window.execute(script, Vec::new()).await.unwrap() == json!(true)
    }

    /// Keeps a picture of the window for people to look at, below `target/tmp/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.window.screenshot().await.unwrap()).unwrap();
    }

    /// Closes the window.
    pub async fn close(self) {
        self.window.clone().close().await.unwrap();
    }

    /// Waits for the element that `css` selects.
    pub async fn element(&self, css: &str) -> fantoccini::elements::Element {
        match self.window.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css} ({error}), but {}", self.describe().await),
        }
    }

    async fn describe(&self) -> String {
        let address = self.window.current_url().await.unwrap();
        format!("{address}: {}", self.window.source().await.unwrap())
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        drop(self.leash.stdin.take());
        let _ = self.leash.wait();
    }
}

/// Starts chromedriver; the port it listens on. It looks for one that is free and opens it afterwards, so another test
/// may be faster.
fn leashed_driver() -> (Child, u16) {
    for _ in 0..DRIVER_STARTS {
        let mut leash = Command::new("sh")
            .args(["-c", LEASH])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A Ctrl-C for the tests must not reach the one who cleans up after them.
            .process_group(0)
            .spawn()
            .expect("a shell starts");
        if let Some(port) = port_of(&mut leash) {
            return (leash, port);
        }
        drop(leash.stdin.take());
        let _ = leash.wait();
    }
    panic!(
        "chromedriver does not start; these tests need Chromium and its driver: \
         `apt-get install chromium chromium-driver`, or their like"
    )
}

/// The port chromedriver says it listens on; `None` if it ends instead.
fn port_of(leash: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(leash.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.by_ref().find_map(|line| {
        line.strip_prefix("ChromeDriver was started successfully on port ")?
            .trim_end_matches('.')
            .parse()
            .ok()
    });
    // What it says later has to go somewhere.
    std::thread::spawn(move || lines.for_each(drop));
    port
}
