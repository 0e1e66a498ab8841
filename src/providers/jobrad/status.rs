//! JobRad's words for where an offer stands, translated.

use crate::{
    domain::{
        offer::{OfferNextStep, OfferStatus, OfferStatusCode, StatusIssue, Translation},
        order::OrderStatusCode,
    },
    providers::json::{BadField, Record},
};

/// Our word for theirs, and whether it is final. A word that is not listed is kept beside UNKNOWN.
pub(super) fn translate(code: &str) -> (OfferStatusCode, bool) {
    match code {
        "pending" => (OfferStatusCode::Submitted, false),
        // Not a draft of the dealer's: accepted, and waiting for the employee.
        "draft" => (OfferStatusCode::Open, false),
        "order_journey_started" => (OfferStatusCode::InOrder, false),
        "employer_decision_pending" => (OfferStatusCode::AwaitingEmployer, false),
        "jobrad_decision_pending" => (OfferStatusCode::AwaitingProvider, false),
        "done" => (OfferStatusCode::Completed, true),
        "canceled" => (OfferStatusCode::Cancelled, true),
        // The dealer corrects the offer and submits it again.
        "rejected" => (OfferStatusCode::Rejected, false),
        _ => (OfferStatusCode::Unknown, false),
    }
}

/// The status of the order that an offer became.
pub(super) fn of_order(offer: OfferStatusCode) -> OrderStatusCode {
    match offer {
        OfferStatusCode::InOrder
        | OfferStatusCode::AwaitingEmployer
        | OfferStatusCode::AwaitingProvider => OrderStatusCode::Pending,
        OfferStatusCode::Completed => OrderStatusCode::Completed,
        OfferStatusCode::Cancelled => OrderStatusCode::Cancelled,
        // An offer with an order number that is back in one of these: no word of ours says that.
        _ => OrderStatusCode::Unknown,
    }
}

/// Reads a record's `status`: an object, or the bare code that is sent when an offer is submitted.
pub(super) fn read(record: &Record<'_>) -> Result<OfferStatus, BadField> {
    if record.raw("status").is_some_and(|it| it.starts_with('"')) {
        let code = record.required("status", record.text("status")?)?;
        return Ok(bare(code));
    }
    let status = record.required("status", record.record("status")?)?;
    let current = status.required("current", status.record("current")?)?;
    Ok(OfferStatus {
        message: current.text("message")?,
        translations: translations(&current)?,
        next_steps: each(&status, "nextSteps", next_step)?,
        errors: each(&status, "errors", issue)?,
        infos: each(&status, "infos", issue)?,
        ..bare(current.required("code", current.text("code")?)?)
    })
}

fn bare(provider_code: String) -> OfferStatus {
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

/// Reads the items of a list.
pub(super) fn each<T>(
    record: &Record<'_>,
    name: &str,
    read: fn(&Record<'_>) -> Result<T, BadField>,
) -> Result<Vec<T>, BadField> {
    record.records(name)?.iter().map(read).collect()
}

fn next_step(record: &Record<'_>) -> Result<OfferNextStep, BadField> {
    let provider_code = record.required("code", record.text("code")?)?;
    Ok(OfferNextStep {
        code: translate(&provider_code).0,
        provider_code,
        message: record.text("message")?,
        translations: translations(record)?,
    })
}

/// Reads an error or an info. Only the code is relied upon: messages differ from sample to sample.
pub(super) fn issue(record: &Record<'_>) -> Result<StatusIssue, BadField> {
    Ok(StatusIssue {
        code: record.required("code", record.text("code")?)?,
        message: record.text("message")?.unwrap_or_default(),
        field: record.text("field")?.map(|it| our_path(&it)),
        translations: translations(record)?,
    })
}

fn translations(record: &Record<'_>) -> Result<Vec<Translation>, BadField> {
    let Some(translations) = record.record("translations")? else {
        return Ok(Vec::new());
    };
    let mut read = Vec::new();
    for language in translations.names() {
        if let Some(text) = translations.text(language)? {
            let language = language.to_owned();
            read.push(Translation { language, text });
        }
    }
    Ok(read)
}

/// Our name for the field that an issue is about: `Offer.customerName` in answers to requests,
/// `product.brandName` in infos. JobRad does not say which accessory it means.
fn our_path(theirs: &str) -> String {
    let path = theirs.strip_prefix("Offer.").unwrap_or(theirs);
    let ours = |segment: &str| {
        Some(match segment {
            "Product" => "product",
            "Accessory" | "accessory" => "accessories",
            "bidexCode" => "categoryCode",
            "priceGross" => "price",
            "listPriceGross" => "listPrice",
            "batteryCapacity" => "batteryCapacityWh",
            "shippingCostGross" => "shippingCost",
            "installationCostGross" => "installationCost",
            "customerName" => "customer.fullName",
            "customerEmail" => "customer.email",
            _ => return None,
        })
    };
    let segments: Vec<&str> = path.split('.').map(|it| ours(it).unwrap_or(it)).collect();
    segments.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_get_our_names() {
        for (theirs, ours) in [
            ("Offer.customerName", "customer.fullName"),
            ("Offer.customerEmail", "customer.email"),
            ("externalOfferId", "externalOfferId"),
            ("product.brandName", "product.brandName"),
            ("Product.priceGross", "product.price"),
            ("Accessory.listPriceGross", "accessories.listPrice"),
            ("Offer.product.bidexCode", "product.categoryCode"),
            ("somethingNew", "somethingNew"),
        ] {
            assert_eq!(our_path(theirs), ours);
        }
    }
}
