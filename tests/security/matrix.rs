//! Who may change what about an account: SU-19, SU-21, SU-22, SU-25, I5. Each kind of account, with each session that it
//! can have, with each proof that can be given, for each change, at each door. What is expected is written
//! down here, by rules of this file's own; the server is then asked, cell by cell, and whether something
//! changed is read from its store.
//!
//! The same rules make the tables of `docs/enrolment.md`. `RISER_WRITE_DOCS=1 cargo test -p riser-tests --test
//! security matrix` writes them again.

mod cells;
mod doors;
pub mod people;

use std::fmt::Write as _;

/// What a session or a proof comes to. In the default ladder each level implies those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Nothing,
    Aal1,
    Aal2,
    Phr,
    Phrh,
}

pub const LEVELS: [(&str, Level); 4] =
    [("phrh", Level::Phrh), ("phr", Level::Phr), ("aal2", Level::Aal2), ("aal1", Level::Aal1)];

/// The kinds of accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Password,
    Passkey,
    Totp,
    Hardware,
}

pub const KINDS: [Kind; 4] = [Kind::Password, Kind::Passkey, Kind::Totp, Kind::Hardware];

/// What a browser brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Nobody,
    Aal1,
    Aal2,
    Phr,
    /// The strongest level, proved sixteen minutes ago.
    Lapsed,
    Phrh,
}

/// What is proved in the visit that asks for the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Nothing,
    Password,
    Totp,
    PasswordAndTotp,
    Passkey,
    HardwareKey,
}

/// The changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    AddPasskey,
    AddHardwareKey,
    AddTotp,
    SetPassword,
    NewRecoveryCodes,
    Rename,
    RemovePasskey,
    RemoveTotp,
    RemovePassword,
    SetEmail,
    EndSession,
    RevokeApplication,
    CancelRecovery,
}

use Change::{
    AddHardwareKey, AddPasskey, AddTotp, CancelRecovery, EndSession, NewRecoveryCodes, RemovePasskey,
    RemovePassword, RemoveTotp, Rename, RevokeApplication, SetEmail, SetPassword,
};

pub const CHANGES: [(Change, &str); 13] = [
    (AddPasskey, "add passkey"),
    (AddHardwareKey, "add hardware key"),
    (AddTotp, "add app"),
    (SetPassword, "set password"),
    (NewRecoveryCodes, "new recovery codes"),
    (Rename, "rename"),
    (RemovePasskey, "remove passkey"),
    (RemoveTotp, "remove app"),
    (RemovePassword, "remove password"),
    (SetEmail, "set e-mail"),
    (EndSession, "end a session"),
    (RevokeApplication, "revoke an application"),
    (CancelRecovery, "cancel a recovery"),
];

/// What a cell is expected to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It is done.
    Done,
    /// It is refused, and nothing changes.
    Refused,
    /// The account has no such thing.
    NotThere,
}

impl Kind {
    pub fn title(self) -> &'static str {
        match self {
            Self::Password => "A password only",
            Self::Passkey => "A password and a passkey",
            Self::Totp => "A password and an authenticator app",
            Self::Hardware => "A password, a passkey and a hardware key",
        }
    }

    /// The strongest level that its credentials reach together.
    pub fn strongest(self) -> Level {
        match self {
            Self::Password => Level::Aal1,
            Self::Passkey => Level::Phr,
            Self::Totp => Level::Aal2,
            Self::Hardware => Level::Phrh,
        }
    }

    pub fn sessions(self) -> &'static [Held] {
        match self {
            Self::Password => &[Held::Nobody, Held::Aal1],
            Self::Passkey => &[Held::Nobody, Held::Aal1, Held::Lapsed, Held::Phr],
            Self::Totp => &[Held::Nobody, Held::Aal1, Held::Aal2],
            Self::Hardware => &[Held::Nobody, Held::Aal1, Held::Phr, Held::Lapsed, Held::Phrh],
        }
    }

    pub fn proofs(self) -> &'static [Proof] {
        match self {
            Self::Password => &[Proof::Nothing, Proof::Password],
            Self::Passkey => &[Proof::Nothing, Proof::Password, Proof::Passkey],
            Self::Totp => &[Proof::Nothing, Proof::Password, Proof::Totp, Proof::PasswordAndTotp],
            Self::Hardware => &[Proof::Nothing, Proof::Password, Proof::Passkey, Proof::HardwareKey],
        }
    }
}

