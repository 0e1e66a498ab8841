//! What a partner may see: the companies of its profile. The shape of the answer is [assumed]; the
//! document says only that they are in it.

use crate::{
    domain::offer::StatusIssue,
    providers::{ProviderError, json::Record, transport::Answer},
};

/// The ids of the companies that the account is about: those that it names, or else all.
pub(super) fn companies(answer: &Answer, named: &[String]) -> Result<Vec<String>, ProviderError> {
    let known = listed(answer)?;
    if named.is_empty() {
        // Good credentials, and nothing to see with them.
        return if known.is_empty() {
            Err(ProviderError::Forbidden)
        } else {
            Ok(known)
        };
    }
    let mut companies: Vec<String> = Vec::new();
    for company in named {
        if !known.contains(company) {
            return Err(ProviderError::Refused(vec![foreign(company)]));
        }
        if !companies.contains(company) {
            companies.push(company.clone());
        }
    }
    Ok(companies)
}

fn listed(answer: &Answer) -> Result<Vec<String>, ProviderError> {
    // Its own complaint tells a cut answer from one of another shape.
    answer.json::<serde::de::IgnoredAny>()?;
    let envelope = Record::read(answer.text()?)?;
    let profile = envelope.required("data", envelope.record("data")?)?;
    profile.required("companies", profile.raw("companies"))?;
    let mut companies = Vec::new();
    for company in profile.records("companies")? {
        companies.push(company.required("companyId", company.code("companyId")?)?);
    }
    Ok(companies)
}

fn foreign(company: &str) -> StatusIssue {
    StatusIssue {
        code: "INVALID_PARAMETER".to_owned(),
        message: format!("{company} is none of the partner's companies"),
        field: Some("credentials.autoleap.companyIds".to_owned()),
        translations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, named: &[&str]) -> Result<Vec<String>, ProviderError> {
        let named: Vec<_> = named.iter().map(|it| (*it).to_owned()).collect();
        companies(&Answer::of_json(200, body), &named)
    }

    #[test]
    fn an_account_is_about_the_companies_that_it_names_or_about_all() {
        let profile = include_str!("fixtures/profile.json");
        assert_eq!(read(profile, &[]).unwrap(), ["SHOP5678", "SHOP9012"]);
        assert_eq!(read(profile, &["SHOP9012"]).unwrap(), ["SHOP9012"]);
        let twice = ["SHOP9012", "SHOP9012"];
        assert_eq!(read(profile, &twice).unwrap(), ["SHOP9012"]);
    }

    #[test]
    fn a_company_that_the_partner_does_not_have_is_named() {
        let profile = include_str!("fixtures/profile.json");
        let error = read(profile, &["SHOP5678", "SHOP1"]).unwrap_err();
        let ProviderError::Refused(issues) = error else {
            panic!("{error:?}");
        };
        assert_eq!(
            issues[0].message,
            "SHOP1 is none of the partner's companies"
        );
        assert_eq!(
            issues[0].field.as_deref(),
            Some("credentials.autoleap.companyIds")
        );
    }

    #[test]
    fn a_profile_without_companies_is_of_no_use() {
        let empty = r#"{"success":true,"data":{"companies":[]}}"#;
        assert!(matches!(read(empty, &[]), Err(ProviderError::Forbidden)));
        for (body, expected) in [
            ("{}", "`data` is missing"),
            (r#"{"data":{}}"#, "`data.companies` is missing"),
            (
                r#"{"data":{"companies":[{}]}}"#,
                "`data.companies[0].companyId` is missing",
            ),
            (r#"{"data":{"compan"#, "truncated JSON"),
        ] {
            let error = read(body, &[]).unwrap_err().to_string();
            assert!(error.contains(expected), "{body}: {error}");
        }
    }
}
