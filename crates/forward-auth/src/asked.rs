//! What a proxy asks about: the method and the target of the request that waits, from one source and no other.

use http::{HeaderMap, Method, Uri, request::Parts};

use crate::path::{Ambiguous, CleanPath};

/// Who asks, and so where the original request stands in the question. A configuration names one; what another would
/// have set is then a stranger's, and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// nginx, `auth_request`: `X-Original-URI` and `X-Original-Method`, as the documented lines set them.
    Nginx,
    /// Traefik, ForwardAuth: `X-Forwarded-Uri` and `X-Forwarded-Method`.
    Traefik,
    /// Caddy, `forward_auth`: the same.
    Caddy,
    /// Envoy, `ext_authz` over HTTP with `path_prefix: /check`: the question's own method, and its path after `/check`.
    Envoy,
    /// Nobody: the request itself is here ([`Gate::layer`](crate::Gate::layer)).
    Direct,
}

const ORIGINAL_URI: &str = "x-original-uri";
const ORIGINAL_METHOD: &str = "x-original-method";
const FORWARDED_URI: &str = "x-forwarded-uri";
const FORWARDED_METHOD: &str = "x-forwarded-method";
const FORWARDED_HOST: &str = "x-forwarded-host";
const HOST: &str = "host";

/// Headers by which a client can make some frameworks serve another path or method than was asked about.
const DISGUISES: [&str; 5] =
    ["x-original-url", "x-rewrite-url", "x-http-method", "x-http-method-override", "x-method-override"];

/// Where the path of the question begins for Envoy.
pub(crate) const CHECK: &str = "/check";

/// A request that waits for an answer.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// As the client sent it, with its query.
    pub(crate) target: String,
    pub(crate) path: CleanPath,
}