impl Held {
    /// What it holds now.
    pub fn level(self) -> Level {
        match self {
            Self::Nobody => Level::Nothing,
            Self::Aal1 => Level::Aal1,
            // A proof that has lapsed for the stronger levels still is two factors.
            Self::Aal2 | Self::Lapsed => Level::Aal2,
            Self::Phr => Level::Phr,
            Self::Phrh => Level::Phrh,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Aal1 => "aal1",
            Self::Aal2 => "aal2",
            Self::Phr => "phr",
            Self::Lapsed => "lapsed",
            Self::Phrh => "phrh",
        }
    }
}

impl Proof {
    /// What it comes to, alone and now.
    pub fn level(self) -> Level {
        match self {
            Self::Nothing => Level::Nothing,
            Self::Password | Self::Totp => Level::Aal1,
            Self::PasswordAndTotp => Level::Aal2,
            Self::Passkey => Level::Phr,
            Self::HardwareKey => Level::Phrh,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Password => "password",
            Self::Totp => "code",
            Self::PasswordAndTotp => "password and code",
            Self::Passkey => "passkey",
            Self::HardwareKey => "hardware key",
        }
    }
}

impl Change {
    /// What only ends something takes no proof of its own.
    pub fn only_ends(self) -> bool {
        matches!(self, EndSession | RevokeApplication | CancelRecovery)
    }

    /// Whether the account has what is to be changed.
    fn is_there(self, kind: Kind) -> bool {
        match self {
            RemovePasskey => matches!(kind, Kind::Passkey | Kind::Hardware),
            RemoveTotp => kind == Kind::Totp,
            // What only a person knows cannot be lost and replaced.
            CancelRecovery => kind != Kind::Password,
            _ => true,
        }
    }
}

/// Whether the account's owner could still sign in without what is removed. A code of an app says nobody's name.
fn leaves_a_way_in(kind: Kind, change: Change) -> bool {
    change != RemovePassword || matches!(kind, Kind::Passkey | Kind::Hardware)
}

/// The rule of one's own account, at its page and for programs alike.
pub fn expected(kind: Kind, held: Held, proof: Proof, change: Change) -> Expected {
    if !change.is_there(kind) {
        return Expected::NotThere;
    }
    let enough = if change.only_ends() {
        held.level() >= kind.strongest()
    } else {
        held != Held::Nobody && proof.level() >= kind.strongest() && leaves_a_way_in(kind, change)
    };
    if enough { Expected::Done } else { Expected::Refused }
}

/// How far what was added lifts a session on its own (an app: with the password): no further than it can show,
/// and no further than the session that added it stood.
pub fn lifts_to(kind: Kind, change: Change) -> Option<Level> {
    let can_show = match change {
        AddPasskey => Level::Phr,
        AddHardwareKey => Level::Phrh,
        AddTotp => Level::Aal2,
        _ => return None,
    };
    Some(can_show.min(kind.strongest()))
}

/// The other doors, and what each lets through.
pub const DOORS: [(&str, &[Change], &str); 9] = [
    (
        "a link from an administrator",
        &[AddPasskey, AddHardwareKey, AddTotp],
        "as far as the link says; its owner signs in, the password suffices, and is told",
    ),
    (
        "a link from an application's back end",
        &[AddPasskey, AddHardwareKey, AddTotp],
        "the same, up to the level that the application is registered for",
    ),
    (
        "a link after a recovery",
        &[AddPasskey],
        "in the place of the lost one, after the wait, as far as a password reaches",
    ),
    (
        "the visit of a recovery",
        &[],
        "it begins no session and registers nothing; what comes of it is a link",
    ),
    ("the visit of an application's request", &[], "whatever is proved in it"),
    (
        "the link of a letter",
        &[CancelRecovery],
        "and it ends a credential that waits to rise; it never adds anything",
    ),
    ("an access or refresh token, a client's secret", &[], "no door of an account takes one"),
    ("the browser cookie alone", &[], "it binds visits and opens nothing"),
    ("the administration API", &[], "no such door yet: its addresses answer 404"),
];

