//! The stylesheet, the script and the icon, compiled in and served under `/assets/`.

/// One file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its content.
    pub bytes: &'static [u8],
    /// Its media type.
    pub content_type: &'static str,
    /// A strong entity tag, quotes included (RFC 9110 §8.8.3): the hash of the content, made by the compiler.
    pub etag: &'static str,
}

/// The names that [`get`] answers to.
pub const NAMES: [&str; 4] = ["riser.css", "interaction.js", "account.js", "favicon.svg"];

/// The file of this name.
#[must_use]
pub fn get(name: &str) -> Option<Asset> {
    match name {
        "riser.css" => {
            Some(Asset { bytes: CSS, content_type: "text/css; charset=utf-8", etag: text(&CSS_TAG) })
        }
        "interaction.js" => {
            Some(Asset { bytes: JS, content_type: "text/javascript; charset=utf-8", etag: text(&JS_TAG) })
        }
        "account.js" => Some(Asset {
            bytes: ACCOUNT_JS,
            content_type: "text/javascript; charset=utf-8",
            etag: text(&ACCOUNT_JS_TAG),
        }),
        "favicon.svg" => Some(Asset { bytes: ICON, content_type: "image/svg+xml", etag: text(&ICON_TAG) }),
        _ => None,
    }
}

/// The address of a file as the pages link to it. It changes with the content, so an answer to it may be
/// kept for ever.
pub(crate) fn url(name: &str) -> String {
    let version = get(name).map_or("", |asset| asset.etag.trim_matches('"'));
    format!("/assets/{name}?v={version}")
}

const CSS: &[u8] = include_bytes!("../assets/riser.css");
const JS: &[u8] = include_bytes!("../assets/interaction.js");
const ACCOUNT_JS: &[u8] = include_bytes!("../assets/account.js");
const ICON: &[u8] = include_bytes!("../assets/favicon.svg");

static CSS_TAG: [u8; 18] = tag(CSS);
static JS_TAG: [u8; 18] = tag(JS);
static ACCOUNT_JS_TAG: [u8; 18] = tag(ACCOUNT_JS);
static ICON_TAG: [u8; 18] = tag(ICON);

/// FNV-1a over the content in hexadecimal digits and quotes. It tells versions apart; nothing trusts it.
const fn tag(bytes: &[u8]) -> [u8; 18] {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    let digits = b"0123456789abcdef";
    let mut tag = [b'"'; 18];
    let mut at = 0;
    while at < 16 {
        tag[at + 1] = digits[(hash >> (60 - 4 * at)) as usize & 15];
        at += 1;
    }
    tag
}

fn text(tag: &'static [u8; 18]) -> &'static str {
    str::from_utf8(tag).unwrap_or("\"0\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_file_and_its_own_quoted_tag() {
        let tags: Vec<_> = NAMES.iter().map(|name| get(name).unwrap().etag).collect();
        for tag in &tags {
            assert!(tag.len() == 18 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        }
        let different: std::collections::BTreeSet<_> = tags.iter().collect();
        assert_eq!(different.len(), NAMES.len());
        assert!(get("../Cargo.toml").is_none() && get("").is_none());
    }

    #[test]
    fn atk_wb_05_nothing_compiled_in_needs_more_than_the_content_security_policy_allows() {
        let script = format!("{}{}", str::from_utf8(JS).unwrap(), str::from_utf8(ACCOUNT_JS).unwrap());
        for forbidden in [
            "eval(",
            "new Function",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            ".style",
            "http://",
            "https://",
            "postMessage",
        ] {
            assert!(!script.contains(forbidden), "the script has `{forbidden}`");
        }
        let style = str::from_utf8(CSS).unwrap();
        for forbidden in ["@import", "url(", "http:"] {
            assert!(!style.contains(forbidden), "the stylesheet has `{forbidden}`");
        }
    }
}
