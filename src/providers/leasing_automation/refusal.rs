//! What Leasing Automation means when it does not do what it was asked, and what it would refuse.
//!
//! It says so in one English sentence, without a code and without a field. The names of fields are
//! picked out of the sentence as well as that can be done.

use crate::{
    domain::offer::StatusIssue,
    providers::{
        NewOffer, ProviderError,
        json::Record,
        transport::{Answer, StatusCode},
    },
};

/// The documented name of the status, in the place of a code.
const BAD_REQUEST: &str = "BAD_REQUEST";

pub(super) fn read(answer: &Answer) -> ProviderError {
    match answer.status {
        StatusCode::BAD_REQUEST | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            ProviderError::Refused(issues(answer))
        }
        // A missing key is 401, a wrong one 403.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ProviderError::Unauthorized,
        StatusCode::NOT_FOUND | StatusCode::GONE => ProviderError::NotFound,
        status => ProviderError::unreadable(format!("unexpected status {}", status.as_u16())),
    }
}

/// One issue for each field that the sentence names, or one for all of it.
fn issues(answer: &Answer) -> Vec<StatusIssue> {
    let envelope = answer.text().ok().and_then(|it| Record::read(it).ok());
    let sentence = envelope.and_then(|it| it.text("error").ok().flatten());
    let Some(sentence) = sentence else {
        return Vec::new();
    };
    let issue = |field: Option<&str>| StatusIssue {
        code: BAD_REQUEST.to_owned(),
        message: sentence.clone(),
        field: field.map(our_path),
        translations: Vec::new(),
    };
    let fields = fields(&sentence);
    if fields.is_empty() {
        vec![issue(None)]
    } else {
        fields.into_iter().map(|it| issue(Some(it))).collect()
    }
}

/// The fields in `Missing required fields *fieldName* in request body`. [assumed] There may be
/// several, with commas, and the asterisks may be no more than the documentation's way to write.
fn fields(sentence: &str) -> Vec<&str> {
    let named = sentence
        .split_once(" fields ")
        .or_else(|| sentence.split_once(" field "))
        .and_then(|(_, rest)| rest.split_once(" in request body"));
    let Some((named, _)) = named else {
        return Vec::new();
    };
    let is_quote = |it: char| it.is_whitespace() || matches!(it, '*' | '"' | '\'' | '`');
    let fields = named.split(',').map(|it| it.trim_matches(is_quote));
    fields.filter(|it| !it.is_empty()).collect()
}

/// Our name for one of their fields, which may come with the object that it is in.
fn our_path(theirs: &str) -> String {
    let name = theirs.rsplit('.').next().unwrap_or(theirs);
    let in_accessory = theirs.contains("accessories");
    let ours = match name {
        "userIdentifier" => "customer.email",
        "userFirstName" => "customer.firstName",
        "userLastName" => "customer.lastName",
        "userCreate" => "customer.createIfMissing",
        "isSelfEmployed" => "customer.selfEmployed",
        "orderId" => "externalOfferId",
        "frameNumber" => "product.frameNumber",
        "frameSize" => "product.size",
        "color" => "product.color",
        "year" => "product.modelYear",
        "deliveryCosts" => "shippingCost",
        "assemblyCosts" => "installationCost",
        "accessoryType" => "accessories.categoryCode",
        "quantity" => "accessories.quantity",
        "brand" if in_accessory => "accessories.brandName",
        "model" if in_accessory => "accessories.modelName",
        "purchasePrice" if in_accessory => "accessories.price",
        "recommendedPurchasePrice" if in_accessory => "accessories.listPrice",
        "brand" => "product.brandName",
        "model" => "product.modelName",
        "purchasePrice" => "product.price",
        "recommendedPurchasePrice" => "product.listPrice",
        "bikeType" => "product.bikeType",
        "category" => "product.categoryCode",
        "driveManufacturer" => "product.driveManufacturer",
        "deliveryDate" => "deliveryDate",
        _ => theirs,
    };
    ours.to_owned()
}

/// Refuses an offer that lacks something Leasing Automation demands, before it is sent.
pub(super) fn check(offer: &NewOffer) -> Result<(), ProviderError> {
    let product = &offer.terms.product;
    let given = |it: &Option<String>| it.as_ref().is_some_and(|it| !it.trim().is_empty());
    let missing: Vec<_> = [
        ("leasingProviderSlug", given(&offer.leasing_provider_slug)),
        ("userIdentifier", given(&offer.customer.email)),
        ("frameSize", given(&product.size)),
        ("color", given(&product.color)),
        ("year", product.model_year.is_some()),
        ("purchasePrice", product.price.is_some()),
        ("brand", given(&product.brand_name)),
        ("bikeType", given(&offer.terms.bike_type)),
        ("category", given(&product.category_code)),
    ]
    .into_iter()
    .filter(|(_, is_given)| !is_given)
    .map(|(name, _)| of_field("MISSING_PARAMETER", name, "must be given"))
    .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(ProviderError::Refused(missing))
    }
}

