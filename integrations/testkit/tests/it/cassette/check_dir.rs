//! The check of a folder with cassettes.

use claudette_testkit::Cassette;
use tempfile::tempdir;

#[test]
fn a_folder_is_searched_for_secrets_and_damage() {
    let folder = tempdir().unwrap();
    let check = || Cassette::check_dir(folder.path());
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    assert!(check().unwrap_err().to_string().ends_with("has no cassettes"));

    let cassette = |header: &str, body: &str| {
        format!(
            "interactions:\n- request:\n    method: POST\n    uri: https://api.anthropic.com/v1/messages\n    headers:\n      {header}\n    \
             body: '{body}'\n  response:\n    status: {{code: 200, message: OK}}\n    headers: {{}}\n    body: {{string: '{{}}'}}\nversion: 1\n"
        )
    };
    std::fs::create_dir(folder.path().join("more")).unwrap();
    write("good.yaml", &cassette("x-api-key: [REDACTED]", "{}"));
    write("more/good.yml", &cassette("authorization: ['Bearer **TOKEN**']", "Bearer of news"));
    write("notes.txt", "sk-ant-in-notes");
    assert_eq!(check().unwrap(), 2);

    write("a.yaml", &cassette("x-api-key: [0123456789abcdef]", "{}"));
    write("b.yaml", &cassette("x-other: [a]", "sk-ant-hidden"));
    write("more/c.json", "{]");
    let error = check().unwrap_err();
    let text = error.to_string();
    assert!(error.is_misuse() && text.lines().count() == 3, "{text}");
    assert!(text.contains("a.yaml: the header x-api-key of request 1 contains a credential"), "{text}");
    assert!(text.contains("b.yaml contains an API key (`sk-ant-…`), in line 7"), "{text}");
    assert!(text.contains("c.json is not valid YAML"), "{text}");
    assert!(!text.contains("hidden") && !text.contains("abcdef"), "{text}");

    assert!(Cassette::check_dir(folder.path().join("nothing")).unwrap_err().to_string().contains("cannot be read"));
}
