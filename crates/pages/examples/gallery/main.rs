//! Writes every state of the pages into a folder, to be looked at:
//! `cargo run -p riser-pages --example gallery -- FOLDER`, then serve the folder on loopback.

use std::{env, error::Error, fs, path::Path};

use riser_pages::{Notice, assets, render};
use riser_wire::{
    Acr, ClientView, CurrentView, InteractionKind, InteractionState, InteractionStatus, ProblemKind,
    RequiredView, Seconds, TransactionView, UnixTime, UserView,
};

mod own;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let folder = env::args().nth(1).ok_or("give the folder to write to")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for name in assets::NAMES {
        let asset = assets::get(name).ok_or("an asset is missing")?;
        fs::write(folder.join("assets").join(name), asset.bytes)?;
    }
    for (name, html) in pages()? {
        fs::write(folder.join(format!("{name}.html")), html)?;
        println!("{name}.html");
    }
    Ok(())
}

fn pages() -> Result<Vec<(&'static str, String)>, Failure> {
    let mut pages = vec![
        ("home", render::home(&render::HomePage { issuer: "https://id.example.com" })?),
        (
            "error",
            render::error(&render::ErrorPage {
                title: "This link was already used or has expired",
                detail: "An enrolment link works once. Ask your administrator for a new one.",
                request_id: "0198a7c2-5f1e-7d3a-9a44-1c5be2c0d7f1",
            })?,
        ),
    ];
    pages.extend(own::pages()?);
    for (name, state, notice) in states()? {
        let totp = render::TotpEnrolment {
            qr_svg: render::QrSvg::new(own::QR),
            manual_key: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            issuer: "id.example.com",
        };
        let page = render::InteractionPage {
            state: &state,
            csrf: "csrf",
            notice,
            totp: Some(totp),
            password_min: 15,
        };
        pages.push((name, render::interaction(&page)?));
    }
    Ok(pages)
}