/// A problem with one field that we see ourselves, by their name for it.
pub(super) fn of_field(code: &str, theirs: &str, message: &str) -> StatusIssue {
    StatusIssue {
        code: code.to_owned(),
        message: message.to_owned(),
        field: Some(our_path(theirs)),
        translations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::documented, *};

    fn refused(status: u16, body: &str) -> ProviderError {
        read(&Answer::of_json(status, body))
    }

    fn issues_of(error: ProviderError) -> Vec<StatusIssue> {
        match error {
            ProviderError::Refused(issues) => issues,
            error => panic!("not a refusal: {error:?}"),
        }
    }

    fn fields_of(issues: &[StatusIssue]) -> Vec<Option<&str>> {
        issues.iter().map(|it| it.field.as_deref()).collect()
    }

    /// The fields that a sentence of theirs is about.
    fn named(sentence: &str) -> Vec<Option<String>> {
        let body = serde_json::json!({ "error": sentence }).to_string();
        let issues = issues_of(refused(400, &body));
        assert!(issues.iter().all(|it| it.message == sentence), "{sentence}");
        issues.into_iter().map(|it| it.field).collect()
    }

    #[test]
    fn the_documented_errors_have_their_meaning() {
        use ProviderError::{NotFound, Unauthorized, Unreadable};

        let missing = include_str!("fixtures/error_missing_fields.json");
        assert_eq!(
            issues_of(refused(400, missing)),
            [StatusIssue {
                code: "BAD_REQUEST".to_owned(),
                message: "Missing required fields *fieldName* in request body".to_owned(),
                field: Some("fieldName".to_owned()),
                translations: Vec::new(),
            }]
        );
        let no_key = include_str!("fixtures/error_missing_key.json");
        assert!(matches!(refused(401, no_key), Unauthorized));
        let wrong_key = include_str!("fixtures/error_invalid_key.json");
        assert!(matches!(refused(403, wrong_key), Unauthorized));
        assert!(matches!(
            refused(404, "{\"error\":\"Not found\"}"),
            NotFound
        ));
        assert!(matches!(refused(418, ""), Unreadable(_)));
        assert_eq!(issues_of(refused(400, "<html>")), []);
    }

    #[test]
    fn fields_get_our_names() {
        for (theirs, ours) in [
            ("userIdentifier", "customer.email"),
            ("customer.userFirstName", "customer.firstName"),
            ("userLastName", "customer.lastName"),
            ("userCreate", "customer.createIfMissing"),
            ("isSelfEmployed", "customer.selfEmployed"),
            ("orderId", "externalOfferId"),
            ("frameNumber", "product.frameNumber"),
            ("orderDetails.frameSize", "product.size"),
            ("color", "product.color"),
            ("year", "product.modelYear"),
            ("purchasePrice", "product.price"),
            ("recommendedPurchasePrice", "product.listPrice"),
            ("brand", "product.brandName"),
            ("model", "product.modelName"),
            ("bikeType", "product.bikeType"),
            ("category", "product.categoryCode"),
            ("driveManufacturer", "product.driveManufacturer"),
            ("deliveryCosts", "shippingCost"),
            ("assemblyCosts", "installationCost"),
            ("accessoryType", "accessories.categoryCode"),
            ("quantity", "accessories.quantity"),
            ("orderDetails.accessories[0].brand", "accessories.brandName"),
            ("accessories.model", "accessories.modelName"),
            ("accessories.purchasePrice", "accessories.price"),
            (
                "accessories.recommendedPurchasePrice",
                "accessories.listPrice",
            ),
            ("deliveryDetails.deliveryDate", "deliveryDate"),
            ("somethingNew", "somethingNew"),
        ] {
            assert_eq!(our_path(theirs), ours);
        }
    }

    #[test]
    fn fields_are_picked_out_of_the_sentence() {
        let size = Some("product.size".to_owned());
        let year = Some("product.modelYear".to_owned());
        for (sentence, fields) in [
            (
                "Missing required fields *frameSize* in request body",
                vec![size.clone()],
            ),
            (
                "Missing required fields frameSize in request body",
                vec![size.clone()],
            ),
            (
                "Missing required field \"frameSize\" in request body",
                vec![size.clone()],
            ),
            (
                "Missing required fields *frameSize, year* in request body",
                vec![size.clone(), year.clone()],
            ),
            (
                "Missing required fields *frameSize*, *year* in request body",
                vec![size, year.clone()],
            ),
            (
                "Invalid values for fields *year* in request body",
                vec![year],
            ),
            ("User has too many bikes", vec![None]),
            ("Missing required fields ** in request body", vec![None]),
            ("Missing fields", vec![None]),
        ] {
            assert_eq!(named(sentence), fields, "{sentence}");
        }
    }

    #[test]
    fn what_would_be_missing_is_refused_before_it_is_sent() {
        let mut offer = documented::new_offer();
        assert!(check(&offer).is_ok());

        offer.terms.product.size = Some("  ".to_owned());
        offer.terms.product.model_year = None;
        let issues = issues_of(check(&offer).unwrap_err());
        assert_eq!(
            fields_of(&issues),
            [Some("product.size"), Some("product.modelYear")]
        );
        assert!(issues.iter().all(|it| it.code == "MISSING_PARAMETER"));

        offer.leasing_provider_slug = None;
        offer.customer.email = None;
        offer.terms.bike_type = None;
        offer.terms.product = crate::domain::offer::Product::default();
        assert_eq!(
            fields_of(&issues_of(check(&offer).unwrap_err())),
            [
                "leasingProviderSlug",
                "customer.email",
                "product.size",
                "product.color",
                "product.modelYear",
                "product.price",
                "product.brandName",
                "product.bikeType",
                "product.categoryCode",
            ]
            .map(Some)
        );
    }
}
