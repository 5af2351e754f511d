//! `/interaction/{id}/enrol/...`: registering something, under a link or for one's own account. Each call
//! brings one verified thing to the dispatcher; how far it may lift a session is decided there.

mod passkey;
mod password;
mod recovery_codes;
mod totp;

pub(crate) use passkey::{enrol, enrol_options};
pub(crate) use password::enrol_password;
pub(crate) use recovery_codes::enrol_recovery_codes;
pub(crate) use totp::{begun as totp_begun, enrol_totp, enrol_totp_options};

use riser_core::account::AccountAction;
use riser_wire::ProblemKind;

use crate::app::App;
use crate::error::ApiError;
use crate::visit::{Scene, released};

/// The action that a visit to one's own account was opened for, once the person has proved enough for it.
fn released_action(app: &App, scene: &Scene, wanted: &AccountAction) -> Result<(), ApiError> {
    match released(app, scene) {
        Some(action) if action == wanted => Ok(()),
        Some(_) => Err(ApiError::new(ProblemKind::CredentialNotUsable, "This visit is for something else.")),
        None => Err(ApiError::new(
            ProblemKind::CredentialNotUsable,
            "Nothing can be registered here: confirm that it is you first.",
        )),
    }
}
