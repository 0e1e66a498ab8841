//! Changes of many vehicles at once, and what became of each.

use super::{checks::Checked, refusal, wire::VehicleBody};
use crate::{
    domain::offer::StatusIssue,
    providers::{ProviderError, json::Record, transport::Answer},
};

/// Splits what can be sent from what is wrong. The latter has its place kept: see [`complete`].
pub(super) fn split(
    checked: Vec<Checked<'_>>,
) -> (Vec<VehicleBody<'_>>, Vec<Option<Vec<StatusIssue>>>) {
    let (mut sent, mut outcomes) = (Vec::new(), Vec::new());
    for checked in checked {
        match checked {
            Ok(body) => {
                sent.push(body);
                outcomes.push(None);
            }
            Err(issues) => outcomes.push(Some(issues)),
        }
    }
    (sent, outcomes)
}

/// Puts what became of those that were sent into their places.
pub(super) fn complete(
    outcomes: Vec<Option<Vec<StatusIssue>>>,
    of_sent: Vec<Vec<StatusIssue>>,
) -> Vec<Vec<StatusIssue>> {
    let mut of_sent = of_sent.into_iter();
    outcomes
        .into_iter()
        .map(|it| it.or_else(|| of_sent.next()).unwrap_or_default())
        .collect()
}

/// What became of that many vehicles that were sent. [assumed] The documented answer to a change
/// says nothing of single vehicles; `data.errors` has those that failed, by their place from 0.
pub(super) fn read(answer: &Answer, sent: usize) -> Result<Vec<Vec<StatusIssue>>, ProviderError> {
    answer.json::<serde::de::IgnoredAny>()?;
    let envelope = Record::read(answer.text()?)?;
    let mut outcomes = vec![Vec::new(); sent];
    let Some(data) = envelope.record("data")? else {
        return Ok(outcomes);
    };
    for error in data.records("errors")? {
        let index = error.required("index", error.count("index")?)?;
        let place = usize::try_from(index).ok();
        let outcome = place.and_then(|it| outcomes.get_mut(it));
        let outcome = outcome.ok_or_else(|| error.bad("index", "is none of the vehicles sent"))?;
        let issue = error.required("error", refusal::issue(&error))?;
        outcome.push(issue);
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(body: &str) -> Result<Vec<Vec<String>>, String> {
        let read = read(&Answer::of_json(200, body), 2).map_err(|it| it.to_string())?;
        let messages = |it: Vec<StatusIssue>| it.into_iter().map(|it| it.message).collect();
        Ok(read.into_iter().map(messages).collect())
    }

    #[test]
    fn the_documented_answer_says_that_all_was_done() {
        let done = Ok(vec![vec![], vec![]]);
        assert_eq!(outcomes(include_str!("fixtures/written.json")), done);
        assert_eq!(outcomes(r#"{"success":true}"#), done);
    }

    #[test]
    fn each_vehicle_has_its_own_errors() {
        let body = include_str!("fixtures/written.errors.json");
        let expected = vec![
            vec![],
            vec!["transmission must be one of Automatic, Manual".to_owned()],
        ];
        assert_eq!(outcomes(body), Ok(expected));
        let issues = read(&Answer::of_json(200, body), 2).unwrap();
        assert_eq!(issues[1][0].field.as_deref(), Some("fields.transmission"));
    }

    #[test]
    fn an_answer_that_does_not_say_which_vehicle_failed_is_not_believed() {
        for body in [
            r#"{"success":true,"data":{"errors":[{"error":"no"}]}}"#,
            r#"{"success":true,"data":{"errors":[{"index":2,"error":"no"}]}}"#,
            r#"{"success":true,"data":{"errors":[{"index":0}]}}"#,
            r#"{"success":true,"data":{"errors":"no"}}"#,
            r#"{"success":true,"da"#,
            "<html>",
        ] {
            assert!(outcomes(body).is_err(), "{body}");
        }
    }

    #[test]
    fn what_was_not_sent_keeps_its_place() {
        let issue = |message: &str| StatusIssue {
            code: "X".to_owned(),
            message: message.to_owned(),
            field: None,
            translations: Vec::new(),
        };
        let checked = vec![
            Ok(VehicleBody::default()),
            Err(vec![issue("ours")]),
            Ok(VehicleBody::default()),
        ];
        let (sent, outcomes) = split(checked);
        assert_eq!(sent.len(), 2);
        let complete = complete(outcomes, vec![vec![], vec![issue("theirs")]]);
        assert_eq!(
            complete,
            [vec![], vec![issue("ours")], vec![issue("theirs")]]
        );
    }
}
