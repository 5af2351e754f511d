//! What goes out by mail: it says enough, and nothing that others wrote can make it say more.

mod common;

use common::{html, own::acr, payloads::XSS};
use riser_core::{
    UnixTime,
    account::{Enroller, Notice},
    assurance::Factor,
};
use riser_pages::mail::{self, Mail, MailContext};

const AT: UnixTime = UnixTime(1_785_592_800);
const LATER: UnixTime = UnixTime(1_785_679_200);

/// Every notice, with `text` in each place that a person may fill.
fn every_notice(text: &str) -> Vec<(&'static str, Notice)> {
    let label = || text.to_owned();
    let passkey = Factor::Passkey;
    let by = Enroller::Administrator;
    vec![
        ("granted", Notice::EnrolmentGranted { ceiling: vec![acr("phr")], by, expires_at: LATER }),
        ("added", Notice::CredentialAdded { factor: passkey, label: label(), by: Enroller::Owner }),
        (
            "added by recovery",
            Notice::CredentialAdded { factor: passkey, label: label(), by: Enroller::Recovery },
        ),
        ("rises", Notice::CredentialWillRise { factor: passkey, label: label(), to: acr("phr"), at: LATER }),
        ("rise cancelled", Notice::RiseCancelled { label: label() }),
        ("removed", Notice::CredentialRemoved { factor: Factor::Totp, label: label() }),
        ("renamed", Notice::CredentialRenamed { from: label(), to: label() }),
        ("password", Notice::PasswordChanged { by_administrator: false }),
        ("password by administrator", Notice::PasswordChanged { by_administrator: true }),
        ("codes", Notice::RecoveryCodesMade),
        ("recovery", Notice::RecoveryRequested { factor: passkey, label: label(), opens_at: LATER }),
        ("recovery cancelled", Notice::RecoveryCancelled),
        ("recovery done", Notice::RecoveryDone { lost: label() }),
        ("e-mail", Notice::EmailChanged { to: Some(label()) }),
        ("no e-mail", Notice::EmailChanged { to: None }),
        ("tries", Notice::TriesExhausted { factor: Factor::Password, again_at: LATER }),
    ]
}

fn composed(notice: &Notice, username: &str) -> Mail {
    let context = MailContext {
        issuer: "https://id.example.com",
        username,
        cancel_url: Some("https://id.example.com/cancel/t0k3n"),
        account_url: "https://id.example.com/account",
        at: AT,
    };
    mail::compose(notice, &context).unwrap_or_else(|_| Mail {
        subject: String::new(),
        text: String::new(),
        html: String::new(),
    })
}

fn one_line(subject: &str) -> bool {
    !subject.is_empty()
        && subject.chars().count() <= 150
        && !subject.chars().any(|letter| letter.is_control() || "\u{2028}\u{2029}".contains(letter))
}

#[test]
fn a_mail_says_what_happened_when_and_what_to_do_if_it_was_not_you() {
    for (name, notice) in every_notice("Pixel 8") {
        let mail = composed(&notice, "anna");
        assert!(one_line(&mail.subject), "{name}: {:?}", mail.subject);
        let html = html::read(&mail.html);
        let text_of_html: String = html.texts.iter().map(|(_, text)| text.as_str()).collect();
        for said in [mail.text.as_str(), text_of_html.as_str()] {
            assert!(said.contains("2026-08-01, 14:00 UTC") && said.contains("anna"), "{name}: {said}");
            assert!(said.contains("If this was not you"), "{name}");
            assert!(said.contains("https://id.example.com/cancel/t0k3n"), "{name}");
            assert!(said.contains("https://id.example.com/account"), "{name}");
            assert!(!said.contains(['{', '}']), "{name}: a place was not filled: {said}");
        }
    }
}

