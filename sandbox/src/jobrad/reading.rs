//! Reading the bodies of POST and PUT. What is wrong with a body is reported all at once, in the
//! documented words; numbers are read from their text, so that no cent is lost.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    assumed::{BIDEX_REMAPPING, BRAND_SPELLINGS, REQUIRED_OF_ACCESSORY, REQUIRED_OF_PRODUCT},
    errors::{ApiError, Problem},
    offer::{Accessory, Content, Product},
};

/// What POST and PUT have in common, and what `JobRad` remarked about it.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) content: Content,
    pub(super) infos: Vec<Problem>,
}

/// What only POST has. It cannot be changed later.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) external_offer_id: String,
    pub(super) name: String,
    pub(super) email: String,
}

/// Reads the body of a POST.
pub(super) fn new_offer(body: &[u8]) -> Result<(Customer, Submitted), ApiError> {
    let mut problems = Vec::new();
    let Some(mut offer) = Object::parse("Offer", body, &mut problems) else {
        return Err(not_an_object());
    };
    let customer = customer(&mut offer);
    let submitted = submitted(&mut offer);
    match (customer, submitted) {
        (Some(customer), Some(submitted)) if problems.is_empty() => Ok((customer, submitted)),
        _ => Err(ApiError::bad_request(problems)),
    }
}

/// Reads the body of a PUT.
pub(super) fn changed_offer(body: &[u8]) -> Result<Submitted, ApiError> {
    read_content(body).map_err(|problems| match problems {
        Some(problems) => ApiError::bad_request(problems),
        None => not_an_object(),
    })
}

/// Reads content, or says what is wrong with it; nothing, if it is no object at all.
pub(super) fn read_content(body: &[u8]) -> Result<Submitted, Option<Vec<Problem>>> {
    let mut problems = Vec::new();
    let mut offer = Object::parse("Offer", body, &mut problems).ok_or(None)?;
    match submitted(&mut offer) {
        Some(submitted) if problems.is_empty() => Ok(submitted),
        _ => Err(Some(problems)),
    }
}

fn not_an_object() -> ApiError {
    ApiError::bad_request(vec![Problem::new(
        "INVALID_PARAMETER",
        "The body must be a JSON object.",
        "Der Inhalt der Anfrage muss ein JSON-Objekt sein.",
    )])
}

fn customer(offer: &mut Object<'_>) -> Option<Customer> {
    let required = offer.require(&["externalOfferId", "customerName", "customerEmail"]);
    let external_offer_id = offer.text("externalOfferId");
    let name = offer.text("customerName");
    let email = offer.text("customerEmail");
    if let Some(email) = email.as_deref().filter(|it| !is_email(it)) {
        offer.problem(Problem::invalid(
            "Offer.customerEmail",
            format!("Attribute must be a valid email address: {email}"),
            format!("Das Feld muss eine gültige Email-Adresse sein: {email}"),
        ));
    }
    required.then_some(())?;
    Some(Customer {
        external_offer_id: external_offer_id?,
        name: name?,
        email: email?,
    })
}

fn submitted(offer: &mut Object<'_>) -> Option<Submitted> {
    offer.require(&["product", "accessory"]);
    let mut infos = Vec::new();
    let product = offer.member("product", |raw, problems| {
        let mut object = Object::parse("Product", raw, problems)?;
        Some(product(&mut object, &mut infos).ok_or(Incomplete))
    });
    let accessory = offer.member("accessory", |raw, problems| {
        let items: Vec<&RawValue> = serde_json::from_slice(raw).ok()?;
        let items = items.into_iter().map(|it| {
            let mut object = Object::parse("Accessory", it.get().as_bytes(), problems)?;
            Some(accessory(&mut object).ok_or(Incomplete))
        });
        // All of them are read before the first problem counts.
        let items: Option<Vec<_>> = items.collect();
        Some(items?.into_iter().collect::<Result<Vec<_>, _>>())
    });
    let content = Content {
        with_shipping: offer.flag("withShipping"),
        shipping_cost_gross: offer.amount("shippingCostGross"),
        installation_cost_gross: offer.amount("installationCostGross"),
        delivery_date: offer.moment("deliveryDate"),
        notes: offer.text("notes"),
        product: product?.ok()?,
        accessory: accessory?.ok()?,
    };
    Some(Submitted { content, infos })
}

