//! AWS signatures: their structure, and a check with the published algorithm's inputs.

use std::time::{Duration, SystemTime};

use claudette::testing::{MockResponse, MockServer};
use serde_json::json;

use super::{Answer, Host};

const SIGNATURE: &str = "73d21e3016b437db3fc7bc7d11f6b337347fe714548c80aad828cbf8841660d3";

/// Returns a time in the basic format of ISO 8601.
fn basic(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // The calendar that begins on 1 March of the year 0.
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day = shifted % 146_097;
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year + 400 * era + next;
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// Sends a request that is signed at this time for this service. The signature is a fixed text.
async fn signed(host: &Host, time: SystemTime, service: &str) -> Answer {
    let date = basic(time);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{}/us-east-1/{service}/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, Signature={SIGNATURE}",
        &date[..8]
    );
    let mut headers: Vec<(&str, &str)> =
        host.headers.iter().copied().filter(|(name, _)| *name != "authorization").collect();
    headers.extend([("authorization", authorization.as_str()), ("x-amz-date", date.as_str())]);
    host.post(host.path, &headers, &host.body(&json!({}))).await
}

#[test]
fn times_are_formatted() {
    assert_eq!(basic(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045)), "20260102T030405Z");
    assert_eq!(basic(SystemTime::UNIX_EPOCH + Duration::from_secs(951_868_799)), "20000229T235959Z");
}

#[tokio::test]
async fn each_host_of_aws_has_its_own_service() {
    let now = SystemTime::now();
    for (name, host) in Host::all().await {
        let service = match name {
            "bedrock" => "bedrock",
            "mantle" => "bedrock-mantle",
            "platform_aws" => "aws-external-anthropic",
            // The other hosts do not accept signatures.
            _ => {
                let status = signed(&host, now, "bedrock").await.status;
                // The request to Foundry has a key, too.
                assert_eq!(status, if name == "foundry" { 500 } else { 401 }, "{name}");
                continue;
            }
        };
        host.respond(MockResponse::text("Hi!"));
        let answer = signed(&host, now, service).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        let answer = signed(&host, now, "s3").await;
        assert_eq!(answer.status, 403, "{name}");
        assert!(answer.text().contains(&format!("Credential should be scoped to correct service: '{service}'.")));
        host.server.assert_finished();
    }
}

#[tokio::test]
async fn an_old_signature_has_expired() {
    let host = Host::bedrock(MockServer::builder()).await;
    let now = SystemTime::now();
    let expired = signed(&host, now - Duration::from_secs(310), "bedrock").await;
    assert_eq!(expired.status, 403);
    assert!(expired.header("x-amzn-errortype").unwrap().starts_with("InvalidSignatureException:"));
    let message = expired.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Signature expired: ") && message.ends_with(" - 5 min.)"), "{message}");
    let early = signed(&host, now + Duration::from_secs(320), "bedrock").await;
    assert!(early.json()["message"].as_str().unwrap().starts_with("Signature not yet current: "));
}

#[tokio::test]
async fn a_check_sees_the_request_as_it_was_sent() {
    let host = Host::bedrock(MockServer::builder().verify(|request| {
        assert_eq!(request.path(), "/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke");
        assert_eq!(request.query(), None);
        assert!(request.header("host").unwrap().starts_with("127.0.0.1:"));
        assert!(request.header("authorization").unwrap().ends_with(SIGNATURE));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(request.bytes()).unwrap(), *request.body());
        Ok(())
    }))
    .await;
    host.respond(MockResponse::text("Hi!"));
    // The structure is not checked in addition, so a check with a fixed date is possible.
    let answer = signed(&host, SystemTime::UNIX_EPOCH, "bedrock").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    host.server.assert_finished();
}
