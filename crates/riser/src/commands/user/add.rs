use std::io::Read as _;

use riser_core::account::Notice;
use riser_core::assurance::Ceiling;
use riser_core::audit::{Entry, Event};
use riser_core::{CredentialId, UserId};
use riser_factors::password::{Blocklist, Password, SOLE_FACTOR_MIN};
use riser_server::{SystemRandom, random_bytes};
use riser_store::{NewCredential, NewUser, Secret, Store as _, StoreError};
use serde_json::json;
use zeroize::Zeroizing;

use super::Whose;
use super::change::checked_email;
use crate::config::Parts;
use crate::failure::Failure;
use crate::installation::{fresh_id, now, passwords, told};

/// What makes a password unfit here.
#[derive(Clone, Copy)]
pub struct PasswordRules<'a> {
    blocklist: &'a Blocklist,
    host: &'a str,
}

impl<'a> PasswordRules<'a> {
    /// Those of a configuration.
    pub fn of(parts: &'a Parts) -> Self {
        Self { blocklist: &parts.blocklist, host: parts.provider.host() }
    }
}

pub(super) fn read_password() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin().read_to_string(&mut text)?;
    let bare = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Zeroizing::new(bare.strip_suffix('\r').unwrap_or(bare).to_owned()))
}

/// A password as a credential. What its creator registers in this act is as good as its proofs: no ceiling.
async fn credential(text: &str, name: &str, rules: PasswordRules<'_>) -> Result<NewCredential, Failure> {
    let password = Password::for_enrolment(text, SOLE_FACTOR_MIN)?;
    rules.blocklist.check(&password, &[name, rules.host, "riser"])?;
    let hash = passwords().hash(&password, random_bytes(&SystemRandom)).await?;
    Ok(NewCredential {
        id: CredentialId::new(fresh_id()),
        label: "Password".to_owned(),
        ceiling: Ceiling::Unlimited,
        rising: None,
        secret: Secret::Password(hash.as_str().to_owned()),
    })
}

/// Makes an account.
pub async fn add(
    store: &riser_store_sqlite::SqliteStore,
    name: &str,
    email: Option<String>,
    password: Option<Zeroizing<String>>,
    rules: PasswordRules<'_>,
) -> Result<UserId, Failure> {
    let fits = (1..=128).contains(&name.chars().count())
        && name.trim() == name
        && !name.chars().any(char::is_control);
    if !fits {
        return Err(Failure::new(
            "a name has 1 to 128 characters, without spaces around it or control characters",
        ));
    }
    let email = email.map(checked_email).transpose()?;
    let credentials = match password {
        Some(text) => vec![credential(&text, name, rules).await?],
        None => Vec::new(),
    };
    let id = UserId::new(fresh_id());
    let user = NewUser { id: id.clone(), name: name.to_owned(), email, credentials };
    let event = Event::UserCreated { user: id.clone() };
    match store.create_user(user, now(), Entry { at: now(), event }).await {
        Ok(()) => Ok(id),
        Err(StoreError::Taken(_)) => Err(Failure::new(format!("the name `{name}` is taken: choose another"))),
        Err(error) => Err(error.into()),
    }
}

/// `riser user set-password`.
pub(super) async fn set_password(whose: &Whose) -> Result<(), Failure> {
    let text = read_password()?;
    let installation = whose.open()?;
    let person = whose.person(&installation.store).await?;
    let password = credential(&text, &person.name, PasswordRules::of(&installation.parts)).await?;
    let (user, at) = (person.id, now());
    let event = Event::PasswordSet { user: user.clone(), session: None };
    let told = told(&user, at, event, Notice::PasswordChanged { by_administrator: true });
    installation.store.set_password(&user, password, at, told).await?;
    let name = &whose.name;
    whose.done(
        json!({ "password_set": true }),
        &format!("Set the password of {name}; their sessions have ended."),
    );
    Ok(())
}
