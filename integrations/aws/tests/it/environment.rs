//! The order of the sources of regions, keys and AWS credentials, and the variables that are not read.

use super::process::{File, run};

const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "environment-secret")];

const CONFIG: &str = "
[default]
region = eu-west-3
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = default-secret

[profile work]
region = eu-west-2
aws_access_key_id = AKIDWORK
aws_secret_access_key = work-secret
aws_session_token = work-token

[profile process]
region = eu-west-1
credential_process = echo '{\"Version\": 1, \"AccessKeyId\": \"AKIDPROCESS\", \"SecretAccessKey\": \"process-secret\"}'
";

const HOSTS: [&str; 3] = ["bedrock", "mantle", "platform workspace=wrkspc_1"];

fn server(host: &str, region: &str) -> String {
    match host.split(' ').next().unwrap() {
        "bedrock" => format!("https://bedrock-runtime.{region}.amazonaws.com/model/us.anthropic.claude-opus-5/invoke"),
        "mantle" => format!("https://bedrock-mantle.{region}.api.aws/anthropic/v1/messages"),
        _ => format!("https://aws-external-anthropic.{region}.api.aws/v1/messages"),
    }
}

#[test]
fn the_region_comes_from_the_first_source() {
    let config = File::new(CONFIG);
    let file = ("AWS_CONFIG_FILE", config.path());
    let both = [("AWS_REGION", "us-west-1"), ("AWS_DEFAULT_REGION", "us-west-2"), file];
    for host in HOSTS {
        for (settings, variables, region) in [
            (" region=us-east-2", &both[..], "us-east-2"),
            ("", &both[..], "us-west-1"),
            ("", &both[1..], "us-west-2"),
            ("", &[("AWS_REGION", " "), both[1], file][..], "us-west-2"),
            ("", &both[2..], "eu-west-3"),
            ("", &[file, ("AWS_PROFILE", "work")][..], "eu-west-2"),
            (" profile=work", &[file][..], "eu-west-2"),
        ] {
            let sent = run(&format!("host={host} keys{settings}"), variables);
            if settings.contains("profile") {
                // The keys of the program sign, and the profile has the region.
                assert_eq!(sent.key_id(), "AKIDARGUMENT");
            }
            assert_eq!(sent.uri(), server(host, region), "{settings} {variables:?}");
            assert!(sent.header("authorization").unwrap().contains(&format!("/{region}/")), "{region}");
        }
    }
}

#[test]
fn without_a_region_the_error_names_the_host() {
    for (host, name) in HOSTS.into_iter().zip(["Amazon Bedrock", "Amazon Bedrock", "the Claude Platform on AWS"]) {
        let sent = run(&format!("host={host} keys"), &[]);
        assert!(sent.misuse().contains(&format!("{name} has no region: set AWS_REGION")), "{}", sent.misuse());
        // A signature needs a region even if the address does not.
        assert!(run(&format!("host={host} keys url=https://claude.example.com"), &[]).misuse().contains("no region"));
        let sent = run(&format!("host={host} api_key=k url=https://claude.example.com/x/"), &[]);
        assert!(sent.uri().starts_with("https://claude.example.com/x/"), "{}", sent.uri());
        for region in ["us/east", "us.east", "a@b"] {
            let sent = run(&format!("host={host} keys region={region}"), &[]);
            assert!(sent.misuse().contains("can contain only letters"), "{}", sent.misuse());
        }
    }
}

#[test]
fn addresses_come_from_the_environment_of_the_host() {
    for (host, name) in HOSTS.into_iter().zip([
        "ANTHROPIC_BEDROCK_BASE_URL",
        "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
        "ANTHROPIC_AWS_BASE_URL",
    ]) {
        let variables = [(name, "https://own.example.com"), ("AWS_REGION", "us-east-1")];
        assert!(run(&format!("host={host} keys"), &variables).uri().starts_with("https://own.example.com/"));
        let sent = run(&format!("host={host} keys url=https://first.example.com"), &variables);
        assert!(sent.uri().starts_with("https://first.example.com/"));
    }
}

