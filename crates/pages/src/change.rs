use riser_wire::AccountView;

use crate::{
    shown::{Part, Sentence},
    texts::{Change, Texts},
};

/// The words for what a visit does to one's own account.
pub(crate) fn words(account: &AccountView, t: &'static Texts) -> &'static Change {
    let t = &t.changes;
    match account.action.as_str() {
        "view" => &t.view,
        "add_passkey" if account.hardware => &t.add_hardware_key,
        "add_passkey" => &t.add_passkey,
        "add_totp" => &t.add_totp,
        "set_password" => &t.set_password,
        "new_recovery_codes" => &t.new_recovery_codes,
        "rename" => &t.rename,
        "remove" => &t.remove,
        "set_email" if account.to.is_some() => &t.set_email,
        "set_email" => &t.no_email,
        _ => &t.other,
    }
}

/// What is done, with the names of what it is done to.
pub(crate) fn heading<'a>(account: &'a AccountView, t: &'static Texts) -> Sentence<'a> {
    let name = match account.credential.as_deref() {
        Some(name) if !name.trim().is_empty() => Part::theirs(name),
        _ => Part::ours(t.changes.unnamed),
    };
    let to = Part::theirs(account.to.as_deref().unwrap_or_default());
    Sentence::with(words(account, t).heading, &[("name", name), ("to", to)])
}
