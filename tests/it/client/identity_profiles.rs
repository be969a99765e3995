//! Profiles: the files of a user, their tokens, and who may read and change them.

use std::fs;

use serde_json::{Value, json};

use crate::support::identity::{Folder, IdentityServer, ask, issued, set_mode};

/// Runs a client with a profile of a folder.
fn ask_in(folder: &Folder, server: &IdentityServer, code: &Value) -> String {
    ask(&[("ANTHROPIC_CONFIG_DIR", &folder.text("")), ("ANTHROPIC_BASE_URL", &server.url)], code)
}

/// Returns the settings of a federation.
fn federation(folder: &Folder, server: &IdentityServer) -> Value {
    folder.write("jwt", "eyJ.SECRET");
    json!({
        "version": "1.0",
        "organization_id": "org-1",
        "workspace_id": "wrkspc_1",
        "base_url": server.url,
        "authentication": {
            "type": "oidc_federation",
            "federation_rule_id": "fdrl_1",
            "service_account_id": "svac_1",
            "scope": "not sent",
            "identity_token": {"source": "file", "path": folder.text("jwt")},
        },
    })
}

/// Returns the settings of a login.
fn login(client_id: Option<&str>) -> Value {
    json!({"workspace_id": "wrkspc_1", "authentication": {"type": "user_oauth", "client_id": client_id}})
}

/// Returns the mode of a file.
#[cfg(unix)]
fn mode(folder: &Folder, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777
}

fn now() -> i64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    elapsed.as_secs().try_into().unwrap()
}

#[test]
fn a_federation_keeps_its_token_for_the_next_process() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    folder.config("default", &federation(&folder, &server));
    assert_eq!(ask_in(&folder, &server, &json!({"parallel": 50, "beta": "a-1"})), ["done"; 50].join(" "));
    let exchanges = server.exchanges();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].body["workspace_id"], "wrkspc_1");
    assert_eq!(exchanges[0].body["service_account_id"], "svac_1");
    assert_eq!(exchanges[0].body.get("scope"), None);
    assert_eq!(server.requests()[0].header("anthropic-workspace-id"), None);
    assert_eq!(server.requests()[0].header("anthropic-beta"), Some("a-1,oauth-2025-04-20"));

    let stored = folder.json("credentials/default.json");
    assert_eq!((&stored["version"], &stored["type"]), (&json!("1.0"), &json!("oauth_token")));
    assert_eq!(stored["access_token"], "token-1");
    assert!((now() + 3_500..=now() + 3_600).contains(&stored["expires_at"].as_i64().unwrap()), "{stored}");
    #[cfg(unix)]
    assert_eq!((mode(&folder, "credentials/default.json"), mode(&folder, "credentials")), (0o600, 0o700));

    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert_eq!(server.exchanges().len(), 1, "the next process does not exchange again");
    // A token that is about to expire is replaced once, and other fields stay.
    folder.credentials("default", &json!({"access_token": "old", "expires_at": now() + 60, "note": "mine"}));
    assert_eq!(ask_in(&folder, &server, &json!({"requests": 3})), "done done done");
    let tokens = server.tokens();
    assert_eq!(
        (server.exchanges().len(), &tokens[tokens.len() - 4..]),
        (2, &["token-1", "token-2", "token-2", "token-2"].map(str::to_owned)[..])
    );
    assert_eq!(folder.json("credentials/default.json")["note"], "mine");
    // A file that cannot be used for this purpose is replaced as well.
    for expires_at in [json!("soon"), json!(null), json!(0)] {
        folder.credentials("default", &json!({"access_token": "old", "expires_at": expires_at}));
        assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    }
    assert_eq!(server.exchanges().len(), 5);
    let files = fs::read_dir(folder.path("credentials")).unwrap().count();
    assert_eq!(files, 1, "no temporary file is left");
}

#[test]
fn a_token_on_the_disk_that_is_refused_is_replaced() {
    let (server, folder) =
        (IdentityServer::with(|number| issued(number, 3_600), |token| token == "token-1"), Folder::new());
    folder.config("default", &federation(&folder, &server));
    folder.credentials("default", &json!({"access_token": "revoked", "expires_at": now() + 3_600}));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done", "there are no retries");
    assert_eq!((server.tokens(), server.exchanges().len()), (vec!["revoked".to_owned(), "token-1".to_owned()], 1));
    assert_eq!(folder.json("credentials/default.json")["access_token"], "token-1");
}

