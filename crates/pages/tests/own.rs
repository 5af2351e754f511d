//! One's own account, registrations and recoveries: what each page says, and where its forms lead.

mod common;

use common::{
    changing, ended, enrolling, every_state, html, known, own, page, page_with, recovering, signed_in, visit,
};
use riser_core::{UnixTime, assurance::Factor};
use riser_pages::{
    AccountNews, Notice,
    render::{self, Kept, QrSvg},
};
use riser_wire::{InteractionKind, InteractionState, InteractionStatus, LackingView, ProblemKind};

const LATER: UnixTime = UnixTime(1_785_679_200);

fn account(page: &render::AccountPage<'_>) -> html::Page {
    html::read(&render::account(page).unwrap_or_default())
}

/// The forms of a page: where they lead, and the names of what they carry.
fn forms(page: &html::Page, to: &str) -> usize {
    page.all("form").filter(|form| form.attribute("action") == Some(to)).count()
}

#[test]
#[rustfmt::skip] // a table
fn a_prompt_says_what_the_proof_will_do_and_what_refusal_leaves() {
    for (action, heading, promise) in [
        ("view", "Open your account", "nothing changes"),
        ("add_passkey", "Add a passkey", "nothing is added"),
        ("add_totp", "Add an authenticator app", "nothing is added"),
        ("set_password", "Set a new password", "your password stays"),
        ("new_recovery_codes", "Make new recovery codes", "stay as they are"),
        ("rename", "Rename “YubiKey 5” to “b@example.com”", "the name stays"),
        ("remove", "Remove “YubiKey 5”", "nothing is removed"),
        ("set_email", "Send notices to b@example.com", "where they went before"),
        ("a later version's action", "Change your account", "nothing changes"),
    ] {
        let page = page(&changing(action));
        assert_eq!(page.all("h1").next().map(|h1| h1.text.as_str()), Some(heading));
        assert!(page.said("promise").contains(promise), "{action}: {}", page.said("promise"));
        assert_eq!(page.test_ids("passkey").len(), 1, "{action}");
    }
    let mut hardware = changing("add_passkey");
    hardware.account.as_mut().into_iter().for_each(|account| account.hardware = true);
    // The proof before it may be any passkey.
    assert!(!page(&hardware).body().contains("synced"));
    assert!(page(&hardware).body().starts_with("\nAdd a hardware key"));
}

#[test]
fn a_hardware_key_is_explained_where_it_is_registered() {
    let mut state = enrolling("add_passkey", "passkey");
    assert_eq!(page(&state).said("passkey"), "Add a passkey");
    state.account.as_mut().into_iter().for_each(|account| account.hardware = true);
    let page = page(&state);
    assert!(
        page.body().contains("Touch your hardware key") && page.body().contains("synced between devices")
    );
    assert_eq!(page.test_ids("passkey")[0].attribute("data-ceremony"), Some("create"));
}

#[test]
fn an_app_is_added_by_picture_or_by_key_and_a_code() {
    let state = enrolling("add_totp", "totp");
    let page = page(&state);
    assert_eq!(page.test_ids("qr")[0].attribute("role"), Some("img"));
    assert!(page.all("svg").any(|svg| svg.within.iter().any(|name| name == "div")));
    assert_eq!(page.said("manual-key"), "JBSW Y3DP EHPK 3PXP");
    assert!(page.body().contains("id.example.com") && page.body().contains("anna"));
    assert_eq!(forms(&page, "/interaction/visit1/enrol/totp"), 1);
    let code = page.test_ids("code")[0];
    assert_eq!(code.attribute("inputmode"), Some("numeric"));
    assert_eq!(code.attribute("autocomplete"), Some("one-time-code"));

    let wrong = page_with(&state, Some(Notice::new(ProblemKind::InvalidCredentials)));
    assert!(wrong.said("alert").starts_with("That code is not right"));
    assert_eq!(wrong.test_ids("code")[0].attribute("aria-invalid"), Some("true"));

    // Without a picture there is still the key; without either there is a way out.
    let bare = |totp| {
        let page = render::InteractionPage { state: &state, csrf: "c", notice: None, totp, password_min: 15 };
        html::read(&render::interaction(&page).unwrap_or_default())
    };
    let keyed = bare(Some(render::TotpEnrolment { qr_svg: None, ..common::totp("id.example.com") }));
    assert!(keyed.test_ids("qr").is_empty() && keyed.said("manual-key").starts_with("JBSW"));
    let nothing = bare(None);
    assert!(nothing.test_ids("code").is_empty() && nothing.test_ids("cancel").len() == 1);
}