fn mark(expected: Expected) -> &'static str {
    match expected {
        Expected::Done => "**yes**",
        Expected::Refused => "no",
        Expected::NotThere => "",
    }
}

fn tables() -> String {
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").unwrap();
    for kind in KINDS {
        line(format!("### {}\n", kind.title()));
        let heads: Vec<&str> =
            CHANGES.iter().filter(|(c, _)| !c.only_ends()).map(|(_, head)| *head).collect();
        line(format!("| session | proved in the visit | {} |", heads.join(" | ")));
        line(format!("|---|---|{}", "---|".repeat(heads.len())));
        for held in kind.sessions() {
            for proof in kind.proofs() {
                let cells = CHANGES.iter().filter(|(change, _)| !change.only_ends());
                let cells: Vec<_> =
                    cells.map(|(change, _)| mark(expected(kind, *held, *proof, *change))).collect();
                line(format!("| {} | {} | {} |", held.title(), proof.title(), cells.join(" | ")));
            }
        }
        line(String::new());
    }
    line("### What only ends something\n".to_owned());
    let endings: Vec<_> = CHANGES.iter().filter(|(change, _)| change.only_ends()).collect();
    let heads: Vec<&str> = endings.iter().map(|(_, head)| *head).collect();
    line(format!("| account | session | {} |", heads.join(" | ")));
    line(format!("|---|---|{}", "---|".repeat(heads.len())));
    for kind in KINDS {
        for held in kind.sessions() {
            let cells: Vec<_> = endings
                .iter()
                .map(|(change, _)| mark(expected(kind, *held, Proof::Nothing, *change)))
                .collect();
            line(format!("| {} | {} | {} |", kind.title(), held.title(), cells.join(" | ")));
        }
    }
    line("\n### How far what was added lifts a session\n".to_owned());
    line(
        "| account | a passkey | a hardware key | an app, with the password |\n|---|---|---|---|".to_owned(),
    );
    for kind in KINDS {
        let cells = [AddPasskey, AddHardwareKey, AddTotp].map(|change| {
            let level = lifts_to(kind, change);
            LEVELS.iter().find(|(_, known)| Some(*known) == level).map_or("", |(name, _)| name)
        });
        line(format!("| {} | {} |", kind.title(), cells.join(" | ")));
    }
    line("\n### The other doors\n".to_owned());
    line("| door | lets through | |\n|---|---|---|".to_owned());
    for (door, lets, how) in DOORS {
        let lets: Vec<&str> =
            CHANGES.iter().filter(|(change, _)| lets.contains(change)).map(|(_, head)| *head).collect();
        let lets = if lets.is_empty() { "nothing".to_owned() } else { lets.join(", ") };
        line(format!("| {door} | {lets} | {how} |"));
    }
    text
}

const BEGIN: &str = "<!-- generated by tests/security/matrix.rs: begin -->\n";
const END: &str = "<!-- generated: end -->";

#[test]
fn the_document_says_what_the_tests_prove() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/enrolment.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("a place for the tables");
    let (_, after) = rest.split_once(END).expect("an end of that place");
    let fresh = format!("{before}{BEGIN}\n{}\n{END}{after}", tables());
    if std::env::var_os("RISER_WRITE_DOCS").is_some() {
        std::fs::write(path, &fresh).unwrap();
    } else {
        assert!(
            document == fresh,
            "stale: RISER_WRITE_DOCS=1 cargo test -p riser-tests --test security matrix"
        );
    }
}
