use riser_core::account::Notice;
use riser_core::audit::Entry;
use riser_core::{UnixTime, UserId};

/// A letter to the owner of an account. It is written in the transaction of what it tells of, to the address
/// that the account has at that moment: whoever changes the address later does not catch it. It also goes to
/// the addresses that the account had in the thirty days before, the three oldest of them: whoever changes the
/// address first does not hide what they do next. An account that had none gets none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// To whom.
    pub user: UserId,
    /// What it tells.
    pub notice: Notice,
    /// What its reader can do about it without signing in.
    pub link: Option<LetterLink>,
}

/// The secret that a letter carries and its reader comes back with. Until the letter is sent it stands in the
/// outbox as it is; so it may open nothing but an end: a cancellation.
#[derive(Clone, PartialEq, Eq)]
pub struct LetterLink(pub String);

impl std::fmt::Debug for LetterLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LetterLink(..)")
    }
}

/// A letter of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LetterId(pub i64);

/// A letter that is to be sent now, and is its taker's for a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingLetter {
    /// Its name in the outbox.
    pub id: LetterId,
    /// The address.
    pub to: String,
    /// The name of the account.
    pub name: String,
    /// What it tells.
    pub notice: Notice,
    /// What its reader can do about it.
    pub link: Option<LetterLink>,
    /// When what it tells of happened.
    pub at: UnixTime,
    /// Which try this is, from 1.
    pub attempt: u32,
}

/// What a change leaves behind beside its effect, in the same transaction: entries for the log, and letters
/// to the owner.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// For the log.
    pub audit: Vec<Entry>,
    /// For the owner.
    pub letters: Vec<Letter>,
}

impl Told {
    /// Nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::default()
    }

    /// The same, and a letter.
    #[must_use]
    pub fn with(mut self, letter: Letter) -> Self {
        self.letters.push(letter);
        self
    }
}

impl From<Entry> for Told {
    fn from(entry: Entry) -> Self {
        Self { audit: vec![entry], letters: Vec::new() }
    }
}

impl From<Vec<Entry>> for Told {
    fn from(audit: Vec<Entry>) -> Self {
        Self { audit, letters: Vec::new() }
    }
}
