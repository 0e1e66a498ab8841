//! What LeaseCloud means when it does not do what it was asked.
//!
//! The document shows no error. [assumed] They are those of LeaseCloud's older API:
//! `{"error":{"code","message","fields":[{"field","message","code"}]}}`.

use crate::{
    domain::offer::StatusIssue,
    providers::{
        ProviderError,
        json::{BadField, Record},
        transport::{Answer, StatusCode},
    },
};

/// [assumed] The code for an order of which a field is wrong. We say the same when we see it
/// ourselves.
const INVALID_ORDER: &str = "InvalidOrder";

/// [assumed] The code for an order that is beyond the point where it could be changed. A refusal to
/// us has the same status and another code.
const CANT_BE_MODIFIED: &str = "OrderCantBeModified";

pub(super) fn read(answer: &Answer) -> ProviderError {
    let issues = issues(answer);
    match answer.status {
        // An order that is not creditworthy is refused like one that is not valid:
        // `OrderNotAccepted`, without fields.
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            ProviderError::Refused(issues)
        }
        StatusCode::FORBIDDEN if issues.iter().any(|it| it.code == CANT_BE_MODIFIED) => {
            ProviderError::NotModifiable
        }
        StatusCode::FORBIDDEN => ProviderError::Forbidden,
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::NotFound,
        status => ProviderError::unreadable(format!("unexpected status {}", status.as_u16())),
    }
}

/// A complaint of ours about a field, before anything is sent.
pub(super) fn complaint(field: impl Into<String>, message: &str) -> StatusIssue {
    StatusIssue {
        code: INVALID_ORDER.to_owned(),
        message: message.to_owned(),
        field: Some(field.into()),
        translations: Vec::new(),
    }
}

/// What an answer complains about; nothing if it cannot be read.
fn issues(answer: &Answer) -> Vec<StatusIssue> {
    let envelope = answer.text().ok().and_then(|it| Record::read(it).ok());
    let error = envelope.and_then(|it| it.record("error").ok().flatten());
    error.and_then(|it| issues_of(&it).ok()).unwrap_or_default()
}

/// One issue for each field; one for all if no field is to blame.
fn issues_of(error: &Record<'_>) -> Result<Vec<StatusIssue>, BadField> {
    let whole = StatusIssue {
        code: error.required("code", error.code("code")?)?,
        message: error.text("message")?.unwrap_or_default(),
        field: None,
        translations: Vec::new(),
    };
    let issue = |field: &Record<'_>| -> Result<StatusIssue, BadField> {
        Ok(StatusIssue {
            code: field.code("code")?.unwrap_or_else(|| whole.code.clone()),
            message: field.text("message")?.unwrap_or_default(),
            field: field.text("field")?.map(|it| our_path(&it)),
            translations: Vec::new(),
        })
    };
    // A field that makes no sense does not hide the others, nor the whole.
    let fields = error.records("fields").unwrap_or_default();
    let mut issues: Vec<_> = fields.iter().filter_map(|it| issue(it).ok()).collect();
    if issues.is_empty() {
        issues.push(whole);
    }
    Ok(issues)
}

/// Our name for a field of theirs: `items[0].unitAmount` is `items.0.unitPrice`.
fn our_path(theirs: &str) -> String {
    let path = theirs.replace('[', ".").replace(']', "");
    let segments: Vec<&str> = path.split('.').map(our_name).collect();
    segments.join(".")
}

fn our_name(theirs: &str) -> &str {
    match theirs {
        "internalOrderId" => "externalOrderId",
        "nin" => "nationalId",
        "billingAddress" => "billingAddress.line1",
        "billingAddress2" => "billingAddress.line2",
        "billingCity" => "billingAddress.city",
        "billingPostalCode" => "billingAddress.postalCode",
        "billingCountry" => "billingAddress.country",
        "shippingFirstName" => "shippingAddress.firstName",
        "shippingLastName" => "shippingAddress.lastName",
        "shippingAddress" => "shippingAddress.line1",
        "shippingAddress2" => "shippingAddress.line2",
        "shippingCity" => "shippingAddress.city",
        "shippingPostalCode" => "shippingAddress.postalCode",
        "shippingAmount" => "shippingCost",
        "shippingVAT" => "shippingTax",
        "unitAmount" => "unitPrice",
        "discountAmount" => "discount",
        same => same,
    }
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
        let issues: Vec<_> = issues
            .iter()
            .map(|it| (it.code.as_str(), it.field.as_deref(), it.message.as_str()))
            .collect();
        assert_eq!(
            issues,
            [
                ("Required", Some("nationalId"), "is required"),
                (
                    "InvalidOrder",
                    Some("items.0.unitPrice"),
                    "must be a whole number"
                ),
                ("Invalid", Some("somethingNew"), "is not known"),
            ]
        );
    }

    #[test]
    fn fields_get_our_names() {
        for (theirs, ours) in [
            ("internalOrderId", "externalOrderId"),
            ("months", "months"),
            ("invoiceInterval", "invoiceInterval"),
            ("ownInsurance", "ownInsurance"),
            ("company", "company"),
            ("orgNumber", "orgNumber"),
            ("nin", "nationalId"),
            ("authorizedSignatory", "authorizedSignatory"),
            ("firstName", "firstName"),
            ("lastName", "lastName"),
            ("email", "email"),
            ("phone", "phone"),
            ("billingAddress", "billingAddress.line1"),
            ("billingAddress2", "billingAddress.line2"),
            ("billingCity", "billingAddress.city"),
            ("billingPostalCode", "billingAddress.postalCode"),
            ("billingCountry", "billingAddress.country"),
            ("shippingFirstName", "shippingAddress.firstName"),
            ("shippingLastName", "shippingAddress.lastName"),
            ("shippingAddress", "shippingAddress.line1"),
            ("shippingAddress2", "shippingAddress.line2"),
            ("shippingCity", "shippingAddress.city"),
            ("shippingPostalCode", "shippingAddress.postalCode"),
            ("shippingAmount", "shippingCost"),
            ("shippingVAT", "shippingTax"),
            ("customerIp", "customerIp"),
            ("items", "items"),
            ("items[12].name", "items.12.name"),
            ("items[0].attributes", "items.0.attributes"),
            ("items[0].productId", "items.0.productId"),
            ("items[0].unitAmount", "items.0.unitPrice"),
            ("items.1.discountAmount", "items.1.discount"),
            ("price", "price"),
        ] {
            assert_eq!(our_path(theirs), ours);
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        use ProviderError::{Forbidden, NotFound, NotModifiable, Refused, Unreadable};

        let code = |code: &str| format!(r#"{{"error":{{"code":"{code}","message":"No."}}}}"#);
        let refusal = refused(400, &code("OrderNotAccepted"));
        assert!(matches!(&refusal, Refused(it) if it.len() == 1
            && it[0].code == "OrderNotAccepted"
            && it[0].message == "No."
            && it[0].field.is_none()));
        for status in [400, 409, 422] {
            assert!(matches!(refused(status, &code("BadRequest")), Refused(_)));
            assert!(matches!(refused(status, "<html>"), Refused(it) if it.is_empty()));
        }
        assert!(matches!(
            refused(403, &code("OrderCantBeModified")),
            NotModifiable
        ));
        assert!(matches!(refused(403, &code("Forbidden")), Forbidden));
        assert!(matches!(refused(403, "<html>"), Forbidden));
        assert!(matches!(refused(404, &code("NotFound")), NotFound));
        assert!(matches!(refused(410, ""), NotFound));
        assert!(matches!(refused(418, ""), Unreadable(_)));
    }
}