#[test]
fn a_token_on_the_disk_that_cannot_be_renewed_is_used_while_it_is_valid() {
    let (server, folder) = (IdentityServer::with(|_| (503, String::new(), Vec::new()), |_| true), Folder::new());
    folder.config("default", &federation(&folder, &server));
    folder.credentials("default", &json!({"access_token": "old", "expires_at": now() + 90}));
    assert_eq!(ask_in(&folder, &server, &json!({"requests": 4})), "done done done done");
    // The first request tries to renew it, as does the second one. Then there is a pause.
    assert_eq!((server.tokens(), server.exchanges().len()), (vec!["old".to_owned(); 4], 2));
    folder.credentials("default", &json!({"access_token": "old", "expires_at": now() + 29}));
    assert!(ask_in(&folder, &server, &json!({})).starts_with("failed"));
}

#[test]
fn tokens_of_other_servers_are_not_in_the_file_of_a_profile() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    let mut config = federation(&folder, &server);
    config.as_object_mut().unwrap().remove("base_url");
    folder.config("default", &config);
    folder.credentials("default", &json!({"access_token": "of-the-official-api", "expires_at": now() + 3_600}));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert_eq!(server.tokens(), ["token-1"]);
    assert_eq!(folder.json("credentials/default.json")["access_token"], "of-the-official-api");
}

#[test]
fn variables_complete_a_profile() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    folder.config("work", &json!({"authentication": {"type": "oidc_federation", "federation_rule_id": ""}}));
    folder.write("jwt", "eyJ.variable");
    let (root, jwt) = (folder.text(""), folder.text("jwt"));
    let environment = [
        ("ANTHROPIC_CONFIG_DIR", root.as_str()),
        ("ANTHROPIC_BASE_URL", &server.url),
        ("ANTHROPIC_PROFILE", "work"),
        ("ANTHROPIC_FEDERATION_RULE_ID", "fdrl_2"),
        ("ANTHROPIC_ORGANIZATION_ID", "org-2"),
        ("ANTHROPIC_WORKSPACE_ID", "wrkspc_2"),
        ("ANTHROPIC_SERVICE_ACCOUNT_ID", "svac_2"),
        ("ANTHROPIC_IDENTITY_TOKEN_FILE", &jwt),
    ];
    assert_eq!(ask(&environment, &json!({})), "done");
    let body = &server.exchanges()[0].body;
    for (name, value) in [
        ("federation_rule_id", "fdrl_2"),
        ("organization_id", "org-2"),
        ("workspace_id", "wrkspc_2"),
        ("service_account_id", "svac_2"),
        ("assertion", "eyJ.variable"),
    ] {
        assert_eq!(body[name], value, "{body}");
    }
}

#[test]
fn a_login_without_a_client_id_is_read_again() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    folder.config("default", &login(None));
    // 0 means that the file is read for each request.
    folder.credentials("default", &json!({"type": "oauth_token", "access_token": "token-a", "expires_at": 0}));
    assert_eq!(ask_in(&folder, &server, &json!({"requests": 2})), "done done");
    folder.credentials("default", &json!({"access_token": "token-b", "expires_at": now() - 5}));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done", "the owner of the file decides about its age");
    assert_eq!(server.tokens(), ["token-a", "token-a", "token-b"]);
    assert!(server.exchanges().is_empty());
    let headers = |name: &str| server.requests()[0].header(name).map(str::to_owned);
    assert_eq!(headers("anthropic-workspace-id").as_deref(), Some("wrkspc_1"));
    assert_eq!(headers("anthropic-beta").as_deref(), Some("oauth-2025-04-20"));
    // A workspace in code takes precedence.
    assert_eq!(ask_in(&folder, &server, &json!({"header": "anthropic-workspace-id=wrkspc_code"})), "done");
    assert_eq!(server.requests().pop().unwrap().header("anthropic-workspace-id"), Some("wrkspc_code"));
}

