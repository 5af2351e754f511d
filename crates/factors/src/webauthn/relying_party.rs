use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::{Host, Url};

/// Browsers must look at five registrable names (WebAuthn L3 §5.11.1), with a few hosts below each.
const MAX_RELATED: usize = 20;

/// Whether the authenticator must have verified its holder, by PIN or biometrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserVerification {
    /// A ceremony without it is refused.
    Required,
    /// Asked for, and reported truthfully when it is missing.
    Preferred,
}

impl UserVerification {
    /// Its name in the options (WebAuthn L3 §5.8.6).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }
}

/// Why a relying party cannot be configured like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RelyingPartyError {
    /// Not a domain name.
    #[error("rp_id `{rp_id}` is not a lower-case domain name without scheme, port or dot at its end")]
    RpId {
        /// What was written.
        rp_id: String,
    },
    /// A name that others share.
    #[error("rp_id `{rp_id}` has one label only: use the name of the login host, such as `id.example.com`")]
    TooWide {
        /// What was written.
        rp_id: String,
    },
    /// Nothing to accept.
    #[error("origins is empty: name at least one, such as `https://id.example.com`")]
    NoOrigin,
    /// Not an origin as browsers write it.
    #[error(
        "`{origin}` is not an origin as browsers write it: `https://host` or `https://host:port`, no slash at the end"
    )]
    Origin {
        /// What was written.
        origin: String,
    },
    /// Plain http off the own machine.
    #[error("origin `{origin}` must use https; http is possible for localhost only")]
    Insecure {
        /// What was written.
        origin: String,
    },
    /// More than browsers look at.
    #[error("{count} related origins are too many: browsers look at {MAX_RELATED} at most")]
    TooManyRelated {
        /// How many there are.
        count: usize,
    },
    /// The browser would not let this origin use the rp_id.
    #[error("rp_id `{rp_id}` is neither the host of origin `{origin}` nor a parent domain of it")]
    Unrelated {
        /// The rp_id.
        rp_id: String,
        /// The origin.
        origin: String,
    },
}

/// Who asks for passkeys: the name that they are bound to, and the pages that may use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    rp_id: String,
    rp_id_hash: [u8; 32],
    origins: Vec<String>,
    /// Those of `origins` that the name does not cover.
    related: Vec<String>,
    user_verification: UserVerification,
}

impl RelyingParty {
    /// Checks that browsers would allow each of `origins` to use `rp_id` (WebAuthn L3 §5.1.3 step 8).
    ///
    /// # Errors
    /// [`RelyingPartyError`] names the value and what to write instead.
    pub fn new<O: Into<String>>(
        rp_id: &str,
        origins: impl IntoIterator<Item = O>,
        user_verification: UserVerification,
    ) -> Result<Self, RelyingPartyError> {
        // The browser hashes the name in this one form; any other would never match.
        if !matches!(Host::parse(rp_id), Ok(Host::Domain(name)) if name == rp_id) || rp_id.ends_with('.') {
            return Err(RelyingPartyError::RpId { rp_id: rp_id.to_owned() });
        }
        if !rp_id.contains('.') && rp_id != "localhost" {
            return Err(RelyingPartyError::TooWide { rp_id: rp_id.to_owned() });
        }
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        if origins.is_empty() {
            return Err(RelyingPartyError::NoOrigin);
        }
        origins.iter().try_for_each(|origin| check_origin(origin, rp_id))?;
        let mut rp_id_hash = [0; 32];
        rp_id_hash.copy_from_slice(digest(&SHA256, rp_id.as_bytes()).as_ref());
        Ok(Self { rp_id: rp_id.to_owned(), rp_id_hash, origins, related: Vec::new(), user_verification })
    }

    /// Accepts these pages too, though the name is not theirs (WebAuthn L3 §5.11): a bank's other domains, say.
    /// A browser lets them use the passkeys only if [`RelyingParty::well_known`] names them, so both are one list.
    ///
    /// # Errors
    /// [`RelyingPartyError`] names the value and what to write instead.
    pub fn with_related_origins<O: Into<String>>(
        mut self,
        related: impl IntoIterator<Item = O>,
    ) -> Result<Self, RelyingPartyError> {
        for origin in related.into_iter().map(Into::into) {
            read_origin(&origin)?;
            if !self.accepts_origin(&origin) {
                self.related.push(origin.clone());
                self.origins.push(origin);
            }
        }
        if self.related.len() > MAX_RELATED {
            return Err(RelyingPartyError::TooManyRelated { count: self.related.len() });
        }
        Ok(self)
    }

    /// What `https://<rp_id>/.well-known/webauthn` answers, as `application/json` (WebAuthn L3 §5.11.1); `None` where
    /// no other page may use the passkeys.
    #[must_use]
    pub fn well_known(&self) -> Option<Value> {
        (!self.related.is_empty()).then(|| json!({ "origins": self.related }))
    }

    /// The name that the credentials are bound to.
    #[must_use]
    pub fn rp_id(&self) -> &str {
        &self.rp_id
    }

    /// The pages that may use them.
    #[must_use]
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Whether user verification is required.
    #[must_use]
    pub fn user_verification(&self) -> UserVerification {
        self.user_verification
    }

    pub(crate) fn rp_id_hash(&self) -> &[u8; 32] {
        &self.rp_id_hash
    }

    /// Exactly, and nothing else: no case folding, no default port, no sub-domain (WebAuthn L3 §13.4.9).
    pub(crate) fn accepts_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|ours| ours == origin)
    }
}

/// The host of an origin as browsers write it.
fn read_origin(origin: &str) -> Result<String, RelyingPartyError> {
    let malformed = || RelyingPartyError::Origin { origin: origin.to_owned() };
    let url = Url::parse(origin).map_err(|_| malformed())?;
    if url.origin().ascii_serialization() != origin {
        return Err(malformed());
    }
    let Some(Host::Domain(host)) = url.host() else { return Err(malformed()) };
    // A URL may have a star in it; an origin stands for itself only.
    if host.contains('*') {
        return Err(malformed());
    }
    let local = host == "localhost" || host.ends_with(".localhost");
    match url.scheme() {
        "https" => {}
        "http" if local => {}
        "http" => return Err(RelyingPartyError::Insecure { origin: origin.to_owned() }),
        _ => return Err(malformed()),
    }
    Ok(host.to_owned())
}

fn check_origin(origin: &str, rp_id: &str) -> Result<(), RelyingPartyError> {
    let host = read_origin(origin)?;
    let below = host.strip_suffix(rp_id).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if below {
        Ok(())
    } else {
        Err(RelyingPartyError::Unrelated { rp_id: rp_id.to_owned(), origin: origin.to_owned() })
    }
}
