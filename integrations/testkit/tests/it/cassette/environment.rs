//! The mode from the environment, in processes of their own: this program runs one of its tests with other variables.

use std::process::Command;

use claudette::testing::MockServer;
use claudette_testkit::Cassette;

use super::support::{File, KEY, MODEL};

const PATH: &str = "TESTKIT_CASSETTE";
const PROMPT: &str = "TESTKIT_PROMPT";

/// Not a test of its own: the program that the tests below run.
#[tokio::test]
async fn program() {
    let Some(path) = std::env::var_os(PATH) else { return };
    let cassette = Cassette::open(path).unwrap_or_else(|error| panic!("{error}"));
    let prompt = std::env::var(PROMPT).unwrap_or_else(|_| "Hello".to_owned());
    let answer = cassette.client(MODEL).unwrap_or_else(|error| panic!("{error}")).send(prompt).await;
    println!("recording: {}, answer: {}", cassette.is_recording(), answer.unwrap_or_else(|error| panic!("{error}")));
    cassette.assert_finished();
}

/// Runs the program, and returns its output.
fn run(file: &File, variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "cassette::environment::program", "--nocapture"]).env(PATH, &file.path);
    for name in ["CLAUDETTE_RECORD", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_variable_records() {
    let file = File::new();
    let claude = MockServer::builder().auto_reply(true).api_key(KEY).start().await.unwrap();
    let key = [("ANTHROPIC_API_KEY", KEY), ("ANTHROPIC_BASE_URL", claude.url())];
    let with = |value: &'static str| [&key[..], &[("CLAUDETTE_RECORD", value)]].concat();

    // A key alone does not record.
    for variables in [&key[..], &with("0"), &with("")] {
        let (is_success, text) = run(&file, variables);
        assert!(
            !is_success && text.contains("does not exist; record it with a key: CLAUDETTE_RECORD=1 cargo test"),
            "{text}"
        );
    }
    let (is_success, text) = run(&file, &with("yes"));
    assert!(!is_success && text.contains("CLAUDETTE_RECORD=yes is not valid"), "{text}");
    let (is_success, text) = run(&file, &[("CLAUDETTE_RECORD", "1")]);
    assert!(!is_success && text.contains("ANTHROPIC_API_KEY"), "{text}");
    assert!(claude.requests().is_empty() && !file.path.exists());

    let (is_success, text) = run(&file, &with("1"));
    assert!(is_success && text.contains("recording: true, answer: You said"), "{text}");
    assert_eq!(claude.requests().len(), 1);
    assert!(!file.text().contains(KEY));

    // Neither a key nor a valid address is needed to replay.
    for variables in [&[][..], &[("ANTHROPIC_BASE_URL", "no address")]] {
        let (is_success, text) = run(&file, variables);
        assert!(is_success && text.contains("recording: false, answer: You said"), "{text}");
    }
    assert_eq!(claude.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_the_environment_is_found_even_if_it_was_not_sent() {
    let file = File::new();
    let claude = MockServer::builder().auto_reply(true).api_key(KEY).start().await.unwrap();
    let (is_success, text) = run(
        &file,
        &[
            ("CLAUDETTE_RECORD", "1"),
            ("ANTHROPIC_API_KEY", KEY),
            ("ANTHROPIC_AUTH_TOKEN", "some-unused-token"),
            ("ANTHROPIC_BASE_URL", claude.url()),
            (PROMPT, "My token is some-unused-token."),
        ],
    );
    assert!(!is_success && text.contains("the body of request 1 contains a credential of the client"), "{text}");
    assert!(!file.path.exists());
}
