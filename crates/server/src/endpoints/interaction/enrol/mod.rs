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
use riser_core::assurance::Factor;
use riser_store::{Hashed, Purpose, Spendable};
use riser_wire::ProblemKind;

use crate::app::App;
use crate::error::ApiError;
use crate::visit::{Scene, link_takes, may_register, released};

/// By what right something is registered in a visit now.
enum Right {
    /// A link, which is spent by it.
    Link(Hashed),
    /// The person's own, who has proved enough for this action.
    Own(AccountAction),
}

impl Right {
    /// The right to register something of `factor`.
    fn of(app: &App, scene: &Scene, factor: Factor) -> Result<Self, ApiError> {
        let refuse = |kind, detail: &str| Err(ApiError::new(kind, detail));
        match (&scene.interaction.purpose, &scene.presence) {
            (Purpose::Enrol { link, enrolment, .. }, Some(presence)) => {
                if presence.person.id != enrolment.user {
                    return refuse(
                        ProblemKind::GrantForOtherUser,
                        "Sign out first, or open the link in another browser.",
                    );
                }
                if !link_takes(app, enrolment, factor) {
                    return refuse(ProblemKind::CredentialNotUsable, "The link is for something stronger.");
                }
                Ok(Self::Link(Hashed(*link)))
            }
            (Purpose::Enrol { .. }, None) => Err(ApiError::invalid("Sign in first.")),
            _ => match released(app, scene) {
                Some(action) if action.registers() == Some(factor) => {
                    // The visit may be older than the rule.
                    may_register(app, action, &scene.credentials)?;
                    Ok(Self::Own(action.clone()))
                }
                Some(_) => refuse(ProblemKind::CredentialNotUsable, "This visit is for something else."),
                None => refuse(
                    ProblemKind::CredentialNotUsable,
                    "Nothing can be registered here now: confirm that it is you, or use an enrolment link.",
                ),
            },
        }
    }

    /// A right of the account's owner: a link lets in factors that are held, and nothing else.
    fn own(self) -> Result<(), ApiError> {
        match self {
            Self::Own(_) => Ok(()),
            Self::Link(_) => {
                Err(ApiError::new(ProblemKind::CredentialNotUsable, "The link is for a passkey."))
            }
        }
    }

    /// What registering spends.
    fn spends(&self) -> Option<(Spendable, Hashed)> {
        match self {
            Self::Link(link) => Some((Spendable::Enrolment, *link)),
            Self::Own(_) => None,
        }
    }
}