#[test]
fn aws_credentials_come_from_the_first_source() {
    let config = File::new(CONFIG);
    let region = ("AWS_REGION", "us-east-1");
    let file = ("AWS_CONFIG_FILE", config.path());
    for host in HOSTS {
        let all = [region, file, ("AWS_PROFILE", "work"), KEYS[0], KEYS[1]];
        for (settings, variables, key) in [
            (" keys profile=work", &all[..], "AKIDARGUMENT"),
            (" profile=work", &all[..], "AKIDWORK"),
            (" profile=process", &all[..], "AKIDPROCESS"),
            ("", &all[..], "AKIDENVIRONMENT"),
            ("", &all[..3], "AKIDWORK"),
            ("", &all[..2], "AKIDDEFAULT"),
        ] {
            let sent = run(&format!("host={host}{settings}"), variables);
            assert_eq!(sent.key_id(), key, "{host}{settings}");
            let token = sent.header("x-amz-security-token");
            assert_eq!(token, (key == "AKIDWORK").then_some("work-token"));
        }
        let sent = run(&format!("host={host} keys token"), &all);
        assert_eq!(sent.header("x-amz-security-token"), Some("argument-token"));
    }
}

#[test]
fn a_key_of_bedrock_and_aws_credentials_of_the_program_exclude_each_other() {
    let config = File::new(CONFIG);
    let region = [("AWS_REGION", "us-east-1"), ("AWS_CONFIG_FILE", config.path())];
    let token = [region[0], region[1], ("AWS_BEARER_TOKEN_BEDROCK", "key-of-environment")];
    // AWS credentials of the environment give way.
    let with_keys = [&token[..], &KEYS].concat();
    let bearer = |settings: &str, variables: &[(&str, &str)]| {
        let sent = run(settings, variables);
        assert_eq!(sent.header("x-amz-date"), None);
        sent.header("authorization").unwrap().to_owned()
    };
    assert_eq!(bearer("host=bedrock", &with_keys), "Bearer key-of-environment");
    assert_eq!(bearer("host=bedrock api_key=own", &with_keys), "Bearer own");
    for (settings, origin) in [
        ("keys", "AWS_BEARER_TOKEN_BEDROCK"),
        ("profile=work", "AWS_BEARER_TOKEN_BEDROCK"),
        ("keys api_key=own", "`.api_key(..)`"),
    ] {
        let sent = run(&format!("host=bedrock {settings}"), &token);
        let expected = format!("has both a key ({origin}) and AWS credentials in the program");
        assert!(sent.misuse().contains(&expected), "{}", sent.misuse());
    }
}

#[test]
fn the_other_hosts_choose_between_keys_and_aws_credentials() {
    let config = File::new(CONFIG);
    let environment = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_CONFIG_FILE", config.path()),
        KEYS[0],
        KEYS[1],
        ("ANTHROPIC_AWS_API_KEY", "second"),
        ("AWS_BEARER_TOKEN_BEDROCK", "first"),
    ];
    for (host, key) in [("mantle", "Bearer first"), ("platform workspace=wrkspc_1", "Bearer second")] {
        let sent = run(&format!("host={host} keys profile=work api_key=own"), &environment);
        assert_eq!(sent.header("authorization"), Some("Bearer own"));
        assert_eq!(run(&format!("host={host} keys profile=work"), &environment).key_id(), "AKIDARGUMENT");
        assert_eq!(run(&format!("host={host} profile=work"), &environment).key_id(), "AKIDWORK");
        assert_eq!(run(&format!("host={host}"), &environment).header("authorization"), Some(key));
    }
    assert_eq!(run("host=mantle", &environment[..5]).header("authorization"), Some("Bearer second"));
    assert_eq!(run("host=mantle", &environment[..4]).key_id(), "AKIDENVIRONMENT");
    // A key of Bedrock is not sent to Anthropic.
    let bedrock_only = [environment[0], environment[2], environment[3], environment[5]];
    assert_eq!(run("host=platform workspace=wrkspc_1", &bedrock_only).key_id(), "AKIDENVIRONMENT");
}

