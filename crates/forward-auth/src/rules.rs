//! Which request needs what. The first rule that fits decides; without one, the answer is no.

use http::Method;
use riser_guard::Requirement;

use crate::path::CleanPath;

/// What a request needs that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: anybody may.
    Nothing,
    /// A person who is signed in, or a valid token.
    SignIn,
    /// A level, an age, or both, of the authentication.
    Level(Requirement),
}

/// An action that the provider's rules are asked about as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name there.
    pub name: String,
    /// The type of what it is done to. Which one it is, the first `*` of the path says; without one, the path.
    pub resource_type: String,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    methods: Vec<Method>,
    pattern: Pattern,
    needs: Needs,
    action: Option<Action>,
    reason: Option<String>,
}

/// A rule that cannot stand, in words for whoever wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No method at all.
    #[error("name the methods of the rule: methods = [\"GET\"]")]
    NoMethod,
    /// Something that is no method.
    #[error("`{0}` is no method; write it in capitals")]
    Method(String),
    /// The pattern is no path.
    #[error(
        "`{0}` is no path: write `/tenants/*`, with `*` for one segment and a final `/**` for any number"
    )]
    Pattern(String),
    /// Two statements that contradict each other.
    #[error("a public rule asks for nothing: take `public` away, or acr_values, max_age and action")]
    PublicAndMore,
    /// A rule before it takes all that this one could.
    #[error("this rule is never reached: the rule for `{0}` comes first and takes all of it")]
    Unreachable(String),
}

/// A path with `*` for one segment and a final `**` for any number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    written: String,
    parts: Vec<Part>,
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Exactly(String),
    Any,
}

/// The rules of one installation, in their order.
#[derive(Clone, Debug, Default)]
pub struct Rules(Vec<Rule>);

/// What the rules say of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'r> {
    Rule(&'r Rule),
    None,
    /// Another rule would take it if capitals did not count, and to some applications they do not.
    CaseMatters,
}

impl Rule {
    /// A rule for requests of `methods` to paths that fit `pattern`. `GET` is `HEAD` as well (RFC 9110 §9.3.2).
    ///
    /// # Errors
    /// [`RuleError`] when it cannot stand.
    pub fn new(
        methods: &[String],
        pattern: &str,
        needs: Needs,
        action: Option<Action>,
    ) -> Result<Self, RuleError> {
        if methods.is_empty() {
            return Err(RuleError::NoMethod);
        }
        let methods = methods.iter().map(|text| method(text)).collect::<Result<_, _>>()?;
        if needs == Needs::Nothing && action.is_some() {
            return Err(RuleError::PublicAndMore);
        }
        Ok(Self { methods, pattern: Pattern::parse(pattern)?, needs, action, reason: None })
    }

    /// What people are told when they are asked for more: "Deleting a tenant needs your hardware key."
    #[must_use]
    pub fn reason(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }

    /// What people are told.
    pub(crate) fn told(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// What it asks for.
    pub(crate) fn needs(&self) -> &Needs {
        &self.needs
    }

    /// The action that the provider is asked about.
    pub(crate) fn action(&self) -> Option<&Action> {
        self.action.as_ref()
    }

    /// The name of what the action of a request to `path` is done to.
    pub(crate) fn resource(&self, path: &CleanPath) -> String {
        let star = self.pattern.parts.iter().position(|part| *part == Part::Any);
        match star.and_then(|index| path.segments().get(index)) {
            Some(segment) => segment.clone(),
            None => path.text(),
        }
    }

    /// The pattern as it was written.
    pub(crate) fn pattern(&self) -> &str {
        &self.pattern.written
    }

    fn takes(&self, asked: &Method) -> bool {
        let asked = if asked == Method::HEAD { &Method::GET } else { asked };
        self.methods.contains(asked)
    }

    fn covers(&self, other: &Self) -> bool {
        self.pattern.covers(&other.pattern) && other.methods.iter().all(|method| self.takes(method))
    }
}

fn method(text: &str) -> Result<Method, RuleError> {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    known.into_iter().find(|method| method.as_str() == text).ok_or_else(|| RuleError::Method(text.to_owned()))
}

impl Rules {
    /// The rules, in order.
    ///
    /// # Errors
    /// The index of the rule that cannot stand beside the others, and why.
    pub fn new(rules: Vec<Rule>) -> Result<Self, (usize, RuleError)> {
        for (index, rule) in rules.iter().enumerate() {
            if let Some(first) = rules.iter().take(index).find(|first| first.covers(rule)) {
                return Err((index, RuleError::Unreachable(first.pattern().to_owned())));
            }
        }
        Ok(Self(rules))
    }

