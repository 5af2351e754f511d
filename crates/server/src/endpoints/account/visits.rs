use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use riser_core::CredentialId;
use riser_core::account::AccountAction;
use riser_wire::ProblemKind;

use super::door::{Door, Posted};
use crate::app::App;
use crate::cookies::Browser;
use crate::endpoints::interaction::error_answer;
use crate::error::ApiError;
use crate::http::{Body as Posting, Visitor, is_of_type};
use crate::openings::Opener;
use crate::respond::{json, redirect};
use crate::visit::{Scene, open_account, state};

/// The most characters of a credential's name.
const MAX_LABEL: usize = 60;
/// The most characters of an address (RFC 5321 §4.5.3.1.3, without its brackets).
const MAX_EMAIL: usize = 254;

/// `POST /account/visits`: opens a visit for one action.
pub(crate) async fn open(State(app): State<Arc<App>>, request: Request) -> Response<Body> {
    let form = is_of_type(request.headers(), "application/x-www-form-urlencoded");
    let wants = crate::http::Wants::of(request.headers());
    match opened(&app, request, form).await {
        Ok(response) => response,
        Err(error) if form => error_answer(&app, wants, error, StatusCode::BAD_REQUEST),
        Err(error) => error.into_json(app.provider.issuer()),
    }
}

async fn opened(app: &App, request: Request, form: bool) -> Result<Response<Body>, ApiError> {
    let Posted { visitor, body } = Posted::of(app, request).await?;
    body.only(&["action", "credential", "label", "email"])?;
    let action = action(&body)?;
    visit(app, visitor, action, form).await
}

/// Opens a visit for `action` in this browser, and goes there.
pub(super) async fn visit(
    app: &App,
    mut visitor: Visitor,
    action: AccountAction,
    page: bool,
) -> Result<Response<Body>, ApiError> {
    let presence = match Door::of(app, &visitor).await? {
        Door::Open(presence) if action == AccountAction::View && page => {
            drop(presence);
            return Ok(redirect(&app.provider.url("/account"), true));
        }
        Door::Open(presence) | Door::Closed(presence) => Some(presence),
        Door::Nobody => None,
    };
    let browser = Browser::of(app, &visitor.cookies);
    let interaction = open_account(app, action, presence.as_deref(), browser.hashed())?;
    let id = interaction.id.clone();
    let opener = presence
        .as_ref()
        .map_or(Opener::Network(visitor.network), |presence| Opener::Person(&presence.person.id));
    app.admit_visit(opener, None, app.now())?;
    app.store.open_interaction(interaction).await?;
    let mut response = if page {
        redirect(&app.provider.url(&format!("/interaction/{id}")), true)
    } else {
        visitor.cookies.browser = Some(browser.value().to_owned());
        let scene = Scene::load(app, id.as_str(), &visitor).await?;
        json(&state(app, &scene))
    };
    browser.give(&app.provider, &mut response);
    Ok(response)
}

fn action(body: &Posting) -> Result<AccountAction, ApiError> {
    let missing = |name: &str| ApiError::invalid(format!("`{name}` is missing"));
    let credential = || -> Result<CredentialId, ApiError> {
        body.text("credential")?.map(CredentialId::new).ok_or_else(|| missing("credential"))
    };
    let name = body.text("action")?.ok_or_else(|| missing("action"))?;
    Ok(match name.as_str() {
        "view" => AccountAction::View,
        "add_passkey" => AccountAction::AddPasskey { hardware: false },
        "add_hardware_key" => AccountAction::AddPasskey { hardware: true },
        "add_totp" => AccountAction::AddTotp,
        "set_password" => AccountAction::SetPassword,
        "new_recovery_codes" => AccountAction::NewRecoveryCodes,
        "rename" => {
            let label = body.text("label")?.map(|label| label.trim().to_owned());
            let label = label.filter(|label| is_label(label)).ok_or_else(|| {
                ApiError::new(ProblemKind::InvalidRequest, "A name has 1 to 60 ordinary characters.")
            })?;
            AccountAction::Rename { credential: credential()?, label }
        }
        "remove" => AccountAction::Remove { credential: credential()? },
        "set_email" => {
            let email = body.text("email")?.map(|email| email.trim().to_owned());
            let email = email.filter(|email| !email.is_empty());
            if email.as_deref().is_some_and(|email| !is_email(email)) {
                return Err(ApiError::new(ProblemKind::InvalidRequest, "This is no e-mail address."));
            }
            AccountAction::SetEmail { email }
        }
        _ => return Err(ApiError::invalid("`action` is not one that this server knows")),
    })
}

/// A name that people can read on one line, and that changes the direction of nothing around it.
fn is_label(text: &str) -> bool {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    (1..=MAX_LABEL).contains(&text.chars().count()) && !text.chars().any(hidden)
}

/// Whether a text can be an address. Whether it is anybody's, a letter will tell.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| {
        !c.is_control()
            && !c.is_whitespace()
            && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\')
    };
    text.len() <= MAX_EMAIL
        && (1..=64).contains(&local.len())
        && local.chars().all(|c| plain(c) && c != '@')
        && domain.split('.').count() >= 2
        && domain
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_line_and_one_place() {
        for good in ["anna@example.com", "a.b+c@mail.example.co", "müller@bücher.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "anna",
            "@example.com",
            "anna@",
            "anna@localhost",
            "a b@example.com",
            "a@b@example.com",
            "a@ex..com",
            "a@example.com\r\nBcc: x@example.com",
            "<a@example.com>",
            "a,b@example.com",
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_seen_as_it_is() {
        assert!(is_label("Anna’s key — blue") && is_label("مفتاح"));
        for bad in ["", "a\nb", "a\u{202E}b", "a\u{200B}b"] {
            assert!(!is_label(bad), "{bad:?}");
        }
        assert!(!is_label(&"a".repeat(61)));
    }
}
