//! Which media type an answer has: what `Accept` and `Content-Type` say.
//!
//! The rules are those of GraphQL over HTTP. Nothing but headers is looked at here.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};
use mime::Mime;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: every request that could be read is answered with 200.
    Json,
    /// `application/graphql-response+json`: the status says what became of the request.
    GraphqlResponse,
}

impl Media {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=utf-8",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        }
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json",
        }
    }
}

/// What a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The best way to write one answer, if there is one.
    pub(super) media: Option<Media>,
    /// Whether a stream of events is taken, by its name.
    pub(super) events: bool,
}

impl Accepted {
    /// Reads `Accept`. Without one, it is `application/json`, as it always was.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let ranges = ranges(headers);
        if ranges.is_empty() {
            return Self {
                media: Some(Media::Json),
                events: false,
            };
        }
        let named = Match::of("text/event-stream", &ranges);
        // Among those that are wanted as much, the one that is named; among those, the exact one.
        let media = [(Media::Json, 0_u8), (Media::GraphqlResponse, 1)]
            .into_iter()
            .filter_map(|(media, exactness)| {
                let found = Match::of(media.essence(), &ranges)?;
                let exactness = if found.closeness == CLOSEST {
                    exactness + 1
                } else {
                    0
                };
                Some((found.quality, exactness, media))
            })
            .reduce(|best, other| {
                if (other.0, other.1) > (best.0, best.1) {
                    other
                } else {
                    best
                }
            })
            .map(|(_, _, media)| media);
        Self {
            media,
            events: named.is_some_and(|it| it.closeness == CLOSEST),
        }
    }
}

/// How close a range comes that names type and subtype.
const CLOSEST: u8 = 2;

/// The range of `Accept` that speaks about a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Match {
    /// 0 for `*/*`, 1 for `application/*`, 2 for the type itself.
    closeness: u8,
    /// In thousandths.
    quality: u16,
}

impl Match {
    /// The closest range decides, and with a quality of 0 it refuses.
    fn of(essence: &str, ranges: &[Mime]) -> Option<Self> {
        let (kind, _) = essence.split_once('/')?;
        ranges
            .iter()
            .filter_map(|range| {
                let closeness = match range.essence_str() {
                    "*/*" => 0,
                    it if it == essence => CLOSEST,
                    it if it.strip_suffix("/*") == Some(kind) => 1,
                    _ => return None,
                };
                let quality = quality(range);
                Some(Self { closeness, quality })
            })
            .max_by_key(|it| (it.closeness, it.quality))
            .filter(|it| it.quality > 0)
    }
}

/// The `q` of a range in thousandths; what is no number is 0.
fn quality(range: &Mime) -> u16 {
    let Some(q) = range.get_param("q") else {
        return 1000;
    };
    let (whole, thousandths) = q.as_str().split_once('.').unwrap_or((q.as_str(), ""));
    match whole {
        "1" => 1000,
        "0" if thousandths.len() <= 3 => format!("{thousandths:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

/// The ranges of `Accept`. One that cannot be read is passed over.
fn ranges(headers: &HeaderMap) -> Vec<Mime> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|it| it.to_str().ok())
        .flat_map(|it| it.split(','))
        .filter_map(|it| Mime::from_str(it.trim()).ok())
        .collect()
}

/// Whether a body is JSON in UTF-8. Nothing else is read: a page of another origin can send any
/// other type without asking.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    single(headers, header::CONTENT_TYPE).is_some_and(|it| {
        let charset = it.get_param(mime::CHARSET);
        it.essence_str() == "application/json" && charset.is_none_or(|it| it == mime::UTF_8)
    })
}

fn single(headers: &HeaderMap, name: HeaderName) -> Option<Mime> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    value.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &str) -> Accepted {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, value.parse().unwrap());
        Accepted::of(&headers)
    }

    #[test]
    fn the_type_that_is_wanted_most_is_given() {
        use Media::{GraphqlResponse, Json};

        for (accept, media) in [
            ("application/graphql-response+json", Some(GraphqlResponse)),
            ("application/json", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(GraphqlResponse),
            ),
            (
                "application/json, application/graphql-response+json",
                Some(GraphqlResponse),
            ),
            (
                "application/json, application/graphql-response+json;q=0.5",
                Some(Json),
            ),
            (
                "APPLICATION/JSON; charset=utf-8; q=0.300, text/html",
                Some(Json),
            ),
            (
                "application/graphql-response+json;q=0, */*;q=0.1",
                Some(Json),
            ),
            ("application/json;q=0, */*", Some(GraphqlResponse)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json;q=2", None),
            ("application/json;q=0.9999", None),
        ] {
            assert_eq!(accepted(accept).media, media, "{accept}");
        }
    }

    #[test]
    fn a_stream_is_given_to_who_names_it() {
        assert!(accepted("text/event-stream").events);
        assert!(accepted("application/json, text/event-stream").events);
        assert!(!accepted("*/*").events);
        assert!(!accepted("text/event-stream;q=0").events);
        assert_eq!(accepted("text/event-stream").media, None);
    }

    #[test]
    fn without_a_header_it_is_json() {
        let accepted = Accepted::of(&HeaderMap::new());
        assert_eq!(accepted.media, Some(Media::Json));
    }

    #[test]
    fn a_body_is_json_in_utf_8_or_it_is_not_read() {
        let is_json = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            is_json(&headers)
        };
        for good in [
            "application/json",
            "Application/JSON",
            "application/json; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(is_json(good), "{good}");
        }
        for bad in [
            "text/plain",
            "application/json; charset=latin1",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain, application/json",
            "",
        ] {
            assert!(!is_json(bad), "{bad}");
        }
    }
}
