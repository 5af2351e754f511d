//! A JSON object in which every name stands once, read without copying what has no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// More members than any of the forms has. Names are compared with each other: the bound keeps that cheap.
const MAX_MEMBERS: usize = 64;
/// More transports than exist.
const MAX_TRANSPORTS: usize = 16;

/// The members of a JSON object, each name once.
#[derive(Debug)]
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, Member<'a>)>);

/// A JSON value, as far as anything here asks for it.
#[derive(Debug)]
pub(crate) enum Member<'a> {
    Null,
    Bool(bool),
    Text(Cow<'a, str>),
    Object(Members<'a>),
    /// An array of texts only, not longer than any that is asked for.
    Texts(Vec<Cow<'a, str>>),
    Other,
}

impl<'a> Members<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&Member<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Member::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Member::deserialize(deserializer)? {
            Member::Object(members) => Ok(members),
            _ => Err(D::Error::custom("not an object")),
        }
    }
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

/// A name, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(MemberVisitor)? {
            Member::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("not a name")),
        }
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON in which every object says each name once")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Member::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Member::Bool(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Member::Other)
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Member::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < MAX_TRANSPORTS {
            match seq.next_element::<Member<'de>>()? {
                Some(Member::Text(text)) => texts.push(text),
                Some(_) => break,
                None => return Ok(Member::Texts(texts)),
            }
        }
        // An array of something else, such as a key's bytes in an extension's output: nobody asks for it.
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Member<'de>)> = Vec::with_capacity(8);
        while let Some((Name(name), value)) = map.next_entry::<Name<'de>, Member<'de>>()? {
            if members.len() == MAX_MEMBERS || members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("an object repeats a name, or has too many"));
            }
            members.push((name, value));
        }
        Ok(Member::Object(Members(members)))
    }
}
