//! What others wrote is shown, and is only text. `security.md` WB-05 and WB-06.

mod common;

use common::{ended, every_state, html, own, page, payloads::XSS, payment, signed_in, visit};
use riser_pages::render;
use riser_wire::{ClientView, InteractionKind, InteractionState, InteractionStatus, UserView};

/// `state` with `text` in every field that another party may fill.
fn filled(state: &InteractionState, text: &str) -> InteractionState {
    let mut state = state.clone();
    state.id = text.to_owned();
    state.client = state.client.map(|_| ClientView { client_id: text.to_owned(), name: text.to_owned() });
    state.user = state.user.map(|_| UserView { username: text.to_owned() });
    state.reason = state.reason.map(|reason| if reason == "?" { text.to_owned() } else { reason });
    for (label, value) in state.transaction.iter_mut().flat_map(|transaction| &mut transaction.display) {
        *label = text.to_owned();
        *value = text.to_owned();
    }
    if let Some(account) = &mut state.account {
        account.credential = account.credential.as_ref().map(|_| text.to_owned());
        account.to = account.to.as_ref().map(|_| text.to_owned());
    }
    if let Some(lacking) = &mut state.lacking {
        lacking.held_back = vec![text.to_owned()];
        lacking.factors = vec![text.to_owned(), "passkey".to_owned()];
    }
    for lost in state.recovery.iter_mut().flat_map(|recovery| &mut recovery.replaceable) {
        lost.id = text.to_owned();
        lost.factor = text.to_owned();
        lost.label = if lost.label.is_empty() { String::new() } else { text.to_owned() };
    }
    // A link of ours with something in it that is not: it is shown, and never followed.
    state.next = state.next.map(|next| {
        if next.contains("/grant/") { format!("/grant/{}", text.replace(' ', "")) } else { next }
    });
    state
}

fn interaction(state: &InteractionState, csrf: &str) -> html::Page {
    // The token is the one text that is always somebody else's here, so it stands for the issuer too.
    let totp = Some(common::totp(csrf));
    let page = render::InteractionPage { state, csrf, notice: None, totp, password_min: 15 };
    html::read(&render::interaction(&page).unwrap_or_default())
}

fn error(text: &str) -> html::Page {
    let page = render::ErrorPage { title: text, detail: text, request_id: text };
    html::read(&render::error(&page).unwrap_or_default())
}

fn home(text: &str) -> html::Page {
    html::read(&render::home(&render::HomePage { issuer: text }).unwrap_or_default())
}

type Written = fn(&str) -> html::Page;

/// The pages without a visit, each with one text in every place that somebody else may fill.
const ALONE: [Written; 10] = [
    error,
    home,
    own::account,
    own::closed,
    own::codes,
    own::begun,
    own::cancel_rise,
    own::sign_out,
    own::cancel_recovery,
    own::cancelled,
];

/// What holds for every page, whoever wrote the words on it.
fn assert_inert(page: &html::Page, what: &str) {
    for element in &page.elements {
        for (key, value) in &element.attributes {
            let harmless =
                !key.starts_with("on") && !["style", "srcdoc", "formaction", "ping"].contains(&key.as_str());
            assert!(harmless, "{what}: <{} {key}>", element.name);
            if ["href", "src", "action"].contains(&key.as_str()) {
                assert!(value.starts_with('/') || value.starts_with("https://"), "{what}: {key}={value}");
            }
        }
        if element.name == "script" {
            let ours = element.attribute("src").is_some_and(|src| {
                src.starts_with("/assets/interaction.js?") || src.starts_with("/assets/account.js?")
            });
            assert!(ours && element.text.is_empty(), "{what}: a script that is not ours");
        }
        assert!(!["style", "iframe", "object", "embed", "base"].contains(&element.name.as_str()), "{what}");
    }
}

#[test]
fn atk_wb_05_client_text_is_escaped_everywhere() {
    for (name, state) in every_state() {
        let plain = interaction(&filled(&state, "x"), "x");
        for payload in XSS {
            let hostile = interaction(&filled(&state, payload), payload);
            assert_eq!(hostile.shape(), plain.shape(), "{name}: {payload}");
            assert_inert(&hostile, &format!("{name}: {payload}"));
        }
    }
}

