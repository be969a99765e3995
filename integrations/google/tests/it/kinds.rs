//! The kinds of credentials in key files.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claudette::client::{Body, Credentials};
use claudette::http::{HeaderMap, Request};
use claudette_google::GoogleCredentials;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use super::support::{Answer, Google, login};

/// A key that was made for this test.
const KEY: &str = include_str!("key.pem");

async fn headers(json: &str) -> claudette::Result<HeaderMap> {
    let credentials = GoogleCredentials::from_json(json)?;
    credentials.headers(&Request::new(Body::from(""))).await
}

fn bearer(headers: &HeaderMap) -> &str {
    headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap()
}

#[tokio::test]
async fn a_service_account_signs_its_tokens() {
    let file = json!({
        "type": "service_account",
        "client_email": "robot@my-project.iam.gserviceaccount.com",
        "private_key_id": "key-1",
        "private_key": KEY,
        "project_id": "my-project",
        "quota_project_id": "payer",
        "token_uri": "http://127.0.0.1:1/not-asked",
    });
    let credentials = GoogleCredentials::from_json(file.to_string()).unwrap();
    let headers = credentials.headers(&Request::new(Body::from(""))).await.unwrap();
    assert_eq!(headers["x-goog-user-project"], "payer");

    let token = bearer(&headers);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let der: String = KEY.lines().filter(|line| !line.starts_with("---")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key().as_ref());
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).expect("the signature is right");

    let part = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (head, claims) = signed.split_once('.').map(|(head, claims)| (part(head), part(claims))).unwrap();
    assert_eq!((&head["alg"], &head["kid"]), (&json!("RS256"), &json!("key-1")));
    assert_eq!(claims["iss"], "robot@my-project.iam.gserviceaccount.com");
    assert_eq!(claims["scope"], "https://www.googleapis.com/auth/cloud-platform");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let expiry = claims["exp"].as_u64().unwrap();
    assert!(expiry > now + 3_000 && expiry <= now + 3_660, "{claims} at {now}");
    assert!(!format!("{credentials:?}").contains("PRIVATE"));

    // The project of the account comes before the quota project.
    let vertex = claudette_google::vertex().region("global").credentials(credentials).await.unwrap();
    assert!(format!("{vertex:?}").contains("/projects/my-project/"), "{vertex:?}");
}

#[tokio::test]
async fn a_bad_private_key_is_not_shown() {
    let key = KEY.replace('A', "!");
    let file = json!({
        "type": "service_account", "client_email": "robot@example.com", "private_key_id": "key-1", "private_key": key,
        "project_id": "my-project",
    });
    let error = headers(&file.to_string()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(error.is_misuse() && shown.contains("check the file"), "{shown}");
    assert!(key.lines().all(|line| !shown.contains(line)), "{shown}");
}

#[tokio::test]
async fn a_login_is_refreshed() {
    let google = Google::tokens().await;
    let headers = headers(&login(&google.url("/token"))).await.unwrap();
    assert_eq!((bearer(&headers), &headers["x-goog-user-project"]), ("token-1", &"quota-project".parse().unwrap()));
    let [request] = &*google.received() else { panic!() };
    let sent: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((request.path.as_str(), &sent["grant_type"]), ("/token", &json!("refresh_token")));
    assert_eq!((&sent["refresh_token"], &sent["client_id"]), (&json!("refresh-token-7"), &json!("client-id-7")));
}

#[tokio::test]
async fn a_workload_identity_is_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    let subject = folder.path().join("token");
    std::fs::write(&subject, "subject-token-7").unwrap();
    let google = Google::start(|_, request| match request.path.as_str() {
        "/sts" => Answer::json(
            200,
            &json!({
                "access_token": "federated-token", "expires_in": 3_600, "token_type": "Bearer",
                "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            }),
        ),
        "/impersonate" => {
            assert_eq!(request.headers["authorization"], "Bearer federated-token");
            Answer::json(200, &json!({"accessToken": "account-token", "expireTime": "2999-01-01T00:00:00Z"}))
        }
        other => panic!("{other}"),
    })
    .await;
    let mut file = json!({
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/github",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": google.url("/sts"),
        "credential_source": {"file": subject},
    });
    assert_eq!(bearer(&headers(&file.to_string()).await.unwrap()), "federated-token");
    let sent = google.received().remove(0).body;
    assert!(sent.contains("subject_token=subject-token-7") && sent.contains("cloud-platform"), "{sent}");

    file["service_account_impersonation_url"] = google.url("/impersonate").into();
    assert_eq!(bearer(&headers(&file.to_string()).await.unwrap()), "account-token");

    std::fs::remove_file(&subject).unwrap();
    let error = headers(&file.to_string()).await.unwrap_err();
    assert!(!format!("{error:?}").contains("token-7"), "{error:?}");
}

#[tokio::test]
async fn a_login_can_act_for_a_service_account() {
    let google = Google::start(|_, request| match request.path.as_str() {
        "/token" => Answer::token("user-token", 3_600),
        "/v1/projects/-/serviceAccounts/robot@example.com:generateAccessToken" => {
            assert_eq!(request.headers["authorization"], "Bearer user-token");
            Answer::json(200, &json!({"accessToken": "account-token", "expireTime": "2999-01-01T00:00:00Z"}))
        }
        other => panic!("{other}"),
    })
    .await;
    let source: Value = serde_json::from_str(&login(&google.url("/token"))).unwrap();
    let file = json!({
        "type": "impersonated_service_account",
        "service_account_impersonation_url": google.url("/v1/projects/-/serviceAccounts/robot@example.com:generateAccessToken"),
        "source_credentials": source,
        "delegates": [],
    });
    assert_eq!(bearer(&headers(&file.to_string()).await.unwrap()), "account-token");
}

#[tokio::test]
async fn a_workforce_identity_is_refreshed() {
    let google = Google::tokens().await;
    let file = json!({
        "type": "external_account_authorized_user",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/pool/providers/provider",
        "client_id": "client-id-7",
        "client_secret": "client-secret-7",
        "refresh_token": "refresh-token-7",
        "token_url": google.url("/sts"),
        "token_info_url": google.url("/info"),
        "quota_project_id": "payer",
    });
    let headers = headers(&file.to_string()).await.unwrap();
    assert_eq!((bearer(&headers), &headers["x-goog-user-project"]), ("token-1", &"payer".parse().unwrap()));
    assert!(google.received()[0].body.contains("refresh_token=refresh-token-7"));
}
