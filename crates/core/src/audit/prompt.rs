//! The account of prompts: each with its cause, what was lacking, how it ended, and how long it took. A prompt is counted
//! where its end is recorded, so that the log and the metrics never tell two stories.

use serde::{Deserialize, Serialize};

use super::{Cause, Event};
use crate::Seconds;
use crate::step_up::Lack;

/// A prompt, as its end tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// What was lacking when the person was asked.
    pub lacked: Lack,
    /// From the request's arrival to the end.
    pub took: Seconds,
}

/// How a prompt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptEnd {
    /// Answered: what was lacking was proved.
    Done,
    /// The person said no.
    Refused,
    /// It was tried, and nothing that was tried would do.
    Failed,
    /// Nobody answered within the visit's life.
    Abandoned,
}

impl PromptEnd {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Done, Self::Refused, Self::Failed, Self::Abandoned];

    /// The stable name, in the metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

impl Cause {
    /// Every kind of cause, by the stable names of [`Self::name`].
    pub const NAMES: [&'static str; 4] = ["request", "account", "enrolment_link", "recovery"];

    /// The stable name of its kind.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Account(_) => "account",
            Self::EnrolmentLink => "enrolment_link",
            Self::Recovery => "recovery",
        }
    }
}

impl Event {
    /// The prompt that ended with this event, if one did.
    #[must_use]
    pub fn prompt(&self) -> Option<(PromptEnd, &Cause, Prompt)> {
        match self {
            Self::Authenticated { cause: Some(cause), prompt: Some(prompt), .. } => {
                Some((PromptEnd::Done, cause, *prompt))
            }
            Self::InteractionFailed { reason, cause: Some(cause), prompt: Some(prompt), .. } => {
                let end = if reason == "cancelled" { PromptEnd::Refused } else { PromptEnd::Failed };
                Some((end, cause, *prompt))
            }
            Self::PromptEnded { end, cause, prompt, .. } => Some((*end, cause, *prompt)),
            _ => None,
        }
    }
}
