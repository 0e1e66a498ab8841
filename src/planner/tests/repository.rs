//! The planner over the schema that this service has.

use serde_json::{Map, Value};

use crate::planner::{Limits, Planner, ScalarCheck, Schema};

fn planner() -> Planner {
    let any: ScalarCheck = |_: &Value| Ok(());
    let scalars = ["BigInt", "DateTime", "Decimal", "JSON", "URL"].map(|it| (it, any));
    let schema = Schema {
        sdl: include_str!("../../../schema.graphql"),
        scalars: &scalars,
        weights: &[],
        lengths: &[],
        steady: &[],
    };
    Planner::new(&schema, Limits::default()).unwrap()
}

#[test]
fn our_schema_can_be_planned_for() {
    // That an interface's defaults are those of its objects is checked with it.
    let planner = planner();
    let full = include_str!("introspection.graphql");
    let document = planner.document(full).unwrap();
    let plan = planner.plan(&document, None, Map::new()).unwrap();
    assert!(plan.is_introspection());
}

/// A composite field of an interface may become a branch for each type, on every level.
#[test]
fn our_interfaces_have_leaves_alone() {
    let planner = planner();
    let mut interfaces = 0;
    for ty in planner.api.schema.types.values() {
        let Some(interface) = ty.as_interface() else {
            continue;
        };
        interfaces += 1;
        for field in interface.fields.values() {
            let returned = field.ty.inner_named_type();
            assert!(
                !planner.api.has_fields(returned),
                "{}.{}",
                interface.name,
                field.name
            );
        }
    }
    assert_eq!(interfaces, 2);
}