type Row = (&'static str, InteractionState, Option<Notice>);

#[rustfmt::skip] // a table
fn states() -> Result<Vec<Row>, Failure> {
    let wrong = Some(Notice::new(ProblemKind::InvalidCredentials));
    let limited = Some(Notice::rate_limited(Seconds(45)));
    let login = || state(InteractionKind::Login, None, &[&["passkey"], &["password"]]);
    let mut rows = vec![
        ("login", login(), None),
        ("login-password-first", state(InteractionKind::Login, None, &[&["password"], &["passkey"]]), None),
        ("login-password", state(InteractionKind::Login, Some("anna"), &[&["password"]]), None),
        ("login-wrong", state(InteractionKind::Login, Some("anna"), &[&["password"]]), wrong),
        ("login-passkey-or-password", state(InteractionKind::Login, Some("anna"), &[&["passkey"], &["password", "totp"]]), limited),
        ("login-totp", state(InteractionKind::Login, Some("anna"), &[&["totp"]]), None),
        ("step-up", signed_in(state(InteractionKind::StepUp, Some("anna"), &[&["passkey"]])), None),
        ("step-up-hardware", acr(signed_in(state(InteractionKind::StepUp, Some("anna"), &[&["passkey"]])), "phrh")?, None),
        ("step-up-password", signed_in(state(InteractionKind::StepUp, Some("anna"), &[&["passkey"], &["password"]])), None),
        ("payment", payment("ACME GmbH", "EUR 1,234.00")?, None),
        ("payment-problem", payment("ACME GmbH", "EUR 1,234.00")?, Some(Notice::new(ProblemKind::WrongUser))),
        ("payment-long", payment(&"Donaudampfschifffahrtsgesellschaft".repeat(4), "EUR 123,456,789,012.00")?, None),
        ("payment-rtl", payment("حساب التوفير \u{202E}GmbH", "EUR 1,234.00")?, None),
        ("payment-login", InteractionState { kind: InteractionKind::Login, user: None, current: None, ..payment("ACME GmbH", "EUR 1,234.00")? }, None),
        ("action", action()?, None),
        ("enrol-sign-in", enrol(None, None), None),
        ("enrol-password", enrol(Some("anna"), None), None),
        ("enrol", enrol(Some("anna"), Some(())), None),
        ("consent", InteractionState { consent_required: true, ..signed_in(state(InteractionKind::Consent, Some("anna"), &[])) }, None),
    ];
    for (name, kind) in [
        ("done-login", InteractionKind::Login), ("done", InteractionKind::StepUp), ("done-enrol", InteractionKind::Enrol),
    ] {
        rows.push((name, ended(kind, InteractionStatus::Done, None), None));
    }
    for (name, reason) in [
        ("failed-enrolment", "enrolment_required"), ("failed-unreachable", "unreachable"), ("failed-cancelled", "cancelled"),
        ("failed-tries", "too_many_failures"), ("failed-expired", "expired"), ("failed-other", "?"),
    ] {
        rows.push((name, ended(InteractionKind::StepUp, InteractionStatus::Failed, Some(reason)), None));
    }
    rows.extend(own::states(&state, &signed_in));
    Ok(rows)
}

fn state(kind: InteractionKind, user: Option<&str>, options: &[&[&str]]) -> InteractionState {
    InteractionState {
        id: "0198a7c2".to_owned(),
        kind,
        status: InteractionStatus::Pending,
        client: Some(ClientView { client_id: "bank".to_owned(), name: "Nordlicht Bank".to_owned() }),
        user: user.map(|username| UserView { username: username.to_owned() }),
        current: None,
        required: None,
        transaction: None,
        account: None,
        lacking: None,
        recovery: None,
        hardware: false,
        options: options
            .iter()
            .map(|option| option.iter().map(|factor| (*factor).to_owned()).collect())
            .collect(),
        consent_required: false,
        reason: None,
        next: None,
    }
}

fn signed_in(state: InteractionState) -> InteractionState {
    let current = CurrentView { acr: None, auth_time: UnixTime(1_785_592_800), amr: vec!["pwd".to_owned()] };
    InteractionState { current: Some(current), ..state }
}

fn acr(state: InteractionState, acr: &str) -> Result<InteractionState, Failure> {
    Ok(InteractionState {
        required: Some(RequiredView { acr_values: vec![Acr::parse(acr)?], max_age: None }),
        ..state
    })
}

fn payment(payee: &str, amount: &str) -> Result<InteractionState, Failure> {
    let rows = [
        ("To", payee),
        ("Account", "DE02 1203 0000 0000 2020 51"),
        ("Amount", amount),
        ("Note", "Invoice 2026-117"),
    ];
    let transaction = TransactionView {
        kind: "payment_initiation".to_owned(),
        details: "{}".parse()?,
        display: rows.into_iter().map(|(label, text)| (label.to_owned(), text.to_owned())).collect(),
    };
    let state = signed_in(state(InteractionKind::StepUp, Some("anna"), &[&["passkey"]]));
    Ok(InteractionState { transaction: Some(transaction), ..state })
}

fn action() -> Result<InteractionState, Failure> {
    let rows =
        [("Action", "Delete tenant"), ("Tenant", "acme-production"), ("Members", "1,284 people lose access")];
    let transaction = TransactionView {
        kind: "riser_action".to_owned(),
        details: "{}".parse()?,
        display: rows.into_iter().map(|(label, text)| (label.to_owned(), text.to_owned())).collect(),
    };
    let state = signed_in(state(InteractionKind::StepUp, Some("anna"), &[&["passkey"]]));
    let client = ClientView { client_id: "admin".to_owned(), name: "Admin console".to_owned() };
    acr(InteractionState { transaction: Some(transaction), client: Some(client), ..state }, "phrh")
}

fn enrol(user: Option<&str>, current: Option<()>) -> InteractionState {
    let state = state(InteractionKind::Enrol, user, &[&["passkey"]]);
    let state = if current.is_some() { signed_in(state) } else { state };
    InteractionState { client: None, ..state }
}

fn ended(kind: InteractionKind, status: InteractionStatus, reason: Option<&str>) -> InteractionState {
    let ended = signed_in(state(kind, Some("anna"), &[]));
    InteractionState {
        status,
        reason: reason.map(str::to_owned),
        next: Some("http://127.0.0.1:8081/callback?state=x".to_owned()),
        ..ended
    }
}
