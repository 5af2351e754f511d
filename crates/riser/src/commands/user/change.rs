use riser_core::account::Notice;
use riser_core::audit::Event;
use riser_store::{Store as _, StoreError};
use serde_json::json;

use super::Whose;
use crate::failure::Failure;
use crate::installation::{now, told};

/// An address that a letter can be sent to. Whether it is anybody's, a letter will tell.
pub(super) fn checked_email(text: String) -> Result<String, Failure> {
    let wrong = || Failure::new(format!("`{text}` is no e-mail address: write one such as ada@example.com"));
    if text.len() > 254 || text.parse::<lettre::Address>().is_err() {
        return Err(wrong());
    }
    Ok(text)
}

/// `riser user disable`.
pub(super) async fn disable(whose: &Whose) -> Result<(), Failure> {
    let store = whose.open()?.store;
    let user = whose.person(&store).await?.id;
    let event = Event::UserDisabled { user: user.clone() };
    let at = now();
    store.disable_user(&user, at, told(&user, at, event, Notice::AccountShut)).await?;
    whose.done(json!({ "disabled": true }), &format!("Shut the account of {}.", whose.name));
    Ok(())
}

/// `riser user enable`.
pub(super) async fn enable(whose: &Whose) -> Result<(), Failure> {
    let store = whose.open()?.store;
    let user = whose.person(&store).await?.id;
    let event = Event::UserEnabled { user: user.clone() };
    let at = now();
    let name = &whose.name;
    match store.enable_user(&user, at, told(&user, at, event, Notice::AccountOpened)).await {
        Ok(()) => {}
        Err(StoreError::Conflict) => {
            return Err(Failure::new(format!("the account of `{name}` is open: there is nothing to do")));
        }
        Err(error) => return Err(error.into()),
    }
    whose.done(json!({ "disabled": false }), &format!("Opened the account of {name}."));
    Ok(())
}

/// `riser user set-email`.
pub(super) async fn set_email(whose: &Whose, email: Option<String>) -> Result<(), Failure> {
    let email = email.map(checked_email).transpose()?;
    let store = whose.open()?.store;
    let user = whose.person(&store).await?.id;
    let event = Event::EmailChanged { user: user.clone() };
    let at = now();
    let told = told(&user, at, event, Notice::EmailChanged { to: email.clone() });
    store.set_email(&user, email.clone(), at, told).await?;
    let line = match &email {
        Some(email) => format!("Notices about {} go to {email}.", whose.name),
        None => format!("Nobody is told any more about {}.", whose.name),
    };
    whose.done(json!({ "email": email }), &line);
    Ok(())
}

/// `riser user end-sessions`.
pub(super) async fn end_sessions(whose: &Whose) -> Result<(), Failure> {
    let store = whose.open()?.store;
    let user = whose.person(&store).await?.id;
    let event = Event::SessionsEnded { user: user.clone() };
    let at = now();
    store.raise_generation(&user, None, at, told(&user, at, event, Notice::SessionsEnded)).await?;
    whose.done(json!({ "sessions_ended": true }), &format!("Ended every session of {}.", whose.name));
    Ok(())
}
