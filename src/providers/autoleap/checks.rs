//! What is checked about a vehicle before it is sent. What AutoLeap would surely refuse is not sent,
//! and the reason names our field.

use serde_json::value::RawValue;

use super::{
    kind,
    wire::{TagBody, VehicleBody},
};
use crate::{
    domain::{
        offer::StatusIssue,
        vehicle::{Mileage, Tag, VehicleFields},
    },
    providers::{NewVehicle, VehicleArchival, VehicleChange},
};

const MISSING: &str = "MISSING_PARAMETER";
const INVALID: &str = "INVALID_PARAMETER";

/// The documented words, in their spelling.
const TRANSMISSIONS: [&str; 2] = ["Automatic", "Manual"];
const MILEAGE_UNITS: [&str; 2] = ["KM", "Miles"];

/// What is to be sent about a vehicle, or what is wrong with it.
pub(super) type Checked<'a> = Result<VehicleBody<'a>, Vec<StatusIssue>>;

/// A vehicle that is to be made. AutoLeap tells no id, so it must have something by which it is
/// found again.
pub(super) fn new_vehicle(new: &NewVehicle) -> Checked<'_> {
    let mut checks = Checks::default();
    if new.customer_id.trim().is_empty() {
        checks.missing("customerId");
    }
    let fields = &new.fields;
    if fields.natural_key().is_none() {
        checks.complain(
            "fields.vin",
            MISSING,
            "a VIN or a license plate must be given",
        );
    }
    let body = checks.fields(fields);
    checks.end(VehicleBody {
        customer_id: Some(&new.customer_id),
        ..body
    })
}

pub(super) fn change(change: &VehicleChange) -> Checked<'_> {
    let mut checks = Checks::default();
    checks.id(&change.native_id);
    let body = checks.fields(&change.fields);
    checks.end(VehicleBody {
        vehicle_id: Some(&change.native_id),
        ..body
    })
}

/// [assumed] The customer may be left out.
pub(super) fn archival(archival: &VehicleArchival) -> Checked<'_> {
    let mut checks = Checks::default();
    checks.id(&archival.native_id);
    checks.end(VehicleBody {
        vehicle_id: Some(&archival.native_id),
        customer_id: archival.customer_id.as_deref(),
        ..VehicleBody::default()
    })
}

/// What was found to be wrong so far.
#[derive(Debug, Default)]
struct Checks(Vec<StatusIssue>);

impl Checks {
    fn complain(&mut self, field: &str, code: &str, message: &str) {
        self.0.push(StatusIssue {
            code: code.to_owned(),
            message: message.to_owned(),
            field: Some(field.to_owned()),
            translations: Vec::new(),
        });
    }

    fn missing(&mut self, field: &str) {
        self.complain(field, MISSING, "must be given");
    }

