/// The parameters of a request: each at most once, an empty one as if omitted (RFC 6749 §3.1).
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

/// A request whose parameters cannot be trusted to mean one thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// RFC 6749 §3.1: parameters must not be included more than once.
    #[error("the parameter `{0}` stands more than once")]
    Repeated(String),
    /// `name[]` or `name[0]`: some clients' arrays. Read as unknown, it would drop what was asked.
    #[error("the parameter `{0}` is not written with brackets")]
    Bracketed(String),
}

/// The parameters that a bracketed spelling must not silently drop.
const KNOWN: &[&str] = &[
    "acr_values",
    "authorization_details",
    "claims",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "id_token_hint",
    "max_age",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
];

impl Params {
    /// Checks decoded pairs in the order of the request.
    ///
    /// # Errors
    /// [`ParamError`], with the well-formed parameters beside it so that an answer can still find its way.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> (Self, Option<ParamError>) {
        let mut params = Self::default();
        let mut error = None;
        for (name, value) in pairs {
            let bare = name.split('[').next().unwrap_or_default();
            if bare.len() != name.len() && KNOWN.contains(&bare) {
                error.get_or_insert(ParamError::Bracketed(bare.to_owned()));
            } else if params.0.iter().any(|(known, _)| *known == name) {
                params.0.retain(|(known, _)| *known != name);
                params.0.push((name.clone(), String::new()));
                error.get_or_insert(ParamError::Repeated(name));
            } else {
                params.0.push((name, value));
            }
        }
        (params, error)
    }

    /// All of them, in the order of the request.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value, if there is one and it is not empty. A repeated parameter has none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}
