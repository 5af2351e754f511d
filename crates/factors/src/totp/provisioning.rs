//! How a secret gets into the application: an address, and the picture of it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use super::{DIGITS, STEP, TotpError, TotpSecret};

/// RFC 3986 §2.3: all but the unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The side of the picture in pixels, at least. It scales.
const SIDE: u32 = 240;

/// The `otpauth://` address that applications read (the Key URI Format, which is their common ground). It holds
/// the secret. `issuer` is what the application lists the account under; a colon in either name, which separates
/// the two for the application, becomes a space.
#[must_use]
pub fn provisioning_uri(secret: &TotpSecret, issuer: &str, account: &str) -> Zeroizing<String> {
    let escaped = |name: &str| utf8_percent_encode(&name.replace(':', " "), ESCAPED).to_string();
    let (issuer, account, secret) = (escaped(issuer), escaped(account), secret.base32());
    // The parameters of algorithm, digits and period are the defaults, said for those that read them.
    Zeroizing::new(format!(
        "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}",
        *secret
    ))
}

/// The picture of an address from [`provisioning_uri`], for the page itself: an `<svg>` without script or style.
/// Black on its own white ground with the quiet zone around it, so that it can be scanned from a dark page.
///
/// # Errors
/// [`TotpError::TooLongForQr`].
pub fn qr_svg(uri: &str) -> Result<Zeroizing<String>, TotpError> {
    let code = QrCode::with_error_correction_level(uri, EcLevel::M).map_err(|_| TotpError::TooLongForQr)?;
    let document = Zeroizing::new(
        code.render::<Color<'_>>()
            .quiet_zone(true)
            .min_dimensions(SIDE, SIDE)
            .dark_color(Color("#000000"))
            .light_color(Color("#ffffff"))
            .build(),
    );
    // Within a page there is no XML declaration.
    let start = document.find("<svg").unwrap_or_default();
    Ok(Zeroizing::new(document.get(start..).unwrap_or_default().to_owned()))
}
