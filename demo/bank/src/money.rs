use std::fmt;

/// Euros, in cents. Never a floating-point number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cents(pub(crate) i64);

/// The largest amount of one transfer: a million euros.
const MAX: i64 = 100_000_000;

impl Cents {
    /// Reads an amount as it is approved: digits without a leading zero, a dot, two decimals, as in
    /// `1234.00`. There is one way to write each amount, so that what is shown, signed and moved is one text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (euros, cents) = text.split_once('.')?;
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_canonical = is_digits(euros)
            && is_digits(cents)
            && cents.len() == 2
            && euros.len() <= 7
            && (euros == "0" || !euros.starts_with('0'));
        if !is_canonical {
            return None;
        }
        let amount = euros.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?;
        (1..=MAX).contains(&amount).then_some(Self(amount))
    }

    /// The amount as [`Self::parse`] reads it.
    pub(crate) fn plain(self) -> String {
        let Self(cents) = self;
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", (cents / 100).abs(), (cents % 100).abs())
    }
}

impl fmt::Display for Cents {
    /// For people: `EUR 10,000.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.plain();
        let (euros, cents) = plain.split_once('.').unwrap_or((&plain, "00"));
        let (sign, digits) = match euros.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", euros),
        };
        let mut grouped = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        write!(f, "EUR {sign}{grouped}.{cents}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_one_spelling() {
        for (text, cents) in [("1234.00", 123_400), ("0.01", 1), ("0.10", 10), ("1000000.00", 100_000_000)] {
            assert_eq!(Cents::parse(text), Some(Cents(cents)));
            assert_eq!(Cents(cents).plain(), text);
        }
        for text in [
            "",
            "1",
            "1.",
            ".10",
            "1.0",
            "1.000",
            "01.00",
            "00.01",
            "0.00",
            "-1.00",
            "+1.00",
            "1,00",
            "1 000.00",
            "1e3.00",
            "1000000.01",
            "99999999999999999999.00",
            "NaN.00",
            "１.00",
            "1.00 ",
            "1.00\n",
        ] {
            assert_eq!(Cents::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn people_read_thousands() {
        for (cents, text) in [
            (1_000_000, "EUR 10,000.00"),
            (5, "EUR 0.05"),
            (123_456_789, "EUR 1,234,567.89"),
            (-123_400, "EUR -1,234.00"),
        ] {
            assert_eq!(Cents(cents).to_string(), text);
        }
    }
}
