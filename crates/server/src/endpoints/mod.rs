//! One file an endpoint.

pub(crate) mod access;
pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod authorize;
pub(crate) mod cancel;
pub(crate) mod client_auth;
pub(crate) mod discovery;
pub(crate) mod elevation;
pub(crate) mod enrolment_grants;
pub(crate) mod health;
pub(crate) mod interaction;
pub(crate) mod introspect;
pub(crate) mod link;
pub(crate) mod logout;
pub(crate) mod par;
pub(crate) mod recovery;
pub(crate) mod related_origins;
pub(crate) mod revoke;
pub(crate) mod token;
pub(crate) mod userinfo;
