//! [`Hosts`]: the host names that requests may have.

use http::request::Parts;

/// The host names that requests may have. An empty list permits all.
#[derive(Clone, Debug)]
pub(super) struct Hosts(Vec<String>);

impl Hosts {
    pub(super) fn new(hosts: &[String]) -> Self {
        Self(hosts.to_vec())
    }

    /// Returns the names of this machine for itself.
    pub(super) fn loopback() -> Self {
        Self(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec())
    }

    pub(super) fn permit(&self, parts: &Parts) -> bool {
        let name = host_of(parts).map(without_port);
        self.0.is_empty() || name.is_some_and(|name| self.0.iter().any(|host| host.eq_ignore_ascii_case(name)))
    }
}

/// Returns the host name of a request, with its port.
pub(super) fn host_of(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    parts.uri.authority().map(http::uri::Authority::as_str).or(header)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_the_port() {
        let permits = |hosts: &Hosts, host: &str| {
            let request = http::Request::builder().uri("/").header("host", host).body(()).unwrap();
            hosts.permit(&request.into_parts().0)
        };
        let local = Hosts::loopback();
        for host in ["localhost", "LOCALHOST:3000", "127.0.0.1:80", "[::1]", "[::1]:3000"] {
            assert!(permits(&local, host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "evil.example:127.0.0.1", "[::2]:1", "127.0.0.1.evil:1"]
        {
            assert!(!permits(&local, host), "{host}");
        }
        assert!(permits(&Hosts::new(&[]), "evil.example"));
    }
}