    /// The rule of a request.
    pub(crate) fn find(&self, method: &Method, path: &CleanPath) -> Found<'_> {
        let first = |fits: fn(&str, &str) -> bool| {
            self.0.iter().position(|rule| rule.takes(method) && rule.pattern.fits(path, fits))
        };
        let exactly = first(|written, asked| written == asked);
        // An application that takes `/Admin` for `/admin` would otherwise be reached under the rule of something else.
        let folded = first(|written, asked| written.to_lowercase() == asked.to_lowercase());
        match (exactly, folded) {
            (exactly, folded) if exactly != folded => Found::CaseMatters,
            (Some(index), _) => self.0.get(index).map_or(Found::None, Found::Rule),
            (None, _) => Found::None,
        }
    }
}

impl Pattern {
    fn parse(written: &str) -> Result<Self, RuleError> {
        let wrong = || RuleError::Pattern(written.to_owned());
        let (closed, open) = match written.strip_suffix("/**") {
            Some("") => ("/", true),
            Some(closed) => (closed, true),
            None => (written, false),
        };
        // Written as it is read: plain, with nothing encoded, so that it can be compared with what was decoded.
        if closed.contains(['%', '?', '#', ';', '\\']) || (closed.len() > 1 && closed.ends_with('/')) {
            return Err(wrong());
        }
        let inner = closed.strip_prefix('/').ok_or_else(wrong)?;
        let part = |text: &str| match text {
            "*" => Ok(Part::Any),
            "" | "." | ".." => Err(wrong()),
            text if text.contains('*') || text.chars().any(char::is_control) => Err(wrong()),
            text => Ok(Part::Exactly(text.to_owned())),
        };
        let parts = if inner.is_empty() {
            Vec::new()
        } else {
            inner.split('/').map(part).collect::<Result<_, _>>()?
        };
        Ok(Self { written: written.to_owned(), parts, open })
    }

    fn fits(&self, path: &CleanPath, same: fn(&str, &str) -> bool) -> bool {
        let segments = path.segments();
        let long_enough =
            if self.open { segments.len() >= self.parts.len() } else { segments.len() == self.parts.len() };
        let fits = |(part, segment): (&Part, &String)| match part {
            Part::Exactly(text) => same(text, segment),
            Part::Any => true,
        };
        long_enough && self.parts.iter().zip(segments).all(fits)
    }

