//! One spelling for each path (WB-11). What a proxy and an application could read differently is refused: a rule that
//! matched one reading would guard the other by chance.

use percent_encoding::percent_decode_str;

/// Longer targets than this are refused, in bytes.
const LONGEST: usize = 8 * 1024;

/// A path that can be read in one way only, decoded: its segments, without the empty one behind a final `/`.
///
/// `/tenants` and `/tenants/` are one path here: most applications answer both alike, so no rule may tell them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CleanPath {
    segments: Vec<String>,
}

/// Why a path has no single reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ambiguous {
    #[error("the target does not begin with a slash, or is too long")]
    NoPath,
    #[error("the path has a character that must be encoded")]
    Character,
    #[error("the path has an empty segment")]
    EmptySegment,
    #[error("the path has a `.` or `..` segment")]
    Dots,
    #[error("the path has a `;`")]
    Parameter,
    #[error("the path encodes a character that must stand plain, or must not stand at all")]
    Encoding,
    #[error("the path is not UTF-8")]
    NotUtf8,
}

impl CleanPath {
    /// Reads the path of a request target in origin form (RFC 9112 §3.2.1), as the client sent it: what stands before
    /// the `?`. A query is no part of any rule.
    pub(crate) fn parse(target: &str) -> Result<Self, Ambiguous> {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        if target.len() > LONGEST {
            return Err(Ambiguous::NoPath);
        }
        // A query is passed on as it came; a control character or a `#` in it would end it somewhere else.
        if !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(Ambiguous::Character);
        }
        let inner = path.strip_prefix('/').ok_or(Ambiguous::NoPath)?;
        let inner = match inner.strip_suffix('/') {
            Some("") => return Err(Ambiguous::EmptySegment),
            Some(inner) => inner,
            None if inner.is_empty() => return Ok(Self { segments: Vec::new() }),
            None => inner,
        };
        let segments = inner.split('/').map(segment).collect::<Result<_, _>>()?;
        Ok(Self { segments })
    }

    /// The decoded segments.
    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The path as text, decoded, for the log and as the name of what an action is done to.
    pub(crate) fn text(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }
}

fn segment(raw: &str) -> Result<String, Ambiguous> {
    if raw.is_empty() {
        return Err(Ambiguous::EmptySegment);
    }
    if raw.contains(';') {
        return Err(Ambiguous::Parameter);
    }
    // RFC 3986 §3.3: what a segment may have, and the percent sign. Not the backslash, which some take for a slash.
    if !raw.bytes().all(|byte| byte == b'%' || is_plain(byte)) {
        return Err(Ambiguous::Character);
    }
    check_encoding(raw)?;
    let text = percent_decode_str(raw).decode_utf8().map_err(|_| Ambiguous::NotUtf8)?;
    if text.chars().any(char::is_control) {
        return Err(Ambiguous::Encoding);
    }
    if text.chars().all(|character| character == '.') {
        return Err(Ambiguous::Dots);
    }
    Ok(text.into_owned())
}

/// What a segment may have plain (RFC 3986 §3.3), without `;`.
fn is_plain(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,=:@".contains(&byte)
}

