//! What JobRad means when it does not do what it was asked.

use super::status;
use crate::{
    domain::offer::StatusIssue,
    providers::{
        ProviderError,
        json::Record,
        transport::{Answer, StatusCode},
    },
};

/// An earlier change of the offer is still being checked.
const BEING_PROCESSED: &str = "OFFER_IS_BEING_PROCESSED";

pub(super) fn read(answer: &Answer) -> ProviderError {
    let issues = issues(answer);
    match answer.status {
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            ProviderError::Refused(issues)
        }
        StatusCode::FORBIDDEN => ProviderError::Forbidden,
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::NotFound,
        // Not about content negotiation. [assumed] Its codes, but for the first, are
        // `OFFER_NOT_MODIFIABLE` and `OFFER_NOT_CANCELABLE`.
        StatusCode::NOT_ACCEPTABLE => {
            if issues.iter().any(|it| it.code == BEING_PROCESSED) {
                ProviderError::Busy
            } else {
                ProviderError::NotModifiable
            }
        }
        status => ProviderError::unreadable(format!("unexpected status {}", status.as_u16())),
    }
}

/// The errors that an answer lists. One that makes no sense does not hide the others.
fn issues(answer: &Answer) -> Vec<StatusIssue> {
    let envelope = answer.text().ok().and_then(|it| Record::read(it).ok());
    let errors = envelope.and_then(|it| it.records("errors").ok());
    errors
        .unwrap_or_default()
        .iter()
        .filter_map(|it| status::issue(it).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> ProviderError {
        read(&Answer::of_json(status, body))
    }

    #[test]
    fn a_refusal_names_the_fields_in_our_words() {
        let ProviderError::Refused(issues) = refused(400, include_str!("fixtures/errors.json"))
        else {
            panic!("not a refusal");
        };
        let fields: Vec<_> = issues
            .iter()
            .map(|it| (it.code.as_str(), it.field.as_deref()))
            .collect();
        assert_eq!(
            fields,
            [
                ("MISSING_PARAMETER", Some("customer.fullName")),
                ("INVALID_PARAMETER", Some("customer.email")),
                ("INVALID_PARAMETER", Some("accessories.price")),
            ]
        );
        assert_eq!(issues[0].translations[0].language, "de");
    }

    #[test]
    fn each_status_has_its_meaning() {
        use ProviderError::{Busy, Forbidden, NotFound, NotModifiable, Refused, Unreadable};

        let code = |code: &str| format!("{{\"errors\":[{{\"code\":\"{code}\"}}]}}");
        assert!(matches!(
            refused(406, &code("OFFER_IS_BEING_PROCESSED")),
            Busy
        ));
        assert!(matches!(
            refused(406, &code("OFFER_NOT_MODIFIABLE")),
            NotModifiable
        ));
        assert!(matches!(refused(404, &code("OFFER_NOT_FOUND")), NotFound));
        assert!(matches!(refused(403, &code("UNAUTHORIZED")), Forbidden));
        assert!(matches!(refused(400, "<html>"), Refused(it) if it.is_empty()));
        assert!(matches!(refused(418, ""), Unreadable(_)));
    }
}
