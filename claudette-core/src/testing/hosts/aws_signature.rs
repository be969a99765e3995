//! The structure of AWS signatures: everything that can be checked without the secret key.

use std::time::{Duration, SystemTime};

use crate::testing::recorded_request::RecordedRequest;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The largest difference between the clocks of the client and of AWS.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// Returns `true` if this value of `authorization` is a signature.
pub(super) fn is_signature(authorization: &str) -> bool {
    authorization.split(' ').next() == Some(ALGORITHM)
}

/// Checks a signature for this service. The error has the wording of AWS, and does not contain the signature.
pub(super) fn check(request: &RecordedRequest, service: &str, now: SystemTime) -> Result<(), String> {
    let authorization = request.header("authorization").unwrap_or_default();
    let parameters = authorization.strip_prefix(ALGORITHM).unwrap_or_default();
    let parameter = |name: &str| {
        let mut parts = parameters.split(',').filter_map(|part| part.trim().split_once('='));
        let value = parts.find_map(|(key, value)| (key == name).then_some(value)).filter(|value| !value.is_empty());
        value.ok_or_else(|| format!("Authorization header requires '{name}' parameter."))
    };
    let (credential, signed, signature) =
        (parameter("Credential")?, parameter("SignedHeaders")?, parameter("Signature")?);
    let date = request
        .header("x-amz-date")
        .ok_or("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")?;
    headers(request, signed)?;
    scope(credential, date, service)?;
    clock(date, now)?;
    if signature.len() != 64 || !signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return Err("The signature is not 64 lower-case hexadecimal digits.".to_owned());
    }
    Ok(())
}

/// Checks the scope of the key: `key/date/region/service/aws4_request`.
fn scope(credential: &str, date: &str, service: &str) -> Result<(), String> {
    let parts: Vec<&str> = credential.split('/').collect();
    let [key, day, region, scoped, end] = parts.as_slice() else {
        return Err(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.".to_owned()
        );
    };
    if key.is_empty() || region.is_empty() {
        return Err("Credential must contain a key id and a region.".to_owned());
    }
    if *scoped != service {
        return Err(format!("Credential should be scoped to correct service: '{service}'."));
    }
    if *end != "aws4_request" {
        return Err("Credential should be scoped with a valid terminator: 'aws4_request'.".to_owned());
    }
    if date.get(..8) != Some(day) {
        return Err(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != \
             '{}', from '{date}'.",
            date.get(..8).unwrap_or(date)
        ));
    }
    Ok(())
}