#[test]
fn a_new_password_has_its_rule_in_words_and_in_the_field() {
    let state = enrolling("set_password", "password");
    let page = page_with(&state, Some(Notice::new(ProblemKind::PasswordNotAccepted)));
    assert!(page.body().contains("At least 15 characters, of any kind"));
    let field = page.test_ids("new-password")[0];
    assert_eq!(field.attribute("minlength"), Some("15"));
    assert_eq!(field.attribute("autocomplete"), Some("new-password"));
    assert_eq!(field.attribute("maxlength"), None);
    assert_eq!(field.attribute("aria-invalid"), Some("true"));
    assert!(page.test_ids("reveal")[0].attribute("hidden").is_some(), "nothing to press without script");
    assert_eq!(forms(&page, "/interaction/visit1/enrol/password"), 1);
}

#[test]
fn recovery_codes_are_made_only_when_one_is_ready_for_them() {
    let page = page(&enrolling("new_recovery_codes", "recovery_codes"));
    assert!(page.said("facts").contains("shown once") && page.said("facts").contains("stop working"));
    assert_eq!(forms(&page, "/interaction/visit1/enrol/recovery-codes"), 1);
}

#[test]
#[rustfmt::skip] // a table
fn a_recovery_asks_one_thing_at_a_time_and_says_what_it_does() {
    let nobody = InteractionState { user: None, ..recovering("identifier") };
    for (state, field, to) in [
        (nobody.clone(), "username", "identifier"),
        (recovering("password"), "password", "password"),
        (recovering("recovery_code"), "recovery-code", "recovery-code"),
        (recovering("lost"), "lost", "recovery"),
    ] {
        let page = page(&state);
        assert!(!page.test_ids(field).is_empty(), "{field}");
        assert_eq!(forms(&page, &format!("/interaction/visit1/{to}")), 1, "{field}");
        assert_eq!(page.said("promise"), "If you cancel, nothing is replaced.");
        assert!(page.test_ids("recover").is_empty(), "{field}: a recovery leads to another one");
        assert!(page.test_ids("other-username").is_empty());
    }
    for state in [nobody, recovering("lost")] {
        let page = page(&state);
        let facts = page.said("facts");
        for said in ["It takes 1 day", "can cancel", "counts for less", "not sign you in"] {
            assert!(facts.contains(said), "{said}: {facts}");
        }
    }
    let lost = page(&recovering("lost"));
    let values: Vec<_> = lost.test_ids("lost").iter().filter_map(|it| it.attribute("value")).collect();
    assert_eq!(values, ["c1", "c2"]);
    assert!(lost.body().contains("Pixel 8") && lost.body().contains("authenticator app"));
}

#[test]
fn whoever_lost_a_passkey_finds_the_way_on_each_prompt_that_wants_one() {
    for (name, state, expected) in [
        ("sign-in", visit(InteractionKind::Login, &[&["passkey"], &["password"]]), 1),
        ("sign-in without", visit(InteractionKind::Login, &[&["password"]]), 1),
        ("step-up", signed_in(visit(InteractionKind::StepUp, &[&["passkey"]])), 1),
        ("password only", known(visit(InteractionKind::Login, &[&["password"]])), 0),
        ("registration", signed_in(visit(InteractionKind::Enrol, &[&["passkey"]])), 0),
    ] {
        let page = page(&state);
        let links = page.test_ids("recover");
        assert_eq!(links.len(), expected, "{name}");
        assert!(links.iter().all(|link| link.attribute("href") == Some("/recovery")));
    }
}

/// A choice in a list is no confirmation of what stands above it.
#[test]
fn atk_wb_04_autofill_is_offered_for_signing_in_and_never_where_something_is_approved() {
    let sign_in = page(&visit(InteractionKind::Login, &[&["passkey"], &["password"]]));
    let field = sign_in.test_ids("username")[0];
    assert_eq!(field.attribute("autocomplete"), Some("username webauthn"));
    assert_eq!(field.attribute("data-autofill"), Some("/interaction/visit1/passkey"));
    for (name, state) in every_state() {
        let page = page(&state);
        let offered = page.all("input").any(|input| input.attribute("data-autofill").is_some());
        let may = state.transaction.is_none() && state.user.is_none();
        assert!(!offered || (may && state.kind == InteractionKind::Login), "{name}");
    }
}

