//! The mapping table of the standards digest §3.5: each row a fact of the field.

use super::{Ceiling, Factor, Ladder, Possession, Proof, ProofRecord, Properties, default_ladder};
use crate::session::{Authentication, LiveCredential, Session};
use crate::step_up::held;
use crate::{Acr, CredentialId, InteractionId, SessionId, UnixTime, UserId};

const NONE: Possession =
    Possession { user_verified: false, phishing_resistant: false, hardware_bound: false };
const TOUCH: Possession = Possession { phishing_resistant: true, ..NONE };
const VERIFIED: Possession = Possession { user_verified: true, ..TOUCH };
const HARDWARE: Possession = Possession { hardware_bound: true, ..VERIFIED };
const RELAYED: Possession = Possession { user_verified: true, ..NONE };

type Row = (&'static str, &'static [(Factor, Option<Possession>)], &'static str, &'static str);

#[test]
#[rustfmt::skip] // a table
fn std_3_5_each_event_has_its_amr_and_its_highest_acr() {
    use Factor::{AppApproval, Passkey, Password, RecoveryCode, SmartCard, Sms, Totp};
    let rows: &[Row] = &[
        ("password", &[(Password, None)], "pwd", "aal1"),
        ("password + TOTP", &[(Password, None), (Totp, Some(NONE))], "pwd otp mfa", "aal2"),
        ("password + SMS", &[(Password, None), (Sms, Some(NONE))], "pwd sms mfa", "aal2"),
        ("WebAuthn UP only", &[(Passkey, Some(TOUCH))], "pop user", "aal1"),
        ("password + WebAuthn UV=0", &[(Password, None), (Passkey, Some(TOUCH))], "pwd pop user mfa", "phr"),
        ("WebAuthn UV=1, synced or unattested", &[(Passkey, Some(VERIFIED))], "pop user mfa", "phr"),
        ("WebAuthn UV=1, attested hardware", &[(Passkey, Some(HARDWARE))], "hwk user mfa", "phrh"),
        ("X.509 smart card + PIN", &[(SmartCard, Some(HARDWARE))], "sc pin hwk mfa", "phrh"),
        ("CIBA approval, software key", &[(AppApproval, Some(RELAYED))], "swk user mca mfa", "aal2"),
        ("CIBA approval, hardware key", &[(AppApproval, Some(Possession { hardware_bound: true, ..RELAYED }))], "hwk user mca mfa", "aal2"),
        ("recovery code", &[(RecoveryCode, Some(NONE))], "urn:riser:amr:recovery-code", "aal1"),
        ("password + recovery code", &[(Password, None), (RecoveryCode, Some(NONE))], "pwd", "aal1"),
    ];
    let ladder = Ladder::new(&default_ladder()).unwrap();
    for (name, proofs, amr, acr) in rows {
        let records: Vec<ProofRecord> = proofs.iter().map(|(factor, held)| record(*factor, *held)).collect();
        let live: Vec<LiveCredential> = records
            .iter()
            .map(|proof| LiveCredential {
                id: proof.credential.clone(),
                factor: proof.factor,
                properties: proof.properties,
                ceiling: proof.ceiling.clone(),
            })
            .collect();
        let held = held(&ladder, &session(records), &live, UnixTime(60)).unwrap();
        assert_eq!(held.acr, Some(Acr::parse(acr).unwrap()), "{name}");
        assert_eq!(held.amr.join(" "), *amr, "{name}");
    }
}

fn record(factor: Factor, held: Option<Possession>) -> ProofRecord {
    // What a recovery code can lift is capped where it is registered, not where it is used.
    let ceiling = match factor {
        Factor::RecoveryCode => Ceiling::UpTo([Acr::parse("aal1").unwrap()].into()),
        _ => Ceiling::Unlimited,
    };
    ProofRecord {
        factor,
        credential: CredentialId::new(factor.name()),
        properties: held.map_or(Properties::Knowledge, Properties::Possession),
        ceiling,
    }
}

#[allow(clippy::disallowed_methods, reason = "tests make the proofs that verifiers would")]
fn session(records: Vec<ProofRecord>) -> Session {
    Session {
        id: SessionId::new("s"),
        user: UserId::new("u"),
        authentications: vec![Authentication {
            at: UnixTime(0),
            interaction: InteractionId::new("i"),
            bound_to: None,
            proofs: records.into_iter().map(Proof::from_verified).collect(),
        }],
    }
}
