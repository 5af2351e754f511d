//! The decision about one question, and its rehearsal beside it.

use riser_core::protocol::Client;
use riser_core::signals::{Signal, signals};
use riser_core::transaction::{AuthorizationDetails, Digest};
use riser_policy::{
    Decision, Judged, Outcome, Policies, Proved, RecordedQuestion, Request, Standing, Transaction, judge,
};
use riser_store::StoreError;
use riser_wire::AccessTokenClaims;

use super::Asks;
use super::answer::Answer;
use super::question::Question;
use super::who::Who;
use crate::app::App;
use crate::rehearsal::Asked;

pub(super) async fn decide(
    app: &App,
    policies: &Policies,
    client: &Client,
    question: &Question,
    who: &Who,
    asks: Asks,
) -> Result<Answer, StoreError> {
    let details = match &question.details {
        None => None,
        Some(details) => {
            match AuthorizationDetails::parse(&details.to_string(), &app.provider.details_types) {
                Ok(details) => Some(details),
                Err(error) => return Ok(Answer::unreadable(error.to_string())),
            }
        }
    };
    let now = app.now();
    let transaction = details.as_ref().map(|details| Transaction {
        acr: details.acr().clone(),
        digest: details.digest(),
        proved: who.token.as_ref().and_then(|token| proved_for(token, details.digest())),
    });
    let rehearsed = app.rehearsal.is_on() && asks == Asks::Decision;
    let looks = policies.asks_signals(&question.action) || rehearsed;
    let request = Request {
        user: who.name.clone(),
        user_attributes: question.subject_attributes.clone(),
        action: question.action.clone(),
        resource_type: question.resource_type.clone(),
        resource: question.resource.clone(),
        resource_attributes: question.resource_attributes.clone(),
        attributes: question.attributes.clone(),
        client: client.id.as_str().to_owned(),
        risk: question.risk.clone(),
        signals: if looks { signals_of(app, who).await? } else { Vec::new() },
        at: Some(now),
    };
    let standing = Standing {
        session: &who.session,
        live: &who.live,
        transaction: transaction.as_ref(),
        besides: &[],
        at: now,
    };
    let Judged { decision, bound } = judge(policies, &request, standing, &app.provider.ground);
    if let Decision::Deny { fault: Some(fault), .. } = &decision {
        tracing::warn!(action = question.action, client = %client.id, %fault, "A decision was denied for a fault");
    }
    if rehearsed {
        let question = RecordedQuestion {
            request: policies.seen(&request),
            transaction,
            decided: Outcome::of(&decision),
            shadow: None,
        };
        // The shadow may see attributes that the rules in force do not.
        let asked =
            Asked { at: now, request, question, session: who.session.clone(), live: who.live.clone() };
        app.rehearsal.take(asked, &app.metrics);
    }
    Ok(Answer::of(decision, details.filter(|_| bound), who))
}

/// Riser's own signals. Of nobody's session nothing is known, which is as good as new.
async fn signals_of(app: &App, who: &Who) -> Result<Vec<Signal>, StoreError> {
    let now = app.now();
    let seen = match who.named {
        true => app.store.sightings(&who.session.user, &who.session.id, now).await?,
        false => Default::default(),
    };
    Ok(signals(&seen, who.used_at.unwrap_or(now), app.provider.session_life.idle, now))
}

/// What a token says was proved for this transaction. That it was not spent yet is found out by who spends it.
fn proved_for(token: &AccessTokenClaims, digest: Digest) -> Option<Proved> {
    let granted = token.authorization_details.as_ref().filter(|_| token.txn.is_some())?;
    let same = Digest::of(granted).is_ok_and(|granted| granted == digest);
    let at = token.authentication.auth_time.filter(|_| same)?;
    Some(Proved { levels: token.acr_satisfied.clone(), at })
}
