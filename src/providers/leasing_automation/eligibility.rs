//! Whether somebody may lease: whom can be asked about, and what the answer says.

use super::refusal;
use crate::{
    domain::eligibility::UserEligibility,
    providers::{
        ProviderError,
        json::{BadField, Record},
    },
};

/// [assumed] The longest e-mail address or code of somebody.
const LONGEST_IDENTIFIER: usize = 254;

/// Reads what is said about somebody. Who may not lease is an answer and not an error.
pub(super) fn read(answer: &Record<'_>, identifier: &str) -> Result<UserEligibility, BadField> {
    Ok(UserEligibility {
        identifier: identifier.to_owned(),
        is_eligible: answer.required("isValid", answer.flag("isValid")?)?,
        message: answer.text("validationMessage")?,
    })
}

/// An e-mail address or a code that may stand in a path.
pub(super) fn path_identifier(identifier: &str) -> Result<&str, ProviderError> {
    let leads_elsewhere = |it: char| it.is_control() || matches!(it, '/' | '\\');
    if (1..=LONGEST_IDENTIFIER).contains(&identifier.len())
        && !identifier.contains(leads_elsewhere)
        && !identifier.starts_with('.')
    {
        return Ok(identifier);
    }
    Err(ProviderError::Refused(vec![refusal::of_field(
        "INVALID_PARAMETER",
        "identifier",
        "must be an e-mail address or a code",
    )]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<UserEligibility, String> {
        let record = Record::read(text).unwrap();
        super::read(&record, "a@example.com").map_err(|it| it.to_string())
    }

    #[test]
    fn the_documented_answer_is_read() {
        let expected = UserEligibility {
            identifier: "a@example.com".to_owned(),
            is_eligible: true,
            message: Some("User found".to_owned()),
        };
        let answer = include_str!("fixtures/validate_user.json");
        assert_eq!(read(answer), Ok(expected));
    }

    #[test]
    fn an_answer_says_yes_or_no() {
        let silent = UserEligibility {
            identifier: "a@example.com".to_owned(),
            is_eligible: false,
            message: None,
        };
        assert_eq!(read(r#"{"isValid":false,"new":1}"#), Ok(silent));
        assert_eq!(read("{}"), Err("`isValid` is missing".to_owned()));
        let reason = "`isValid` is neither true nor false".to_owned();
        assert_eq!(read(r#"{"isValid":"yes"}"#), Err(reason));
    }

    #[test]
    fn an_identifier_stays_in_its_place() {
        for identifier in ["a.b+c@example.com", "EURO-2030-0001", "a b", "a?b#c%"] {
            assert_eq!(path_identifier(identifier).unwrap(), identifier);
        }
        let too_long = "a".repeat(255);
        for identifier in ["", ".", "..", "a/b", "a\\b", "a\nb", &too_long] {
            let error = path_identifier(identifier).unwrap_err();
            let ProviderError::Refused(issues) = error else {
                panic!("not refused: {error:?}");
            };
            assert_eq!(issues[0].field.as_deref(), Some("identifier"));
        }
    }
}