/// A product or an accessory with problems, which are noted already.
struct Incomplete;

fn product(object: &mut Object<'_>, infos: &mut Vec<Problem>) -> Option<Product> {
    object.require(REQUIRED_OF_PRODUCT);
    let bidex_code = object.number("bidexCode").map(remapped);
    let brand_name = object.text("brandName").map(|it| respelled(it, infos));
    let price_gross = object.amount("priceGross");
    let list_price_gross = object.amount("listPriceGross");
    object.compare_prices(price_gross, list_price_gross);
    // Everything is read before the first absence ends it.
    let model_name = object.text("modelName");
    let (model_year, battery_capacity) =
        (object.number("modelYear"), object.number("batteryCapacity"));
    let (color, size) = (object.text("color"), object.text("size"));
    let drive_manufacturer = object.text("driveManufacturer");
    Some(Product {
        bidex_code: bidex_code?,
        brand_name: brand_name?,
        model_name: model_name?,
        model_year,
        color,
        size,
        drive_manufacturer,
        battery_capacity,
        price_gross: price_gross?,
        list_price_gross: list_price_gross?,
    })
}

fn accessory(object: &mut Object<'_>) -> Option<Accessory> {
    object.require(REQUIRED_OF_ACCESSORY);
    let bidex_code = object.number("bidexCode").map(remapped);
    let (brand_name, model_name) = (object.text("brandName"), object.text("modelName"));
    let price_gross = object.amount("priceGross");
    let list_price_gross = object.amount("listPriceGross");
    object.compare_prices(price_gross, list_price_gross);
    Some(Accessory {
        bidex_code: bidex_code?,
        brand_name,
        model_name: model_name?,
        price_gross: price_gross?,
        list_price_gross,
    })
}

/// Some codes become a higher main group without a word.
fn remapped(code: u32) -> u32 {
    let remapping = BIDEX_REMAPPING.iter().find(|(from, _)| *from == code);
    remapping.map_or(code, |(_, to)| *to)
}

/// A brand becomes what `JobRad` calls it, and the dealer is told.
fn respelled(brand: String, infos: &mut Vec<Problem>) -> String {
    let Some((_, name)) = BRAND_SPELLINGS.iter().find(|(from, _)| *from == brand) else {
        return brand;
    };
    let info = Problem::new(
        "info",
        format!("Bike brand name '{brand}' mapped to '{name}'"),
        format!("Bike-Brandname '{brand}' wurde auf '{name}' umgemappt."),
    );
    infos.push(info.at("product.brandName"));
    (*name).to_owned()
}

/// The documented pattern up to the `@`; behind it, where the document is cut off, labels and a
/// top-level domain of letters (*assumed*).
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_local = |it: char| it.is_ascii_alphanumeric() || "_+&*-".contains(it);
    let is_label = |it: char| it.is_ascii_alphanumeric() || it == '-';
    let all = |part: &str, is: &dyn Fn(char) -> bool| !part.is_empty() && part.chars().all(is);
    let Some((labels, top)) = domain.rsplit_once('.') else {
        return false;
    };
    local.split('.').all(|it| all(it, &is_local))
        && labels.split('.').all(|it| all(it, &is_label))
        && top.len() >= 2
        && all(top, &|it| it.is_ascii_alphabetic())
}

