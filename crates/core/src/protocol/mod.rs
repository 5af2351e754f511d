//! Raw requests into typed ones, and what they ask for. Values in, values out; nothing here answers HTTP.

mod authorize;
mod claims_parameter;
mod client;
mod client_grant;
mod grant;
mod logout;
mod oauth_error;
mod params;
mod strict_json;
mod token;

pub use authorize::{AuthorizeRefusal, AuthorizeRequest, Prompt};
pub use client::{AcrValuesMode, Client, ClientError, GrantType, SigningAlgorithm, TokenEndpointAuthMethod};
pub use client_grant::{ClientGrant, SCOPE_EVALUATE};
pub use grant::{BOUND_TOKEN_LIFETIME, Grant, GrantNames, TOKEN_LIFETIME};
pub use logout::{HintedSession, LogoutRefusal, LogoutRequest, LogoutStep};
pub use oauth_error::{OauthError, OauthErrorCode};
pub use params::{ParamError, Params};
pub use strict_json::strict_json;
pub use token::{ClientCredentials, Shown, TokenRequest};
