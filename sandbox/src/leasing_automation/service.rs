//! Service information: what a workshop may ask about a leased bicycle. It has nothing to do with
//! offers; a bicycle is here because it was seeded, or because the control added it.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{
    assumed,
    control::LeasedBike,
    errors::ApiError,
    lists::{JOBRAD, LeasingProvider},
    money::euros,
    object::{Object, Problems},
};

/// Enough for every test.
const KEPT_BIKES: usize = 10_000;

/// How long a bicycle is leased.
const LEASING_DAYS: i64 = 3 * 365;

/// What is asked for. Letters may be small or capital.
#[derive(Debug)]
pub(super) enum Question {
    Email(String),
    FrameNumber(String),
    Customer {
        first_name: String,
        last_name: String,
        postal_code: String,
    },
}

impl Question {
    /// Reads the body of a POST. It must have the fields of one kind of query and of no other.
    pub(super) fn read(body: &str) -> Result<Self, ApiError> {
        let mut problems = Problems::default();
        let mut body = Object::body(body, &mut problems)?;
        body.require(&["query"]);
        let question = body.object("query").map(Self::query);
        problems.end()?;
        question.unwrap_or_else(|| Err(ApiError::bad_request(assumed::ONE_QUERY)))
    }
}

impl Question {
    fn query(mut query: Object<'_, '_>) -> Result<Self, ApiError> {
        const VALUE: &[&str] = &["value"];
        const CUSTOMER: &[&str] = &["firstName", "lastName", "postalCode"];

        query.require(&["type"]);
        let kind = query.text("type").unwrap_or_default();
        let (own, others) = match kind.as_str() {
            "customer" => (CUSTOMER, VALUE),
            _ => (VALUE, CUSTOMER),
        };
        if others.iter().any(|it| query.has(it)) {
            return Err(ApiError::bad_request(assumed::ONE_QUERY));
        }
        query.require(own);
        let mut text = |name| query.text(name).unwrap_or_default();
        let question = match kind.as_str() {
            "email" => Self::Email(text("value")),
            "frameNumber" => Self::FrameNumber(text("value")),
            "customer" => Self::Customer {
                first_name: text("firstName"),
                last_name: text("lastName"),
                postal_code: text("postalCode"),
            },
            _ => {
                query.expect("type", kind.is_empty());
                Self::Email(String::new())
            }
        };
        Ok(question)
    }

    fn matches(&self, bike: &LeasedBike) -> bool {
        let same = |a: &String, b: &String| a.to_lowercase() == b.to_lowercase();
        match self {
            Self::Email(email) => same(email, &bike.email),
            Self::FrameNumber(number) => same(number, &bike.frame_number),
            Self::Customer {
                first_name,
                last_name,
                postal_code,
            } => {
                same(first_name, &bike.first_name)
                    && same(last_name, &bike.last_name)
                    && same(postal_code, &bike.postal_code)
            }
        }
    }
}

/// The leased bicycles of all leasing providers.
#[derive(Debug)]
pub(super) struct Bikes(Vec<LeasedBike>);

impl Bikes {
    /// The small world: a customer with one bicycle here and one with two there.
    pub(super) fn seeded(now: DateTime<Utc>) -> Self {
        let start = now - TimeDelta::days(400);
        let bike = |frame_number: &str| LeasedBike {
            frame_number: frame_number.to_owned(),
            start_date: Some(start),
            last_inspection: Some(start + TimeDelta::days(365)),
            ..LeasedBike::default()
        };
        let elsewhere = |frame_number| LeasedBike {
            slug: "deutsche-dienstrad".to_owned(),
            email: "bruno.birke@example.com".to_owned(),
            first_name: "Bruno".to_owned(),
            last_name: "Birke".to_owned(),
            postal_code: "79098".to_owned(),
            ..bike(frame_number)
        };
        Self(vec![
            bike("WTU123456X"),
            elsewhere("CUB777001A"),
            elsewhere("CUB777002B"),
        ])
    }

