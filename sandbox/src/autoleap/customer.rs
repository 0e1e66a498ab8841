//! A customer of a company. Which fields there are is public for writing; that the same are read,
//! with two ids, is *assumed*. A second address exists as well, but its name does not.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    assumed::REGULAR,
    reading::{self, Text},
    shelf::Record,
    vehicle::Tag,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Customer {
    #[serde(rename = "customerId")]
    pub(super) id: String,
    pub(super) company_id: String,
    #[serde(rename = "customerType")]
    pub(super) kind: &'static str,
    pub(super) first_name: Text,
    pub(super) last_name: Text,
    pub(super) display_name: String,
    pub(super) company_name: Option<Text>,
    pub(super) phones: Vec<Phone>,
    pub(super) emails: Vec<Email>,
    pub(super) communication_preference: &'static str,
    pub(super) notes: Option<Text>,
    pub(super) main_address: Address,
    pub(super) tax_exempt: bool,
    pub(super) tags: Vec<Tag>,
    pub(super) charge_account: bool,
    #[serde(rename = "preferredLocationID")]
    pub(super) preferred_location_id: String,
    pub(super) language_preference: &'static str,
    pub(super) ok_for_marketing: bool,
    #[serde(serialize_with = "reading::milliseconds")]
    pub(super) created_date: DateTime<Utc>,
    #[serde(serialize_with = "reading::milliseconds")]
    pub(super) updated_date: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Phone {
    pub(super) number: String,
    pub(super) label: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) primary: bool,
    pub(super) active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Email {
    #[serde(rename = "emailAddress")]
    pub(super) address: String,
    pub(super) label: &'static str,
    pub(super) primary: bool,
    pub(super) active: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Address {
    #[serde(rename = "address")]
    pub(super) street: Text,
    pub(super) city: Text,
    pub(super) state: Text,
    pub(super) zip: Text,
    pub(super) country: Text,
}

/// Who it is, and where.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) customer_id: String,
    pub(super) company_id: String,
    pub(super) location_id: String,
    pub(super) first_name: Text,
    pub(super) last_name: Text,
}

impl Customer {
    /// Somebody who can be reached below `example.com` and under a number that is never given out.
    pub(super) fn new(it: Identity, at: DateTime<Utc>) -> Self {
        let local = format!("{}.{}", it.first_name, it.last_name).to_lowercase();
        Self {
            id: it.customer_id,
            company_id: it.company_id,
            kind: REGULAR,
            display_name: format!("{} {}", it.first_name, it.last_name),
            first_name: it.first_name,
            last_name: it.last_name,
            company_name: None,
            phones: vec![Phone {
                number: "5555550100".to_owned(),
                label: "Mobile",
                kind: "mobile",
                primary: true,
                active: true,
            }],
            emails: vec![Email {
                address: format!("{}@example.com", local.replace(' ', "-")),
                label: "Home",
                primary: true,
                active: true,
            }],
            communication_preference: "email",
            notes: None,
            main_address: Address {
                street: "1 Example Street".into(),
                city: "Sacramento".into(),
                state: "CA".into(),
                zip: "95814".into(),
                country: "US".into(),
            },
            tax_exempt: false,
            tags: Vec::new(),
            charge_account: false,
            preferred_location_id: it.location_id,
            language_preference: "EN",
            ok_for_marketing: false,
            created_date: at,
            updated_date: at,
        }
    }
}

impl Record for Customer {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn created_at(&self) -> DateTime<Utc> {
        self.created_date
    }

    /// Customers stand nowhere.
    fn standing(&self) -> Option<Text> {
        None
    }

    fn touch(&mut self, at: DateTime<Utc>) {
        self.updated_date = at;
    }
}
