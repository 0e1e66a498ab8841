//! What a lease costs at LeaseCloud and on which terms: answers that are read whole or not at all,
//! because a list of prices without one of them would look as if that term were gone.

use serde_json::value::RawValue;

use super::{market::Market, wire::Envelope};
use crate::{
    domain::terms::{MonthlyAmount, PartnerTerms, Tariff},
    providers::{
        ProviderError,
        json::{BadField, Record},
        transport::Answer,
    },
};

/// What a price costs by the month.
pub(super) fn monthly_amounts(
    answer: &Answer,
    market: Market,
) -> Result<Vec<MonthlyAmount>, ProviderError> {
    let envelope: Envelope<&RawValue> = answer.json()?;
    let data = Record::read(envelope.data.get())?;
    data.required("monthlyAmounts", data.raw("monthlyAmounts"))?;
    let amounts = data.records("monthlyAmounts")?;
    let amounts = amounts.iter().map(|it| monthly_amount(it, market));
    Ok(amounts.collect::<Result<_, _>>()?)
}

fn monthly_amount(record: &Record<'_>, market: Market) -> Result<MonthlyAmount, BadField> {
    Ok(MonthlyAmount {
        months: record.required("months", record.integer("months")?)?,
        monthly_amount: record.required("monthlyAmount", market.read(record, "monthlyAmount")?)?,
    })
}

/// Who the partner is and for how long it can lease.
pub(super) fn partner(answer: &Answer) -> Result<PartnerTerms, ProviderError> {
    let envelope: Envelope<&RawValue> = answer.json()?;
    let data = Record::read(envelope.data.get())?;
    let partner = data.required("partner", data.record("partner")?)?;
    let tariffs = data.records("tariffs")?;
    Ok(PartnerTerms {
        partner_name: partner.required("name", partner.text("name")?)?,
        org_number: partner.text("orgNumber")?,
        country: partner.text("country")?,
        terms_of_payment: partner.text("termsOfPayment")?,
        tariffs: tariffs.iter().map(tariff).collect::<Result<_, _>>()?,
    })
}

/// A percentage; the sample has none.
fn tariff(record: &Record<'_>) -> Result<Tariff, BadField> {
    Ok(Tariff {
        months: record.required("months", record.integer("months")?)?,
        tariff: record.amount("tariff")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(body: &str) -> Result<Vec<(i32, String)>, String> {
        let answer = Answer::of_json(200, body);
        let read = monthly_amounts(&answer, Market::Norway);
        let shown = |it: MonthlyAmount| {
            let money = it.monthly_amount;
            let amount = format!("{} {} {:?}", money.amount, money.currency, money.tax_mode);
            (it.months, amount)
        };
        read.map(|it| it.into_iter().map(shown).collect())
            .map_err(|it| it.to_string())
    }

    #[test]
    fn the_documented_amounts_are_read() {
        let read = amounts(include_str!("fixtures/monthly_amounts.json"));
        assert_eq!(read, Ok(vec![(0, "0.00 NOK Net".to_owned())]));
    }

    #[test]
    fn amounts_are_in_cents_and_net() {
        let read = amounts(
            r#"{"data":{"monthlyAmounts":[{"months":24,"monthlyAmount":46250},
               {"months":36,"monthlyAmount":"1999","new":1}],"more":[]}}"#,
        );
        assert_eq!(
            read,
            Ok(vec![
                (24, "462.50 NOK Net".to_owned()),
                (36, "19.99 NOK Net".to_owned())
            ])
        );
    }

    #[test]
    fn an_answer_that_lacks_a_part_is_not_read() {
        for (body, expected) in [
            (r#"{"data":{}}"#, "`monthlyAmounts` is missing"),
            (
                r#"{"data":{"monthlyAmounts":[{"months":24}]}}"#,
                "`monthlyAmounts[0].monthlyAmount` is missing",
            ),
            (
                r#"{"data":{"monthlyAmounts":[{"monthlyAmount":1}]}}"#,
                "`monthlyAmounts[0].months` is missing",
            ),
            (r#"{"data":[]}"#, "the record is not an object"),
            (r#"{"error":{}}"#, "JSON of an unknown shape"),
        ] {
            let error = amounts(body).unwrap_err();
            assert!(error.ends_with(expected), "{body}: {error}");
        }
    }

    #[test]
    fn the_documented_partner_is_read() {
        let answer = Answer::of_json(200, include_str!("fixtures/partner.json"));
        let string = || Some("string".to_owned());
        assert_eq!(
            partner(&answer).unwrap(),
            PartnerTerms {
                partner_name: "string".to_owned(),
                org_number: string(),
                country: string(),
                terms_of_payment: string(),
                tariffs: vec![Tariff {
                    months: 0,
                    tariff: None
                }],
            }
        );
    }

    #[test]
    fn a_tariff_is_exact() {
        let body = r#"{"data":{"partner":{"name":"Cykel AB"},
                       "tariffs":[{"months":36,"tariff":3.25},{"months":48,"tariff":"2.55"}]}}"#;
        let terms = partner(&Answer::of_json(200, body)).unwrap();
        let tariffs: Vec<_> = terms
            .tariffs
            .iter()
            .map(|it| (it.months, it.tariff.unwrap().to_string()))
            .collect();
        assert_eq!(tariffs, [(36, "3.25".to_owned()), (48, "2.55".to_owned())]);

        let body = r#"{"data":{"partner":{"id":1},"tariffs":[]}}"#;
        let error = partner(&Answer::of_json(200, body)).unwrap_err();
        assert!(error.to_string().ends_with("`partner.name` is missing"));
    }
}