/// A JSON object of a documented type, and where its problems are noted.
struct Object<'a> {
    kind: &'static str,
    members: HashMap<String, &'a RawValue>,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Object<'a> {
    /// A member that is null counts as left out, as in the answers; unknown ones are ignored.
    fn parse(kind: &'static str, json: &'a [u8], problems: &'a mut Vec<Problem>) -> Option<Self> {
        let mut members: HashMap<String, &RawValue> = serde_json::from_slice(json).ok()?;
        members.retain(|_, it| it.get() != "null");
        Some(Self {
            kind,
            members,
            problems,
        })
    }

    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.kind)
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes which of these are missing, and says whether none is.
    fn require(&mut self, names: &[&str]) -> bool {
        let missing = names.iter().filter(|it| !self.members.contains_key(**it));
        let missing: Vec<_> = missing.map(|it| Problem::missing(self.field(it))).collect();
        let complete = missing.is_empty();
        self.problems.extend(missing);
        complete
    }

    /// Reads a member with whatever it contains.
    fn member<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&[u8], &mut Vec<Problem>) -> Option<T>,
    ) -> Option<T> {
        let raw = *self.members.get(name)?;
        let value = read(raw.get().as_bytes(), self.problems);
        if value.is_none() {
            self.invalid(name, raw);
        }
        value
    }

    fn read<'b, T: Deserialize<'b>>(&mut self, name: &str) -> Option<T>
    where
        'a: 'b,
    {
        self.convert(name, |it| serde_json::from_str(it).ok())
    }

    fn convert<T>(&mut self, name: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        let raw = *self.members.get(name)?;
        let value = read(raw.get());
        if value.is_none() {
            self.invalid(name, raw);
        }
        value
    }

    fn invalid(&mut self, name: &str, raw: &RawValue) {
        let field = self.field(name);
        let message = format!("Attribute '{field}' is not valid: {raw}");
        let de = format!("Das Attribut '{field}' ist ungültig: {raw}");
        self.problem(Problem::invalid(field, message, de));
    }

    fn text(&mut self, name: &str) -> Option<String> {
        self.read(name)
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        self.read(name)
    }

    fn moment(&mut self, name: &str) -> Option<DateTime<Utc>> {
        self.read(name)
    }

    /// A whole number, or a string of its digits: the documentation has samples of both.
    fn number(&mut self, name: &str) -> Option<u32> {
        self.convert(name, |it| it.trim_matches('"').parse().ok())
    }

    /// Money: a number that is not negative, exactly as it is written.
    fn amount(&mut self, name: &str) -> Option<Decimal> {
        self.convert(name, |it| {
            let amount = Decimal::from_str_exact(it).or_else(|_| Decimal::from_scientific(it));
            amount.ok().filter(|it| !it.is_sign_negative())
        })
    }

    /// A price may be the list price (*assumed*), but not more.
    fn compare_prices(&mut self, price: Option<Decimal>, list_price: Option<Decimal>) {
        let (Some(price), Some(list_price)) = (price, list_price) else {
            return;
        };
        if price > list_price {
            let (kind, field) = (self.kind, self.field("priceGross"));
            let what = match kind {
                "Accessory" => ("Zubehör", "des Zubehörs"),
                _ => ("Fahrrad", "des Fahrrads"),
            };
            let message =
                format!("Attribute '{field}' must be less than the '{kind}.listPriceGross'");
            let de = format!(
                "Der {} Brutto-Preis muss geringer als die UVP {} sein: {price} > {list_price}",
                what.0, what.1
            );
            self.problem(Problem::invalid(field, message, de));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn an_address_has_a_local_part_and_a_domain_of_its_own() {
        for address in [
            "max.mustermann@example.com",
            "a+b@mail.example.co",
            "a&b_*-@x.de",
        ] {
            assert!(is_email(address), "{address}");
        }
        for address in [
            "invalid-mail-example.com",
            "a@b",
            ".a@example.com",
            "a b@example.com",
            "a@.de",
        ] {
            assert!(!is_email(address), "{address}");
        }
    }
}
