//! What can be guessed is guessed under a budget: taken before the guess is looked at, so that guesses made at
//! once are counted too (AB-03), and for the account, not the session (AB-02).

use riser_core::abuse::Budget;
use riser_core::account::Notice;
use riser_core::assurance::Factor;
use riser_core::audit::{Entry, Event};
use riser_core::{UnixTime, UserId};
use riser_store::{Hashed, Letter, Reserved, Told};
use riser_wire::Seconds;

use crate::app::App;
use crate::error::ApiError;
use crate::http::Visitor;
use crate::visit::Scene;

/// A guess that may be looked at.
pub(super) struct Guess {
    name: Hashed,
    network: Hashed,
    factor: Factor,
    /// When the next may be made, if this was the last for a while.
    last: Option<UnixTime>,
}

impl Guess {
    /// Takes one of the tries that `name` and the visitor's network have.
    pub(super) async fn reserve(
        app: &App,
        visitor: &Visitor,
        now: UnixTime,
        factor: Factor,
        name: Hashed,
        budget: Budget,
    ) -> Result<Self, ApiError> {
        let network = visitor.network.key();
        let tries = [(name, budget), (network, app.provider.budgets.network)];
        match app.store.reserve_attempts(&tries, now).await? {
            Reserved::Go => Ok(Self { name, network, factor, last: None }),
            Reserved::GoLast { again_at } => Ok(Self { name, network, factor, last: Some(again_at) }),
            Reserved::Wait(until) => Err(wait(until, now)),
        }
    }

    /// It was right: the name's tries are given back. Of the network's only this one: it may be trying other
    /// names beside its own.
    pub(super) async fn right(self, app: &App) -> Result<(), ApiError> {
        Ok(app.store.clear_attempts(&[self.name], &[self.network]).await?)
    }

    /// It was not looked at, for want of a core: that is no guess, or a flood would shut everybody out.
    pub(super) async fn unseen(self, app: &App) -> Result<(), ApiError> {
        Ok(app.store.clear_attempts(&[], &[self.name, self.network]).await?)
    }

    /// It was wrong. Whose factor is closed for a while now is told so.
    pub(super) async fn wrong(
        self,
        app: &App,
        scene: &mut Scene,
        owner: Option<UserId>,
    ) -> Result<(), ApiError> {
        let refused = Event::ProofRefused {
            interaction: scene.interaction.id.clone(),
            user: owner.clone(),
            factor: self.factor,
            reason: "invalid_credentials".to_owned(),
        };
        let mut told = Told::from(Entry { at: scene.now, event: refused });
        if let Some(again_at) = self.last {
            let event = Event::TriesExhausted { user: owner.clone(), factor: self.factor, again_at };
            told.audit.push(Entry { at: scene.now, event });
            if let Some(user) = owner {
                let notice = Notice::TriesExhausted { factor: self.factor, again_at };
                told = told.with(Letter { user, notice, link: None });
            }
        }
        app.store.advance(&scene.interaction, &[], None, scene.now, told).await?;
        scene.interaction.version += 1;
        Ok(())
    }
}

fn wait(until: UnixTime, now: UnixTime) -> ApiError {
    ApiError::RateLimited(Seconds(u32::try_from(until.since(now)).unwrap_or(1).max(1)))
}
