//! A server that plays the token endpoint and the API, and a folder with profiles.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::process::run_alone;

/// A server that issues the access tokens `token-1`, `token-2` … and answers requests that have an accepted token.
pub struct IdentityServer {
    pub url: String,
    seen: Arc<Mutex<Vec<SeenRequest>>>,
}

/// A request that the server received.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    /// The method and the path.
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Value,
}

impl SeenRequest {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    fn is_exchange(&self) -> bool {
        self.line.ends_with("/v1/oauth/token")
    }
}

/// How the server answers the exchange with this number, counted from 1: status, header lines and body.
type Answers = dyn Fn(usize) -> (u16, String, Vec<u8>) + Send + Sync;

/// Returns a token endpoint's usual answer.
pub fn issued(number: usize, expires_in: i64) -> (u16, String, Vec<u8>) {
    let body = json!({"token_type": "Bearer", "access_token": format!("token-{number}"), "expires_in": expires_in});
    (200, String::new(), body.to_string().into())
}

impl IdentityServer {
    /// Returns a server whose tokens last for an hour and are all accepted.
    pub fn start() -> Self {
        Self::with(|number| issued(number, 3_600), |_| true)
    }

    /// Returns a server with these answers to exchanges, and with this rule about tokens that the API accepts.
    pub fn with(
        answers: impl Fn(usize) -> (u16, String, Vec<u8>) + Send + Sync + 'static,
        accepts: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<SeenRequest>>>::default();
        let (log, answers, accepts) =
            (seen.clone(), Arc::<Answers>::from(Box::new(answers) as Box<_>), Arc::new(accepts));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, answers, accepts) = (log.clone(), answers.clone(), accepts.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &log, &*answers, &*accepts));
            }
        });
        Self { url, seen }
    }

    /// Returns the exchanges so far.
    pub fn exchanges(&self) -> Vec<SeenRequest> {
        self.seen.lock().unwrap().iter().filter(|request| request.is_exchange()).cloned().collect()
    }

    /// Returns the requests to the API so far.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.seen.lock().unwrap().iter().filter(|request| !request.is_exchange()).cloned().collect()
    }

    /// Returns the tokens in the requests to the API so far.
    pub fn tokens(&self) -> Vec<String> {
        let token = |request: &SeenRequest| request.header("authorization").unwrap_or("none").replace("Bearer ", "");
        self.requests().iter().map(token).collect()
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<SeenRequest>>, answers: &Answers, accepts: &dyn Fn(&str) -> bool) {
    let Some(request) = read_request(&mut stream) else { return };
    let token = request.header("authorization").unwrap_or_default().replace("Bearer ", "");
    let is_exchange = request.is_exchange();
    let number = {
        let mut log = log.lock().unwrap();
        log.push(request);
        log.iter().filter(|request| request.is_exchange()).count()
    };
    let (status, headers, body) = if is_exchange {
        // Long enough for other requests to find the exchange under way.
        std::thread::sleep(Duration::from_millis(50));
        answers(number)
    } else if accepts(&token) {
        (200, String::new(), br#"{"content": [{"type": "text", "text": "done"}]}"#.to_vec())
    } else {
        (401, String::new(), br#"{"error": {"type": "authentication_error", "message": "No."}}"#.to_vec())
    };
    let head = format!(
        "HTTP/1.1 {status} Status\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn read_request(stream: &mut TcpStream) -> Option<SeenRequest> {
    let (mut bytes, mut piece) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&piece[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let mut lines = head.lines();
        let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
        let headers =
            lines.filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let headers: BTreeMap<_, _> = headers.collect();
        if body.len() >= headers.get("content-length").map_or(0, |length| length.parse().unwrap()) {
            return Some(SeenRequest { line, headers, body: serde_json::from_str(body).unwrap_or_default() });
        }
    }
}

/// A folder for the files of one test, which is removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("claudette-identity-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file that only its owner can use.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        path
    }

    /// Writes the settings of a profile.
    pub fn config(&self, profile: &str, config: &Value) -> PathBuf {
        self.write(&format!("configs/{profile}.json"), &config.to_string())
    }

    /// Writes the tokens of a profile.
    pub fn credentials(&self, profile: &str, credentials: &Value) -> PathBuf {
        self.write(&format!("credentials/{profile}.json"), &credentials.to_string())
    }

    /// Writes a profile with a fixed token.
    pub fn fixed(&self, profile: &str, token: &str) {
        self.config(profile, &json!({"authentication": {"type": "user_oauth"}}));
        self.credentials(profile, &json!({"version": "1.0", "type": "oauth_token", "access_token": token}));
    }

    /// Reads a file of JSON.
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&fs::read_to_string(self.path(name)).unwrap()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Sets the mode of a file, on systems where files have one.
pub fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}

/// Runs a client in a new process with only these variables of `ANTHROPIC_…`, and returns its output. `code` contains the
/// settings in code, which the test `a_client_with_an_identity` lists.
pub fn ask(environment: &[(&str, &str)], code: &Value) -> String {
    let mut command = run_alone("it::client::identity_order", "a_client_with_an_identity");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ANTHROPIC_") || name.to_string_lossy().to_lowercase().ends_with("_proxy")
        {
            command.env_remove(name);
        }
    }
    // The profiles of the user who runs the tests are not used.
    command.env("HOME", "/nonexistent").env("APPDATA", "/nonexistent");
    command.env("CLAUDETTE_TEST_IDENTITY", code.to_string()).envs(environment.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.split_once("OUTCOME ")).map(|(_, outcome)| outcome.trim().to_owned());
    line.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}
