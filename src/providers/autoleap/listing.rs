//! AutoLeap's envelopes of what is read, of which there are three, and the pages in them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{kind::Kind, mapping};
use crate::providers::{
    Observation, Page, ProviderError, RecordText, json::Record, transport::Answer,
};

/// How many records a page has at most. Whoever asks for more gets no more.
pub(super) const SIZE: u32 = 100;

/// A list that goes on for longer than this is not a list of one company's records.
const MAX_PAGES: u32 = 10_000;

/// Lists and single vehicles are in `results`, a single order is in `content`. [assumed] They may be
/// in `data`, as the answers to everything else are.
#[derive(Debug, Deserialize)]
struct Envelope<'a> {
    #[serde(default, borrow)]
    results: Option<Contents<'a>>,
    #[serde(default, borrow)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
struct Contents<'a> {
    #[serde(default, borrow)]
    content: Option<Vec<&'a RawValue>>,
    #[serde(default, borrow)]
    pagination: Option<&'a RawValue>,
}

/// The records of an answer, and what it says about itself.
#[derive(Debug)]
struct Rows<'a> {
    rows: Vec<&'a RawValue>,
    pagination: Option<Record<'a>>,
}

impl<'a> Rows<'a> {
    fn read(answer: &'a Answer) -> Result<Self, ProviderError> {
        let envelope: Envelope<'a> = answer.json()?;
        let (content, pagination) = match envelope.results {
            Some(results) => (results.content, results.pagination),
            None => (None, None),
        };
        let data = || serde_json::from_str(envelope.data?.get()).ok();
        let rows = content.or(envelope.content).or_else(data);
        Ok(Self {
            rows: rows.ok_or_else(|| ProviderError::unreadable("an answer without records"))?,
            pagination: pagination.and_then(|it| Record::read(it.get()).ok()),
        })
    }

    /// A number in the pagination, whose names are [assumed]: one that is not there, or is none, is
    /// no reason to lose a page.
    fn said(&self, name: &str) -> Option<u64> {
        self.pagination.as_ref()?.count(name).ok().flatten()
    }

    /// [assumed] Pages are counted from 1, as in the request. A server that counts from 0 is no
    /// reason to stop; one that gives the same page for ever is.
    fn is_stuck(&self, page: u32) -> bool {
        self.said("page")
            .is_some_and(|it| it.saturating_add(1) < u64::from(page))
    }

    /// Whether another page follows. After a full page one may, whatever the pagination says; after
    /// a shorter one, only if it says so.
    fn has_next(&self, page: u32) -> bool {
        let rows = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        let largest = u64::from(SIZE);
        let size = self.said("size").filter(|it| (1..largest).contains(it));
        let size = size.unwrap_or(largest);
        let seen = u64::from(page).saturating_mul(size);
        let is_said = || self.said("totalElements").is_some_and(|it| seen < it);
        rows > 0 && (rows >= size || is_said())
    }
}

/// Reads the page that was asked for of a company's records.
pub(super) fn page(
    answer: &Answer,
    kind: Kind,
    (scope, page): (&str, u32),
) -> Result<Page, ProviderError> {
    let rows = Rows::read(answer)?;
    if rows.is_stuck(page) {
        return Err(ProviderError::unreadable(
            "another page than the one asked for",
        ));
    }
    let (mut observations, mut quarantined) = (Vec::new(), Vec::new());
    for row in &rows.rows {
        match mapping::observe(kind, of_list(scope, row)) {
            Ok(observation) => observations.push(observation),
            Err(bad) => quarantined.push(bad),
        }
    }
    let next_page = rows.has_next(page).then(|| page.saturating_add(1));
    if next_page.is_some_and(|it| it > MAX_PAGES) {
        return Err(ProviderError::unreadable("a list without an end"));
    }
    Ok(Page {
        observations,
        quarantined,
        server_time: answer.date,
        total: rows.said("totalElements"),
        next_page,
    })
}

/// Reads the one record that was asked for. None may be said with an empty list.
pub(super) fn single(
    answer: &Answer,
    kind: Kind,
    (scope, id): (&str, &str),
) -> Result<Observation, ProviderError> {
    let rows = Rows::read(answer)?;
    let row = rows.rows.first().ok_or(ProviderError::NotFound)?;
    // A vehicle is asked for without its company.
    if Record::read(row.get()).is_ok_and(|it| mapping::is_elsewhere(&it, scope)) {
        return Err(ProviderError::NotFound);
    }
    let observation = mapping::observe(kind, of_list(scope, row))
        .map_err(|it| ProviderError::unreadable(it.reason))?;
    if observation.native_id == id {
        Ok(observation)
    } else {
        Err(ProviderError::unreadable(
            "another record than the one asked for",
        ))
    }
}

