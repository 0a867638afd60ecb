//! Tenants: whose deliveries these are, where one receiver takes those of many.

use std::fmt;
use std::str::FromStr;

use super::Request;

/// Where the name of a tenant is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantRule {
    /// In this header.
    Header(String),
    /// In the path, where the pattern has `{tenant}`; what is behind the pattern does not matter.
    Path(Vec<String>),
}

/// The text does not say where a tenant is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' does not say where a tenant is: write 'header X-Tenant' or 'path /t/{{tenant}}'")]
pub struct TenantError(pub String);

impl FromStr for TenantRule {
    type Err = TenantError;

    fn from_str(text: &str) -> Result<Self, TenantError> {
        let error = || TenantError(text.to_owned());
        match text.trim().split_once(' ').map(|(kind, rest)| (kind, rest.trim())) {
            Some(("header", name)) if !name.is_empty() && !name.contains(char::is_whitespace) => {
                Ok(Self::Header(name.to_owned()))
            }
            Some(("path", pattern)) if pattern.starts_with('/') => {
                let segments: Vec<String> = pattern.trim_matches('/').split('/').map(str::to_owned).collect();
                let places = segments.iter().filter(|segment| *segment == "{tenant}").count();
                let broken = segments.iter().any(|segment| segment != "{tenant}" && segment.contains(['{', '}']));
                if places == 1 && !broken { Ok(Self::Path(segments)) } else { Err(error()) }
            }
            _ => Err(error()),
        }
    }
}

impl TenantRule {
    /// The tenant that a request is for.
    pub fn of(&self, request: &Request) -> Option<String> {
        match self {
            Self::Header(name) => request.headers.text(name).map(|value| value.trim().to_owned()),
            Self::Path(pattern) => {
                let mut tenant = None;
                let mut segments = request.path().trim_start_matches('/').split('/');
                for wanted in pattern {
                    let segment = segments.next()?;
                    match wanted.as_str() {
                        "{tenant}" => tenant = Some(segment.to_owned()).filter(|segment| !segment.is_empty()),
                        wanted if wanted == segment || wanted == "*" => {}
                        _ => return None,
                    }
                }
                tenant
            }
        }
    }
}

impl fmt::Display for TenantRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header {name}"),
            Self::Path(pattern) => write!(f, "path /{}", pattern.join("/")),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::model::Headers;

    #[test]
    fn a_tenant_is_in_a_header_or_in_the_path() {
        for (rule, target, tenant) in [
            ("path /t/{tenant}", "/t/acme/webhooks/stripe?x", Some("acme")),
            ("path /t/{tenant}", "/t/acme", Some("acme")),
            ("path /t/{tenant}", "/t/", None),
            ("path /t/{tenant}", "/u/acme", None),
            ("path /{tenant}/stripe", "/acme/stripe", Some("acme")),
            ("path /{tenant}/stripe", "/acme/github", None),
            ("path /*/{tenant}", "/hooks/acme", Some("acme")),
            ("header X-Tenant", "/", Some("beta")),
            ("header X-Other", "/", None),
        ] {
            let headers: Headers = [("x-tenant", " beta ")].into_iter().collect();
            let request = Request { method: "POST".into(), target: target.into(), headers, body: Bytes::new() };
            let parsed: TenantRule = rule.parse().expect(rule);
            assert_eq!(parsed.to_string(), rule);
            assert_eq!(parsed.of(&request).as_deref(), tenant, "{rule} {target}");
        }
        for rule in
            ["", "header", "header a b", "path t/{tenant}", "path /t", "path /{tenant}/{tenant}", "path /x{tenant}"]
        {
            assert!(rule.parse::<TenantRule>().is_err(), "{rule}");
        }
    }
}
