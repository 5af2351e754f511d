use serde::{Deserialize, Deserializer, de::IgnoredAny};

/// Whether a JSON member stands at all, whatever its value; `null` counts. For members whose presence
/// alone is a refusal. Use with `#[serde(default)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Present(pub(crate) bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}