#[test]
fn a_mail_names_what_it_is_about_and_from_when_it_counts() {
    let mail = |notice| composed(&notice, "anna");
    let rises = mail(Notice::CredentialWillRise {
        factor: Factor::Passkey,
        label: "Pixel 8".to_owned(),
        to: acr("phr"),
        at: LATER,
    });
    assert_eq!(rises.subject, "“Pixel 8” will soon count for more");
    assert!(
        rises.text.contains("From 2026-08-02, 14:00 UTC on")
            && rises.text.contains("where a passkey is asked")
    );
    let nameless =
        mail(Notice::RecoveryRequested { factor: Factor::Totp, label: " ".to_owned(), opens_at: LATER });
    assert_eq!(nameless.subject, "Somebody asks to replace “authenticator app” on your account");
    let removed = mail(Notice::CredentialRemoved { factor: Factor::Totp, label: "Old phone".to_owned() });
    assert_eq!(removed.subject, "Removed from your account: authenticator app “Old phone”");
}

#[test]
fn where_nothing_can_be_cancelled_no_link_offers_it() {
    let context = MailContext {
        issuer: "https://id.example.com",
        username: "anna",
        cancel_url: None,
        account_url: "https://id.example.com/account",
        at: AT,
    };
    let mail = mail::compose(&Notice::RecoveryCodesMade, &context).map(|mail| mail.text + &mail.html);
    assert!(mail.is_ok_and(|mail| !mail.contains("/cancel/") && !mail.contains("Cancel it now")));
}

#[test]
fn atk_wb_05_a_name_is_only_text_in_a_mail() {
    for payload in XSS {
        let plain = every_notice("x");
        for ((name, hostile), (_, plain)) in every_notice(payload).into_iter().zip(plain) {
            let mail = composed(&hostile, payload);
            let page = html::read(&mail.html);
            assert_eq!(page.shape(), html::read(&composed(&plain, "x").html).shape(), "{name}: {payload}");
            for link in page.all("a") {
                let href = link.attribute("href").unwrap_or_default();
                assert!(href.starts_with("https://id.example.com/"), "{name}: {href}");
            }
            assert!(one_line(&mail.subject), "{name}: {:?}", mail.subject);
        }
    }
}

#[test]
fn atk_wb_05_a_mail_loads_nothing_and_signs_nobody_in() {
    for (name, notice) in every_notice("x") {
        let page = html::read(&composed(&notice, "anna").html);
        for loaded in ["img", "link", "script", "style", "iframe", "object", "form", "base"] {
            assert_eq!(page.all(loaded).count(), 0, "{name}: <{loaded}>");
        }
        let links: Vec<_> = page.all("a").filter_map(|link| link.attribute("href")).collect();
        assert_eq!(
            links,
            ["https://id.example.com/cancel/t0k3n", "https://id.example.com/account"],
            "{name}"
        );
    }
}

/// A subject is a header: a name with a line break in it must not begin another one.
#[test]
fn atk_wb_06_neither_headers_nor_directions_come_from_a_name() {
    for hidden in [
        "\r\nBcc: all@evil.example\r\n\r\n",
        "\n",
        "\r",
        "\u{0}",
        "\u{85}",
        "\u{2028}",
        "\u{202E}",
        "\u{2066}",
    ] {
        let text = format!("Key{hidden}end");
        for (name, notice) in every_notice(&text) {
            let mail = composed(&notice, &text);
            assert!(one_line(&mail.subject), "{name}: {:?}", mail.subject);
            for letter in
                hidden.chars().filter(|letter| !letter.is_ascii_graphic() && !" \n".contains(*letter))
            {
                assert!(
                    !(mail.subject.clone() + &mail.text + &mail.html).contains(letter),
                    "{name}: {letter:?}"
                );
            }
            assert!(!mail.text.contains("Key\n"), "{name}: a name broke its line");
        }
    }
    // A name written from right to left ends where it ends.
    let mail = composed(&Notice::RiseCancelled { label: "מפתח".to_owned() }, "anna");
    assert_eq!(mail.subject, "“\u{2068}מפתח\u{2069}” was stopped and removed");
}

#[test]
fn a_long_name_does_not_make_a_long_subject() {
    let mail = composed(&Notice::RiseCancelled { label: "x".repeat(10_000) }, "anna");
    assert!(one_line(&mail.subject));
}
