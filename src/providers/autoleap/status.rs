//! AutoLeap's words for where a repair order stands, translated.
//!
//! The list's filter has numbers, a record has names, and which belong together is [assumed]; so is
//! every name but `Invoice` and `Paid`. Numbers are understood too.

use crate::{
    domain::order::{OrderStatus, OrderStatusCode},
    providers::json::{BadField, Record},
};

/// Stands for a part of the status that is not there.
const NOTHING: &str = "-";

/// Reads where a repair order stands. Their words of the order, of the work and of the payment are
/// kept together, with whether it was finalized: that decides what `Invoice` means.
pub(super) fn read(record: &Record<'_>) -> Result<OrderStatus, BadField> {
    let word = record
        .code("repairOrderStatus")?
        .or(record.code("repairOrderStatusId")?);
    let word = record.required("repairOrderStatus", word)?;
    let is_finalized = record.time("finalizeDate")?.is_some();
    let (code, is_final) = translate(&word, is_finalized);
    let part = |it: Option<String>| it.unwrap_or_else(|| NOTHING.to_owned());
    let mut parts = vec![
        word,
        part(record.code("workflowStatus")?),
        part(record.code("paymentStatus")?),
    ];
    if is_finalized {
        parts.push("finalized".to_owned());
    }
    Ok(OrderStatus {
        code,
        provider_code: parts.join("/"),
        is_final,
    })
}

/// Our word for theirs, and whether it is final. Spelling does not matter.
fn translate(word: &str, is_finalized: bool) -> (OrderStatusCode, bool) {
    let letters = word.chars().filter(|it| it.is_alphanumeric());
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    match letters.as_str() {
        "1" | "estimate" | "4" | "saved" => (OrderStatusCode::Quoted, false),
        "2" | "wip" | "workinprogress" => (OrderStatusCode::InProgress, false),
        "3" | "complete" => (OrderStatusCode::Ready, false),
        "5" | "posted" | "invoice" if is_finalized => (OrderStatusCode::Completed, true),
        // Accounts receivable: invoiced, and not paid yet.
        "5" | "posted" | "invoice" | "6" | "ar" => (OrderStatusCode::Invoiced, false),
        "7" | "deleted" => (OrderStatusCode::Cancelled, true),
        _ => (OrderStatusCode::Unknown, false),
    }
}

#[cfg(test)]
mod tests {
    use OrderStatusCode::{Cancelled, Completed, InProgress, Invoiced, Quoted, Ready, Unknown};

    use super::*;

    #[test]
    fn every_status_has_its_meaning_by_name_and_by_number() {
        for (words, is_finalized, code, is_final) in [
            (["1", "Estimate"], false, Quoted, false),
            (["4", "Saved"], false, Quoted, false),
            (["2", "WIP"], false, InProgress, false),
            (["2", "Work In Progress"], false, InProgress, false),
            (["3", "Complete"], false, Ready, false),
            (["5", "Posted"], false, Invoiced, false),
            (["5", "Invoice"], false, Invoiced, false),
            (["5", "Posted"], true, Completed, true),
            (["5", "INVOICE"], true, Completed, true),
            (["6", "AR"], false, Invoiced, false),
            (["6", "AR"], true, Invoiced, false),
            (["7", "Deleted"], false, Cancelled, true),
            (["8", "On The Moon"], false, Unknown, false),
            (["8", "On The Moon"], true, Unknown, false),
        ] {
            for word in words {
                let read = translate(word, is_finalized);
                assert_eq!(read, (code, is_final), "{word} {is_finalized}");
            }
        }
    }

    #[test]
    fn their_words_are_kept_together() {
        for (record, expected) in [
            (r#"{"repairOrderStatus":"Estimate"}"#, "Estimate/-/-"),
            (r#"{"repairOrderStatusId":2}"#, "2/-/-"),
            (
                r#"{"repairOrderStatus":"Invoice","workflowStatus":"Invoiced","paymentStatus":"Unpaid"}"#,
                "Invoice/Invoiced/Unpaid",
            ),
            (
                r#"{"repairOrderStatus":"Invoice","workflowStatus":"Paid","paymentStatus":"Paid",
                    "finalizeDate":"2030-12-01T12:00:00.000Z"}"#,
                "Invoice/Paid/Paid/finalized",
            ),
            (
                r#"{"repairOrderStatus":"On The Moon","paymentStatus":"Paid"}"#,
                "On The Moon/-/Paid",
            ),
        ] {
            let status = read(&Record::read(record).unwrap()).unwrap();
            assert_eq!(status.provider_code, expected);
        }
    }
}
