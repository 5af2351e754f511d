/// What a soft authenticator lies about. Each field is one lie; the default is the truth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lies {
    /// UP is clear.
    pub no_user_presence: bool,
    /// UV is clear.
    pub no_user_verification: bool,
    /// BE is not what the authenticator's kind says (and BS follows it down).
    pub flip_backup_eligible: bool,
    /// BS, whatever BE is.
    pub backup_state: Option<bool>,
    /// Flags that are set on top.
    pub extra_flags: u8,
    /// The RP ID whose hash is signed.
    pub rp_id: Option<String>,
    /// The origin that the client reports.
    pub origin: Option<String>,
    /// `crossOrigin`.
    pub cross_origin: Option<bool>,
    /// `topOrigin`.
    pub top_origin: Option<String>,
    /// The client data's `type`: `webauthn.create`, `payment.get`.
    pub client_data_type: Option<String>,
    /// The challenge that is answered.
    pub challenge: Option<Vec<u8>>,
    /// The client data, all of it.
    pub client_data_json: Option<String>,
    /// The signature.
    pub signature: ForgedSignature,
    /// The counter.
    pub sign_count: Option<u32>,
    /// Another person's handle.
    pub user_handle: Option<Vec<u8>>,
    /// No handle at all.
    pub no_user_handle: bool,
    /// Another credential's id.
    pub credential_id: Option<Vec<u8>>,
    /// What follows the authenticator data, within what is signed.
    pub trailing_bytes: Vec<u8>,
    /// Makes its kind of key whether or not it was offered.
    pub any_algorithm: bool,
    /// Registers although it is excluded.
    pub ignore_exclude: bool,
    /// Answers with its first passkey, whatever was allowed.
    pub ignore_allow: bool,
}

/// What becomes of the signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForgedSignature {
    /// It is true.
    #[default]
    True,
    /// As many zeros.
    Zeros,
    /// One bit of it is flipped.
    BitFlipped,
    /// Nothing.
    Empty,
}

impl ForgedSignature {
    pub(super) fn apply(self, mut signature: Vec<u8>) -> Vec<u8> {
        match self {
            Self::True => {}
            Self::Zeros => signature.fill(0),
            Self::BitFlipped => {
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
            }
            Self::Empty => signature.clear(),
        }
        signature
    }
}
