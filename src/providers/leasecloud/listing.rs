//! One page of LeaseCloud's orders, and whether there is another one; and which pages are looked
//! through for an order that was just made.

use super::{
    mapping,
    market::Market,
    wire::{Envelope, Many},
};
use crate::providers::{Page, ProviderError, RecordText, json::Record, transport::Answer};

/// A list that goes on for longer than this is not a list of one dealer's orders.
const MAX_PAGES: u32 = 10_000;

/// How far a search goes in from either end of the list. A page has a hundred orders, so five
/// hundred would have to be made after a lost one until it is no longer found.
const SEARCH_DEPTH: u32 = 5;

/// A page, and what the list says about how many there are.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) page: Page,
    pub(super) pages: u32,
}

/// Reads the page that was asked for. Where the next one is follows from its number alone: the
/// list's own links are not followed, since they could lead anywhere.
pub(super) fn read(answer: &Answer, market: Market, page: u32) -> Result<Listed, ProviderError> {
    let envelope: Envelope<Many<'_>> = answer.json()?;
    let Many { orders, pagination } = envelope.data;
    let pagination = Record::read(pagination.get())?;
    let number = |name| pagination.required(name, pagination.count(name)?);
    if number("currentPage")? != u64::from(page) {
        // It would go on like this for ever.
        return Err(ProviderError::unreadable(
            "another page than the one asked for",
        ));
    }
    let pages = u32::try_from(number("totalPages")?).unwrap_or(u32::MAX);
    let (mut observations, mut quarantined) = (Vec::new(), Vec::new());
    for record in &orders {
        match mapping::observe(of_list(market, record.get())) {
            Ok(observation) => observations.push(observation),
            Err(bad) => quarantined.push(bad),
        }
    }
    // An empty page is the last one, whatever the list says about itself.
    let has_next = page < pages && !orders.is_empty();
    if has_next && page >= MAX_PAGES {
        return Err(ProviderError::unreadable("a list without an end"));
    }
    let page = Page {
        observations,
        quarantined,
        server_time: answer.date,
        total: pagination.count("totalItems")?,
        next_page: has_next.then(|| page + 1),
    };
    Ok(Listed { page, pages })
}

/// A record as a list shows it.
pub(super) const fn of_list(market: Market, raw: &str) -> RecordText<'_> {
    RecordText {
        scope: market.code(),
        raw,
        submitted: None,
    }
}

/// Which pages are looked through for an order that was just made: from both ends inwards, a pair at
/// a time, because the documentation does not say at which end the newest are. [assumed] They are at
/// one of them.
pub(super) fn search(pages: u32) -> impl Iterator<Item = Vec<u32>> {
    let pages = pages.max(1);
    (1..=pages.div_ceil(2))
        .take(usize::try_from(SEARCH_DEPTH).unwrap_or(usize::MAX))
        .map(move |front| {
            let back = pages - front + 1;
            if back == front {
                vec![front]
            } else {
                vec![front, back]
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Answer {
        Answer::of_json(200, body)
    }

    fn page_of(orders: &str, current: u32, total: u32) -> Result<Listed, ProviderError> {
        let body = format!(
            r#"{{"data":{{"orders":{orders},"pagination":{{"currentPage":{current},
               "totalPages":{total},"totalItems":3,"next":"https://elsewhere.example"}}}}}}"#
        );
        read(&answer(&body), Market::Sweden, current)
    }

    #[test]
    fn the_documented_list_is_read() {
        let documented = include_str!("fixtures/list.json");
        let listed = read(&answer(documented), Market::Sweden, 0).unwrap();
        assert_eq!(listed.page.observations[0].native_id, "string");
        assert_eq!(listed.page.observations[0].scope, "SE");
        assert_eq!(listed.page.quarantined, []);
        assert_eq!((listed.page.total, listed.pages), (Some(0), 0));
        assert_eq!(listed.page.next_page, None);
        assert_eq!(
            listed.page.server_time.map(|it| it.to_rfc3339()).as_deref(),
            Some("2030-12-01T12:00:00+00:00")
        );
    }

    #[test]
    fn one_bad_record_does_not_take_its_page_along() {
        let orders = r#"[{"id":"a","activeStatus":"ACTIVE"},{"id":"b"},7,
                         {"id":"c","activeStatus":"ON_THE_MOON","new":[1]}]"#;
        let page = page_of(orders, 1, 1).unwrap().page;
        let ids: Vec<_> = page.observations.iter().map(|it| &it.native_id).collect();
        assert_eq!(ids, ["a", "c"]);
        let reasons: Vec<_> = page
            .quarantined
            .iter()
            .map(|it| (it.native_id.as_deref(), it.reason.as_str()))
            .collect();
        assert_eq!(
            reasons,
            [
                (Some("b"), "`activeStatus` is missing"),
                (None, "the record is not an object"),
            ]
        );
    }

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let whole = include_str!("fixtures/list.json");
        for end in [1, whole.len() / 2, whole.trim_end().len() - 1] {
            let cut = whole.get(..end).unwrap_or_default();
            let error = read(&answer(cut), Market::Sweden, 0).unwrap_err();
            assert!(error.to_string().ends_with("truncated JSON"), "{end}");
        }
        for body in [
            "{}",
            "[]",
            r#"{"data":null}"#,
            r#"{"data":{"orders":[]}}"#,
            r#"{"data":{"orders":{},"pagination":{}}}"#,
            r#"{"data":{"orders":[],"pagination":{"currentPage":1}}}"#,
        ] {
            assert!(read(&answer(body), Market::Sweden, 1).is_err(), "{body}");
        }
    }

    #[test]
    fn a_list_ends_by_its_number_of_pages_or_by_an_empty_page() {
        const ORDER: &str = r#"[{"id":"a","activeStatus":"ACTIVE"}]"#;

        for (orders, current, total, next) in [
            (ORDER, 1, 3, Some(2)),
            (ORDER, 3, 3, None),
            (ORDER, 4, 3, None),
            ("[]", 1, 3, None),
            ("[]", 1, 0, None),
            ("[7]", 1, 2, Some(2)),
            (ORDER, 9_999, u32::MAX, Some(10_000)),
        ] {
            let page = page_of(orders, current, total).unwrap().page;
            assert_eq!(page.next_page, next, "{orders} {current} {total}");
        }
        assert!(page_of(ORDER, 10_000, u32::MAX).is_err());
    }

    #[test]
    fn another_page_than_the_one_asked_for_is_refused() {
        let body = r#"{"data":{"orders":[],"pagination":{"currentPage":1,"totalPages":2}}}"#;
        assert!(read(&answer(body), Market::Sweden, 1).is_ok());
        assert!(read(&answer(body), Market::Sweden, 2).is_err());
    }

    #[test]
    fn a_search_goes_from_both_ends_inwards_and_not_for_ever() {
        let rounds = |pages| search(pages).collect::<Vec<_>>();
        assert_eq!(rounds(0), [vec![1]]);
        assert_eq!(rounds(1), [vec![1]]);
        assert_eq!(rounds(2), [vec![1, 2]]);
        assert_eq!(rounds(5), [vec![1, 5], vec![2, 4], vec![3]]);
        assert_eq!(rounds(10).concat().len(), 10, "all of a thousand orders");
        assert_eq!(
            rounds(100),
            [
                vec![1, 100],
                vec![2, 99],
                vec![3, 98],
                vec![4, 97],
                vec![5, 96]
            ]
        );
        assert_eq!(rounds(u32::MAX).len(), 5);
    }
}
