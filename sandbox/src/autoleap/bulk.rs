//! The bodies of the three writes of vehicles, and what became of each item. A bulk is read as a
//! whole; an item that makes no sense fails alone (*assumed*, as is where that is said).

use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    assumed::{DONE, MAX_BULK},
    errors::ApiError,
    reading::{self, Members},
};

/// What was sent.
#[derive(Debug)]
pub(super) struct Bulk<'a> {
    pub(super) company_id: Option<String>,
    items: Vec<&'a RawValue>,
}

/// An item that failed, and why.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    /// Where the item was, from 0.
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle_id: Option<String>,
    error: String,
}

/// The documented answer. `data` is empty if nothing failed.
#[derive(Debug, Serialize)]
pub(super) struct Processed {
    success: bool,
    message: &'static str,
    data: Failures,
}

#[derive(Debug, Serialize)]
struct Failures {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Failure>,
}

impl<'a> Bulk<'a> {
    /// Reads a body in which both members are required.
    pub(super) fn complete(body: &'a [u8]) -> Result<(String, Self), ApiError> {
        let bulk = Self::parse(body)?;
        let missing = |name| ApiError::bad_request(format!("{name} is required"));
        let company_id = bulk.company_id.clone();
        let company_id = company_id.ok_or_else(|| missing("companyId"))?;
        if bulk.items.is_empty() {
            return Err(missing("vehicles"));
        }
        Ok((company_id, bulk))
    }

    /// Reads a body in which neither is.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, ApiError> {
        let text = std::str::from_utf8(body).unwrap_or_default();
        let sent = reading::members(text)
            .ok_or_else(|| ApiError::bad_request("The body must be a JSON object"))?;
        let company_id = match sent.get("companyId") {
            Some(raw) => reading::text("companyId", raw).map_err(ApiError::bad_request)?,
            None => None,
        };
        let items: Option<Vec<&RawValue>> = match sent.get("vehicles") {
            Some(raw) => serde_json::from_str(raw.get())
                .map_err(|_| ApiError::bad_request("vehicles must be an array"))?,
            None => None,
        };
        let items = items.unwrap_or_default();
        if items.len() > MAX_BULK {
            let text = format!("vehicles must have no more than {MAX_BULK} items");
            return Err(ApiError::bad_request(text));
        }
        let company_id = company_id.map(Into::into);
        Ok(Self { company_id, items })
    }

    /// Does something with each item, and notes what went wrong.
    pub(super) fn process(
        &self,
        mut each: impl FnMut(&Members<'_>) -> Result<(), String>,
    ) -> Processed {
        let mut errors = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let sent = reading::members(item.get());
            let vehicle_id = sent.as_ref().and_then(|it| word(it, "vehicleId"));
            let done = match &sent {
                Some(sent) => each(sent),
                None => Err("a vehicle must be an object".to_owned()),
            };
            if let Err(error) = done {
                errors.push(Failure {
                    index,
                    vehicle_id,
                    error,
                });
            }
        }
        Processed {
            success: true,
            message: DONE,
            data: Failures { errors },
        }
    }
}

/// A member that is a text.
pub(super) fn word(sent: &Members<'_>, name: &str) -> Option<String> {
    let text = reading::text(name, sent.get(name)?).ok()?;
    text.map(Into::into)
}

/// A member that must be one.
pub(super) fn required(sent: &Members<'_>, name: &str) -> Result<String, String> {
    word(sent, name).ok_or_else(|| format!("{name} is required and must be a string"))
}
