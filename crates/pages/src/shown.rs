use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

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

/// A sentence of ours with names from outside in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sentence<'a> {
    pub(crate) parts: Vec<Part<'a>>,
}

/// A piece of a sentence.
#[derive(Clone, Debug)]
pub(crate) enum Part<'a> {
    /// Our own words, or a number or date that we wrote.
    Ours(Cow<'a, str>),
    /// A name from outside: it is isolated where it stands.
    Theirs(Shown<'a>),
}

impl<'a> Sentence<'a> {
    /// `text` with `name` where it says `{name}`.
    pub(crate) fn about(text: &'a str, name: &'a str) -> Self {
        Self::with(text, &[("name", Part::Theirs(Shown(name)))])
    }

    /// A sentence without a name.
    pub(crate) fn plain(text: &'a str) -> Self {
        Self { parts: vec![Part::Ours(Cow::Borrowed(text))] }
    }

    /// `text` with each `{place}` filled. What is filled in is never read for places again.
    pub(crate) fn with(text: &'a str, values: &[(&str, Part<'a>)]) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, place, after)) = place(rest) {
            let value = values.iter().find(|(name, _)| *name == place).map(|(_, value)| value.clone());
            let given = before.len() + place.len() + 2;
            let value = value.unwrap_or_else(|| Part::ours(&rest[before.len()..given]));
            parts.extend([Part::ours(before), value]);
            rest = after;
        }
        parts.push(Part::ours(rest));
        Self { parts }
    }

    /// The sentence as plain text with each name in directional isolates (UAX #9), which do in a text what `<bdi>`
    /// does in a page. Where nothing is written from right to left there is nothing to isolate.
    pub(crate) fn isolated(&self) -> String {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Ours(text) => out.push_str(text),
                Part::Theirs(name) if name.0.is_ascii() => out.push_str(&name.to_string()),
                Part::Theirs(name) => out.push_str(&format!("\u{2068}{name}\u{2069}")),
            }
        }
        out
    }

    /// This sentence, then another.
    pub(crate) fn then(mut self, next: Self) -> Self {
        self.parts.extend(next.parts);
        self
    }
}

impl<'a> Part<'a> {
    pub(crate) fn ours(text: &'a str) -> Self {
        Self::Ours(Cow::Borrowed(text))
    }

    pub(crate) fn written(text: impl fmt::Display) -> Self {
        Self::Ours(Cow::Owned(text.to_string()))
    }

    pub(crate) fn theirs(text: &'a str) -> Self {
        Self::Theirs(Shown(text))
    }
}

/// For where there is no markup to isolate a name with: a plain text.
impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Ours(text) => f.write_str(text),
            Part::Theirs(name) => name.fmt(f),
        })
    }
}

/// What stands before the first `{place}`, its name, and what follows.
fn place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
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
