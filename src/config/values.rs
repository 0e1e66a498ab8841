//! How a value is written that is not just text or a number, and how one is refused.

use std::{fmt, str::FromStr, time::Duration};

use ipnet::IpNet;

use crate::providers::{InvalidQuota, NamedQuota};

/// An empty setting opens nothing.
pub(super) fn cidr(text: &str) -> Result<Option<IpNet>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| "expected a range like 10.0.0.0/8 or ::1/128".to_owned())
}

/// An empty setting changes nothing.
pub(super) fn quota(text: &str) -> Result<Option<NamedQuota>, InvalidQuota> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse().map(Some)
}

/// A span of time as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl(pub Duration);

impl FromStr for Ttl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected a number with a unit, like 15m, 1h or 30d".to_owned();
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let number: u32 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
        if number == 0 {
            return Err(wrong());
        }
        Ok(Self(Duration::from_secs(u64::from(number) * seconds)))
    }
}

/// A setting that cannot be. Names the setting, what is wrong and what would be right, in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSetting {
    pub setting: &'static str,
    pub message: String,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.message)
    }
}

impl std::error::Error for InvalidSetting {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_have_a_unit() {
        assert_eq!("15m".parse(), Ok(Ttl(Duration::from_mins(15))));
        assert_eq!("30d".parse(), Ok(Ttl(Duration::from_hours(720))));
        for text in ["", "h", "0h", "15", "-1h", "1w", "1.5h"] {
            assert!(text.parse::<Ttl>().is_err(), "{text:?}");
        }
    }
}
