//! Leasing Automation's words for where an offer stands, translated.

use crate::domain::offer::{OfferStatus, OfferStatusCode};

/// How every offer begins. It is not told when an offer is made, and shown afterwards.
pub(super) const CREATED: &str = "created";

/// Our word for theirs, and whether it is final. A word that is not listed is kept beside UNKNOWN.
///
/// [assumed] All but the first two, and what is final: no list of the words is documented.
fn translate(word: &str) -> (OfferStatusCode, bool) {
    match word {
        CREATED => (OfferStatusCode::Submitted, false),
        "sentToLeasingProvider" => (OfferStatusCode::Open, false),
        "ordered" => (OfferStatusCode::InOrder, false),
        "approved" => (OfferStatusCode::Approved, false),
        "completed" => (OfferStatusCode::Completed, true),
        "rejected" => (OfferStatusCode::Rejected, true),
        "canceled" => (OfferStatusCode::Cancelled, true),
        _ => (OfferStatusCode::Unknown, false),
    }
}

/// The status that a word is all there is of: no message, no next steps.
pub(super) fn of_word(provider_code: String) -> OfferStatus {
    let (code, is_final) = translate(&provider_code);
    OfferStatus {
        code,
        provider_code,
        is_final,
        message: None,
        translations: Vec::new(),
        next_steps: Vec::new(),
        errors: Vec::new(),
        infos: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_meaning() {
        use OfferStatusCode as Code;

        for (word, code, is_final) in [
            ("created", Code::Submitted, false),
            ("sentToLeasingProvider", Code::Open, false),
            ("ordered", Code::InOrder, false),
            ("approved", Code::Approved, false),
            ("completed", Code::Completed, true),
            ("rejected", Code::Rejected, true),
            ("canceled", Code::Cancelled, true),
            ("inReviewAtInsurer", Code::Unknown, false),
            ("Created", Code::Unknown, false),
        ] {
            let status = of_word(word.to_owned());
            assert_eq!((status.code, status.is_final), (code, is_final), "{word}");
            assert_eq!(status.provider_code, word);
        }
    }
}