#[test]
fn what_is_missing_is_named_with_what_to_do_and_the_way_back() {
    let lacks = |lacking| {
        let state = ended(InteractionStatus::Failed, Some("enrolment_required"));
        let page = page(&InteractionState { lacking: Some(lacking), ..state });
        assert_eq!(page.said("continue"), "Back to Nordlicht");
        page
    };
    let bare = LackingView {
        factors: vec!["passkey".to_owned()],
        hardware: false,
        held_back: Vec::new(),
        self_service: false,
        rises_at: None,
    };
    let administrator = lacks(bare.clone());
    assert!(administrator.body().contains("Ask your administrator or Nordlicht for an enrolment link"));
    assert!(administrator.test_ids("cure").is_empty());

    let held_back = vec!["iCloud Keychain".to_owned()];
    let hardware = lacks(LackingView { hardware: true, held_back: held_back.clone(), ..bare.clone() });
    assert!(hardware.body().contains("A hardware key is needed"));
    assert!(hardware.body().contains("“iCloud Keychain” is no hardware key"));

    let own = lacks(LackingView { self_service: true, ..bare.clone() });
    assert_eq!(own.test_ids("cure")[0].attribute("href"), Some("/account"));

    let rises = lacks(LackingView { rises_at: Some(LATER), held_back, ..bare.clone() });
    assert!(rises.body().contains("“iCloud Keychain” can be used for this from 2026-08-02, 14:00 UTC on."));
    assert!(rises.body().contains("Then go back to Nordlicht") && rises.test_ids("cure").is_empty());

    let other = lacks(LackingView { factors: vec!["totp".to_owned(), "sms".to_owned()], ..bare });
    assert!(other.body().contains("What would do: authenticator app or text message."));
}

#[test]
fn a_recovery_that_has_begun_gives_the_link_to_keep_and_leads_nowhere() {
    let begun = InteractionState {
        status: InteractionStatus::Done,
        next: Some("https://id.example.com/grant/t0k3n".to_owned()),
        ..recovering("lost")
    };
    let page = page(&begun);
    assert_eq!(page.said("recovery-link"), "https://id.example.com/grant/t0k3n");
    assert!(page.all("a").next().is_none() && page.body().contains("In 1 day"));

    let own = own::begun("https://id.example.com/grant/t0k3n");
    assert_eq!(own.said("recovery-link"), "https://id.example.com/grant/t0k3n");
    assert!(own.body().contains("can be replaced from 1970-01-02, 00:00 UTC on"));
}

#[test]
fn a_credential_says_how_far_it_counts_where_it_is_kept_and_what_it_waits_for() {
    let waiting = render::Waiting { to: own::acr("phr"), until: LATER };
    let rows = [
        render::CredentialRow {
            kept: Some(Kept::HardwareKey),
            counts_for: vec![own::acr("phrh")],
            model: Some("YubiKey 5 Series"),
            ..own::credential("Key on my ring")
        },
        render::CredentialRow { counts_for: vec![own::acr("phr")], ..own::credential("iCloud Keychain") },
        render::CredentialRow {
            counts_for: Vec::new(),
            kept: Some(Kept::ThisDevice),
            waiting: Some(waiting),
            ..own::credential("Hello")
        },
        render::CredentialRow {
            factor: Factor::Password,
            kept: None,
            counts_for: vec![own::acr("urn:x:strong")],
            removable: false,
            ..own::credential("")
        },
    ];
    let page = account(&own::bare(&rows));
    let all = |id| page.test_ids(id).iter().map(|it| it.text.as_str()).collect::<Vec<_>>();
    assert_eq!(
        all("counts"),
        [
            "Everything, also where a hardware key is asked for",
            "Everything except what needs a hardware key",
            "Nothing by itself",
            "What asks for “urn:x:strong”",
        ]
    );
    assert_eq!(all("kept"), ["In a hardware key", "Synced between your devices", "Only on this one device"]);
    assert!(
        page.said("waiting")
            .contains("From 2026-08-02, 14:00 UTC on it also counts where a passkey is asked")
    );
    assert_eq!((forms(&page, "/account/rises/cancel"), all("remove").len(), all("rename").len()), (1, 3, 3));
    assert!(page.body().contains("YubiKey 5 Series") && page.body().contains("Password"));
}

