//! When one requirement is at least another: a partial order over what proofs show, never a number.

use super::{Kind, Properties};

/// One proof that an alternative asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The kind of factor; any when absent.
    pub kind: Option<Kind>,
    /// The thing must have verified its holder.
    pub user_verified: bool,
    /// The proof must resist phishing.
    pub phishing_resistant: bool,
    /// The key must be bound to hardware.
    pub hardware_bound: bool,
}

impl Slot {
    /// Whether a proof with these properties fills the slot.
    #[must_use]
    pub fn filled_by(self, properties: Properties) -> bool {
        let held = properties.held();
        self.kind.is_none_or(|kind| kind == properties.kind())
            && (held.user_verified || !self.user_verified)
            && (held.phishing_resistant || !self.phishing_resistant)
            && (held.hardware_bound || !self.hardware_bound)
    }

    /// Whether every proof that fills this slot fills `other` too.
    #[must_use]
    pub(crate) fn covers(self, other: Self) -> bool {
        other.kind.is_none_or(|kind| self.certain_kind() == Some(kind))
            && (self.user_verified || !other.user_verified)
            && (self.phishing_resistant || !other.phishing_resistant)
            && (self.hardware_bound || !other.hardware_bound)
    }

    /// Whether no proof can fill the slot: only a held thing has the three properties.
    pub(crate) fn contradicts_itself(self) -> bool {
        self.asks_a_held_thing() && self.kind.is_some_and(|kind| kind != Kind::Possession)
    }

    fn certain_kind(self) -> Option<Kind> {
        if self.asks_a_held_thing() { Some(Kind::Possession) } else { self.kind }
    }

    fn asks_a_held_thing(self) -> bool {
        self.user_verified || self.phishing_resistant || self.hardware_bound
    }
}

/// Whether whoever fills all of `stronger` has filled all of `weaker`: each slot of `weaker` is covered
/// by a slot of `stronger` of its own (different slots are filled by different credentials).
pub(crate) fn alternative_covers(stronger: &[Slot], weaker: &[Slot]) -> bool {
    fn place(stronger: &[Slot], taken: &mut Vec<usize>, weaker: &[Slot]) -> bool {
        let Some((first, rest)) = weaker.split_first() else { return true };
        for (index, slot) in stronger.iter().enumerate() {
            if !taken.contains(&index) && slot.covers(*first) {
                taken.push(index);
                if place(stronger, taken, rest) {
                    return true;
                }
                taken.pop();
            }
        }
        false
    }
    place(stronger, &mut Vec::new(), weaker)
}
