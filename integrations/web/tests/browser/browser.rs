//! [`Browser`]: headless Chromium, driven through `chromedriver`.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) const ENTER: char = '\u{E007}';
pub(crate) const ESCAPE: char = '\u{E00C}';
pub(crate) const TAB: char = '\u{E004}';
pub(crate) const UP: char = '\u{E013}';
const SHIFT: char = '\u{E008}';
const CONTROL: char = '\u{E009}';
const ALT: char = '\u{E00A}';

/// A browser with a profile of its own.
pub(crate) struct Browser {
    client: Client,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser. Returns `None`, and prints a line, if Chromium or its driver is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let Some((driver, port)) = start_driver().await else {
            println!("skipped: chromedriver is not installed; see integrations/web/ui-test/install");
            return None;
        };
        let profile = TempDir::new().unwrap();
        let options = json!({"goog:chromeOptions": {"args": [
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1200,900",
            "--force-color-profile=srgb", format!("--user-data-dir={}", profile.path().display()),
        ]}});
        let capabilities: Capabilities = serde_json::from_value(options).unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.expect("Chromium can be started");
        let browser = Self { client, driver, _profile: profile };
        browser.size(1200, 820).await;
        Some(browser)
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// Runs a script, which returns a value with `return`.
    pub(crate) async fn eval(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{error}: {script}"))
    }

    /// Returns the value of an expression as a text.
    pub(crate) async fn text(&self, expression: &str) -> String {
        self.eval(&format!("return String({expression})")).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn until<'a>(&'a self, expression: &str) -> impl Future<Output = ()> + use<'a> {
        let (script, caller) = (format!("return Boolean({expression})"), std::panic::Location::caller());
        async move {
            let begun = Instant::now();
            while self.eval(&script).await != json!(true) {
                if begun.elapsed() > Duration::from_secs(15) {
                    let page = self.text("document.body.innerText").await;
                    panic!("{caller}: timed out while waiting for `{script}`; the page shows:\n{page}");
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Waits for an element.
    #[track_caller]
    pub(crate) fn see<'a>(&'a self, selector: &str) -> impl Future<Output = ()> + use<'a> {
        self.until(&format!("document.querySelector({})?.checkVisibility()", json!(selector)))
    }

    /// Waits until an element contains a text.
    #[track_caller]
    pub(crate) fn see_text<'a>(&'a self, selector: &str, text: &str) -> impl Future<Output = ()> + use<'a> {
        let (selector, text) = (json!(selector), json!(text));
        self.until(&format!(
            "[...document.querySelectorAll({selector})].some((each) => each.textContent.includes({text}))"
        ))
    }

    /// Clicks at an element, as a mouse does: it has to be visible.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.client.find(fantoccini::Locator::Css(selector)).await;
        element.unwrap_or_else(|error| panic!("{selector}: {error}")).click().await.unwrap();
    }

    /// Types into the element that has the focus.
    pub(crate) async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    pub(crate) async fn key(&self, key: char) {
        self.keys(&key.to_string()).await;
    }

    pub(crate) async fn shift(&self, key: char) {
        self.keys(&format!("{SHIFT}{key}")).await;
    }

    pub(crate) async fn control(&self, key: char) {
        self.keys(&format!("{CONTROL}{key}")).await;
    }

    pub(crate) async fn alt(&self, key: char) {
        self.keys(&format!("{ALT}{key}")).await;
    }

    /// Says yes to a question of the page.
    pub(crate) async fn confirm(&self) {
        self.client.accept_alert().await.unwrap();
    }

    /// Types a prompt and sends it.
    pub(crate) async fn prompt(&self, text: &str) {
        self.keys(text).await;
        self.key(ENTER).await;
    }

    /// Sets the size of the page. A window cannot be as narrow as a phone, so the page is told another size.
    pub(crate) async fn size(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sets the colours that the system prefers: `dark` or `light`.
    pub(crate) async fn system_colours(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    pub(crate) async fn devtools(&self, name: &'static str, parameters: Value) -> Value {
        self.client.issue_cmd(Devtools(name, parameters)).await.unwrap()
    }

    /// Saves a picture in `target/screenshots`.
    pub(crate) async fn screenshot(&self, name: &str) {
        // Animations and the caret would make each picture another one.
        tokio::time::sleep(Duration::from_millis(250)).await;
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
        let folder = target.join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), self.client.screenshot().await.unwrap()).unwrap();
    }

    pub(crate) async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(id) = self.driver.id() {
            // A browser is a child of the driver; it is still there if the test has failed.
            let _ = std::process::Command::new("kill").args(["-KILL", "--", &format!("-{id}")]).status();
        }
    }
}

/// Starts the driver on a free port. Returns `None` if it is not installed.
async fn start_driver() -> Option<(Child, u16)> {
    let mut output = String::new();
    // The driver takes a port that is free on IPv4, and ends if it is not free on IPv6.
    for _ in 0..5 {
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        // The driver and the browsers that it starts are one group, so that none is left behind.
        let mut driver = command.process_group(0).kill_on_drop(true).spawn().ok()?;
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, port)) = line.trim_end_matches('.').rsplit_once("started successfully on port ") {
                // The pipe stays open, because the driver ends if it cannot write.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Some((driver, port.parse().unwrap()));
            }
            output = output + &line + "\n";
        }
    }
    panic!("chromedriver did not start:\n{output}");
}

/// A command of the developer tools of Chromium.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as std::str::FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({"cmd": self.0, "params": self.1}).to_string()))
    }
}
