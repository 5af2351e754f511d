/// The longest text that a person is asked to approve, in characters.
pub(crate) const MAX_CHARS: usize = 140;

/// Why a text cannot be shown to somebody who approves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadText {
    Empty,
    TooLong,
    /// A control, an invisible, or a direction-changing character: what is seen would not be what is signed.
    Hidden,
}

/// Checks a text that a person will read in a confirmation.
pub(crate) fn check(text: &str) -> Result<(), BadText> {
    if text.trim().is_empty() {
        return Err(BadText::Empty);
    }
    if text.chars().count() > MAX_CHARS {
        return Err(BadText::TooLong);
    }
    if text.chars().any(is_hidden) { Err(BadText::Hidden) } else { Ok(()) }
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atk_wb_06_what_is_seen_is_what_is_signed() {
        for text in ["ACME GmbH", "Zoë's Café & Söhne <x>", "株式会社", "Rent 11/2026", &"x".repeat(140)]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for (text, expected) in [
            ("", BadText::Empty),
            ("  ", BadText::Empty),
            (&*"é".repeat(141), BadText::TooLong),
            ("ACME\nGmbH", BadText::Hidden),
            ("ACME\u{0}", BadText::Hidden),
            ("\u{202e}HbmG EMCA", BadText::Hidden),
            ("AC\u{200b}ME", BadText::Hidden),
            ("ACME\u{2066}", BadText::Hidden),
            ("ACME\u{85}", BadText::Hidden),
            ("\u{feff}ACME", BadText::Hidden),
        ] {
            assert_eq!(check(text), Err(expected), "{text:?}");
        }
    }
}
