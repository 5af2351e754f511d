//! Whether a state-changing request comes from our own page (or from a program that holds the cookies).

use aws_lc_rs::digest::{Context, SHA256};
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use riser_core::InteractionId;
use subtle::ConstantTimeEq as _;

use crate::config::Provider;
use crate::error::ApiError;
use riser_wire::ProblemKind;

/// A present `Origin` must be the issuer's, and a present `Sec-Fetch-Site` `same-origin`. A program that
/// sends neither stands on its cookie.
pub(crate) fn check_site(headers: &HeaderMap, provider: &Provider) -> Result<(), ApiError> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let foreign_origin = text(header::ORIGIN.as_str()).is_some_and(|origin| origin != provider.issuer());
    let foreign_site = text("sec-fetch-site").is_some_and(|site| site != "same-origin");
    if foreign_origin || foreign_site {
        return Err(ApiError::new(ProblemKind::CrossSite, "only Riser's own pages may post here"));
    }
    Ok(())
}

/// The value that our forms of one visit carry: bound to the browser and to the visit, kept nowhere.
pub(crate) fn token(browser: &str, interaction: &InteractionId) -> String {
    token_over(&[browser.as_bytes(), interaction.as_str().as_bytes()])
}

/// The value of forms that are bound to `parts`.
pub(crate) fn token_over(parts: &[&[u8]]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(b"riser/csrf/1");
    for part in parts {
        context.update(&[0]);
        context.update(part);
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// Whether a form carries its visit's value.
pub(crate) fn check_token(
    presented: Option<&str>,
    browser: &str,
    interaction: &InteractionId,
) -> Result<(), ApiError> {
    check(presented, &token(browser, interaction))
}

/// Whether a form carries the value that it should.
pub(crate) fn check(presented: Option<&str>, expected: &str) -> Result<(), ApiError> {
    let same = presented.is_some_and(|presented| presented.as_bytes().ct_eq(expected.as_bytes()).into());
    if same {
        Ok(())
    } else {
        Err(ApiError::new(ProblemKind::CrossSite, "the form is not one of this page's"))
    }
}