/// RFC 3986 §2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Each `%` begins the code of a byte that no reader takes for a part of the path's own form. `%2f` or `%5c` is a slash
/// to some, `%25` begins a second round of decoding, `%3b` is a parameter; `%2e` and `%61` are other spellings of what
/// never needs one (RFC 3986 §2.3). `%40` is what browsers make of an `@` in a segment, and is read as one.
fn check_encoding(raw: &str) -> Result<(), Ambiguous> {
    let mut rest = raw;
    while let Some((_, after)) = rest.split_once('%') {
        let digits = after.get(..2).ok_or(Ambiguous::Encoding)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Ambiguous::Encoding);
        }
        let byte = u8::from_str_radix(digits, 16).map_err(|_| Ambiguous::Encoding)?;
        if byte.is_ascii_control() || is_unreserved(byte) || b"/\\%;?#".contains(&byte) {
            return Err(Ambiguous::Encoding);
        }
        rest = after.get(2..).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    #[rustfmt::skip] // a table
    fn atk_wb_11_a_path_that_has_two_readings_has_none() {
        for (target, why) in [
            ("", Ambiguous::NoPath), ("admin", Ambiguous::NoPath), ("*", Ambiguous::NoPath),
            ("http://x/admin", Ambiguous::NoPath), ("?/admin", Ambiguous::NoPath),
            ("//", Ambiguous::EmptySegment), ("//admin", Ambiguous::EmptySegment), ("/a//b", Ambiguous::EmptySegment),
            ("/a/b//", Ambiguous::EmptySegment), ("///", Ambiguous::EmptySegment),
            ("/.", Ambiguous::Dots), ("/./a", Ambiguous::Dots), ("/a/..", Ambiguous::Dots), ("/a/../b", Ambiguous::Dots),
            ("/a/.../b", Ambiguous::Dots), ("/../", Ambiguous::Dots),
            ("/%2e", Ambiguous::Encoding), ("/a/%2e%2e/b", Ambiguous::Encoding), ("/a/.%2E/b", Ambiguous::Encoding),
            ("/a%2fb", Ambiguous::Encoding), ("/a%2Fb", Ambiguous::Encoding), ("/a%5cb", Ambiguous::Encoding),
            ("/a%00", Ambiguous::Encoding), ("/a%0a", Ambiguous::Encoding), ("/a%7f", Ambiguous::Encoding),
            ("/a%252fb", Ambiguous::Encoding), ("/%2561dmin", Ambiguous::Encoding), ("/%61dmin", Ambiguous::Encoding),
            ("/a%3bb", Ambiguous::Encoding), ("/a%3fb", Ambiguous::Encoding), ("/a%23b", Ambiguous::Encoding),
            ("/a%", Ambiguous::Encoding), ("/a%2", Ambiguous::Encoding), ("/a%zz", Ambiguous::Encoding),
            ("/a%+2", Ambiguous::Encoding), ("/a%u002e", Ambiguous::Encoding),
            ("/a;x", Ambiguous::Parameter), ("/a;/b", Ambiguous::Parameter), ("/..;/a", Ambiguous::Parameter),
            ("/a\\b", Ambiguous::Character), ("/\\admin", Ambiguous::Character), ("/a b", Ambiguous::Character),
            ("/a#b", Ambiguous::Character), ("/a\u{e9}", Ambiguous::Character), ("/a\r\nX: y", Ambiguous::Character),
            ("/a\"b", Ambiguous::Character), ("/a<b", Ambiguous::Character), ("/a?x y", Ambiguous::Character),
            // Overlong, cut off, a surrogate, beyond Unicode: not UTF-8.
            ("/%c0%ae", Ambiguous::NotUtf8), ("/%c0%af", Ambiguous::NotUtf8), ("/%e0%80%ae", Ambiguous::NotUtf8),
            ("/%c3", Ambiguous::NotUtf8), ("/%ff", Ambiguous::NotUtf8), ("/%ed%a0%80", Ambiguous::NotUtf8),
            ("/%f4%90%80%80", Ambiguous::NotUtf8),
            // U+0085 is a control character.
            ("/a%c2%85", Ambiguous::Encoding),
        ] {
            assert_eq!(CleanPath::parse(target), Err(why), "{target:?}");
        }
        let long = format!("/{}", "a".repeat(LONGEST));
        assert_eq!(CleanPath::parse(&long), Err(Ambiguous::NoPath));
    }

    #[test]
    fn a_plain_path_is_its_segments() {
        for (target, segments) in [
            ("/", &[][..]),
            ("/?x=/../y", &[]),
            ("/tenants", &["tenants"]),
            ("/tenants/", &["tenants"]),
            ("/tenants/7/delete?next=%2F", &["tenants", "7", "delete"]),
            ("/caf%C3%A9/a%20b", &["café", "a b"]),
            ("/v1.2/.well-known/x..y", &["v1.2", ".well-known", "x..y"]),
            ("/a:b@c,d=e+f", &["a:b@c,d=e+f"]),
            ("/ada%40example.com", &["ada@example.com"]),
        ] {
            let path = CleanPath::parse(target).unwrap_or_else(|error| panic!("{target}: {error}"));
            assert_eq!(path.segments(), segments, "{target}");
        }
    }

    proptest! {
        /// Whoever decodes the path once more, or splits it once more, gets the same segments.
        #[test]
        fn atk_wb_11_decoding_again_finds_nothing_new(target in "/[a-zA-Z0-9%./;\\\\?#]{0,24}") {
            if let Ok(path) = CleanPath::parse(&target) {
                for segment in path.segments() {
                    let again = percent_decode_str(segment).decode_utf8();
                    prop_assert_eq!(again.as_deref(), Ok(segment.as_str()));
                    prop_assert!(!segment.is_empty() && !segment.contains(['/', '\\', ';', '?', '#', '%']));
                    prop_assert!(segment != "." && segment != "..");
                }
                let raw = target.split('?').next().unwrap_or_default();
                let slashes = raw.strip_suffix('/').unwrap_or(raw).matches('/').count();
                prop_assert_eq!(path.segments().len(), slashes);
            }
        }
    }
}