/// A record as a list shows it.
fn of_list<'a>(scope: &'a str, row: &'a RawValue) -> RecordText<'a> {
    RecordText {
        scope,
        raw: row.get(),
        submitted: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "SHOP5678";

    fn vehicles(body: &str, number: u32) -> Result<Page, ProviderError> {
        page(&Answer::of_json(200, body), Kind::Vehicle, (SHOP, number))
    }

    fn one(body: &str, kind: Kind, id: &str) -> Result<String, String> {
        let read = single(&Answer::of_json(200, body), kind, (SHOP, id));
        read.map(|it| it.native_id).map_err(|it| it.to_string())
    }

    #[test]
    fn one_bad_record_does_not_take_its_page_along() {
        let page = vehicles(include_str!("fixtures/vehicles.json"), 1).unwrap();
        let ids: Vec<_> = page.observations.iter().map(|it| &it.native_id).collect();
        assert_eq!(ids, ["125838", "374849"]);
        let [bad] = page.quarantined.as_slice() else {
            panic!("{:?}", page.quarantined);
        };
        assert_eq!(bad.native_id.as_deref(), Some("374850"));
        assert_eq!(bad.reason, "`mileage` is not a number");
        assert_eq!((page.total, page.next_page), (Some(3), None));
        assert_eq!(
            page.server_time.map(|it| it.to_rfc3339()).as_deref(),
            Some("2030-12-01T12:00:00+00:00")
        );
    }

    #[test]
    fn the_documented_answers_are_read() {
        for body in [
            include_str!("fixtures/vehicles.empty.json"),
            include_str!("fixtures/vehicle.empty.json"),
        ] {
            let page = vehicles(body, 1).unwrap();
            assert_eq!((page.observations, page.next_page), (vec![], None));
        }
        let orders = Answer::of_json(200, include_str!("fixtures/orders.json"));
        let orders = page(&orders, Kind::Order, (SHOP, 1)).unwrap();
        let ids: Vec<_> = orders.observations.iter().map(|it| &it.native_id).collect();
        assert_eq!(ids, ["43", "44"]);
        assert_eq!(orders.quarantined, []);
    }

    #[test]
    fn records_are_found_in_each_of_the_envelopes() {
        let row = r#"{"vehicleId":"1"}"#;
        for body in [
            format!(r#"{{"results":{{"content":[{row}],"pagination":{{}}}}}}"#),
            format!(r#"{{"results":{{"content":[{row}],"pagination":[]}},"data":{{}}}}"#),
            format!(r#"{{"content":[{row}]}}"#),
            format!(r#"{{"success":true,"data":[{row}]}}"#),
        ] {
            assert_eq!(vehicles(&body, 1).unwrap().observations.len(), 1, "{body}");
            assert_eq!(one(&body, Kind::Vehicle, "1").as_deref(), Ok("1"), "{body}");
        }
        for body in [
            "{}",
            "[]",
            r#"{"data":{}}"#,
            r#"{"results":{}}"#,
            r#"{"content":{}}"#,
        ] {
            assert!(vehicles(body, 1).is_err(), "{body}");
        }
    }

    #[test]
    fn a_page_is_read_whole_or_not_at_all() {
        let whole = include_str!("fixtures/vehicles.json");
        for end in [
            1,
            whole.len() / 3,
            whole.len() / 2,
            whole.trim_end().len() - 1,
        ] {
            let cut = whole.get(..end).unwrap_or_default();
            let error = vehicles(cut, 1).unwrap_err().to_string();
            assert!(error.ends_with("truncated JSON"), "{end}: {error}");
        }
    }

    #[test]
    fn a_list_ends_with_a_page_that_is_not_full() {
        for (rows, pagination, page, next) in [
            (100, "{}", 1, true),
            (99, "{}", 1, false),
            (0, "{}", 2, false),
            // What a list says about itself adds pages, and takes none away.
            (100, r#"{"totalElements":100}"#, 1, true),
            (99, r#"{"totalElements":250}"#, 1, true),
            (0, r#"{"totalElements":250}"#, 2, false),
            (50, r#"{"size":50}"#, 1, true),
            (49, r#"{"size":50}"#, 1, false),
            (49, r#"{"size":50,"totalElements":101}"#, 2, true),
            (100, r#"{"size":1000}"#, 1, true),
            (100, r#"{"size":0,"totalElements":"many"}"#, 1, true),
            (100, "[]", 1, true),
        ] {
            let row = r#"{"vehicleId":"1"}"#;
            let content = vec![row; rows].join(",");
            let body =
                format!(r#"{{"results":{{"content":[{content}],"pagination":{pagination}}}}}"#);
            let read = vehicles(&body, page).unwrap().next_page;
            assert_eq!(read.is_some(), next, "{rows} {pagination} {page}");
        }
    }

    #[test]
    fn a_list_that_turns_in_circles_is_noticed() {
        let body = |it| format!(r#"{{"results":{{"content":[],"pagination":{{"page":{it}}}}}}}"#);
        for (said, asked, works) in [(1, 1, true), (0, 1, true), (1, 2, true), (1, 3, false)] {
            assert_eq!(
                vehicles(&body(said), asked).is_ok(),
                works,
                "{said} {asked}"
            );
        }
    }

    #[test]
    fn one_record_is_the_one_that_was_asked_for() {
        let vehicle = include_str!("fixtures/vehicle.json");
        assert_eq!(
            one(vehicle, Kind::Vehicle, "125838").as_deref(),
            Ok("125838")
        );
        let order = include_str!("fixtures/order.json");
        assert_eq!(one(order, Kind::Order, "43").as_deref(), Ok("43"));

        let missing = Err("the provider has no such record".to_owned());
        let empty = include_str!("fixtures/vehicle.empty.json");
        assert_eq!(one(empty, Kind::Vehicle, "125838"), missing);
        let elsewhere = r#"{"results":{"content":[{"vehicleId":"1","companyId":"SHOP1"}]}}"#;
        assert_eq!(one(elsewhere, Kind::Vehicle, "1"), missing);
        let another = one(vehicle, Kind::Vehicle, "1").unwrap_err();
        assert!(
            another.ends_with("another record than the one asked for"),
            "{another}"
        );
    }
}
