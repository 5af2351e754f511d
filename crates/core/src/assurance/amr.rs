use super::{Factor, ProofRecord};

/// The URI of a method that RFC 8176 has no name for: never an invented short name.
const RECOVERY_CODE: &str = "urn:riser:amr:recovery-code";

/// The `amr` of a support: exactly its methods, in RFC 8176 names, plus `mfa` where two kinds of factor
/// are in it (RFC 8176 §2; OpenID EAP §3 for `pop`).
#[must_use]
pub fn amr<'a>(support: impl IntoIterator<Item = &'a ProofRecord>) -> Vec<String> {
    let mut methods: Vec<&str> = Vec::new();
    let mut kinds = Vec::new();
    for proof in support {
        let held = proof.properties.held();
        let key = if held.hardware_bound { "hwk" } else { "pop" };
        let names: &[&str] = match proof.factor {
            Factor::Password => &["pwd"],
            Factor::Totp => &["otp"],
            Factor::Sms => &["sms"],
            Factor::Passkey => &[key, "user"],
            Factor::SmartCard => &["sc", "pin", "hwk"],
            Factor::AppApproval if held.hardware_bound => &["hwk", "user", "mca"],
            Factor::AppApproval => &["swk", "user", "mca"],
            Factor::RecoveryCode => &[RECOVERY_CODE],
        };
        for name in names {
            if !methods.contains(name) {
                methods.push(name);
            }
        }
        kinds.push(proof.properties.kind());
        if held.user_verified {
            methods.push("mfa");
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    // `mfa` stands last, once.
    let two_kinds = kinds.len() > 1 || methods.contains(&"mfa");
    methods.retain(|name| *name != "mfa");
    if two_kinds {
        methods.push("mfa");
    }
    methods.into_iter().map(str::to_owned).collect()
}
