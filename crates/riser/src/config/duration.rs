use riser_core::Seconds;
use serde::{Deserialize, Deserializer, de::Error as _};

/// Parses `15m`, `24h`, `90s`: whole seconds, more than none.
pub fn parse_duration(text: &str) -> Result<Seconds, String> {
    let cure = || format!("`{text}` is no duration: write `90s`, `15m`, `24h` or `7d`");
    let span: jiff::Span = text.parse().map_err(|_| cure())?;
    // A day is 24 hours here, whatever a clock on a wall does.
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|_| cure())?;
    let seconds = u32::try_from(duration.as_secs()).map_err(|_| cure())?;
    if seconds == 0 || duration.subsec_nanos() != 0 { Err(cure()) } else { Ok(Seconds(seconds)) }
}

pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Seconds>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse_duration(&text)).transpose().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_people_write_them() {
        assert_eq!(parse_duration("15m"), Ok(Seconds(900)));
        assert_eq!(parse_duration("24h"), Ok(Seconds(86_400)));
        assert_eq!(parse_duration("7d"), Ok(Seconds(7 * 86_400)));
        for bad in ["", "1mo", "15", "-1m", "0s", "1ms", "soon", "99999999h"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
