use serde::{Deserialize, Serialize};

use super::claims_parameter::{AcrClaim, ClaimsParameter};
use super::client::{AcrValuesMode, Client, GrantType};
use super::client_grant::is_own_scope;
use super::oauth_error::{OauthError, OauthErrorCode};
use super::params::{ParamError, Params};
use crate::assurance::Ladder;
use crate::step_up::{Freshness, Mode, Requirement};
use crate::transaction::{AuthorizationDetails, DetailsType};
use crate::{Acr, ClientId, InteractionId, Seconds, UnixTime};

/// An authorization request (OIDC Core §3.1.2.1), checked and typed. It is stored as it arrived and never
/// edited: what it asks for cannot be shed by a restart, a second tab or another transport.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizeRequest {
    /// Who asks.
    pub client: ClientId,
    /// Where the answer goes: byte for byte a registered URI.
    pub redirect_uri: String,
    /// Returned as it came.
    pub state: Option<String>,
    /// Into the ID token as it came.
    pub nonce: Option<String>,
    /// Granted scopes: those asked for that the client may have.
    pub scope: Vec<String>,
    /// RFC 7636, S256 only.
    pub code_challenge: String,
    /// The audience of the access token.
    pub audience: String,
    /// How the person may be met.
    pub prompt: Prompt,
    /// Raw: who it names is found by verifying it.
    pub id_token_hint: Option<String>,
    /// The person that must answer, by `claims.id_token.sub.value`.
    pub subject: Option<String>,
    /// A name to begin with; never an error.
    pub login_hint: Option<String>,
    /// `max_age`, or the client's default.
    pub max_age: Option<Seconds>,
    /// The levels asked for, in order of preference, in the caller's spelling.
    pub asked: Vec<Acr>,
    /// Whether they are necessary.
    pub mode: Mode,
    /// The transaction to approve.
    pub details: Option<AuthorizationDetails>,
    /// The key that its code is to be bound to (RFC 9449 §10).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dpop_jkt: Option<String>,
    /// The hashed name under which the client had left it (RFC 9126): its code spends that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pushed: Option<[u8; 32]>,
}

/// `prompt` (OIDC Core §3.1.2.1). Unknown values are ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// No page may be shown.
    pub none: bool,
    /// The person must authenticate anew.
    pub login: bool,
    /// The person must agree anew.
    pub consent: bool,
    /// The person must choose who they are.
    pub select_account: bool,
}

/// A request that is not answered with a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizeRefusal {
    /// The client or its URI is not known to be genuine: a page, and never a redirect (RFC 6749 §4.1.2.1).
    Page(OauthError),
    /// An error for the client, at its registered URI.
    Redirect {
        /// Registered.
        redirect_uri: String,
        /// Echoed.
        state: Option<String>,
        /// What is wrong.
        error: OauthError,
    },
}