#[test]
fn atk_wb_05_pages_without_a_visit_escape_everything() {
    for render in ALONE {
        let plain = render("x");
        for payload in XSS {
            let hostile = render(payload);
            assert_eq!(hostile.shape(), plain.shape(), "{payload}");
            assert_inert(&hostile, payload);
            assert!(hostile.body().contains(payload), "{payload} is not shown as it is");
        }
    }
}

#[test]
fn atk_wb_05_what_is_shown_is_exactly_what_was_sent() {
    for payload in XSS {
        let page = interaction(&filled(&payment(), payload), "x");
        let rows = page.test_ids("transaction-row");
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.text == format!("{payload}{payload}")), "{payload}");
        assert!(page.body().contains(&format!("{payload} asks you to confirm:")), "{payload}");
        let csrf = interaction(&payment(), payload);
        assert!(csrf.all("input").any(|input| input.attribute("value") == Some(payload)), "{payload}");
    }
}

#[test]
fn atk_wb_05_the_way_back_is_never_a_script() {
    for payload in XSS.into_iter().chain(["//evil.example", "\tjavascript:alert(1)", "java\nscript:alert(1)"])
    {
        for status in [InteractionStatus::Done, InteractionStatus::Failed] {
            let state = InteractionState { next: Some(payload.to_owned()), ..ended(status, None) };
            let page = page(&state);
            assert!(page.test_ids("continue").is_empty(), "{payload}");
            assert!(page.body().contains("You can close this window."));
        }
    }
}

/// Text from outside stands in `<bdi>`: it cannot turn round the words beside it.
#[test]
fn atk_wb_06_display_isolates_direction() {
    let marker = "Zq7 \u{5D0}\u{5D1}";
    let pages =
        every_state().into_iter().map(|(name, state)| (name, interaction(&filled(&state, marker), "x")));
    let others = ALONE.iter().map(|written| ("alone", written(marker)));
    let mut seen = 0;
    for (name, page) in pages.chain(others) {
        for (within, text) in page.texts.iter().filter(|(_, text)| text.contains("Zq7")) {
            let titled = within.iter().any(|element| element == "title"); // a window's title has no markup
            assert!(
                titled || within.last().is_some_and(|element| element == "bdi"),
                "{name}: {text} in {within:?}"
            );
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} texts were looked at");
}

#[test]
fn atk_wb_06_overrides_and_unseen_characters_do_not_reach_the_page() {
    for hidden in [
        "\u{202E}",
        "\u{202A}",
        "\u{2066}",
        "\u{200B}",
        "\u{2060}",
        "\u{FEFF}",
        "\u{0}",
        "\n",
        "\u{85}",
        "\u{E0041}",
    ] {
        let page = interaction(&filled(&payment(), &format!("GmbH{hidden}EMCA")), "x");
        for row in page.test_ids("transaction-row") {
            assert!(!row.text.contains(hidden), "{hidden:?}");
            assert!(row.text.contains("GmbH\u{FFFD}EMCA"), "{hidden:?}");
        }
    }
}

/// The amount and the payee have their places whatever the order, the length and the words of the others.
#[test]
fn atk_wb_06_amount_and_payee_stand_in_fixed_fields() {
    let long = "M".repeat(10_000);
    let rows = [("Note", "Amount: EUR 1.00"), ("To", long.as_str()), ("Amount", "EUR 1,234.00")];
    let state = signed_in(visit(InteractionKind::StepUp, &[&["passkey"]]));
    let page = page(&common::approving(state, "payment_initiation", &rows));
    let fields: Vec<_> =
        page.test_ids("transaction-row").iter().filter_map(|row| row.attribute("data-field")).collect();
    assert_eq!(fields, ["amount", "payee", "other"]);
    assert_eq!(page.test_ids("transaction-row")[0].text, "AmountEUR 1,234.00");
}
