//! Who may be a relying party, and the options that it sends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]

mod support;

use riser_factors::webauthn::{
    Attachment, Conveyance, Hint, RelyingParty, RelyingPartyError, ResidentKey, User, UserVerification,
    Wishes, creation_options, request_options,
};
use serde_json::json;
use support::rp;

#[test]
#[rustfmt::skip] // a table
fn the_name_and_the_origins_belong_together() {
    use RelyingPartyError as E;
    let unrelated = |rp_id: &str, origin: &str| Err(E::Unrelated { rp_id: rp_id.into(), origin: origin.into() });
    let origin = |origin: &str| Err(E::Origin { origin: origin.into() });
    let rp_id = |rp_id: &str| Err(E::RpId { rp_id: rp_id.into() });
    for (name, id, origins, expected) in [
        ("the host", "example.org", &["https://example.org"][..], Ok(())),
        ("a parent domain", "example.org", &["https://id.example.org:8443"], Ok(())),
        ("several", "example.org", &["https://example.org", "https://a.example.org"], Ok(())),
        ("localhost", "localhost", &["http://localhost:8080"], Ok(())),
        ("below localhost", "localhost", &["http://id.localhost:8080"], Ok(())),
        ("empty name", "", &["https://example.org"], rp_id("")),
        ("upper case", "Example.org", &["https://example.org"], rp_id("Example.org")),
        ("with a scheme", "https://example.org", &["https://example.org"], rp_id("https://example.org")),
        ("with a port", "example.org:443", &["https://example.org"], rp_id("example.org:443")),
        ("with a last dot", "example.org.", &["https://example.org."], rp_id("example.org.")),
        ("an address", "127.0.0.1", &["http://127.0.0.1"], rp_id("127.0.0.1")),
        ("a top-level domain", "org", &["https://example.org"], Err(E::TooWide { rp_id: "org".into() })),
        ("no origin", "example.org", &[], Err(E::NoOrigin)),
        ("http", "example.org", &["http://example.org"], Err(E::Insecure { origin: "http://example.org".into() })),
        ("a slash", "example.org", &["https://example.org/"], origin("https://example.org/")),
        ("the default port", "example.org", &["https://example.org:443"], origin("https://example.org:443")),
        ("an app", "example.org", &["android:apk-key-hash:x"], origin("android:apk-key-hash:x")),
        ("null", "example.org", &["null"], origin("null")),
        ("an address's origin", "example.org", &["https://127.0.0.1"], origin("https://127.0.0.1")),
        ("another", "example.org", &["https://example.com"], unrelated("example.org", "https://example.com")),
        ("a look-alike", "example.org", &["https://notexample.org"], unrelated("example.org", "https://notexample.org")),
        ("below it", "id.example.org", &["https://example.org"], unrelated("id.example.org", "https://example.org")),
        ("one bad of two", "example.org", &["https://example.org", "https://example.com"], unrelated("example.org", "https://example.com")),
    ] {
        let rp = RelyingParty::new(id, origins.iter().copied(), UserVerification::Required);
        assert_eq!(rp.map(|_| ()), expected, "{name}");
    }
}

#[test]
fn std_webauthn_5_1_10_request_options() {
    let transports = ["usb".to_owned(), "nfc".to_owned()];
    let allow: [(&[u8], &[String]); 2] = [(b"one", &transports), (b"two", &[])];
    assert_eq!(
        request_options(&rp(UserVerification::Required), &[0xff; 3], &allow, 300_000, &[]),
        json!({
            "challenge": "____",
            "timeout": 300_000,
            "rpId": "example.org",
            "allowCredentials": [
                { "type": "public-key", "id": "b25l", "transports": ["usb", "nfc"] },
                { "type": "public-key", "id": "dHdv" },
            ],
            "userVerification": "required",
        })
    );
}

#[test]
fn std_webauthn_5_1_9_creation_options() {
    let user = User { handle: b"handle", name: "ada", display_name: "Ada" };
    assert_eq!(
        creation_options(
            &rp(UserVerification::Preferred),
            b"challenge",
            &user,
            &[(b"one", &[])],
            60_000,
            &Wishes::default()
        ),
        json!({
            "rp": { "id": "example.org", "name": "example.org" },
            "user": { "id": "aGFuZGxl", "name": "ada", "displayName": "Ada" },
            "challenge": "Y2hhbGxlbmdl",
            "pubKeyCredParams": [
                { "type": "public-key", "alg": -7 },
                { "type": "public-key", "alg": -8 },
                { "type": "public-key", "alg": -35 },
                { "type": "public-key", "alg": -257 },
            ],
            "timeout": 60_000,
            "excludeCredentials": [{ "type": "public-key", "id": "b25l" }],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "preferred",
            },
            "attestation": "none",
        })
    );
}

#[test]
fn std_webauthn_5_8_8_a_level_says_what_it_wants() {
    let rp = rp(UserVerification::Required);
    let user = User { handle: b"handle", name: "ada", display_name: "Ada" };
    let creation = |wishes: &Wishes<'_>| creation_options(&rp, b"challenge", &user, &[], 1, wishes);
    // Nothing in particular, and no empty list of hints.
    let plain = creation(&Wishes::default());
    assert!(
        plain.get("hints").is_none()
            && plain["authenticatorSelection"].get("authenticatorAttachment").is_none()
    );
    let hardware = creation(&Wishes::hardware());
    assert_eq!(hardware["hints"], json!(["security-key"]));
    assert_eq!(hardware["attestation"], "direct");
    assert_eq!(hardware["authenticatorSelection"]["authenticatorAttachment"], "cross-platform");
    let other = creation(&Wishes {
        hints: &[Hint::ClientDevice, Hint::Hybrid],
        attachment: Some(Attachment::Platform),
        resident_key: ResidentKey::Preferred,
        conveyance: Conveyance::None,
    });
    assert_eq!(other["hints"], json!(["client-device", "hybrid"]));
    assert_eq!(
        other["authenticatorSelection"],
        json!({
            "residentKey": "preferred",
            "requireResidentKey": false,
            "userVerification": "required",
            "authenticatorAttachment": "platform",
        })
    );
    let request = request_options(&rp, b"challenge", &[], 1, &[Hint::SecurityKey]);
    assert_eq!(request["hints"], json!(["security-key"]));
    assert!(request_options(&rp, b"challenge", &[], 1, &[]).get("hints").is_none());
}

#[test]
fn std_webauthn_5_11_related_origins_are_one_list() {
    let rp = rp(UserVerification::Required);
    assert_eq!(rp.well_known(), None);
    // One of its own is no related one.
    let related = ["https://example.com", "https://example.org", "https://shop.example.co.uk:8443"];
    let wide = rp.clone().with_related_origins(related).unwrap();
    assert_eq!(
        wide.well_known(),
        Some(json!({ "origins": ["https://example.com", "https://shop.example.co.uk:8443"] }))
    );
    assert_eq!(
        wide.origins(),
        ["https://example.org", "https://example.com", "https://shop.example.co.uk:8443"]
    );
    assert_eq!(rp.clone().with_related_origins(Vec::<String>::new()).unwrap(), rp);
    for wrong in
        ["http://example.com", "https://example.com/", "example.com", "https://*.example.com", "null"]
    {
        assert!(rp.clone().with_related_origins([wrong]).is_err(), "{wrong}");
    }
    let many: Vec<String> = (0..21).map(|index| format!("https://{index}.example.com")).collect();
    assert_eq!(rp.with_related_origins(many), Err(RelyingPartyError::TooManyRelated { count: 21 }));
}
