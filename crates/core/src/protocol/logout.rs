use riser_wire::{Audience, IdTokenClaims};

use super::{Client, ParamError, Params};
use crate::{ClientId, SessionId, UserId};

/// What `/logout` is asked for (OpenID RP-Initiated Logout 1.0 §2). `logout_hint` and `ui_locales` are taken and not
/// used: they only ever choose whom to ask and in which language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutRequest {
    /// Who asks: the hint's audience, or `client_id`. Without a hint anybody may have written it.
    pub client: Option<ClientId>,
    /// Whose sign-in the application means, from a token of ours.
    pub hinted: Option<HintedSession>,
    /// Where the browser goes afterwards: registered for `client`, byte for byte.
    pub redirect_uri: Option<String>,
    /// Echoed there.
    pub state: Option<String>,
}

/// The session that an `id_token_hint` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintedSession {
    /// `sid`.
    pub session: SessionId,
    /// `sub`.
    pub user: UserId,
}

/// What to do about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogoutStep {
    /// The hint is of the session that this browser has: it ends at once.
    End,
    /// Only the person can say that they want it (§2): there is no hint, or it is of another session.
    Ask,
    /// Nobody is signed in here, which is no error (§4).
    Nothing,
}

/// A request that nothing is done about and that leads nowhere (§4). It is told to the person, never to an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutRefusal {
    /// A parameter that cannot be read in one way.
    #[error("{0}")]
    Params(#[from] ParamError),
    /// Not signed by this provider, not an ID token, or of a client that is not registered.
    #[error("id_token_hint is not a token of ours for a registered client")]
    Hint,
    /// §2: `client_id` must be the client that the hint was issued to.
    #[error("client_id is not the client of id_token_hint")]
    OtherClient,
    /// Nobody of this name is registered.
    #[error("this client is not registered")]
    UnknownClient,
    /// §2: whose address it is cannot be known.
    #[error("post_logout_redirect_uri needs id_token_hint or client_id")]
    Ownerless,
    /// §3: not one that was registered.
    #[error("post_logout_redirect_uri is not registered for this client")]
    RedirectUri,
}

impl LogoutRequest {
    /// Types a request. `verified` reads a hint that this provider signed, also one that has expired, since a session
    /// outlives its tokens (§2); `find` looks a client up by its identifier.
    ///
    /// # Errors
    /// [`LogoutRefusal`] says which rule is broken.
    pub fn parse<'c>(
        pairs: impl IntoIterator<Item = (String, String)>,
        verified: impl FnOnce(&str) -> Option<IdTokenClaims>,
        find: impl Fn(&str) -> Option<&'c Client>,
    ) -> Result<Self, LogoutRefusal> {
        let (params, error) = Params::new(pairs);
        if let Some(error) = error {
            return Err(error.into());
        }
        let named = params.get("client_id");
        let claims = match params.get("id_token_hint") {
            None => None,
            Some(hint) => Some(verified(hint).ok_or(LogoutRefusal::Hint)?),
        };
        let client = match (&claims, named) {
            (Some(claims), Some(named)) if !claims.aud.contains(named) => {
                return Err(LogoutRefusal::OtherClient);
            }
            (Some(_), Some(named)) => Some(find(named).ok_or(LogoutRefusal::Hint)?),
            (Some(IdTokenClaims { aud: Audience::One(one), .. }), None) => {
                Some(find(one).ok_or(LogoutRefusal::Hint)?)
            }
            // Nothing of ours has several recipients.
            (Some(_), None) => return Err(LogoutRefusal::Hint),
            (None, Some(named)) => Some(find(named).ok_or(LogoutRefusal::UnknownClient)?),
            (None, None) => None,
        };
        let redirect_uri = match (params.get("post_logout_redirect_uri"), client) {
            (None, _) => None,
            (Some(_), None) => return Err(LogoutRefusal::Ownerless),
            (Some(uri), Some(client)) => {
                let registered =
                    client.post_logout_redirect_uris.iter().find(|registered| *registered == uri);
                Some(registered.ok_or(LogoutRefusal::RedirectUri)?.clone())
            }
        };
        Ok(Self {
            client: client.map(|client| client.id.clone()),
            hinted: claims.map(|claims| HintedSession {
                session: SessionId::new(claims.sid),
                user: UserId::new(claims.sub),
            }),
            redirect_uri,
            state: params.get("state").map(str::to_owned),
        })
    }

    /// What to do where `present` is signed in.
    #[must_use]
    pub fn step(&self, present: Option<(&SessionId, &UserId)>) -> LogoutStep {
        match (present, &self.hinted) {
            (None, _) => LogoutStep::Nothing,
            (Some((session, user)), Some(hinted)) if hinted.session == *session && hinted.user == *user => {
                LogoutStep::End
            }
            (Some(_), _) => LogoutStep::Ask,
        }
    }

    /// Where the browser may go without the person having been asked: without a hint, anybody may have made the
    /// request (§2).
    #[must_use]
    pub fn redirect_unasked(&self) -> Option<&str> {
        self.redirect_uri.as_deref().filter(|_| self.hinted.is_some())
    }
}