#[test]
fn half_of_an_access_key_is_misuse() {
    let region = ("AWS_REGION", "us-east-1");
    for host in HOSTS {
        for (settings, expected) in [
            ("id", "has an access key without a secret"),
            ("secret", "has the secret of an access key without its id"),
            ("token", "has a session token without an access key"),
        ] {
            let sent = run(&format!("host={host} {settings}"), &[region]);
            assert!(sent.misuse().contains(expected), "{}", sent.misuse());
        }
        for (set, unset) in [(0, 1), (1, 0)] {
            let sent = run(&format!("host={host}"), &[region, KEYS[set]]);
            let expected = format!("{} is set, but {} is not", KEYS[set].0, KEYS[unset].0);
            assert!(sent.misuse().contains(&expected), "{}", sent.misuse());
            assert!(!sent.misuse().contains("environment-secret"));
        }
    }
}

#[test]
fn without_credentials_the_error_names_the_host_and_the_sources() {
    for host in HOSTS {
        let sent = run(&format!("host={host}"), &[("AWS_REGION", "us-east-1")]);
        let error = sent.misuse();
        assert!(error.contains("there are no AWS credentials for"), "{error}");
        assert!(error.contains("AWS_ACCESS_KEY_ID") && error.contains("AWS_PROFILE"), "{error}");
    }
    let config = File::new(CONFIG);
    let file = [("AWS_REGION", "us-east-1"), ("AWS_CONFIG_FILE", config.path()), ("AWS_PROFILE", "nobody")];
    for (settings, expected) in [(" profile=nobody", "in the profile \"nobody\""), ("", "with AWS_PROFILE=nobody")] {
        let sent = run(&format!("host=bedrock{settings}"), &file);
        assert!(sent.misuse().contains(expected), "{}", sent.misuse());
    }
    let sent = run("host=platform keys region=us-east-1", &[]);
    assert!(sent.misuse().contains("has no workspace: set ANTHROPIC_AWS_WORKSPACE_ID"), "{}", sent.misuse());
}

#[test]
fn an_invalid_key_is_not_shown() {
    let variables = [("AWS_REGION", "us-east-1"), ("AWS_BEARER_TOKEN_BEDROCK", "two words")];
    let sent = run("host=bedrock", &variables);
    assert!(sent.misuse().contains("AWS_BEARER_TOKEN_BEDROCK is not valid"), "{}", sent.misuse());
    assert!(!sent.misuse().contains("two words"));
}

#[test]
fn nothing_of_the_api_of_anthropic_is_sent() {
    let first_party = "sk-ant-first-party";
    let variables = [
        ("AWS_REGION", "us-east-1"),
        KEYS[0],
        KEYS[1],
        ("ANTHROPIC_API_KEY", first_party),
        ("ANTHROPIC_AUTH_TOKEN", first_party),
        ("ANTHROPIC_BASE_URL", "https://sk-ant-first-party.example.com"),
        (
            "ANTHROPIC_CUSTOM_HEADERS",
            "x-api-key: sk-ant-first-party\nauthorization: Bearer sk-ant-first-party\nx-team: blue",
        ),
        ("ANTHROPIC_PROFILE", first_party),
        ("ANTHROPIC_CONFIG_DIR", first_party),
        ("ANTHROPIC_FOUNDRY_API_KEY", first_party),
        ("ANTHROPIC_MODEL", first_party),
        ("ANTHROPIC_WORKSPACE_ID", first_party),
    ];
    for host in HOSTS {
        for settings in ["", " api_key=own"] {
            let sent = run(&format!("host={host}{settings}"), &variables);
            assert!(!sent.0.to_string().contains(first_party), "{}", sent.0);
            assert_eq!(sent.header("x-api-key"), None);
            // Other headers are sent, and signed.
            assert_eq!(sent.header("x-team"), Some("blue"));
            if settings.is_empty() {
                assert!(sent.header("authorization").unwrap().contains(";x-team,"), "{}", sent.0);
            }
        }
    }
}
