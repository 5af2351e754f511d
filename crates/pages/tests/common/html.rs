//! A strict reader for the HTML that the templates write: it refuses what they must never write.

/// An element's start, and what stands around it.
#[derive(Clone, Debug)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// The elements that it stands in, outermost first.
    pub within: Vec<String>,
    /// The text inside, that of its descendants included.
    pub text: String,
}

/// A page as read.
#[derive(Debug, Default)]
pub struct Page {
    pub elements: Vec<Element>,
    /// Each run of text with the elements around it, outermost first.
    pub texts: Vec<(Vec<String>, String)>,
}

const VOID: [&str; 9] = ["meta", "link", "input", "img", "br", "hr", "path", "circle", "rect"];

/// Reads a page; an unclosed or crossed element, an unquoted value, or a page without elements fails the test.
pub fn read(source: &str) -> Page {
    let mut page = Page::default();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = source.strip_prefix("<!doctype html>").unwrap_or(source);
    while let Some(at) = rest.find('<') {
        text(&mut page, &open, &rest[..at]);
        let end = tag_end(&rest[at..]) + at;
        let inside = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            let last = open.pop();
            assert_eq!(last.map(|index| page.elements[index].name.as_str()), Some(name), "crossed elements");
            continue;
        }
        let within = open.iter().map(|index| page.elements[*index].name.clone()).collect();
        let (name, attributes) = start(inside.trim_end_matches('/'));
        let void = VOID.contains(&name.as_str());
        page.elements.push(Element { name, attributes, within, text: String::new() });
        if !void {
            open.push(page.elements.len() - 1);
        }
    }
    assert!(open.is_empty() && !page.elements.is_empty(), "an unfinished page");
    page
}

/// Where a tag ends: the first `>` outside quotes.
fn tag_end(tag: &str) -> usize {
    let mut quoted = false;
    let end = tag.find(|character| {
        quoted ^= character == '"';
        character == '>' && !quoted
    });
    assert!(end.is_some(), "a tag without an end: {tag:.80}");
    end.unwrap_or_default()
}

fn start(inside: &str) -> (String, Vec<(String, String)>) {
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    assert!(
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "no element: {inside:?}"
    );
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return (name.to_owned(), attributes);
        }
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let attribute = rest[..end].to_owned();
        let plain = attribute.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        assert!(plain && !attribute.is_empty(), "no attribute: {rest:?}");
        let mut value = "";
        if let Some(quoted) = rest[end..].strip_prefix("=\"") {
            let close = quoted.find('"').unwrap_or(quoted.len());
            value = &quoted[..close];
            rest = &quoted[(close + 1).min(quoted.len())..];
        } else {
            assert!(!rest[end..].starts_with('='), "an unquoted value: {rest:?}");
            rest = &rest[end..];
        }
        attributes.push((attribute, decoded(value)));
    }
}

fn text(page: &mut Page, open: &[usize], raw: &str) {
    let text = decoded(raw);
    for index in open {
        page.elements[*index].text.push_str(&text);
    }
    if !text.trim().is_empty() {
        let within = open.iter().map(|index| page.elements[*index].name.clone()).collect();
        page.texts.push((within, text));
    }
}

/// Undoes the escapes that the templates use; any other `&` fails the test.
fn decoded(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').map_or(rest.len(), |end| at + end);
        let code =
            rest[at..end].strip_prefix("&#").and_then(|digits| digits.parse().ok()).and_then(char::from_u32);
        assert!(code.is_some(), "a bare ampersand: {:.40}", &rest[at..]);
        out.extend(code);
        rest = &rest[(end + 1).min(rest.len())..];
    }
    out + rest
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Page {
    /// The elements of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// The elements that the browser tests find by this name.
    pub fn test_ids(&self, id: &str) -> Vec<&Element> {
        self.elements.iter().filter(|element| element.attribute("data-testid") == Some(id)).collect()
    }

    /// The text of the one element with this test id; empty if there is none.
    pub fn said(&self, id: &str) -> &str {
        self.test_ids(id).first().map_or("", |element| element.text.trim())
    }

    /// What a person sees, the script's own words aside.
    pub fn body(&self) -> &str {
        self.all("main").next().map_or("", |main| main.text.as_str())
    }

    /// The names of elements and attributes alone: what no text may change.
    pub fn shape(&self) -> Vec<String> {
        let names = |element: &Element| {
            let keys: Vec<_> = element.attributes.iter().map(|(key, _)| key.as_str()).collect();
            format!("{} {}", element.name, keys.join(" "))
        };
        self.elements.iter().map(names).collect()
    }
}
