use std::fmt;

use riser_wire::UnixTime;

/// A moment as people read it, in UTC, for pages that know no time zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    second: i64,
}

impl From<UnixTime> for Moment {
    /// Days to a civil date, by eras of 400 years that begin on 1 March.
    fn from(at: UnixTime) -> Self {
        let (days, second) = (at.0.div_euclid(86_400), at.0.rem_euclid(86_400));
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { year, month, day, second }
    }
}

impl Moment {
    /// For `<time datetime>`.
    pub(crate) fn iso(self) -> String {
        format!("{}T{}Z", self.date(), self.clock())
    }

    fn date(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    fn clock(self) -> String {
        format!("{:02}:{:02}:{:02}", self.second / 3_600, self.second / 60 % 60, self.second % 60)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:02}:{:02} UTC", self.date(), self.second / 3_600, self.second / 60 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_the_calendar_has_them() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_785_592_800, "2026-08-01T14:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(Moment::from(UnixTime(seconds)).iso(), expected);
        }
        assert_eq!(Moment::from(UnixTime(1_785_592_800)).to_string(), "2026-08-01, 14:00 UTC");
    }
}