    fn end<T>(self, value: T) -> Result<T, Vec<StatusIssue>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }

    fn id(&mut self, id: &str) {
        if !kind::is_id(id) {
            self.complain("id", INVALID, "is no vehicle's id");
        }
    }

    fn fields<'a>(&mut self, fields: &'a VehicleFields) -> VehicleBody<'a> {
        let mileage = fields.mileage.as_ref();
        VehicleBody {
            vehicle_id: None,
            customer_id: None,
            year: fields.year,
            make: fields.make.as_deref(),
            model: fields.model.as_deref(),
            vehicle_name: fields.name.as_deref(),
            engine: fields.engine.as_deref(),
            color: fields.color.as_deref(),
            license_plate: fields.license_plate.as_deref(),
            state: fields.state.as_deref(),
            vin: fields.vin.as_deref(),
            img_url: fields.image_url.as_deref(),
            notes: fields.notes.as_deref(),
            tags: fields.tags.as_deref().map(|it| self.tags(it)),
            drive_type: fields.drive_type.as_deref(),
            transmission: fields
                .transmission
                .as_deref()
                .and_then(|it| self.word("fields.transmission", it, TRANSMISSIONS)),
            mileage: mileage.and_then(|it| self.distance(it)),
            mileage_unit: mileage
                .and_then(|it| self.word("fields.mileage.unit", &it.unit, MILEAGE_UNITS)),
        }
    }

    /// One of two words, in any spelling.
    fn word(&mut self, field: &str, word: &str, words: [&'static str; 2]) -> Option<&'static str> {
        let known = words.into_iter().find(|it| it.eq_ignore_ascii_case(word));
        if known.is_none() {
            let [first, second] = words;
            self.complain(field, INVALID, &format!("must be {first} or {second}"));
        }
        known
    }

    /// A distance, digit by digit.
    fn distance(&mut self, mileage: &Mileage) -> Option<Box<RawValue>> {
        if mileage.value.is_sign_negative() {
            self.complain("fields.mileage.value", INVALID, "must not be negative");
        }
        RawValue::from_string(mileage.value.to_string()).ok()
    }

    fn tags<'a>(&mut self, tags: &'a [Tag]) -> Vec<TagBody<'a>> {
        let bodies = tags.iter().map(|it| TagBody {
            name: &it.name,
            color: it.color.as_deref().map(|it| it.trim_start_matches('#')),
        });
        let bodies: Vec<_> = bodies.collect();
        let is_hex = |it: &str| it.len() == 6 && it.bytes().all(|it| it.is_ascii_hexdigit());
        if bodies.iter().any(|it| it.name.trim().is_empty()) {
            self.complain("fields.tags", MISSING, "a tag must have a name");
        }
        if bodies
            .iter()
            .any(|it| it.color.is_some_and(|it| !is_hex(it)))
        {
            let message = "the color of a tag must have six hexadecimal digits";
            self.complain("fields.tags", INVALID, message);
        }
        bodies
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{super::wire::Vehicles, *};

    fn text(it: &str) -> String {
        it.to_owned()
    }

    fn tag(name: &str, color: &str) -> Tag {
        Tag {
            name: name.to_owned(),
            color: Some(text(color)),
        }
    }

    fn new(fields: VehicleFields) -> NewVehicle {
        NewVehicle {
            customer_id: "CUST001".to_owned(),
            fields,
        }
    }

    fn mileage(value: &str, unit: &str) -> Mileage {
        Mileage {
            value: value.parse().unwrap(),
            unit: unit.to_owned(),
        }
    }

    /// The vehicle of the documented request.
    fn documented() -> NewVehicle {
        new(VehicleFields {
            year: Some(2021),
            make: Some(text("Honda")),
            model: Some(text("Accord")),
            name: Some(text("2021 Honda Accord LX")),
            engine: Some(text("1.5L Turbo I4")),
            color: Some(text("Blue")),
            license_plate: Some(text("XYZ-1234")),
            state: Some(text("CA")),
            vin: Some(text("1HGCV1F14MA123456")),
            notes: Some(text("Regular maintenance required")),
            image_url: Some(text("")),
            transmission: Some(text("Automatic")),
            drive_type: Some(text("FWD")),
            tags: Some(vec![tag("Sedan", "FFFF00"), tag("Economy", "#FFFF00")]),
            mileage: Some(mileage("15000", "Miles")),
        })
    }

    fn assert_sent(company_id: &str, vehicles: Vec<Checked<'_>>, fixture: &str) {
        let vehicles = vehicles.into_iter().map(Result::unwrap).collect();
        let body = Vehicles {
            company_id,
            vehicles,
        };
        let text = serde_json::to_string(&body).unwrap();
        let sent: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(sent, serde_json::from_str::<Value>(fixture).unwrap());
    }

    #[test]
    fn the_documented_requests_are_sent() {
        let fixture = include_str!("fixtures/create.request.json");
        assert_sent("SHOP5678", vec![new_vehicle(&documented())], fixture);

        let changes = [
            VehicleChange {
                native_id: "125838".to_owned(),
                fields: VehicleFields {
                    notes: Some(text(
                        "Customer requested routine maintenance and oil change reminder",
                    )),
                    ..VehicleFields::default()
                },
            },
            VehicleChange {
                native_id: "374849".to_owned(),
                fields: VehicleFields {
                    transmission: Some(text("MANUAL")),
                    ..VehicleFields::default()
                },
            },
        ];
        let mut changes: Vec<_> = changes.iter().map(change).collect();
        // We have no unit without a distance; AutoLeap takes one.
        changes[0].as_mut().unwrap().mileage_unit = Some("KM");
        let fixture = include_str!("fixtures/update.request.json");
        assert_sent("SHOP5678", changes, fixture);

        let archived = VehicleArchival {
            native_id: "string".to_owned(),
            customer_id: Some(text("string")),
        };
        let fixture = include_str!("fixtures/archive.request.json");
        assert_sent("string", vec![archival(&archived)], fixture);
    }

    fn complaints(checked: Checked<'_>) -> Vec<(String, String)> {
        let issues = checked.unwrap_err().into_iter();
        let issues = issues.map(|it| (it.field.unwrap_or_default(), it.code));
        issues.collect()
    }

    #[test]
    fn what_would_be_refused_is_not_sent_and_names_our_fields() {
        let nobody = NewVehicle {
            customer_id: " ".to_owned(),
            fields: VehicleFields {
                transmission: Some(text("CVT")),
                tags: Some(vec![tag(" ", "yellow")]),
                mileage: Some(mileage("-1", "Leagues")),
                ..VehicleFields::default()
            },
        };
        let expected = [
            ("customerId", MISSING),
            ("fields.vin", MISSING),
            ("fields.tags", MISSING),
            ("fields.tags", INVALID),
            ("fields.transmission", INVALID),
            ("fields.mileage.value", INVALID),
            ("fields.mileage.unit", INVALID),
        ];
        let expected = expected.map(|(field, code)| (field.to_owned(), code.to_owned()));
        assert_eq!(complaints(new_vehicle(&nobody)), expected);

        for native_id in ["", "../x"] {
            let native_id = native_id.to_owned();
            let archived = VehicleArchival {
                native_id: native_id.clone(),
                customer_id: None,
            };
            let changed = VehicleChange {
                native_id,
                fields: VehicleFields::default(),
            };
            let expected = [("id".to_owned(), INVALID.to_owned())];
            assert_eq!(complaints(archival(&archived)), expected);
            assert_eq!(complaints(change(&changed)), expected);
        }
    }

    #[test]
    fn a_plate_is_enough_to_be_found_by() {
        let plate = new(VehicleFields {
            license_plate: Some(text("XYZ-1234")),
            ..VehicleFields::default()
        });
        assert!(new_vehicle(&plate).is_ok());
    }

    #[test]
    fn what_is_not_said_is_not_sent_and_digits_are_kept() {
        let change = |fields| {
            let change = VehicleChange {
                native_id: "1".to_owned(),
                fields,
            };
            serde_json::to_string(&super::change(&change).unwrap()).unwrap()
        };
        assert_eq!(change(VehicleFields::default()), r#"{"vehicleId":"1"}"#);
        let fields = VehicleFields {
            mileage: Some(mileage("90071992547409.930", "km")),
            ..VehicleFields::default()
        };
        assert_eq!(
            change(fields),
            r#"{"vehicleId":"1","mileage":90071992547409.930,"mileageUnit":"KM"}"#
        );
    }
}
