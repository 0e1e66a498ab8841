//! What AutoLeap means when it does not do what it was asked: a status and one sentence, or success
//! with a body that takes it back.

use crate::{
    domain::offer::StatusIssue,
    providers::{
        ProviderError,
        json::Record,
        transport::{Answer, StatusCode},
    },
};

/// AutoLeap has sentences and no codes, so this one stands for all of them.
const REFUSED: &str = "REQUEST_REFUSED";

/// What is wrong with an answer that has no success in it; nothing if it has.
pub(super) fn read(answer: &Answer) -> Option<ProviderError> {
    Some(match answer.status {
        it if it.is_success() && !is_taken_back(answer) => return None,
        it if it.is_success() => ProviderError::Refused(issues(answer)),
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            ProviderError::Refused(issues(answer))
        }
        StatusCode::FORBIDDEN => ProviderError::Forbidden,
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::NotFound,
        status => ProviderError::unreadable(format!("unexpected status {}", status.as_u16())),
    })
}

fn is_taken_back(answer: &Answer) -> bool {
    let envelope = answer.text().ok().and_then(|it| Record::read(it).ok());
    envelope.is_some_and(|it| it.flag("success") == Ok(Some(false)))
}

fn issues(answer: &Answer) -> Vec<StatusIssue> {
    let envelope = answer.text().ok().and_then(|it| Record::read(it).ok());
    envelope.iter().filter_map(issue).collect()
}

/// What is said about a request, or about one of its vehicles.
pub(super) fn issue(record: &Record<'_>) -> Option<StatusIssue> {
    let sentence = |name| record.text(name).ok().flatten();
    let message = sentence("error").or_else(|| sentence("message"))?;
    Some(StatusIssue {
        code: REFUSED.to_owned(),
        field: our_field(&message).map(str::to_owned),
        message,
        translations: Vec::new(),
    })
}

/// Our name for the field that a sentence is about. [assumed] It has their name for it, exactly
/// spelled.
fn our_field(sentence: &str) -> Option<&'static str> {
    let words = sentence.split(|it: char| !it.is_ascii_alphanumeric());
    words.into_iter().find_map(|it| {
        Some(match it {
            "companyId" => "companyId",
            "customerId" => "customerId",
            "vehicleId" => "id",
            "year" => "fields.year",
            "make" => "fields.make",
            "model" => "fields.model",
            "vehicleName" => "fields.name",
            "engine" => "fields.engine",
            "color" => "fields.color",
            "licensePlate" => "fields.licensePlate",
            "state" => "fields.state",
            "vin" => "fields.vin",
            "notes" => "fields.notes",
            "imgUrl" => "fields.imageUrl",
            "transmission" => "fields.transmission",
            "tags" => "fields.tags",
            "driveType" => "fields.driveType",
            "mileage" => "fields.mileage.value",
            "mileageUnit" => "fields.mileage.unit",
            _ => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> Option<ProviderError> {
        read(&Answer::of_json(status, body))
    }

    #[test]
    fn each_status_has_its_meaning() {
        use ProviderError::{Forbidden, NotFound, Refused, Unreadable};

        let error = include_str!("fixtures/error.json");
        assert!(matches!(refused(400, error), Some(Refused(it)) if it.len() == 1));
        assert!(matches!(refused(422, error), Some(Refused(_))));
        assert!(matches!(refused(400, "<html>"), Some(Refused(it)) if it.is_empty()));
        assert!(matches!(refused(403, error), Some(Forbidden)));
        assert!(matches!(refused(404, error), Some(NotFound)));
        assert!(matches!(refused(418, error), Some(Unreadable(_))));
    }

    #[test]
    fn a_success_that_is_taken_back_is_none() {
        let error = include_str!("fixtures/error.json");
        assert!(matches!(refused(200, error), Some(ProviderError::Refused(it)) if it.len() == 1));
        for body in [r#"{"success":true,"data":{}}"#, "{}", "[]", "<html>", ""] {
            assert!(refused(200, body).is_none(), "{body}");
        }
    }

    #[test]
    fn a_sentence_is_about_one_of_our_fields() {
        for (sentence, field) in [
            (
                "customerId is required and must be a string",
                Some("customerId"),
            ),
            (
                "mileageUnit must be one of KM, Miles",
                Some("fields.mileage.unit"),
            ),
            ("the field 'vin' is too long", Some("fields.vin")),
            ("a vehicle must be an object", None),
            ("Customer not found", None),
        ] {
            assert_eq!(our_field(sentence), field, "{sentence}");
        }
        let body = include_str!("fixtures/error.json");
        let record = Record::read(body).unwrap();
        let issue = issue(&record).unwrap();
        assert_eq!(issue.message, "companyId is required");
        assert_eq!(issue.field.as_deref(), Some("companyId"));
    }
}
