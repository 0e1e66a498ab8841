//! Where a key set is read from, and for how long what was read is good.
//!
//! Apart from what the document says: here it is bytes.

use std::{fmt, io, path::PathBuf, str::FromStr, time::Duration};

use bytes::Bytes;
use chrono::TimeDelta;
use tokio::io::AsyncReadExt;
use url::Url;

use crate::egress::{Bounds, Egress, FetchError};

/// No honest key set is longer.
const LONGEST: usize = 256 * 1024;

/// How long what was read is good, unless its server says less.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(5);

/// However little its server says, it is good for this long.
const GOOD_FOR_AT_LEAST: TimeDelta = TimeDelta::minutes(1);

/// Where a key set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    Url(Url),
    File(PathBuf),
}

/// What was set is no place for a key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an https URL or file:/path, like https://id.example.com/.well-known/jwks.json")]
pub struct InvalidSource;

/// Why a key set could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error(transparent)]
    Fetch(#[from] FetchError),

    #[error("the file cannot be read")]
    File(#[from] io::Error),

    #[error("the file has more than {LONGEST} bytes")]
    TooLong,
}

/// A key set as it came.
pub(super) struct Read {
    pub(super) body: Bytes,
    pub(super) good_for: TimeDelta,
}

impl FromStr for KeySource {
    type Err = InvalidSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(path) = text.strip_prefix("file:") else {
            let url: Url = text.parse().map_err(|_| InvalidSource)?;
            let fits = matches!(url.scheme(), "https" | "http") && url.has_host();
            return fits.then_some(Self::Url(url)).ok_or(InvalidSource);
        };
        let path = if path.starts_with("//") {
            let url: Url = text.parse().map_err(|_| InvalidSource)?;
            url.to_file_path().map_err(|()| InvalidSource)?
        } else {
            PathBuf::from(path)
        };
        if path.as_os_str().is_empty() {
            return Err(InvalidSource);
        }
        Ok(Self::File(path))
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => url.fmt(f),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

impl KeySource {
    pub(super) async fn read(
        &self,
        egress: &Egress,
        deadline: Duration,
    ) -> Result<Read, Unreadable> {
        match self {
            Self::Url(url) => {
                let bounds = Bounds {
                    longest: LONGEST,
                    deadline,
                };
                let document = egress.document(url, bounds).await?;
                Ok(Read {
                    body: document.body,
                    good_for: good_for(document.cache_control.as_deref().unwrap_or_default()),
                })
            }
            Self::File(path) => {
                let file = tokio::fs::File::open(path).await?;
                let mut body = Vec::new();
                // One more than there may be tells a file that is too long.
                let most = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
                file.take(most).read_to_end(&mut body).await?;
                if body.len() > LONGEST {
                    return Err(Unreadable::TooLong);
                }
                Ok(Read {
                    body: body.into(),
                    good_for: GOOD_FOR,
                })
            }
        }
    }
}

/// What `Cache-Control` makes of our own patience.
fn good_for(cache_control: &str) -> TimeDelta {
    let said = cache_control.split(',').map(str::trim).filter_map(|it| {
        if it.eq_ignore_ascii_case("no-cache") || it.eq_ignore_ascii_case("no-store") {
            return Some(0);
        }
        let (name, seconds) = it.split_once('=')?;
        let seconds = seconds.trim_matches('"').parse::<u32>().ok()?;
        name.eq_ignore_ascii_case("max-age").then_some(seconds)
    });
    said.min().map_or(GOOD_FOR, |it| {
        TimeDelta::seconds(it.into()).clamp(GOOD_FOR_AT_LEAST, GOOD_FOR)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_can_ask_to_be_asked_more_often_but_not_all_the_time() {
        for (said, seconds) in [
            ("", 300),
            ("public", 300),
            ("max-age=86400", 300),
            ("public, max-age=120", 120),
            ("Max-Age=\"90\"", 90),
            ("max-age=1", 60),
            ("max-age=120, no-cache", 60),
            ("no-store", 60),
            ("max-age=-5", 300),
            ("max-age=99999999999999999999", 300),
        ] {
            assert_eq!(good_for(said).num_seconds(), seconds, "{said}");
        }
    }

    #[test]
    fn a_source_is_a_url_or_a_file() {
        for (text, shown) in [
            ("https://id.example.com/jwks", "https://id.example.com/jwks"),
            ("file:keys.json", "file:keys.json"),
            ("file:/etc/keys.json", "file:/etc/keys.json"),
            ("file:///etc/keys.json", "file:/etc/keys.json"),
        ] {
            assert_eq!(text.parse::<KeySource>().unwrap().to_string(), shown);
        }
        for text in ["", "keys.json", "file:", "ftp://id.example.com/", "https:"] {
            assert_eq!(text.parse::<KeySource>(), Err(InvalidSource), "{text}");
        }
    }
}