impl AuthorizeRequest {
    /// Types a request. `find` looks a client up by its identifier.
    ///
    /// # Errors
    /// [`AuthorizeRefusal`]: as a page until client and redirect URI are known to be genuine.
    pub fn parse<'c>(
        pairs: impl IntoIterator<Item = (String, String)>,
        find: impl FnOnce(&str) -> Option<&'c Client>,
        issuer: &str,
        ladder: &Ladder,
        types: &[DetailsType],
    ) -> Result<Self, AuthorizeRefusal> {
        let (params, repeated) = Params::new(pairs);
        let page = |text: &'static str| AuthorizeRefusal::Page(OauthError::invalid_request(text));
        let client_id = params.get("client_id").ok_or_else(|| page("client_id is missing or repeated"))?;
        let client = find(client_id).ok_or_else(|| {
            AuthorizeRefusal::Page(OauthError::new(
                OauthErrorCode::InvalidClient,
                "this client is not registered",
            ))
        })?;
        let redirect_uri =
            params.get("redirect_uri").ok_or_else(|| page("redirect_uri is missing or repeated"))?;
        if !client.redirect_uris.iter().any(|registered| registered == redirect_uri) {
            return Err(page("redirect_uri is not registered for this client"));
        }
        if params.get("response_mode").is_some_and(|mode| mode != "query") {
            // Where an answer in an unknown mode would go is unknown too (OIDC Core §3.1.2.6).
            return Err(page("response_mode is not supported: use `query`"));
        }
        Self::parse_for(&params, repeated, client, redirect_uri, issuer, ladder, types).map_err(|error| {
            AuthorizeRefusal::Redirect {
                redirect_uri: redirect_uri.to_owned(),
                state: params.get("state").map(str::to_owned),
                error,
            }
        })
    }

    fn parse_for(
        params: &Params,
        repeated: Option<ParamError>,
        client: &Client,
        redirect_uri: &str,
        issuer: &str,
        ladder: &Ladder,
        types: &[DetailsType],
    ) -> Result<Self, OauthError> {
        if let Some(error) = repeated {
            return Err(OauthError::invalid_request(error.to_string()));
        }
        refuse_unsupported(params)?;
        if !client.may_use(GrantType::AuthorizationCode) {
            let code = OauthErrorCode::UnauthorizedClient;
            return Err(OauthError::new(code, "this client is not registered for authorization_code"));
        }
        let claims = params.get("claims").map(ClaimsParameter::parse).transpose()?.unwrap_or_default();
        let (asked, mode) = asked_levels(params.get("acr_values"), claims.acr, client, ladder)?;
        let details = params
            .get("authorization_details")
            .map(|text| AuthorizationDetails::parse(text, types))
            .transpose()
            .map_err(|error| {
                OauthError::new(OauthErrorCode::InvalidAuthorizationDetails, error.to_string())
            })?;
        let max_age =
            match params.get("max_age") {
                None => client.default_max_age,
                Some(text) => Some(Seconds::parse(text).ok_or_else(|| {
                    OauthError::invalid_request("max_age must be a whole number of seconds")
                })?),
            };
        Ok(Self {
            client: client.id.clone(),
            redirect_uri: redirect_uri.to_owned(),
            state: params.get("state").map(str::to_owned),
            nonce: params.get("nonce").map(str::to_owned),
            scope: granted_scope(params.get("scope"), client),
            code_challenge: code_challenge(params)?,
            audience: audience(params.get("resource"), client, issuer)?,
            prompt: Prompt::parse(params.get("prompt"))?,
            id_token_hint: params.get("id_token_hint").map(str::to_owned),
            subject: claims.sub,
            login_hint: params.get("login_hint").map(str::to_owned),
            max_age,
            asked,
            mode,
            details,
            dpop_jkt: thumbprint(params.get("dpop_jkt"))?,
            pushed: None,
        })
    }

    /// What this request requires: the join of all that asks (rule 10 of the model), fixed at `received`.
    #[must_use]
    pub fn requirement(
        &self,
        client: &Client,
        interaction: InteractionId,
        received: UnixTime,
    ) -> Requirement {
        let mut requirement = Requirement::new(interaction, received)
            .asking(self.asked.clone(), self.mode)
            .with_floor(client.minimum_acr.iter().cloned().collect());
        if let Some(max_age) = self.max_age {
            requirement = requirement.with_freshness(Freshness::Within(max_age));
        }
        if self.prompt.login {
            requirement = requirement.with_freshness(Freshness::ThisInteraction);
        }
        if let Some(details) = &self.details {
            requirement = requirement.with_floor(vec![details.acr().clone()]).bound_to(details.digest());
        }
        requirement
    }
}

impl Prompt {
    fn parse(text: Option<&str>) -> Result<Self, OauthError> {
        let mut prompt = Self::default();
        let mut others = false;
        for word in text.unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
            others |= word != "none";
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => {}
            }
        }
        if prompt.none && others {
            return Err(OauthError::invalid_request("prompt=none stands alone"));
        }
        Ok(prompt)
    }
}