/// Returns a server whose refresh tokens are used up by an exchange.
fn rotating() -> IdentityServer {
    let answer = |number| {
        let body = json!({"access_token": format!("token-{number}"), "refresh_token": format!("refresh-{number}")});
        (200, String::new(), body.to_string().into_bytes())
    };
    IdentityServer::with(answer, |token| token != "revoked")
}

#[test]
fn a_login_is_refreshed_and_its_tokens_are_stored() {
    let (server, folder) = (rotating(), Folder::new());
    folder.config("default", &login(Some("client-1")));
    let stored = |token: &str, expires_at: i64| json!({"access_token": token, "expires_at": expires_at, "refresh_token": "refresh-0", "note": "mine"});
    folder.credentials("default", &stored("valid", now() + 180));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert!(server.exchanges().is_empty());
    // A token that is about to expire is refreshed once.
    let (soon, folder_of_soon) = (rotating(), Folder::new());
    folder_of_soon.config("default", &login(Some("client-1")));
    folder_of_soon.credentials("default", &stored("old", now() + 60));
    assert_eq!(ask_in(&folder_of_soon, &soon, &json!({"requests": 3})), "done done done");
    assert_eq!((soon.tokens(), soon.exchanges().len()), (vec!["token-1".to_owned(); 3], 1));
    // If that fails, it is used until the end.
    let down = IdentityServer::with(|_| (503, String::new(), Vec::new()), |_| true);
    folder_of_soon.credentials("default", &stored("old", now() + 20));
    assert_eq!(ask_in(&folder_of_soon, &down, &json!({})), "done");
    assert_eq!((down.tokens(), down.exchanges().len()), (vec!["old".to_owned()], 1));

    folder.credentials("default", &stored("expired", now() - 1));
    assert_eq!(ask_in(&folder, &server, &json!({"parallel": 50})), ["done"; 50].join(" "));
    let exchanges = server.exchanges();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].header("anthropic-beta"), Some("oauth-2025-04-20"), "not that of federation");
    assert_eq!(
        exchanges[0].body,
        json!({"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "client-1"})
    );
    let file = folder.json("credentials/default.json");
    for (name, value) in [
        ("version", "1.0"),
        ("type", "oauth_token"),
        ("access_token", "token-1"),
        ("refresh_token", "refresh-1"),
        ("note", "mine"),
    ] {
        assert_eq!(file[name], value, "{file}");
    }
    assert!((now() + 3_500..=now() + 3_600).contains(&file["expires_at"].as_i64().unwrap()), "an hour by default");
    #[cfg(unix)]
    assert_eq!(mode(&folder, "credentials/default.json"), 0o600);
    assert_eq!(fs::read_dir(folder.path("credentials")).unwrap().count(), 1, "no temporary file is left");

    // After a refusal, a token that has not expired is refreshed as well.
    folder.credentials("default", &stored("revoked", now() + 3_600));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert_eq!(server.tokens().split_off(51), ["revoked", "token-2"]);
    assert_eq!(folder.json("credentials/default.json")["refresh_token"], "refresh-2");
}

#[test]
fn a_refused_refresh_is_an_error_without_secrets() {
    let folder = Folder::new();
    folder.config("default", &login(Some("client-1")));
    let file = json!({"access_token": "SECRET-1", "expires_at": now() - 1, "refresh_token": "SECRET-2"});
    folder.credentials("default", &file);
    let body = json!({"error": "invalid_grant", "error_description": "SECRET-2 was used", "refresh_token": "SECRET-3"});
    let server = IdentityServer::with(move |_| (400, String::new(), body.to_string().into_bytes()), |_| true);
    let failed = ask_in(&folder, &server, &json!({}));
    assert!(failed.contains("invalid_grant: … was used") && failed.contains("log in again"), "{failed}");
    assert!(!failed.contains("SECRET"), "{failed}");
    assert_eq!(folder.json("credentials/default.json"), file, "the file is unchanged");
    assert!(server.requests().is_empty());
}

#[test]
fn the_log_does_not_contain_secrets() {
    let folder = Folder::new();
    folder.config("default", &login(Some("client-1")));
    let stored =
        |seconds: i64| json!({"access_token": "SECRET-1", "expires_at": now() + seconds, "refresh_token": "SECRET-2"});
    // The first token is refused, and the second one is accepted.
    folder.credentials("default", &stored(3_600));
    let issued = json!({"access_token": "SECRET-3", "refresh_token": "SECRET-4", "expires_in": 60}).to_string();
    let answer = move |_| (200, String::new(), issued.clone().into_bytes());
    let server = IdentityServer::with(answer, |token| token == "SECRET-3");
    let log = ask_in(&folder, &server, &json!({"log": true}));
    assert!(log.starts_with("done ") && log.contains("with other credentials"), "{log}");
    assert!(!log.contains("SECRET"), "{log}");
    // The exchange fails, in advance as well.
    let server = IdentityServer::with(|_| (400, String::new(), b"SECRET".to_vec()), |_| true);
    folder.credentials("default", &stored(-1));
    let log = ask_in(&folder, &server, &json!({"log": true}));
    assert!(log.starts_with("failed: ") && !log.contains("SECRET"), "{log}");
    let server = IdentityServer::with(
        |number| if number == 1 { issued_with_secret(60) } else { (503, String::new(), b"SECRET".to_vec()) },
        |_| true,
    );
    let environment = [
        ("ANTHROPIC_FEDERATION_RULE_ID", "fdrl_1"),
        ("ANTHROPIC_ORGANIZATION_ID", "org-1"),
        ("ANTHROPIC_IDENTITY_TOKEN", "SECRET.jwt"),
        ("ANTHROPIC_BASE_URL", &server.url),
    ];
    let log = ask(&environment, &json!({"log": true, "requests": 2}));
    assert!(log.starts_with("done done ") && log.contains("was not renewed in advance"), "{log}");
    assert!(!log.contains("SECRET"), "{log}");
}

/// Returns the answer with a token that must not be shown.
fn issued_with_secret(expires_in: i64) -> (u16, String, Vec<u8>) {
    let body = json!({"token_type": "Bearer", "access_token": "SECRET-5", "expires_in": expires_in});
    (200, String::new(), body.to_string().into_bytes())
}

#[test]
fn the_token_of_another_process_is_used() {
    let folder = Folder::new();
    folder.config("default", &login(Some("client-1")));
    folder.credentials("default", &json!({"access_token": "old", "expires_at": now() - 1, "refresh_token": "used"}));
    // Another process has refreshed the login while this one tries.
    let path = folder.path("credentials/default.json");
    let answer = move |_| {
        let renewed = json!({"access_token": "of-the-other", "expires_at": now() + 600, "refresh_token": "new"});
        fs::write(&path, renewed.to_string()).unwrap();
        (400, String::new(), br#"{"error": "invalid_grant"}"#.to_vec())
    };
    let server = IdentityServer::with(answer, |_| true);
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert_eq!(server.tokens(), ["of-the-other"]);
    assert_eq!(folder.json("credentials/default.json")["refresh_token"], "new");
}

#[cfg(unix)]
#[test]
fn files_that_others_can_use_are_refused() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    folder.fixed("default", "SECRET-token");
    let (config, credentials) = (folder.path("configs/default.json"), folder.path("credentials/default.json"));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    let refused = |words: &[&str]| {
        let outcome = ask_in(&folder, &server, &json!({}));
        for words in words {
            assert!(outcome.contains(words), "{words}: {outcome}");
        }
        assert!(!outcome.contains("SECRET"), "{outcome}");
    };
    for mode in [0o620, 0o602, 0o666] {
        set_mode(&config, mode);
        refused(&["refused (true)", "configs/default.json", &format!("mode {mode:03o}"), "chmod go-w"]);
    }
    // Others may read the settings.
    set_mode(&config, 0o644);
    for mode in [0o640, 0o604, 0o620, 0o601] {
        set_mode(&credentials, mode);
        refused(&["failed", "credentials/default.json", &format!("mode {mode:03o}"), "chmod 600"]);
    }
    set_mode(&credentials, 0o400);
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");

    // Links and other kinds of files.
    fs::rename(&credentials, folder.path("elsewhere.json")).unwrap();
    std::os::unix::fs::symlink(folder.path("elsewhere.json"), &credentials).unwrap();
    refused(&["failed", "credentials/default.json", "symbolic link"]);
    fs::remove_file(&credentials).unwrap();
    fs::create_dir(&credentials).unwrap();
    refused(&["failed", "is not a file"]);
    fs::remove_dir(&credentials).unwrap();
    refused(&["failed", "does not exist", "log in first"]);

    let outside = Folder::new();
    fs::rename(&config, outside.path("default.json")).unwrap();
    std::os::unix::fs::symlink(outside.path("default.json"), &config).unwrap();
    refused(&["refused (true)", "outside the folder"]);
    // A link inside the folder is usual, for example on Kubernetes.
    fs::remove_file(&config).unwrap();
    fs::rename(outside.path("default.json"), folder.path("inside.json")).unwrap();
    std::os::unix::fs::symlink("../inside.json", &config).unwrap();
    fs::rename(folder.path("elsewhere.json"), &credentials).unwrap();
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert_eq!(server.tokens(), ["SECRET-token"; 3]);
}

#[test]
fn a_damaged_profile_is_an_error_with_its_place() {
    let (server, folder) = (IdentityServer::start(), Folder::new());
    let federation = federation(&folder, &server);
    let without = |place: &str| {
        let mut config = federation.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        config.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        config
    };
    let with = |place: &str, value: Value| {
        let mut config = federation.clone();
        *config.pointer_mut(place).unwrap() = value;
        config
    };
    for (config, words) in [
        (json!([]), "not a JSON object"),
        (json!({}), "`authentication`"),
        (json!({"authentication": "user_oauth"}), "not an object"),
        (with("/authentication/type", json!("api_key")), "\"api_key\""),
        (without("/authentication/type"), "`authentication.type` is missing"),
        (without("/organization_id"), "`organization_id`"),
        (without("/authentication/federation_rule_id"), "`authentication.federation_rule_id`"),
        (without("/authentication/identity_token"), "ANTHROPIC_IDENTITY_TOKEN_FILE"),
        (without("/authentication/identity_token/path"), "without a `path`"),
        (with("/authentication/identity_token/source", json!("url")), "`source`"),
        (with("/organization_id", json!(7)), "not a text"),
        (with("/base_url", json!("ftp://host")), "`base_url`"),
        (with("/base_url", json!("http://host")), "use https"),
    ] {
        folder.config("default", &config);
        let refused = ask_in(&folder, &server, &json!({"profile": "default"}));
        assert!(refused.starts_with("refused (true)") && refused.contains(words), "{words}: {refused}");
        assert!(refused.contains("configs/default.json"), "{refused}");
    }
    for name in ["../default", ".default", "", " default", "a/b", "a\\b"] {
        let refused = ask_in(&folder, &server, &json!({"profile": name}));
        assert!(refused.starts_with("refused (true): the profile name"), "{refused}");
    }
    folder.config("default", &login(Some("client-1")));
    for (credentials, words) in [
        (json!("SECRET"), "not a JSON object"),
        (json!({"type": "api_key", "access_token": "SECRET"}), "another `type`"),
        (json!({"refresh_token": "SECRET"}), "`access_token`"),
        (json!({"access_token": "SECRET", "expires_at": now() + 600}), "`refresh_token`"),
        (json!({"access_token": "SECRET", "refresh_token": "SECRET", "expires_at": "2026-10-21"}), "`expires_at`"),
        (json!({"access_token": "SE CRET", "refresh_token": "SECRET", "expires_at": now() + 600}), "a blank"),
    ] {
        folder.credentials("default", &credentials);
        let failed = ask_in(&folder, &server, &json!({}));
        assert!(failed.starts_with("failed: ") && failed.contains(words), "{words}: {failed}");
        assert!(!failed.contains("SECRET") && !failed.contains("CRET"), "{failed}");
    }
    assert!(server.exchanges().is_empty() && server.requests().is_empty());
    // The file may be elsewhere.
    let file = folder.write("mine.json", r#"{"access_token": "of-mine"}"#);
    folder.config("default", &json!({"authentication": {"type": "user_oauth", "credentials_path": file}}));
    assert_eq!(ask_in(&folder, &server, &json!({})), "done");
    assert_eq!(server.tokens(), ["of-mine"]);
}
