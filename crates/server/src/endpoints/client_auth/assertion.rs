//! `private_key_jwt`: what a client signs to prove itself (RFC 7523 §3, OIDC Core §9).

use riser_core::{Seconds, UnixTime};
use riser_store::Seen;
use riser_tokens::TokenType;
use serde::Deserialize;

use crate::app::App;
use crate::config::RegisteredClient;
use crate::error::ApiError;
use crate::hashing::hashed;

/// How far a client's clock may be ahead of ours, or behind (FAPI 2.0 §5.3.2.1, item 13).
pub(crate) const CLOCK_SKEW: Seconds = Seconds(10);
/// No assertion lives longer: its name is remembered for so long.
const LONGEST_LIFE: Seconds = Seconds(3600);
/// The longest name that is looked at.
const LONGEST_JTI: usize = 256;

/// RFC 7523 §3. A member of another JSON type is an error, and never as if it were absent.
#[derive(Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    /// One string. The issuer's own name and nothing else: an address that somebody else can publish as theirs makes
    /// the client sign for them what is good for us (OA-18; RFC 7523bis §4).
    aud: String,
    exp: UnixTime,
    #[serde(default, deserialize_with = "UnixTime::if_present")]
    nbf: Option<UnixTime>,
    #[serde(default, deserialize_with = "UnixTime::if_present")]
    iat: Option<UnixTime>,
    jti: String,
}

/// Whether an assertion proves a client. One that does is spent by it.
pub(super) async fn proves(
    app: &App,
    registered: &RegisteredClient,
    compact: &str,
) -> Result<bool, ApiError> {
    let Some(keys) = &registered.keys else { return Ok(false) };
    let Ok(verified) = keys.verify::<Assertion>(compact, TokenType::ClientAssertion) else {
        return Ok(false);
    };
    let Assertion { iss, sub, aud, exp, nbf, iat, jti } = verified.into_claims();
    let now = app.now();
    let id = registered.client.id.as_str();
    let is_of_now = exp.plus(CLOCK_SKEW) > now
        && exp <= now.plus(LONGEST_LIFE)
        && [nbf, iat].into_iter().flatten().all(|from| from <= now.plus(CLOCK_SKEW));
    let is_named = !jti.is_empty() && jti.len() <= LONGEST_JTI;
    if iss != id || sub != id || aud != app.provider.issuer() || !is_of_now || !is_named {
        return Ok(false);
    }
    // Its name is the client's own: no other can use it up. A client_id has no NUL.
    let name = hashed(&format!("{id}\0{jti}"));
    Ok(app.store.see(Seen::ClientAssertion, name, exp.plus(CLOCK_SKEW)).await?)
}