fn refuse_unsupported(params: &Params) -> Result<(), OauthError> {
    if params.get("request").is_some() {
        return Err(OauthError::new(
            OauthErrorCode::RequestNotSupported,
            "request objects are not supported",
        ));
    }
    if params.get("request_uri").is_some() {
        return Err(OauthError::new(OauthErrorCode::RequestUriNotSupported, "request_uri is not supported"));
    }
    match params.get("response_type") {
        Some("code") => Ok(()),
        Some(_) => {
            Err(OauthError::new(OauthErrorCode::UnsupportedResponseType, "response_type must be `code`"))
        }
        None => Err(OauthError::invalid_request("response_type is missing")),
    }
}

/// RFC 7636 §4.3: required of everyone, and only S256, whose values have 43 characters.
fn code_challenge(params: &Params) -> Result<String, OauthError> {
    if params.get("code_challenge_method") != Some("S256") {
        return Err(OauthError::invalid_request("PKCE is required: code_challenge_method must be `S256`"));
    }
    params.get("code_challenge").filter(|text| is_sha256(text)).map(str::to_owned).ok_or_else(|| {
        OauthError::invalid_request("code_challenge must be the base64url SHA-256 of the verifier")
    })
}

/// RFC 9449 §10: a thumbprint, which binds the code.
fn thumbprint(text: Option<&str>) -> Result<Option<String>, OauthError> {
    match text {
        Some(text) if !is_sha256(text) => {
            Err(OauthError::invalid_request("dpop_jkt must be the SHA-256 thumbprint of a key"))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// 32 bytes in base64url.
fn is_sha256(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The levels asked for. `claims` decides where it has an acr with values, and `acr_values` then only
/// orders those (decision 4); names that nobody knows are voluntary, unless a claim calls them essential.
fn asked_levels(
    acr_values: Option<&str>,
    claim: Option<AcrClaim>,
    client: &Client,
    ladder: &Ladder,
) -> Result<(Vec<Acr>, Mode), OauthError> {
    let listed = Acr::parse_list(acr_values.unwrap_or_default())
        .map_err(|_| OauthError::invalid_request("acr_values must be space-separated names"))?;
    let registered = match client.acr_values_mode {
        AcrValuesMode::Essential => Mode::Essential,
        AcrValuesMode::Voluntary => Mode::Voluntary,
    };
    match claim {
        Some(AcrClaim { mut values, essential }) => {
            let rank = |acr: &Acr| listed.iter().position(|other| other == acr).unwrap_or(usize::MAX);
            values.sort_by_key(rank);
            if essential {
                // Essential: unknown names stay, so that none of them being met is an error (§5.5.1.1).
                return Ok((values, Mode::Essential));
            }
            values.retain(|acr| ladder.knows(acr));
            Ok((values, registered))
        }
        None => Ok((listed.into_iter().filter(|acr| ladder.knows(acr)).collect(), registered)),
    }
}

fn granted_scope(scope: Option<&str>, client: &Client) -> Vec<String> {
    let mut granted = Vec::new();
    for word in scope.unwrap_or_default().split(' ') {
        if !is_own_scope(word)
            && client.scopes.iter().any(|allowed| allowed == word)
            && !granted.iter().any(|other| other == word)
        {
            granted.push(word.to_owned());
        }
    }
    granted
}

fn audience(resource: Option<&str>, client: &Client, issuer: &str) -> Result<String, OauthError> {
    let own = client.resource.as_deref().unwrap_or(issuer);
    match resource {
        None => Ok(own.to_owned()),
        Some(asked) if asked == own || asked == issuer => Ok(asked.to_owned()),
        Some(_) => {
            Err(OauthError::new(OauthErrorCode::InvalidTarget, "this client may not ask for that resource"))
        }
    }
}
