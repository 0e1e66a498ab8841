//! What somebody has leased through one of the leasing providers, with the services that go with it:
//! the question, and what the answer says.

use serde::Serialize;

use crate::{
    domain::{
        customer::Customer,
        money::{Money, TaxMode},
        offer::Product,
        service_information::{LeasedBike, ServiceInformation, ServicePackage},
    },
    providers::{
        ServiceInformationBy,
        json::{BadField, Record},
    },
};

/// [assumed] For a budget that does not say.
const CURRENCY: &str = "EUR";

/// A question: one of three.
#[derive(Debug, Serialize)]
pub(super) struct Question<'a> {
    query: Query<'a>,
}

#[derive(Debug, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
enum Query<'a> {
    Email {
        value: &'a str,
    },
    FrameNumber {
        value: &'a str,
    },
    Customer {
        first_name: &'a str,
        last_name: &'a str,
        postal_code: &'a str,
    },
}

impl<'a> Question<'a> {
    pub(super) fn new(by: &'a ServiceInformationBy) -> Self {
        let query = match by {
            ServiceInformationBy::Email(value) => Query::Email { value },
            ServiceInformationBy::FrameNumber(value) => Query::FrameNumber { value },
            ServiceInformationBy::Customer {
                first_name,
                last_name,
                postal_code,
            } => Query::Customer {
                first_name,
                last_name,
                postal_code,
            },
        };
        Self { query }
    }
}

pub(super) fn read(answer: &Record<'_>) -> Result<ServiceInformation, BadField> {
    let customer = answer.record("customer")?;
    let details = answer.records("leasingDetails")?;
    Ok(ServiceInformation {
        customer: customer.as_ref().map(self::customer).transpose()?,
        leased_bikes: details.iter().map(leased_bike).collect::<Result<_, _>>()?,
    })
}

fn customer(record: &Record<'_>) -> Result<Customer, BadField> {
    Ok(Customer {
        first_name: record.text("firstName")?,
        last_name: record.text("lastName")?,
        email: record.text("email")?,
        ..Customer::default()
    })
}

fn leased_bike(details: &Record<'_>) -> Result<LeasedBike, BadField> {
    let bike = details.required("bike", details.record("bike")?)?;
    let leasing = details.record("leasing")?;
    let time = |name| match &leasing {
        Some(leasing) => leasing.time(name),
        None => Ok(None),
    };
    let package = details.record("servicePackage")?;
    Ok(LeasedBike {
        product: product(&bike)?,
        leasing_start: time("startDate")?,
        leasing_end: time("endDate")?,
        service_package: package.as_ref().map(service_package).transpose()?,
    })
}

fn product(bike: &Record<'_>) -> Result<Product, BadField> {
    Ok(Product {
        category_code: bike.code("category")?,
        brand_name: bike.text("brand")?,
        model_name: bike.text("model")?,
        model_year: bike.integer("year")?,
        color: bike.text("color")?,
        size: bike.text("size")?,
        frame_number: bike.text("frameNumber")?,
        ..Product::default()
    })
}

fn service_package(package: &Record<'_>) -> Result<ServicePackage, BadField> {
    let budget = package.record("budget")?;
    let amount = |name| match &budget {
        Some(budget) => money(budget, name),
        None => Ok(None),
    };
    let inspections = package.record("inspections")?;
    let available = inspections.map(|it| it.integer("available")).transpose()?;
    Ok(ServicePackage {
        package_type: package.required("type", package.text("type")?)?,
        budget_current: amount("current")?,
        budget_maximum: amount("maximum")?,
        inspections_available: available.flatten(),
    })
}