    /// Whether every path that fits `other` fits this.
    fn covers(&self, other: &Self) -> bool {
        let long_enough = if self.open {
            other.parts.len() >= self.parts.len()
        } else {
            !other.open && other.parts.len() == self.parts.len()
        };
        let covers = |(own, other): (&Part, &Part)| *own == Part::Any || own == other;
        long_enough && self.parts.iter().zip(&other.parts).all(covers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(methods: &[&str], pattern: &str) -> Rule {
        let methods: Vec<String> = methods.iter().map(|text| (*text).to_owned()).collect();
        Rule::new(&methods, pattern, Needs::SignIn, None).unwrap()
    }

    fn rules() -> Rules {
        Rules::new(vec![
            rule(&["GET"], "/"),
            rule(&["GET"], "/assets/**"),
            rule(&["POST"], "/tenants/*/delete"),
            rule(&["GET", "POST"], "/tenants/**"),
            rule(&["GET"], "/**"),
        ])
        .unwrap()
    }

    #[test]
    #[rustfmt::skip] // a table
    fn the_first_rule_that_fits_decides_and_none_is_a_no() {
        let rules = rules();
        for (method, path, pattern) in [
            ("GET", "/", Some("/")), ("HEAD", "/", Some("/")), ("POST", "/", None),
            ("GET", "/assets", Some("/assets/**")), ("GET", "/assets/a/b.css", Some("/assets/**")),
            ("GET", "/assetsX", Some("/**")),
            ("POST", "/tenants/7/delete", Some("/tenants/*/delete")),
            ("POST", "/tenants/7/delete/", Some("/tenants/*/delete")),
            ("POST", "/tenants/7/delete/x", Some("/tenants/**")),
            ("GET", "/tenants/7/delete", Some("/tenants/**")),
            ("DELETE", "/tenants/7", None), ("TRACE", "/", None), ("CONNECT", "/", None), ("OPTIONS", "/", None),
        ] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let found = rules.find(&method, &CleanPath::parse(path).unwrap());
            match pattern {
                Some(pattern) => assert!(matches!(found, Found::Rule(rule) if rule.pattern() == pattern), "{method} {path}: {found:?}"),
                None => assert_eq!(found, Found::None, "{method} {path}"),
            }
        }
    }

    #[test]
    fn atk_wb_11_capitals_never_lead_to_a_weaker_rule() {
        let rules = rules();
        for path in ["/TENANTS/7/delete", "/tenants/7/DELETE", "/Tenants/7", "/Assets/x"] {
            let method = if path.contains("7") { Method::POST } else { Method::GET };
            assert_eq!(rules.find(&method, &CleanPath::parse(path).unwrap()), Found::CaseMatters, "{path}");
        }
        // Under a star, and where no other rule could be meant, they are the application's own.
        for path in ["/tenants/ACME/delete", "/Reports"] {
            let method = if path.contains("ACME") { Method::POST } else { Method::GET };
            assert!(
                matches!(rules.find(&method, &CleanPath::parse(path).unwrap()), Found::Rule(_)),
                "{path}"
            );
        }
    }

    #[test]
    fn a_rule_that_cannot_stand_is_refused() {
        let new = |methods: &[&str], pattern: &str| {
            let methods: Vec<String> = methods.iter().map(|text| (*text).to_owned()).collect();
            Rule::new(&methods, pattern, Needs::SignIn, None).err()
        };
        assert_eq!(new(&[], "/"), Some(RuleError::NoMethod));
        for method in ["get", "TRACE", "CONNECT", "*", ""] {
            assert_eq!(new(&[method], "/"), Some(RuleError::Method(method.to_owned())));
        }
        for pattern in
            ["", "tenants", "/a/", "//", "/a//b", "/a/../b", "/a%20", "/a*", "/**/a", "/a?x", "/a;b"]
        {
            assert_eq!(new(&["GET"], pattern), Some(RuleError::Pattern(pattern.to_owned())), "{pattern}");
        }
        let action = Action { name: "x".to_owned(), resource_type: "Y".to_owned() };
        let public = Rule::new(&["GET".to_owned()], "/", Needs::Nothing, Some(action));
        assert_eq!(public.err(), Some(RuleError::PublicAndMore));
    }

    #[test]
    fn a_rule_that_is_never_reached_is_refused() {
        let after = |first: Rule, second: Rule| Rules::new(vec![first, second]).err().map(|(index, _)| index);
        assert_eq!(after(rule(&["GET"], "/**"), rule(&["GET"], "/admin")), Some(1));
        assert_eq!(after(rule(&["GET"], "/**"), rule(&["HEAD"], "/admin")), Some(1));
        assert_eq!(after(rule(&["GET"], "/*"), rule(&["GET"], "/admin")), Some(1));
        assert_eq!(after(rule(&["GET"], "/a/**"), rule(&["GET"], "/a/*/**")), Some(1));
        assert_eq!(after(rule(&["GET"], "/*"), rule(&["GET"], "/**")), None);
        assert_eq!(after(rule(&["GET"], "/**"), rule(&["GET", "POST"], "/admin")), None);
        assert_eq!(after(rule(&["GET"], "/admin"), rule(&["GET"], "/**")), None);
    }
}
