//! LeaseCloud's words for where an order stands, translated. It takes two fields to say it: an
//! order that was terminated still calls itself active.

use crate::{
    domain::order::{OrderStatus, OrderStatusCode},
    providers::json::{BadField, Record},
};

/// [assumed] The word for an order that was just made: the answer to that says none, and this is
/// the one documented word that nothing can lead to.
const FIRST: &str = "PENDING";

/// Reads where an order stands.
pub(super) fn read(record: &Record<'_>) -> Result<OrderStatus, BadField> {
    let word = record.required("activeStatus", record.text("activeStatus")?)?;
    // [assumed] An order of which it is not said was not terminated.
    let terminated = record.flag("terminated")?.unwrap_or_default();
    Ok(of(word, terminated))
}

/// Where an order stands that was just made.
pub(super) fn at_first() -> OrderStatus {
    of(FIRST.to_owned(), false)
}

/// Both fields are the provider's code, so that it changes when either does.
fn of(word: String, terminated: bool) -> OrderStatus {
    let (code, is_final) = translate(&word, terminated);
    OrderStatus {
        code,
        provider_code: if terminated {
            word + "/terminated"
        } else {
            word
        },
        is_final,
    }
}

/// Our word for theirs, and whether it is final [assumed]. Termination comes first. A word that is
/// not listed is kept beside UNKNOWN.
fn translate(word: &str, terminated: bool) -> (OrderStatusCode, bool) {
    match word {
        _ if terminated => (OrderStatusCode::Terminated, true),
        "PENDING" => (OrderStatusCode::Pending, false),
        "READY_TO_SHIP" => (OrderStatusCode::Ready, false),
        "ACTIVE" => (OrderStatusCode::Active, false),
        "DECLINED" => (OrderStatusCode::Declined, true),
        "CANCELLED" => (OrderStatusCode::Cancelled, true),
        _ => (OrderStatusCode::Unknown, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(record: &str) -> Result<(OrderStatusCode, String, bool), String> {
        let record = Record::read(record).unwrap();
        super::read(&record)
            .map(|it| (it.code, it.provider_code, it.is_final))
            .map_err(|it| it.to_string())
    }

    #[test]
    fn every_status_has_its_meaning() {
        use OrderStatusCode::{Active, Cancelled, Declined, Pending, Ready, Terminated, Unknown};

        for (word, terminated, code, is_final) in [
            ("PENDING", "false", Pending, false),
            ("READY_TO_SHIP", "false", Ready, false),
            ("ACTIVE", "false", Active, false),
            ("ACTIVE", "null", Active, false),
            ("DECLINED", "false", Declined, true),
            ("CANCELLED", "false", Cancelled, true),
            // Spelt with one l, it is another word.
            ("CANCELED", "false", Unknown, false),
            ("ON_THE_MOON", "false", Unknown, false),
            ("PENDING", "true", Terminated, true),
            ("ACTIVE", "true", Terminated, true),
            ("ON_THE_MOON", "true", Terminated, true),
        ] {
            let sent = format!(r#"{{"activeStatus":"{word}","terminated":{terminated}}}"#);
            let provider_code = if terminated == "true" {
                format!("{word}/terminated")
            } else {
                word.to_owned()
            };
            assert_eq!(read(&sent), Ok((code, provider_code, is_final)), "{sent}");
        }
    }

    #[test]
    fn a_bad_status_says_which_field_is_bad() {
        for (sent, reason) in [
            (r#"{"terminated":true}"#, "`activeStatus` is missing"),
            (r#"{"activeStatus":7}"#, "`activeStatus` is not a text"),
            (
                r#"{"activeStatus":"ACTIVE","terminated":"no"}"#,
                "`terminated` is neither true nor false",
            ),
        ] {
            assert_eq!(read(sent), Err(reason.to_owned()));
        }
    }
}
