//! How offers stand: a line for each, in any order. A line is the whole record of its offer.

use serde_json::value::RawValue;

use super::mapping;
use crate::providers::{Observation, ProviderError, Quarantined, RecordText, transport::Answer};

/// Reads what is said about the offers of one leasing provider that were asked about. Their ids
/// decide which line is whose: the slug has more than one spelling.
pub(super) fn read(
    answer: &Answer,
    slug: &str,
    ids: &[&str],
) -> Result<Vec<Observation>, ProviderError> {
    let lines: Vec<&RawValue> = answer.json()?;
    let lines: Vec<_> = lines.into_iter().filter_map(|it| line(slug, it)).collect();
    let of_id = |id: &&str| lines.iter().find(|it| it.native_id == *id).cloned();
    Ok(ids.iter().filter_map(of_id).collect())
}

/// A line that makes no sense says nothing about its offer, which is as good as no line.
fn line(slug: &str, text: &RawValue) -> Option<Observation> {
    let text = RecordText {
        scope: slug,
        raw: text.get(),
        submitted: None,
    };
    mapping::observe(text)
        .inspect_err(|bad| {
            let Quarantined {
                native_id, reason, ..
            } = bad;
            tracing::warn!(native_id, "the status of an offer makes no sense: {reason}");
        })
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = include_str!("fixtures/statuses.json");

    fn words(body: &str, ids: &[&str]) -> Vec<(String, String)> {
        let read = read(&Answer::of_json(200, body), "jobrad", ids).unwrap();
        read.into_iter()
            .map(|it| {
                let status = it.offer.unwrap().content.status;
                (it.native_id, status.provider_code)
            })
            .collect()
    }

    fn pair(id: &str, word: &str) -> (String, String) {
        (id.to_owned(), word.to_owned())
    }

    #[test]
    fn the_documented_answer_is_read() {
        let ids = ["FHA-000040", "FHA-000041"];
        assert_eq!(
            words(ANSWER, &ids),
            [
                pair("FHA-000040", "sentToLeasingProvider"),
                pair("FHA-000041", "created"),
            ]
        );
    }

    #[test]
    fn a_line_belongs_to_its_id_and_not_to_its_place() {
        let ids = ["FHA-000039", "FHA-000040"];
        assert_eq!(
            words(ANSWER, &ids),
            [pair("FHA-000040", "sentToLeasingProvider")]
        );
        let other_spelling = ANSWER.replace("\"jobrad\"", "\"job-rad\"");
        assert_eq!(
            words(&other_spelling, &["FHA-000041"]),
            [pair("FHA-000041", "created")]
        );
    }
}