#[test]
fn what_can_be_added_depends_on_what_is_there() {
    let nothing = account(&own::bare(&[]));
    assert!(nothing.test_ids("add-hardware-key").is_empty() && nothing.test_ids("set-password").len() == 1);
    assert!(nothing.said("codes-left").starts_with("You have none"));
    let hardware = account(&render::AccountPage {
        adds: render::Addable { hardware_key: true, ..own::ADDS },
        ..own::bare(&[])
    });
    assert_eq!(hardware.test_ids("add-hardware-key").len(), 1);
    for (left, said) in [(0, "All of them are used up."), (1, "1 code is left."), (7, "7 codes are left.")] {
        let page = account(&render::AccountPage { recovery_codes: Some(left), ..own::bare(&[]) });
        assert_eq!(page.said("codes-left"), said);
    }
}

#[test]
fn who_may_add_nothing_by_themselves_is_told_whom_to_ask() {
    let none = render::Addable {
        passkey: false,
        hardware_key: false,
        totp: false,
        password: false,
        recovery_codes: false,
    };
    let adds = ["add-passkey", "add-hardware-key", "add-totp", "set-password", "new-recovery-codes"];
    let page = account(&render::AccountPage { adds: none, ..own::bare(&[]) });
    assert!(adds.iter().all(|id| page.test_ids(id).is_empty()));
    assert!(page.said("by-link").contains("Ask your administrator"));
    assert!(page.said("no-codes").contains("ask your administrator"));
    let apps = render::Addable { totp: true, ..none };
    let page = account(&render::AccountPage { adds: apps, ..own::bare(&[]) });
    assert_eq!(page.test_ids("add-totp").len(), 1);
    assert!(page.said("by-link").starts_with("Anything else"));
    let page = account(&own::bare(&[]));
    assert!(page.test_ids("by-link").is_empty() && page.test_ids("no-codes").is_empty());
}

#[test]
fn an_application_is_shown_with_what_it_has_and_what_can_be_done_about_it() {
    let row = |access| render::ApplicationRow { client_id: "bank", name: "Nordlicht", access };
    let rows = [
        row(render::Access::Granted { since: UnixTime(0), last_used: None }),
        row(render::Access::Asked { at: UnixTime(0) }),
        row(render::Access::Blocked { since: UnixTime(0) }),
    ];
    for (row, deeds) in rows.into_iter().zip([(1, 1, 0), (0, 1, 0), (0, 0, 1)]) {
        let page = account(&render::AccountPage { applications: &[row], ..own::bare(&[]) });
        let count = |id| page.test_ids(id).len();
        assert_eq!((count("revoke"), count("block"), count("unblock")), deeds);
        assert_eq!(count("blocked"), deeds.2);
    }
}

