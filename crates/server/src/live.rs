//! What an access token of ours is worth at this moment. The signature says what it was; the store says whether it
//! still is.

use axum::http::{HeaderMap, Method, header};
use riser_core::protocol::{Client, OauthError, OauthErrorCode};
use riser_core::{ClientId, GrantId};
use riser_store::Standing;
use riser_tokens::TokenType;
use riser_wire::AccessTokenClaims;

use crate::app::App;
use crate::dpop::{Scheme, Shown, require_holder};
use crate::error::ApiError;
use crate::hashing::hashed;

/// A person's access token that is in force.
pub(crate) struct LiveToken {
    /// What it says.
    pub(crate) claims: AccessTokenClaims,
    /// The grant that it stands on.
    pub(crate) grant: GrantId,
}

impl LiveToken {
    /// Whether a client may speak of this token: it was made for it, or for the resource that it is.
    pub(crate) fn concerns(&self, client: &Client) -> bool {
        concerns(&self.claims, client)
    }

    /// Who it was issued to.
    pub(crate) fn holder(&self) -> ClientId {
        ClientId::new(self.claims.client_id.clone())
    }
}

/// Whether a client is the token's own, or the resource server that it was made for. The issuer's own audience is
/// nobody's resource.
pub(crate) fn concerns(claims: &AccessTokenClaims, client: &Client) -> bool {
    claims.client_id == client.id.as_str()
        || client.resource.as_deref().is_some_and(|resource| claims.aud.contains(resource))
}

/// The token of the `Authorization` header; never of a query (RFC 9700 §4.3.2).
pub(crate) fn shown(headers: &HeaderMap) -> Option<Shown<'_>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let text = values.next().and_then(|value| value.to_str().ok())?;
    let (scheme, token) = text.split_once(' ')?;
    let scheme = match () {
        () if scheme.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        () if scheme.eq_ignore_ascii_case("dpop") => Scheme::Dpop,
        () => return None,
    };
    values.next().is_none().then(|| Shown { scheme, token: token.trim() })
}

/// A person's access token, if it is ours and in force now.
pub(crate) async fn live_token(app: &App, token: &str) -> Result<LiveToken, ApiError> {
    let claims = unrevoked(app, token).await?;
    let grant = claims.grant_id.clone().map(GrantId::new).ok_or_else(refused)?;
    match app.store.standing(&grant, app.provider.session_life, app.now()).await? {
        Standing::Stands => Ok(LiveToken { claims, grant }),
        Standing::Revoked | Standing::SessionEnded => Err(refused().into()),
    }
}

/// The client behind a token that it was given for itself and posts to `path`, with `scope` for us, if the token is in force now and the
/// client may still have it.
pub(crate) async fn live_client<'a>(
    app: &'a App,
    headers: &HeaderMap,
    path: &str,
    shown: Shown<'_>,
    scope: &str,
) -> Result<&'a Client, ApiError> {
    let claims = unrevoked(app, shown.token).await?;
    require_holder(app, headers, &Method::POST, path, shown, &claims).await?;
    if claims.grant_id.is_some() || claims.sub != claims.client_id {
        return Err(refused().into());
    }
    let registered = app.provider.client(&claims.client_id).ok_or_else(refused)?;
    let has = claims.scope.as_deref().unwrap_or_default().split(' ').any(|word| word == scope);
    let may = registered.client.scopes.iter().any(|allowed| allowed == scope);
    if !has || !may || !claims.aud.contains(app.provider.issuer()) {
        let code = OauthErrorCode::InsufficientScope;
        return Err(
            OauthError::new(code, "a client's own token for the issuer, with the scope, is needed").into()
        );
    }
    Ok(&registered.client)
}

/// A client's own token, if it is ours and in force now.
pub(crate) async fn live_client_token(app: &App, token: &str) -> Result<AccessTokenClaims, ApiError> {
    let claims = unrevoked(app, token).await?;
    let registered = app.provider.client(&claims.client_id).is_some_and(|registered| {
        registered.client.may_use(riser_core::protocol::GrantType::ClientCredentials)
    });
    if claims.grant_id.is_some() || !registered { Err(refused().into()) } else { Ok(claims) }
}

/// A token whose own signature, issuer and time are right and that was not revoked by its name. What it stands on
/// is not looked at.
async fn unrevoked(app: &App, token: &str) -> Result<AccessTokenClaims, ApiError> {
    let claims: AccessTokenClaims = app.keys.verify(token, TokenType::AccessToken).ok_or_else(refused)?;
    if claims.iss != app.provider.issuer() || claims.exp <= app.now() {
        return Err(refused().into());
    }
    if app.store.is_revoked(hashed(&claims.jti)).await? {
        return Err(refused().into());
    }
    Ok(claims)
}

fn refused() -> OauthError {
    OauthError::new(OauthErrorCode::InvalidToken, "the access token is not valid")
}
