//! One page of JobRad's offers, and whether there is another one.

use super::{mapping, wire};
use crate::providers::{Page, ProviderError, RecordText, json::Record, transport::Answer};

/// A list that goes on for longer than this is not a list of one dealer's offers.
const MAX_PAGES: u32 = 10_000;

/// Reads the page that was asked for.
pub(super) fn read(answer: &Answer, page: u32) -> Result<Page, ProviderError> {
    let envelope: wire::Many<'_> = answer.json()?;
    let meta = Meta::read(&envelope)?;
    if meta.page.is_some_and(|it| it != u64::from(page)) {
        // It would go on like this for ever.
        return Err(ProviderError::unreadable(
            "another page than the one asked for",
        ));
    }
    let (mut observations, mut quarantined) = (Vec::new(), Vec::new());
    for record in &envelope.data {
        match mapping::observe(of_list(record.get())) {
            Ok(observation) => observations.push(observation),
            Err(bad) => quarantined.push(bad),
        }
    }
    let rows = u64::try_from(envelope.data.len()).unwrap_or(u64::MAX);
    let next_page = meta.has_next(page, rows).then(|| page.saturating_add(1));
    if next_page.is_some_and(|it| it > MAX_PAGES) {
        return Err(ProviderError::unreadable("a list without an end"));
    }
    Ok(Page {
        observations,
        quarantined,
        server_time: answer.date,
        total: meta.total,
        next_page,
    })
}

/// A record as a list shows it.
pub(super) const fn of_list(raw: &str) -> RecordText<'_> {
    RecordText {
        scope: "",
        raw,
        submitted: None,
    }
}

/// What a list says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Meta {
    pub(super) total: Option<u64>,
    page: Option<u64>,
    per_page: Option<u64>,
}

impl Meta {
    pub(super) fn read(envelope: &wire::Many<'_>) -> Result<Self, ProviderError> {
        let Some(meta) = envelope.meta else {
            return Ok(Self::default());
        };
        let meta = Record::read(meta.get())?;
        Ok(Self {
            total: meta.count("totalCount")?,
            page: meta.count("page")?,
            per_page: meta.count("perPage")?.filter(|it| *it > 0),
        })
    }

    /// Whether a page of so many rows is followed by another one. An empty page is the last one,
    /// whatever the list says about itself. The provider may give shorter pages than we ask for:
    /// its number counts, and without one the rows that came.
    fn has_next(&self, page: u32, rows: u64) -> bool {
        let per_page = self.per_page.unwrap_or(rows);
        rows > 0
            && match self.total {
                Some(total) => u64::from(page).saturating_mul(per_page) < total,
                None => rows >= per_page,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer::of_json(200, body)
    }

    #[test]
    fn one_bad_record_does_not_take_its_page_along() {
        let page = read(&answer(include_str!("fixtures/list.json")), 1).unwrap();
        let ids: Vec<_> = page.observations.iter().map(|it| &it.native_id).collect();
        assert_eq!(
            ids,
            [
                "978fe89a-da63-4221-a8be-bbb743ef07bc",
                "2b8f3f0e-5d1c-4f0a-9a39-0f5c2f6a7d11"
            ]
        );
        let reasons: Vec<_> = page
            .quarantined
            .iter()
            .map(|it| (it.native_id.as_deref(), it.reason.as_str()))
            .collect();
        assert_eq!(
            reasons,
            [(
                Some("5e0d7a52-7f0e-4a35-8a4e-3b1f1f0c9b02"),
                "`product.priceGross` is not an amount of money"
            )]
        );
        assert_eq!(page.total, Some(3));
        assert_eq!(page.next_page, None);
        assert_eq!(
            page.server_time.map(|it| it.to_rfc3339()).as_deref(),
            Some("2030-12-01T12:00:00+00:00")
        );
    }

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let whole = include_str!("fixtures/list.json");
        for end in [
            1,
            whole.len() / 3,
            whole.len() / 2,
            whole.trim_end().len() - 1,
        ] {
            let cut = whole.get(..end).unwrap_or_default();
            let error = read(&answer(cut), 1).unwrap_err().to_string();
            assert!(error.ends_with("truncated JSON"), "{end}: {error}");
        }
        for body in ["{}", "[]", "{\"data\":{}}", "{\"data\":null}"] {
            assert!(read(&answer(body), 1).is_err(), "{body}");
        }
    }

    #[test]
    fn another_page_than_the_one_asked_for_is_refused() {
        let body = "{\"data\":[],\"meta\":{\"page\":1}}";
        assert!(read(&answer(body), 1).is_ok());
        assert!(read(&answer(body), 2).is_err());
    }

    #[test]
    fn a_list_ends_by_its_total_or_by_an_empty_page() {
        let meta = |total, per_page| Meta {
            total,
            page: None,
            per_page,
        };
        for (meta, page, rows, next) in [
            (meta(Some(250), Some(100)), 1, 100, true),
            (meta(Some(250), Some(100)), 2, 100, true),
            (meta(Some(250), Some(100)), 3, 50, false),
            (meta(Some(200), Some(100)), 2, 100, false),
            // The provider caps the page.
            (meta(Some(250), Some(50)), 2, 50, true),
            (meta(Some(250), Some(50)), 5, 50, false),
            // A total that is too large ends with the rows.
            (meta(Some(u64::MAX), Some(100)), 3, 0, false),
            // Without its number, the page is as long as it is.
            (meta(Some(65), None), 1, 10, true),
            (meta(Some(60), None), 6, 10, false),
            // Without a total, a full page may have a successor, and so may one of unknown length.
            (meta(None, None), 1, 99, true),
            (meta(None, Some(10)), 1, 10, true),
            (meta(None, Some(10)), 1, 9, false),
            (meta(None, None), 1, 0, false),
        ] {
            assert_eq!(meta.has_next(page, rows), next, "{meta:?} {page} {rows}");
        }
    }
}
