//! AutoLeap's records, read and translated into ours. All of it is pure, and whoever changes what
//! the same text becomes must raise [`VERSION`].

use super::{kind::Kind, order, vehicle};
use crate::{
    domain::vehicle::natural_key,
    providers::{
        Observation, Quarantined, RecordText,
        json::{BadField, Record},
    },
};

/// Goes up whenever the same text becomes something else.
pub(super) const VERSION: i32 = 1;

/// Reads one record, or says which of its fields makes no sense.
pub(super) fn observe(kind: Kind, text: RecordText<'_>) -> Result<Observation, Quarantined> {
    read(kind, text).map_err(|bad| Quarantined {
        native_id: Record::read(text.raw)
            .and_then(|it| kind.native_id(&it))
            .ok(),
        scope: text.scope.to_owned(),
        raw: text.raw.to_owned(),
        reason: bad.to_string(),
    })
}

fn read(kind: Kind, text: RecordText<'_>) -> Result<Observation, BadField> {
    let record = Record::read(text.raw)?;
    record.code("companyId")?;
    if is_elsewhere(&record, text.scope) {
        return Err(record.bad("companyId", "is another company than the one asked for"));
    }
    let observation = Observation {
        native_id: kind.native_id(&record)?,
        scope: text.scope.to_owned(),
        raw: text.raw.to_owned(),
        submitted: text.submitted.map(str::to_owned),
        natural_key: None,
        vehicle_native_id: None,
        offer: None,
        order: None,
        vehicle: None,
        is_ordered: true,
    };
    Ok(match kind {
        Kind::Vehicle => {
            let vehicle = vehicle::observe(&record)?;
            let (vin, plate) = (&vehicle.content.vin, &vehicle.content.license_plate);
            Observation {
                natural_key: natural_key(vin.as_deref(), plate.as_deref()),
                vehicle: Some(vehicle),
                ..observation
            }
        }
        Kind::Order => Observation {
            vehicle_native_id: record.code("vehicleId")?,
            order: Some(order::observe(&record)?),
            ..observation
        },
    })
}

/// Whether a record says that it is another company's. Orders are numbered per company, so it would
/// be taken for a different one.
pub(super) fn is_elsewhere(record: &Record<'_>, scope: &str) -> bool {
    let company = record.code("companyId").ok().flatten();
    company.is_some_and(|it| it != scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(kind: Kind, raw: &str) -> Result<Observation, Quarantined> {
        let (scope, submitted) = ("SHOP5678", None);
        observe(
            kind,
            RecordText {
                scope,
                raw,
                submitted,
            },
        )
    }

    #[test]
    fn a_vehicle_has_its_company_and_is_found_by_its_vin() {
        for id in [
            r#""vehicleId":"125838""#,
            r#""vehicleId":125838"#,
            r#""id":125838"#,
        ] {
            let raw = format!("{{{id},\"companyId\":\"SHOP5678\",\"vin\":\"VIN1\"}}");
            let vehicle = observed(Kind::Vehicle, &raw).unwrap();
            assert_eq!(vehicle.native_id, "125838");
            assert_eq!(vehicle.scope, "SHOP5678");
            assert_eq!(vehicle.natural_key.as_deref(), Some("VIN1"));
            assert_eq!(vehicle.raw, raw);
            assert!(vehicle.vehicle.is_some() && vehicle.order.is_none());
        }
    }

    #[test]
    fn an_order_knows_its_vehicle() {
        let raw = r#"{"repairOrderNumber":43,"repairOrderStatus":"WIP","vehicleId":"125838"}"#;
        let order = observed(Kind::Order, raw).unwrap();
        assert_eq!(order.native_id, "43");
        assert_eq!(order.vehicle_native_id.as_deref(), Some("125838"));
        assert!(order.order.is_some() && order.vehicle.is_none());
        assert!(order.is_ordered);
    }

    #[test]
    fn a_bad_record_says_which_field_is_bad_and_keeps_its_id() {
        for (kind, raw, id, reason) in [
            (Kind::Vehicle, "[]", None, "the record is not an object"),
            (Kind::Vehicle, "{}", None, "`vehicleId` is missing"),
            (
                Kind::Order,
                r#"{"repairOrderStatus":"WIP"}"#,
                None,
                "`repairOrderNumber` is missing",
            ),
            (
                Kind::Vehicle,
                r#"{"vehicleId":"../x"}"#,
                None,
                "`vehicleId` is not an id",
            ),
            (
                Kind::Vehicle,
                r#"{"vehicleId":"1","companyId":"SHOP1"}"#,
                Some("1"),
                "`companyId` is another company than the one asked for",
            ),
            (
                Kind::Order,
                r#"{"repairOrderNumber":43}"#,
                Some("43"),
                "`repairOrderStatus` is missing",
            ),
        ] {
            let bad = observed(kind, raw).unwrap_err();
            assert_eq!(
                (bad.native_id.as_deref(), bad.reason.as_str()),
                (id, reason)
            );
            assert_eq!(bad.raw, raw);
        }
    }
}