    /// Adds a bicycle. Beyond the limit nothing is added.
    pub(super) fn add(&mut self, bike: LeasedBike) {
        if self.0.len() < KEPT_BIKES {
            self.0.push(bike);
        }
    }

    pub(super) fn answer(
        &self,
        provider: &LeasingProvider,
        question: &Question,
    ) -> Result<ServiceInformation<'_>, ApiError> {
        let slug = provider.choice.slug;
        let matching = self.0.iter().filter(|it| it.slug == slug);
        let found: Vec<_> = matching.filter(|it| question.matches(it)).collect();
        let first = found
            .first()
            .ok_or_else(|| ApiError::not_found(assumed::NOTHING_FOUND))?;
        Ok(ServiceInformation {
            customer: Customer {
                first_name: &first.first_name,
                last_name: &first.last_name,
                email: &first.email,
            },
            leasing_details: found.iter().map(|it| details(it)).collect(),
        })
    }
}

/// The answer to `POST /service-information/{slug}`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceInformation<'a> {
    customer: Customer<'a>,
    leasing_details: Vec<Details<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer<'a> {
    first_name: &'a str,
    last_name: &'a str,
    email: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    bike: Bike<'a>,
    leasing: Leasing,
    service_package: ServicePackage,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bike<'a> {
    #[serde(rename = "bikeType")]
    kind: &'a str,
    category: &'a str,
    brand: &'a str,
    model: &'a str,
    size: &'a str,
    color: &'a str,
    /// A string here, and a number in offers.
    year: String,
    frame_number: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Leasing {
    start_date: Option<String>,
    end_date: Option<String>,
}

#[derive(Debug, Serialize)]
struct ServicePackage {
    #[serde(rename = "type")]
    kind: &'static str,
    budget: Budget,
    inspections: Inspections,
}

#[derive(Debug, Serialize)]
struct Budget {
    #[serde(serialize_with = "euros")]
    current: Decimal,
    #[serde(serialize_with = "euros")]
    maximum: Decimal,
    currency: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inspections {
    available: u32,
    last_date: Option<String>,
    is_mandatory: bool,
    is_valid: bool,
}

fn details(bike: &LeasedBike) -> Details<'_> {
    let lasting = TimeDelta::days(LEASING_DAYS);
    let end = bike.end_date.or(bike.start_date.map(|it| it + lasting));
    Details {
        bike: Bike {
            kind: &bike.bike_type,
            category: &bike.category,
            brand: &bike.brand,
            model: &bike.model,
            size: &bike.size,
            color: &bike.color,
            year: bike.year.to_string(),
            frame_number: &bike.frame_number,
        },
        leasing: Leasing {
            start_date: bike.start_date.map(moment),
            end_date: end.map(moment),
        },
        service_package: ServicePackage {
            kind: "fullService",
            budget: Budget {
                current: bike.budget_current,
                maximum: bike.budget_maximum,
                currency: "EUR",
            },
            inspections: Inspections {
                available: bike.inspections_available,
                last_date: bike.last_inspection.map(moment),
                is_mandatory: bike.inspection_is_mandatory,
                is_valid: bike.inspection_is_valid,
            },
        },
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Default for LeasedBike {
    /// Ada's bicycle, leased from `JobRad` from now on.
    fn default() -> Self {
        Self {
            slug: JOBRAD.to_owned(),
            email: "ada.ahorn@example.com".to_owned(),
            first_name: "Ada".to_owned(),
            last_name: "Ahorn".to_owned(),
            postal_code: "12345".to_owned(),
            bike_type: "pedelec".to_owned(),
            category: "city-bike".to_owned(),
            brand: "cube".to_owned(),
            model: "Town Sport Hybrid".to_owned(),
            size: "50 cm".to_owned(),
            color: "black".to_owned(),
            year: 2030,
            frame_number: "ABC123XYZ".to_owned(),
            start_date: None,
            end_date: None,
            budget_current: Decimal::new(36_650, 2),
            budget_maximum: Decimal::new(50_000, 2),
            inspections_available: 3,
            last_inspection: None,
            inspection_is_mandatory: false,
            inspection_is_valid: true,
        }
    }
}