/// Checks that the signed headers exist, and that they include those that must be signed.
fn headers(request: &RecordedRequest, signed: &str) -> Result<(), String> {
    let signed: Vec<&str> = signed.split(';').collect();
    if !signed.is_sorted() || signed.iter().any(|name| *name != name.to_lowercase()) {
        return Err("The names of signed headers must be in lower case and sorted.".to_owned());
    }
    if !signed.contains(&"host") {
        return Err("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned());
    }
    if let Some(missing) = signed.iter().find(|name| request.header(name).is_none()) {
        return Err(format!("The signed header '{missing}' is not part of the request."));
    }
    let unsigned = request.headers().map(|(name, _)| name);
    match unsigned.filter(|name| name.starts_with("x-amz-")).find(|name| !signed.contains(name)) {
        Some(name) => Err(format!("There were headers present in the request which were not signed: '{name}'.")),
        None => Ok(()),
    }
}

fn clock(date: &str, now: SystemTime) -> Result<(), String> {
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let valid = date.len() == 16
        && date
            .split_once('T')
            .is_some_and(|(day, time)| day.len() == 8 && digits(day) && time.strip_suffix('Z').is_some_and(digits));
    if !valid {
        return Err("Date must be in ISO-8601 'basic format', such as 20260102T030405Z.".to_owned());
    }
    // Dates in this format have the order of their texts.
    let (earliest, latest) = (basic(now - SKEW), basic(now + SKEW));
    let now = basic(now);
    if date < earliest.as_str() {
        return Err(format!("Signature expired: {date} is now earlier than {earliest} ({now} - 5 min.)"));
    }
    if date > latest.as_str() {
        return Err(format!("Signature not yet current: {date} is still later than {latest} ({now} + 5 min.)"));
    }
    Ok(())
}

/// Returns a time in the basic format of ISO 8601, such as `20260102T030405Z`.
fn basic(time: SystemTime) -> String {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    // `Fri, 02 Jan 2026 03:04:05 GMT`
    let date = httpdate::fmt_http_date(time);
    let month = MONTHS.find(&date[8..11]).map_or(0, |at| at / 3 + 1);
    format!("{}{month:02}{}T{}Z", &date[12..16], &date[5..7], date[17..25].replace(':', ""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use bytes::Bytes;
    use hyper::Request;
    use serde_json::Value;

    use super::*;

    const SIGNATURE: &str = "73d21e3016b437db3fc7bc7d11f6b337347fe714548c80aad828cbf8841660d3";
    const CREDENTIAL: &str = "AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request";

    /// Checks a signature at 2026-01-02T03:04:05Z.
    fn check_with(credential: &str, signed: &str, signature: &str, headers: &[(&str, &str)]) -> Result<(), String> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045);
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}");
        let mut request = Request::post("/model/m/invoke").header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        check(&RecordedRequest::new(&head, Bytes::new(), Value::Null), "bedrock", now)
    }

    fn refusal(credential: &str, signed: &str, signature: &str, headers: &[(&str, &str)]) -> String {
        check_with(credential, signed, signature, headers).unwrap_err()
    }

    #[test]
    fn times_are_formatted() {
        assert_eq!(basic(SystemTime::UNIX_EPOCH), "19700101T000000Z");
        assert_eq!(basic(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_323_045)), "20260102T030405Z");
        assert_eq!(basic(SystemTime::UNIX_EPOCH + Duration::from_secs(951_868_799)), "20000229T235959Z");
    }

    #[test]
    fn a_complete_signature_is_accepted() {
        let dated = |date| {
            let headers = [("host", "h"), ("x-amz-date", date), ("content-type", "application/json")];
            check_with(CREDENTIAL, "content-type;host;x-amz-date", SIGNATURE, &headers)
        };
        for date in ["20260102T030405Z", "20260102T025905Z", "20260102T030905Z"] {
            assert_eq!(dated(date), Ok(()), "{date}");
        }
    }

    #[test]
    fn clocks_may_differ_by_five_minutes() {
        let dated = |date| refusal(CREDENTIAL, "host;x-amz-date", SIGNATURE, &[("host", "h"), ("x-amz-date", date)]);
        assert_eq!(
            dated("20260102T025904Z"),
            "Signature expired: 20260102T025904Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)"
        );
        assert_eq!(
            dated("20260102T030906Z"),
            "Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z (20260102T030405Z + 5 \
             min.)"
        );
        assert!(dated("20260102T0304Z").starts_with("Date must be in ISO-8601"));
    }

    #[test]
    fn incomplete_signatures_are_refused() {
        let headers = [("host", "h"), ("x-amz-date", "20260102T030405Z")];
        let cases = [
            ("", "host;x-amz-date", SIGNATURE, "Authorization header requires 'Credential' parameter."),
            (CREDENTIAL, "", SIGNATURE, "Authorization header requires 'SignedHeaders' parameter."),
            (CREDENTIAL, "host;x-amz-date", "", "Authorization header requires 'Signature' parameter."),
            (CREDENTIAL, "host;x-amz-date", "ABC", "The signature is not 64 lower-case hexadecimal digits."),
            (
                "AKIDEXAMPLE/20260102/us-east-1/bedrock-mantle/aws4_request",
                "host;x-amz-date",
                SIGNATURE,
                "Credential should be scoped to correct service: 'bedrock'.",
            ),
            (
                "AKIDEXAMPLE/20260102/us-east-1/bedrock/aws3_request",
                "host;x-amz-date",
                SIGNATURE,
                "Credential should be scoped with a valid terminator: 'aws4_request'.",
            ),
            (
                "AKIDEXAMPLE/bedrock",
                "host;x-amz-date",
                SIGNATURE,
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
            ),
            (
                "AKIDEXAMPLE/20260101/us-east-1/bedrock/aws4_request",
                "host;x-amz-date",
                SIGNATURE,
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260101' \
                 != '20260102', from '20260102T030405Z'.",
            ),
            (
                CREDENTIAL,
                "x-amz-date",
                SIGNATURE,
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ),
            (
                CREDENTIAL,
                "host",
                SIGNATURE,
                "There were headers present in the request which were not signed: 'x-amz-date'.",
            ),
            (CREDENTIAL, "accept;host;x-amz-date", SIGNATURE, "The signed header 'accept' is not part of the request."),
            (CREDENTIAL, "x-amz-date;host", SIGNATURE, "The names of signed headers must be in lower case and sorted."),
        ];
        for (credential, signed, signature, expected) in cases {
            assert_eq!(refusal(credential, signed, signature, &headers), expected);
        }
        let undated = refusal(CREDENTIAL, "host", SIGNATURE, &[("host", "h")]);
        assert!(undated.contains("'X-Amz-Date'"), "{undated}");
    }
}