#[test]
fn the_activity_says_who_asked_for_what_and_what_was_approved() {
    let entry = own::asked();
    let approved = [("To".to_owned(), "ACME GmbH".to_owned())];
    let row = render::ActivityRow {
        entry: &entry,
        application: Some("Nordlicht"),
        credential: Some("Pixel 8"),
        approved: &approved,
    };
    let page = account(&render::AccountPage { activity: &[row], ..own::bare(&[]) });
    let said = page.said("activity-row");
    for expected in [
        "You confirmed that it’s you",
        "Asked byNordlicht",
        "Asked fora passkey, proved within 5 minutes",
        "ApprovedA payment",
        "ToACME GmbH",
        "UsedPixel 8",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn atk_wb_01_every_form_of_the_account_carries_the_token_and_leads_to_the_account() {
    let page = own::account("x");
    assert!(page.all("form").count() > 10);
    for form in page.all("form") {
        assert_eq!(form.attribute("method"), Some("post"));
        assert!(form.attribute("action").is_some_and(|to| to.starts_with("/account/")));
    }
    let tokens = page.all("input").filter(|input| input.attribute("name") == Some("csrf"));
    assert_eq!(tokens.count(), page.all("form").count());
    let visits: Vec<_> = page
        .all("input")
        .filter(|input| input.attribute("name") == Some("action"))
        .filter_map(|input| input.attribute("value"))
        .collect();
    for action in [
        "add_passkey",
        "add_hardware_key",
        "add_totp",
        "set_password",
        "new_recovery_codes",
        "rename",
        "remove",
        "set_email",
    ] {
        assert!(visits.contains(&action), "{action}");
    }
}

#[test]
fn news_come_by_names_that_choose_no_words() {
    assert_eq!(AccountNews::named("Your account is locked, call us"), None);
    assert_eq!(AccountNews::named("renamed"), Some(AccountNews::Renamed));
    let page = account(&render::AccountPage { news: Some(AccountNews::Renamed), ..own::bare(&[]) });
    assert_eq!(page.said("news"), "The new name is saved.");
}

#[test]
fn passkey_managers_are_told_what_still_works() {
    let ids = ["YWJj".to_owned(), "ZGVm".to_owned()];
    let signals = Some(render::Signals { rp_id: "example.com", user_id: "dXNlcg", credential_ids: &ids });
    let page = account(&render::AccountPage { signals, ..own::bare(&[]) });
    let main = page.test_ids("account")[0];
    assert_eq!(main.attribute("data-rp-id"), Some("example.com"));
    assert_eq!(main.attribute("data-credential-ids"), Some("YWJj ZGVm"));
    assert_eq!(account(&own::bare(&[])).test_ids("account")[0].attribute("data-rp-id"), None);
}

/// Programs that read mail open links: only a press cancels.
#[test]
fn a_link_from_a_mail_shows_one_button_and_does_nothing_by_itself() {
    for page in [own::cancel_rise("Pixel 8"), own::cancel_recovery("Pixel 8")] {
        assert_eq!(page.all("form").count(), 1);
        assert_eq!(forms(&page, "/cancel/Pixel 8"), 1);
        assert_eq!(page.all("button").count(), 1);
        assert!(page.all("script").next().is_none());
        assert!(page.body().contains("You need not sign in for this."));
    }
}

#[test]
fn codes_are_listed_with_a_way_to_keep_them() {
    let page = own::codes("ABCD-EFGH-JKMN-PQRS");
    assert_eq!(page.test_ids("recovery-code").len(), 2);
    assert!(page.test_ids("copy")[0].attribute("hidden").is_some());
    assert!(page.test_ids("continue")[0].attribute("href").is_some_and(|to| to.starts_with("/account")));
}

#[test]
fn atk_wb_05_only_shapes_pass_as_a_picture() {
    let drawn = |inside: &str| format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="2">{inside}</svg>"#);
    assert!(QrSvg::new(&drawn(r##"<rect x="0" fill="#fff"/><path d="M0 0h1v1H0z"/>"##)).is_some());
    for inside in [
        "<script>alert(1)</script>",
        "<rect onload=\"alert(1)\"/>",
        "<rect style=\"x\"/>",
        "<rect fill=\"url(javascript:alert&#40;1&#41;)\"/>",
        "<a href=\"x\"></a>",
        "<image href=\"x\"/>",
        "<foreignObject/>",
        "words",
        "<svg></svg>",
        "<rect x=0/>",
        "<rect x='0'/>",
        "<!-- -->",
    ] {
        assert!(QrSvg::new(&drawn(inside)).is_none(), "{inside}");
    }
    for whole in ["", "<svg></svg>", "x<svg ></svg>", "<svg ></svg><script></script>"] {
        assert!(QrSvg::new(whole).is_none(), "{whole}");
    }
}

#[test]
fn wcag_the_account_has_one_heading_labelled_fields_and_no_id_twice() {
    let page = own::account("x");
    assert_eq!((page.all("h1").count(), page.all("main").count()), (1, 1));
    let mut ids: Vec<_> = page.elements.iter().filter_map(|element| element.attribute("id")).collect();
    let count = ids.len();
    for input in page.all("input").filter(|input| input.attribute("type") != Some("hidden")) {
        let labelled = page.all("label").any(|label| label.attribute("for") == input.attribute("id"));
        assert!(labelled, "{input:?}");
    }
    for described in page.elements.iter().filter_map(|element| element.attribute("aria-describedby")) {
        assert!(described.split(' ').all(|id| ids.contains(&id)), "{described}");
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
}
