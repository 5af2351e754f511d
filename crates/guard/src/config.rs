use http::Uri;

/// A guard or a requirement that is not configured right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The issuer is no https URL (http on loopback), or has a query or fragment (OIDC Discovery §3).
    #[error("the issuer `{0}` must be an https URL without query or fragment (http on loopback only)")]
    Issuer(String),
    /// No name for ourselves, so that every audience would fail.
    #[error("the audience must not be empty: it is this API's own identifier, the `aud` of its tokens")]
    Audience,
    /// A requirement without any level.
    #[error("name at least one acr, as in `phr`; use `Requirement::fresh` for an age alone")]
    NoAcr,
    /// A level whose name cannot stand in a challenge.
    #[error("`{0}` is not a list of acr values")]
    Acr(String),
    /// A scope that cannot stand in a challenge.
    #[error("`{0}` is not a scope")]
    Scope(String),
    /// Where the API describes itself.
    #[error("`{0}` must be an https URL (http on loopback only)")]
    Resource(String),
    /// An age that a slow page or clock would break.
    #[error("a max_age of {0} s is under 30 s: for proof at this very moment use a bound action instead")]
    MaxAgeTooShort(u32),
    /// The HTTP client could not be set up.
    #[error("no HTTP client: {0}")]
    HttpClient(String),
}

/// Whether secrets and keys may travel to and from `url`: https, or http that never leaves the machine.
pub(crate) fn is_trustworthy(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(_)) => true,
        (Some("http"), Some(host)) => is_loopback(host),
        _ => false,
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    // An exact name, or an address: `localhost.evil.example` is neither.
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Checks an issuer identifier (OIDC Discovery §3).
pub(crate) fn check_issuer(issuer: &str) -> Result<(), ConfigError> {
    if is_trustworthy(issuer) && !issuer.contains(['?', '#', '@']) {
        Ok(())
    } else {
        Err(ConfigError::Issuer(issuer.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_stays_on_loopback() {
        for (issuer, fits) in [
            ("https://id.example.com", true),
            ("https://id.example.com/tenant", true),
            ("http://localhost:8080", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("http://id.example.com", false),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://127.0.0.1@evil.example", false),
            ("https://id.example.com?x=1", false),
            ("https://id.example.com#x", false),
            ("ftp://id.example.com", false),
            ("id.example.com", false),
            ("", false),
        ] {
            assert_eq!(check_issuer(issuer).is_ok(), fits, "{issuer}");
        }
    }
}
