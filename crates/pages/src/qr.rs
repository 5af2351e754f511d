use std::fmt;

use askama::filters::HtmlSafe;

/// The picture of a QR code: markup that reaches the page as it is, because it can be nothing but shapes.
#[derive(Clone, Copy)]
pub struct QrSvg<'a>(&'a str);

impl<'a> QrSvg<'a> {
    /// The picture, if it is made of `svg`, `rect`, `path` and `g` alone, with no text between them and only
    /// attributes that draw.
    #[must_use]
    pub fn new(svg: &'a str) -> Option<Self> {
        let whole = svg.starts_with("<svg ") && svg.ends_with("</svg>");
        let tags = svg.split('<').skip(1);
        (whole && svg.matches("<svg").count() == 1 && tags.into_iter().all(draws)).then_some(Self(svg))
    }
}

/// Whether a tag, from behind its `<` to the next one, does nothing but draw.
fn draws(tag: &str) -> bool {
    const ELEMENTS: [&str; 4] = ["svg", "rect", "path", "g"];
    const ATTRIBUTES: [&str; 13] = [
        "xmlns",
        "version",
        "width",
        "height",
        "viewBox",
        "shape-rendering",
        "x",
        "y",
        "fill",
        "d",
        "stroke",
        "transform",
        "fill-rule",
    ];
    let Some(inside) = tag.trim_end().strip_suffix('>') else { return false };
    if let Some(closed) = inside.strip_prefix('/') {
        return ELEMENTS.contains(&closed);
    }
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    while let Some((key, after)) = rest.trim_start().split_once("=\"") {
        let Some((value, after)) = after.split_once('"') else { return false };
        let drawn = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" #.,:/()-".contains(&byte));
        if !ATTRIBUTES.contains(&key) || !drawn {
            return false;
        }
        rest = after;
    }
    ELEMENTS.contains(&name) && rest.trim().is_empty()
}

impl fmt::Display for QrSvg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// It holds a secret, so it is not printed.
impl fmt::Debug for QrSvg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QrSvg")
    }
}

/// What [`QrSvg::new`] found.
impl HtmlSafe for QrSvg<'_> {}
