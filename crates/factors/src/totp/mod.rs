//! One-time codes of authenticator applications: RFC 6238 with HMAC-SHA-1, six digits and 30 seconds, which is
//! what those applications take.
//!
//! Owned here: the secret and its forms, what code belongs to a moment, and that none counts twice. Not owned:
//! the write that spends a step (`UPDATE ... WHERE last_step < ?`), and how many wrong codes somebody may try.

mod provisioning;
mod secret;

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use riser_core::assurance::{Ceiling, Factor, Possession, Proof, ProofRecord, Properties};
use riser_core::{CredentialId, UnixTime};
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

pub use provisioning::{provisioning_uri, qr_svg};
pub use secret::{SECRET_LEN, TotpSecret};

/// How long one code is shown, in seconds (RFC 6238 §4.1, X).
pub const STEP: i64 = 30;

/// How many digits a code has.
pub const DIGITS: usize = 6;

/// RFC 6238 §5.2: "at most one time step is allowed as the network delay"; and one for a clock that is ahead.
const WINDOW: [i64; 3] = [-1, 0, 1];

/// More than six digits and the spaces that a person puts between them: not looked at.
const MAX_TYPED: usize = 32;

/// Why a code was not accepted, or a secret not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TotpError {
    /// Not the form of a code, whoever's.
    #[error("a code has six digits: type those that the application shows")]
    Malformed,
    /// Not a code of this moment, or one that was used; or nobody's, which is the same answer.
    #[error(
        "the code is wrong or was used already: wait for the next one, and check that the telephone sets its clock \
         by itself"
    )]
    Wrong,
    /// The stored secret is not one that this version wrote.
    #[error(
        "the stored TOTP secret has not {SECRET_LEN} bytes: let the person register the application again"
    )]
    UnreadableSecret,
    /// Issuer and account do not fit into a picture.
    #[error("the issuer's name and the user name are too long for a QR code: shorten the issuer's name")]
    TooLongForQr,
}

/// A person's authenticator application, as it is stored.
#[derive(Clone, Debug)]
pub struct EnrolledTotp {
    /// The credential.
    pub credential: CredentialId,
    /// Its secret.
    pub secret: TotpSecret,
    /// The step of the last code that counted.
    pub last_step: Option<i64>,
    /// How far it may lift a session.
    pub ceiling: Ceiling,
}

/// Verifies a code at the moment `now`, and gives its step, which the caller spends in one guarded write before
/// the proof counts. `None` stands for anybody who has no such application: the same work, the same answer.
///
/// # Errors
/// [`TotpError::Malformed`] says nothing about anybody; [`TotpError::Wrong`] is all the rest.
pub fn verify(enrolled: Option<&EnrolledTotp>, code: &str, now: UnixTime) -> Result<(Proof, i64), TotpError> {
    let given = Code::parse(code)?;
    let nobody = TotpSecret::of_nobody();
    let secret = enrolled.map_or(&nobody, |enrolled| &enrolled.secret);
    let step = matching_step(secret, &given, enrolled.and_then(|enrolled| enrolled.last_step), now);
    let (Some(enrolled), Some(step)) = (enrolled, step) else { return Err(TotpError::Wrong) };
    #[allow(clippy::disallowed_methods, reason = "the code has just been compared with that of its step")]
    let proof = Proof::from_verified(ProofRecord {
        factor: Factor::Totp,
        credential: enrolled.credential.clone(),
        // A typed code can be relayed (SP 800-63B-4 §3.2.5), and who holds the telephone is not known.
        properties: Properties::Possession(Possession::default()),
        ceiling: enrolled.ceiling.clone(),
    });
    Ok((proof, step))
}

/// Verifies the code by which a person shows that the application has the secret, at enrolment. Its step is the
/// new credential's first `last_step`: the code does not open anything afterwards.
///
/// # Errors
/// [`TotpError::Malformed`] and [`TotpError::Wrong`].
pub fn confirm(secret: &TotpSecret, code: &str, now: UnixTime) -> Result<i64, TotpError> {
    matching_step(secret, &Code::parse(code)?, None, now).ok_or(TotpError::Wrong)
}

/// The step within the window whose code it is, if it is later than the last that counted. All steps are looked
/// at, whether or not one matched before; should two have the same code, the later one is spent.
fn matching_step(secret: &TotpSecret, given: &Code, last_step: Option<i64>, now: UnixTime) -> Option<i64> {
    // RFC 4226 §5.2: the key is the secret as it is.
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let current = now.0.div_euclid(STEP);
    let mut found = None;
    for offset in WINDOW {
        let step = current.saturating_add(offset);
        // RFC 6238 §5.2: "MUST NOT accept the second attempt of the OTP".
        let unused = step >= 0 && last_step.is_none_or(|last| step > last);
        let right = Code::of(&key, step).0.ct_eq(&*given.0) & Choice::from(u8::from(unused));
        if right.into() {
            found = Some(step);
        }
    }
    found
}

/// Six ASCII digits.
struct Code(Zeroizing<[u8; DIGITS]>);

impl Code {
    fn parse(text: &str) -> Result<Self, TotpError> {
        if text.len() > MAX_TYPED {
            return Err(TotpError::Malformed);
        }
        let mut digits = Zeroizing::new([0; DIGITS]);
        let mut typed = text.chars().filter(|c| !c.is_whitespace());
        for digit in digits.iter_mut() {
            let next = typed.next().filter(char::is_ascii_digit).ok_or(TotpError::Malformed)?;
            *digit = u8::try_from(next).map_err(|_| TotpError::Malformed)?;
        }
        if typed.next().is_some() { Err(TotpError::Malformed) } else { Ok(Self(digits)) }
    }

    /// The code of a step: HOTP of it (RFC 6238 §4.2, RFC 4226 §5.3).
    fn of(key: &Key, step: i64) -> Self {
        let tag = sign(key, &step.to_be_bytes());
        let tag = tag.as_ref();
        // The low four bits of the last byte say where to take 31 bits; of 20 bytes, they are always there.
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 0x0f);
        let mut value =
            tag.iter().skip(offset).take(4).fold(0_u32, |value, byte| (value << 8) | u32::from(*byte))
                & 0x7fff_ffff;
        let mut digits = Zeroizing::new([b'0'; DIGITS]);
        for digit in digits.iter_mut().rev() {
            *digit += u8::try_from(value % 10).unwrap_or_default();
            value /= 10;
        }
        Self(digits)
    }
}