/// [assumed] Gross, as every amount of Leasing Automation.
fn money(budget: &Record<'_>, name: &str) -> Result<Option<Money>, BadField> {
    let currency = budget.text("currency")?;
    let currency = currency.unwrap_or_else(|| CURRENCY.to_owned());
    let is_code = currency.len() == 3 && currency.bytes().all(|it| it.is_ascii_uppercase());
    if !is_code {
        return Err(budget.bad("currency", "is not a currency"));
    }
    Ok(budget.amount(name)?.map(|amount| Money {
        amount,
        currency,
        tax_mode: TaxMode::Gross,
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ANSWER: &str = include_str!("fixtures/service_information.json");

    fn read(text: &str) -> Result<ServiceInformation, String> {
        let record = Record::read(text).unwrap();
        super::read(&record).map_err(|it| it.to_string())
    }

    /// Reads the answer, changed.
    fn changed(change: impl FnOnce(&mut Value)) -> Result<ServiceInformation, String> {
        let mut answer: Value = serde_json::from_str(ANSWER).unwrap();
        change(&mut answer["leasingDetails"][0]);
        read(&answer.to_string())
    }

    #[test]
    fn there_are_three_ways_to_ask() {
        let text = str::to_owned;
        let questions = [
            ServiceInformationBy::Email(text("mustermitarbeiterin@gmx.net")),
            ServiceInformationBy::FrameNumber(text("ABC123XYZ")),
            ServiceInformationBy::Customer {
                first_name: text("Max"),
                last_name: text("Muster"),
                postal_code: text("12345"),
            },
        ];
        let asked = questions.each_ref().map(Question::new);
        let documented: Value =
            serde_json::from_str(include_str!("fixtures/questions.json")).unwrap();
        assert_eq!(serde_json::to_value(asked).unwrap(), documented);
    }

    #[test]
    fn the_documented_answer_is_read() {
        let information = read(ANSWER).unwrap();
        let customer = information.customer.unwrap();
        assert_eq!(customer.first_name.as_deref(), Some("Max"));
        assert_eq!(customer.last_name.as_deref(), Some("Muster"));
        assert_eq!(
            customer.email.as_deref(),
            Some("mustermitarbeiterin@gmx.net")
        );
        let [bike] = information.leased_bikes.try_into().unwrap();
        let text = |it: &str| Some(it.to_owned());
        assert_eq!(
            bike.product,
            Product {
                category_code: text("city-bike"),
                brand_name: text("cube"),
                model_name: text("Town Sport Hybrid"),
                model_year: Some(2023),
                color: text("black"),
                size: text("50 cm"),
                frame_number: text("ABC123XYZ"),
                ..Product::default()
            }
        );
        let day = |it: Option<crate::domain::Timestamp>| it.unwrap().to_rfc3339();
        assert_eq!(day(bike.leasing_start), "2023-06-01T00:00:00+00:00");
        assert_eq!(day(bike.leasing_end), "2026-06-01T00:00:00+00:00");
        let package = bike.service_package.unwrap();
        assert_eq!(package.package_type, "fullService");
        let euros = |text: &str| Some(Money::euros_gross(text.parse().unwrap()));
        assert_eq!(package.budget_current, euros("366.50"));
        assert_eq!(package.budget_maximum, euros("500"));
        assert_eq!(package.inspections_available, Some(3));
    }

    #[test]
    fn what_may_be_missing_may_be_missing() {
        let nothing = ServiceInformation {
            customer: None,
            leased_bikes: Vec::new(),
        };
        assert_eq!(read("{}"), Ok(nothing));

        let bike = changed(|it| *it = json!({"bike": {}, "new": 1}));
        let bike = bike.unwrap().leased_bikes.pop().unwrap();
        assert_eq!(bike.product, Product::default());
        assert_eq!(bike.leasing_end, None);
        assert_eq!(bike.service_package, None);

        let bike = changed(|it| it["servicePackage"] = json!({"type": "tyresOnly"}));
        let bike = bike.unwrap().leased_bikes.pop().unwrap();
        let package = bike.service_package.unwrap();
        assert_eq!(package.package_type, "tyresOnly");
        assert_eq!(package.budget_current, None);
    }

    #[test]
    fn a_budget_has_the_currency_that_it_names() {
        let current = |information: ServiceInformation| {
            let package = information.leased_bikes[0].service_package.clone();
            package.unwrap().budget_current.unwrap().currency
        };
        let francs = changed(|it| it["servicePackage"]["budget"]["currency"] = "CHF".into());
        assert_eq!(current(francs.unwrap()), "CHF");
        let silent = changed(|it| it["servicePackage"]["budget"]["currency"] = Value::Null);
        assert_eq!(current(silent.unwrap()), "EUR");
    }

    #[test]
    fn a_bad_answer_says_which_field_is_bad() {
        for (answer, expected) in [
            (
                changed(|it| it["bike"] = Value::Null),
                "`leasingDetails[0].bike` is missing",
            ),
            (
                changed(|it| it["servicePackage"]["type"] = Value::Null),
                "`leasingDetails[0].servicePackage.type` is missing",
            ),
            (
                changed(|it| it["servicePackage"]["budget"]["currency"] = "Euro".into()),
                "`leasingDetails[0].servicePackage.budget.currency` is not a currency",
            ),
            (
                changed(|it| it["leasing"]["endDate"] = "soon".into()),
                "`leasingDetails[0].leasing.endDate` is not a time with its offset",
            ),
        ] {
            assert_eq!(answer, Err(expected.to_owned()));
        }
    }
}
