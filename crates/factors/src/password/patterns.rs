//! What a guesser tries before any list: one character again and again, the alphabet, the rows of the keyboard.

/// The keys beside each other, on the layouts whose rows people type.
const ROWS: [&str; 8] =
    ["1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "yxcvbnm"];

/// From one character to the next: the same, one up, one down, one key to the right, one to the left.
const SAME: u8 = 1;
const UP: u8 = 2;
const DOWN: u8 = 4;
const RIGHT: u8 = 8;
const LEFT: u8 = 16;

/// Fewer characters in a row are chance.
const MIN_RUN: usize = 4;

/// The length of the shortest beginning that the text repeats to its end, the last time perhaps in part; its own
/// length, if there is none.
pub(super) fn period(text: &[char]) -> usize {
    (1..text.len())
        .find(|period| text.iter().zip(text.iter().skip(*period)).all(|(one, other)| one == other))
        .unwrap_or(text.len())
}

/// How many of the characters are in runs.
pub(super) fn in_runs(text: &[char]) -> usize {
    let mut covered = 0;
    let (mut length, mut direction) = (1, u8::MAX);
    for pair in text.windows(2) {
        let step = step(pair);
        if direction & step != 0 {
            direction &= step;
            length += 1;
            continue;
        }
        covered += counted(length);
        // The pair that ended a run may begin the next one; its first character belonged to the one before.
        (length, direction) = if step == 0 || length >= MIN_RUN { (1, u8::MAX) } else { (2, step) };
    }
    covered + counted(length)
}

fn counted(length: usize) -> usize {
    if length >= MIN_RUN { length } else { 0 }
}

fn step(pair: &[char]) -> u8 {
    let &[from, to] = pair else { return 0 };
    let (code, next) = (u32::from(from), u32::from(to));
    let mut step = 0;
    for (holds, kind) in [(code == next, SAME), (code + 1 == next, UP), (next + 1 == code, DOWN)] {
        step |= if holds { kind } else { 0 };
    }
    for row in ROWS {
        let at = |wanted| row.chars().position(|key| key == wanted);
        if let (Some(one), Some(other)) = (at(from), at(to)) {
            step |= if one + 1 == other { RIGHT } else { 0 };
            step |= if other + 1 == one { LEFT } else { 0 };
        }
    }
    step
}