/// Why a question is not answered with anything but a no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// The proxy does not say what it asks about, or says it twice.
    #[error("the question must have `{0}` once")]
    NotOnce(&'static str),
    /// Another source speaks too.
    #[error("`{0}` is not of the configured source")]
    OtherSource(&'static str),
    /// A header that only we may set, or that disguises the request.
    #[error("a client may not send `{0}`")]
    Forged(&'static str),
    #[error("the method is no method")]
    Method,
    #[error("the request is for another host")]
    Host,
    #[error(transparent)]
    Path(#[from] Ambiguous),
}

impl Source {
    /// Whether the proxy can pass on nothing but a yes and a no, so that the answer to the person is asked for again.
    pub(crate) fn is_terse(self) -> bool {
        self == Self::Nginx
    }

    fn headers(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Nginx => Some((ORIGINAL_URI, ORIGINAL_METHOD)),
            Self::Traefik | Self::Caddy => Some((FORWARDED_URI, FORWARDED_METHOD)),
            Self::Envoy | Self::Direct => None,
        }
    }
}

impl Asked {
    /// Reads the question. `host` is the authority of the site that the rules are for; `ours` are the headers that
    /// nobody but us may set.
    pub(crate) fn read(
        source: Source,
        parts: &Parts,
        host: &str,
        ours: &'static [&'static str],
    ) -> Result<Self, Malformed> {
        for name in ours.iter().chain(&DISGUISES).copied() {
            if parts.headers.contains_key(name) {
                return Err(Malformed::Forged(name));
            }
        }
        let own = source.headers();
        for name in [ORIGINAL_URI, ORIGINAL_METHOD, FORWARDED_URI, FORWARDED_METHOD] {
            let is_own = own.is_some_and(|(uri, method)| name == uri || name == method);
            if !is_own && parts.headers.contains_key(name) {
                return Err(Malformed::OtherSource(name));
            }
        }
        let (method, target) = match own {
            Some((uri, method)) => {
                let method = once(&parts.headers, method)?;
                let method = Method::from_bytes(method.as_bytes()).map_err(|_| Malformed::Method)?;
                (method, once(&parts.headers, uri)?.to_owned())
            }
            None => (parts.method.clone(), own_target(source, &parts.uri)?),
        };
        match source {
            Source::Traefik | Source::Caddy if once(&parts.headers, FORWARDED_HOST)? != host => {
                return Err(Malformed::Host);
            }
            Source::Envoy | Source::Direct if once(&parts.headers, HOST)? != host => {
                return Err(Malformed::Host);
            }
            _ => {}
        }
        let path = CleanPath::parse(&target)?;
        Ok(Self { method, target, path })
    }
}

fn own_target(source: Source, uri: &Uri) -> Result<String, Malformed> {
    let whole = uri.path_and_query().map_or("", |target| target.as_str());
    match source {
        Source::Envoy => {
            whole.strip_prefix(CHECK).map(str::to_owned).ok_or(Malformed::NotOnce("path_prefix"))
        }
        _ => Ok(whole.to_owned()),
    }
}

/// The one value of a header that must be there once.
fn once<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Malformed> {
    let mut all = headers.get_all(name).iter();
    match (all.next().and_then(|value| value.to_str().ok()), all.next()) {
        (Some(value), None) if !value.is_empty() => Ok(value),
        _ => Err(Malformed::NotOnce(name)),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const OURS: &[&str] = &["remote-user"];

    fn read(source: Source, uri: &str, headers: &[(&str, &str)]) -> Result<Asked, Malformed> {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Asked::read(source, &request.body(()).unwrap().into_parts().0, "app.example", OURS)
    }

    #[test]
    fn each_source_is_read_and_no_other() {
        let nginx = [("x-original-uri", "/a?b=c"), ("x-original-method", "POST")];
        let asked = read(Source::Nginx, "/check", &nginx).unwrap();
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/a?b=c"));
        let forwarded =
            [("x-forwarded-uri", "/a"), ("x-forwarded-method", "PUT"), ("x-forwarded-host", "app.example")];
        for source in [Source::Traefik, Source::Caddy] {
            assert_eq!(read(source, "/check", &forwarded).unwrap().method, Method::PUT);
            assert_eq!(read(source, "/check", &nginx).unwrap_err(), Malformed::OtherSource("x-original-uri"));
        }
        assert_eq!(
            read(Source::Nginx, "/check", &forwarded).unwrap_err(),
            Malformed::OtherSource("x-forwarded-uri")
        );
        let envoy = read(Source::Envoy, "/check/a?b", &[("host", "app.example")]).unwrap();
        assert_eq!((envoy.method, envoy.target.as_str()), (Method::GET, "/a?b"));
        assert_eq!(read(Source::Direct, "/a", &[("host", "app.example")]).unwrap().target, "/a");
        for source in [Source::Envoy, Source::Direct] {
            assert_eq!(read(source, "/check/a", &[("host", "other.example")]).unwrap_err(), Malformed::Host);
        }
    }

    #[test]
    fn atk_wb_11_a_question_said_twice_or_forged_is_a_no() {
        let uri = ("x-original-uri", "/a");
        let method = ("x-original-method", "GET");
        for (headers, why) in [
            (vec![method], Malformed::NotOnce("x-original-uri")),
            (vec![uri], Malformed::NotOnce("x-original-method")),
            (vec![uri, method, ("x-original-uri", "/b")], Malformed::NotOnce("x-original-uri")),
            (vec![uri, method, uri], Malformed::NotOnce("x-original-uri")),
            (vec![uri, method, method], Malformed::NotOnce("x-original-method")),
            (vec![("x-original-uri", ""), method], Malformed::NotOnce("x-original-uri")),
            (vec![uri, ("x-original-method", "G T")], Malformed::Method),
            (vec![uri, method, ("remote-user", "root")], Malformed::Forged("remote-user")),
            (vec![uri, method, ("x-original-url", "/admin")], Malformed::Forged("x-original-url")),
            (vec![uri, method, ("x-rewrite-url", "/admin")], Malformed::Forged("x-rewrite-url")),
            (
                vec![uri, method, ("x-http-method-override", "DELETE")],
                Malformed::Forged("x-http-method-override"),
            ),
            (vec![("x-original-uri", "/a/../b"), method], Malformed::Path(Ambiguous::Dots)),
        ] {
            assert_eq!(read(Source::Nginx, "/check", &headers).unwrap_err(), why, "{headers:?}");
        }
    }
}
