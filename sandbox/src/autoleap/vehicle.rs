//! A vehicle: what is sent, kept and read of it. All fields are documented for writing; that a
//! vehicle is read with the same fields, its ids and two dates is *assumed*.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    assumed::{ACTIVE, INACTIVE},
    reading::{self, Members, Text},
    shelf::Record,
};

/// The documented values of `transmission` and of `mileageUnit`.
const TRANSMISSIONS: &[&str] = &["Automatic", "Manual"];
const MILEAGE_UNITS: &[&str] = &["KM", "Miles"];

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Vehicle {
    #[serde(rename = "vehicleId")]
    pub(super) id: String,
    pub(super) company_id: String,
    pub(super) customer_id: String,
    pub(super) year: Option<i64>,
    pub(super) make: Option<Text>,
    pub(super) model: Option<Text>,
    #[serde(rename = "vehicleName")]
    pub(super) name: Option<Text>,
    pub(super) engine: Option<Text>,
    pub(super) color: Option<Text>,
    pub(super) license_plate: Option<Text>,
    pub(super) state: Option<Text>,
    pub(super) vin: Option<Text>,
    pub(super) notes: Option<Text>,
    #[serde(rename = "vehicleStatus")]
    pub(super) status: Text,
    pub(super) img_url: Option<Text>,
    pub(super) transmission: Option<Text>,
    pub(super) tags: Vec<Tag>,
    pub(super) drive_type: Option<Text>,
    #[serde(serialize_with = "reading::optional_digits")]
    pub(super) mileage: Option<Decimal>,
    pub(super) mileage_unit: Option<Text>,
    #[serde(serialize_with = "reading::milliseconds")]
    pub(super) created_date: DateTime<Utc>,
    #[serde(serialize_with = "reading::milliseconds")]
    pub(super) updated_date: DateTime<Utc>,
}

/// The color is hexadecimal, without a `#`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tag {
    pub(super) name: String,
    #[serde(default)]
    pub(super) color: Option<String>,
}

/// Who writes: a partner is held to the documented words, the control may write any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Partner,
    Control,
}

/// Whose vehicle it is, by ids.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) vehicle: String,
    pub(super) company: String,
    pub(super) customer: String,
}

impl Vehicle {
    pub(super) fn new(identity: Identity, at: DateTime<Utc>) -> Self {
        Self {
            id: identity.vehicle,
            company_id: identity.company,
            customer_id: identity.customer,
            year: None,
            make: None,
            model: None,
            name: None,
            engine: None,
            color: None,
            license_plate: None,
            state: None,
            vin: None,
            notes: None,
            status: ACTIVE.into(),
            img_url: None,
            transmission: None,
            tags: Vec::new(),
            drive_type: None,
            mileage: None,
            mileage_unit: None,
            created_date: at,
            updated_date: at,
        }
    }

    /// Changes what was sent and nothing else. What was sent as null is cleared (*assumed*).
    pub(super) fn apply(&mut self, sent: &Members<'_>, writer: Writer) -> Result<(), String> {
        for (name, raw) in sent {
            if !self.set(name, raw, writer)? && writer == Writer::Control {
                return Err(format!("a vehicle has no field {name} that can be edited"));
            }
        }
        Ok(())
    }

    /// Changes one field, if it is one. A partner may send others, which are ignored.
    fn set(&mut self, name: &str, raw: &RawValue, writer: Writer) -> Result<bool, String> {
        let is_free = writer == Writer::Control;
        let word = |words: &[&str]| match reading::text(name, raw)? {
            Some(it) if !is_free && !words.contains(&it.as_ref()) => {
                Err(format!("{name} must be one of {}", words.join(", ")))
            }
            it => Ok(it),
        };
        match name {
            "year" => self.year = reading::whole(name, raw)?,
            "mileage" => self.mileage = reading::number(name, raw)?,
            "tags" => self.tags = reading::list(name, raw)?.unwrap_or_default(),
            "transmission" => self.transmission = word(TRANSMISSIONS)?,
            "mileageUnit" => self.mileage_unit = word(MILEAGE_UNITS)?,
            // That there are no other statuses is assumed.
            "vehicleStatus" => {
                self.status = word(&[ACTIVE, INACTIVE])?.ok_or("vehicleStatus must be a string")?;
            }
            "customerId" if is_free => {
                let customer_id = reading::text(name, raw)?;
                self.customer_id = customer_id.ok_or("customerId must be a string")?.into();
            }
            _ => match self.text(name) {
                Some(place) => *place = reading::text(name, raw)?,
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// A field that takes any text.
    fn text(&mut self, name: &str) -> Option<&mut Option<Text>> {
        Some(match name {
            "make" => &mut self.make,
            "model" => &mut self.model,
            "vehicleName" => &mut self.name,
            "engine" => &mut self.engine,
            "color" => &mut self.color,
            "licensePlate" => &mut self.license_plate,
            "state" => &mut self.state,
            "vin" => &mut self.vin,
            "notes" => &mut self.notes,
            "imgUrl" => &mut self.img_url,
            "driveType" => &mut self.drive_type,
            _ => return None,
        })
    }
}

impl Record for Vehicle {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn created_at(&self) -> DateTime<Utc> {
        self.created_date
    }

    fn standing(&self) -> Option<Text> {
        Some(self.status.clone())
    }

    fn touch(&mut self, at: DateTime<Utc>) {
        self.updated_date = at;
    }
}
