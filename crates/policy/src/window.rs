use riser_core::Seconds;

/// A length of time that rules may name: `windows = ["5m"]` gives them `context.within_5m`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// As the operator wrote it, and as the rules name it.
    name: String,
    length: Seconds,
}

/// A text that cannot be a window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no window: write a whole number of seconds, minutes or hours up to a day, as in `5m`")]
pub struct InvalidWindow(String);

/// A window longer than any session is no window.
const LONGEST: u32 = 24 * 3600;
/// A shorter one would be over before the person is back at the application; guards refuse such an age too.
const SHORTEST: u32 = 30;

impl Window {
    /// Parses `90s`, `5m` or `1h`. One unit only: the text becomes part of a name in the rules.
    ///
    /// # Errors
    /// [`InvalidWindow`] for anything else, and for less than half a minute or more than a day.
    pub fn parse(text: &str) -> Result<Self, InvalidWindow> {
        let invalid = || InvalidWindow(text.to_owned());
        let unit = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3600,
            _ => return Err(invalid()),
        };
        let digits = text.get(..text.len() - 1).ok_or_else(invalid)?;
        let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        let number: u32 = digits.parse().ok().filter(|_| canonical).ok_or_else(invalid)?;
        let length = number.checked_mul(unit).filter(|length| (SHORTEST..=LONGEST).contains(length));
        Ok(Self { name: text.to_owned(), length: Seconds(length.ok_or_else(invalid)?) })
    }

    /// As the operator wrote it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Seconds {
        self.length
    }

    /// Under which name rules read it.
    pub(crate) fn attribute(&self) -> String {
        format!("within_{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_written_in_one_unit() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("24h", 86_400)] {
            assert_eq!(Window::parse(text).map(|window| window.length().0), Ok(seconds));
        }
        for bad in ["", "m", "5", "05m", "0m", "-5m", "+5m", "1h30m", "29s", "25h", "5 m", "٥m", "99999999h"]
        {
            assert!(Window::parse(bad).is_err(), "{bad}");
        }
    }
}
