/// The longest text of a transaction, in characters.
pub(super) const MAX_TEXT: usize = 140;

/// Whether a person can read the text as what it is: no control characters, line breaks, invisible or
/// direction-changing characters (security.md WB-06), not empty, not longer than [`MAX_TEXT`].
pub(super) fn is_plain(text: &str) -> bool {
    (1..=MAX_TEXT).contains(&text.chars().count()) && text.trim() == text && !text.chars().any(deceives)
}

fn deceives(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}
