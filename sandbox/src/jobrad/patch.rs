//! Editing an offer from outside, by a JSON merge patch (RFC 7396) of the fields that a dealer once
//! sent. Works on JSON text, so that a price that is not patched keeps every digit.

use std::collections::BTreeMap;

use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};

use super::{
    errors::Problem,
    offer::Offer,
    reading::{Submitted, read_content},
    rendering::members,
};

/// An offer after a patch.
#[derive(Debug)]
pub(super) struct Patched {
    pub(super) external_offer_id: String,
    pub(super) customer_name: String,
    pub(super) customer_email: String,
    pub(super) submitted: Submitted,
}

type Members = BTreeMap<String, Box<RawValue>>;

/// Applies a patch, or says why the result would not be an offer.
pub(super) fn patched(offer: &Offer, patch: &Value) -> Result<Patched, String> {
    let Value::Object(patch) = patch else {
        return Err("a patch is an object".to_owned());
    };
    let mut fields = members(&*offer.content);
    let mut patched = Patched {
        external_offer_id: offer.external_offer_id.clone(),
        customer_name: offer.customer_name.clone(),
        customer_email: offer.customer_email.clone(),
        submitted: read(&fields)?,
    };
    for (name, value) in patch {
        match name.as_str() {
            "externalOfferId" => patched.external_offer_id = text(name, value)?,
            "customerName" => patched.customer_name = text(name, value)?,
            "customerEmail" => patched.customer_email = text(name, value)?,
            name if fields.contains_key(name) => merge(&mut fields, name, value)?,
            name => return Err(format!("an offer has no field {name} that can be edited")),
        }
    }
    patched.submitted = read(&fields)?;
    Ok(patched)
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or(format!("{name} is a string"))?;
    Ok(text.to_owned())
}

/// Replaces a field, or the named fields of the product.
fn merge(fields: &mut Members, name: &str, value: &Value) -> Result<(), String> {
    let mut new = to_raw_value(value).map_err(|it| it.to_string())?;
    let old = fields.get(name).map(|it| it.get()).unwrap_or_default();
    if let (Value::Object(patch), Ok(mut inner)) = (value, serde_json::from_str::<Members>(old)) {
        for (name, value) in patch {
            merge(&mut inner, name, value)?;
        }
        new = to_raw_value(&inner).map_err(|it| it.to_string())?;
    }
    fields.insert(name.to_owned(), new);
    Ok(())
}

/// Reads the fields as if a dealer had sent them.
fn read(fields: &Members) -> Result<Submitted, String> {
    let body = serde_json::to_vec(fields).map_err(|it| it.to_string())?;
    read_content(&body).map_err(|problems| {
        let messages = problems.unwrap_or_default().into_iter();
        messages
            .map(|it: Problem| it.message)
            .collect::<Vec<_>>()
            .join("; ")
    })
}
