use std::fmt::{self, Write as _};

/// Text from outside as a person may see it.
///
/// The character policy of the protocol refuses these characters in a transaction; here they can still
/// arrive in an older client's or person's name. Each becomes U+FFFD: what is hidden must not look whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            f.write_char(if deceives(character) { char::REPLACEMENT_CHARACTER } else { character })?;
        }
        Ok(())
    }
}

/// Whether a character is unseen and changes how its neighbours are read: controls, marks of direction
/// (UAX #9), line separators, and blanks without width. The joiners U+200C and U+200D stay: Persian and
/// Hindi need them.
fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}'
            | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

/// A sentence of ours with at most one name from outside in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sentence<'a> {
    pub(crate) before: &'a str,
    pub(crate) name: Option<Shown<'a>>,
    pub(crate) after: &'a str,
}

impl<'a> Sentence<'a> {
    /// `text` with `name` where it says `{name}`.
    pub(crate) fn about(text: &'a str, name: &'a str) -> Self {
        match text.split_once("{name}") {
            Some((before, after)) => Self { before, name: Some(Shown(name)), after },
            None => Self::plain(text),
        }
    }

    /// A sentence without a name.
    pub(crate) fn plain(text: &'a str) -> Self {
        Self { before: text, name: None, after: "" }
    }
}

/// An address that a link may lead to: `http`, `https`, a path of ours, or an application's private
/// scheme, which has a dot (RFC 8252 §7.1). Never `javascript:` in any spelling, and nothing with a blank or a control.
pub(crate) fn safe_href(address: &str) -> Option<&str> {
    if address.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return None;
    }
    if address.starts_with('/') {
        let local = !address.starts_with("//") && !address.starts_with("/\\");
        return local.then_some(address);
    }
    let (scheme, rest) = address.split_once(':')?;
    let web = (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        && rest.starts_with("//");
    let private = scheme.contains('.')
        && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+'));
    (web || private).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atk_wb_06_unseen_characters_are_made_visible() {
        assert_eq!(Shown("GmbH \u{202E}EMCA").to_string(), "GmbH \u{FFFD}EMCA");
        assert_eq!(Shown("a\u{200B}b\nc\u{0}").to_string(), "a\u{FFFD}b\u{FFFD}c\u{FFFD}");
        for honest in ["Müller & Söhne", "می\u{200C}خواهم", "株式会社", "עברית", "🇪🇺 👩\u{200D}🚀"]
        {
            assert_eq!(Shown(honest).to_string(), honest);
        }
    }

    #[test]
    fn atk_wb_05_a_link_never_runs_script() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/\\evil.example",
            "blob:x",
            "https:evil",
            "x",
            "",
            "1.a:x",
            "https://a b/",
        ] {
            assert_eq!(safe_href(bad), None, "{bad:?}");
        }
        for good in [
            "https://bank.example/cb?code=1&state=2",
            "http://127.0.0.1:8081/cb",
            "/account",
            "com.example.app:/cb",
        ] {
            assert_eq!(safe_href(good), Some(good));
        }
    }
}
