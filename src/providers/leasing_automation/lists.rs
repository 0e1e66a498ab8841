//! The five lists of words that Leasing Automation takes in its fields, and the categories that two
//! of them are.
//!
//! They are read all or not at all: a list without one of its words would look as if it were gone.

use std::collections::{BTreeMap, HashSet};

use serde_json::value::RawValue;

use crate::{
    domain::{
        category::{
            CategoryContent, CategoryGroup, CategoryLimits, CategoryScheme, ObservedCategory,
        },
        reference::{ReferenceKind, ReferenceValue},
    },
    providers::{
        ProviderError,
        json::{BadField, Record},
        transport::Answer,
    },
};

/// [assumed] The language of the names, as of everything else that Leasing Automation says.
const LANGUAGE: &str = "en";

/// A list: where it is, for a log and as a path, and which field takes its words.
pub(super) struct List {
    pub(super) endpoint: &'static str,
    pub(super) name: &'static str,
    pub(super) kind: ReferenceKind,
}

const fn list(endpoint: &'static str, name: &'static str, kind: ReferenceKind) -> List {
    List {
        endpoint,
        name,
        kind,
    }
}

pub(super) const ACCESSORY_TYPES: List = list(
    "GET /config/accessory-types",
    "accessory-types",
    ReferenceKind::AccessoryType,
);
pub(super) const BIKE_BRANDS: List = list(
    "GET /config/bike-brands",
    "bike-brands",
    ReferenceKind::BikeBrand,
);
pub(super) const BIKE_CATEGORIES: List = list(
    "GET /config/bike-categories",
    "bike-categories",
    ReferenceKind::BikeCategory,
);
pub(super) const DRIVE_MANUFACTURERS: List = list(
    "GET /config/drive-manufacturers",
    "drive-manufacturers",
    ReferenceKind::DriveManufacturer,
);
pub(super) const LEASING_PROVIDERS: List = list(
    "GET /config/leasing-providers",
    "leasing-providers",
    ReferenceKind::LeasingProvider,
);

pub(super) const ALL: [&List; 5] = [
    &ACCESSORY_TYPES,
    &BIKE_BRANDS,
    &BIKE_CATEGORIES,
    &DRIVE_MANUFACTURERS,
    &LEASING_PROVIDERS,
];

/// Reads a list. Should a word stand in it twice, the first one counts.
pub(super) fn read(
    answer: &Answer,
    kind: ReferenceKind,
) -> Result<Vec<ReferenceValue>, ProviderError> {
    let items: Vec<&RawValue> = answer.json()?;
    let mut values = Vec::new();
    for item in items {
        values.push(value(item.get(), kind)?);
    }
    let mut seen = HashSet::new();
    values.retain(|it| seen.insert(it.slug.clone()));
    Ok(values)
}

/// [assumed] `{"slug": …, "name": …}`, or the bare word.
fn value(item: &str, kind: ReferenceKind) -> Result<ReferenceValue, BadField> {
    let bare = format!("{{\"slug\":{item}}}");
    let record = Record::read(if item.starts_with('"') { &bare } else { item })?;
    let slug = record.required("slug", record.text("slug")?)?;
    Ok(ReferenceValue {
        kind,
        name: record.text("name")?.unwrap_or_else(|| slug.clone()),
        slug,
    })
}

/// What bicycles and accessories there are. A word that is in both lists is a bicycle's.
pub(super) fn categories(
    bicycles: Vec<ReferenceValue>,
    accessories: Vec<ReferenceValue>,
) -> Vec<ObservedCategory> {
    let bicycles = bicycles.into_iter().map(|it| (CategoryGroup::Bicycle, it));
    let accessories = accessories
        .into_iter()
        .map(|it| (CategoryGroup::Accessory, it));
    let mut seen = HashSet::new();
    bicycles
        .chain(accessories)
        .filter(|(_, it)| seen.insert(it.slug.clone()))
        .map(|(group, it)| category(group, it))
        .collect()
}

fn category(group: CategoryGroup, value: ReferenceValue) -> ObservedCategory {
    ObservedCategory {
        scheme: CategoryScheme::LeasingAutomation,
        code: value.slug,
        content: CategoryContent {
            group,
            parent_code: None,
            names: BTreeMap::from([(LANGUAGE.to_owned(), value.name)]),
            default_language: LANGUAGE.to_owned(),
            // It is the list of what is taken.
            leasable: true,
            provider_extension: false,
            limits: CategoryLimits::default(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(body: &str) -> Result<Vec<(String, String)>, String> {
        read(&Answer::of_json(200, body), ReferenceKind::BikeBrand)
            .map(|it| it.into_iter().map(|it| (it.slug, it.name)).collect())
            .map_err(|it| it.to_string())
    }

    fn values(kind: ReferenceKind, body: &str) -> Vec<ReferenceValue> {
        read(&Answer::of_json(200, body), kind).unwrap()
    }

    #[test]
    fn each_kind_of_word_has_its_list() {
        let kinds: HashSet<_> = ALL.iter().map(|it| it.kind).collect();
        assert_eq!(kinds, HashSet::from(ReferenceKind::ALL));
        for list in ALL {
            assert_eq!(list.endpoint, format!("GET /config/{}", list.name));
        }
    }

    #[test]
    fn words_have_names_or_are_their_own() {
        let pair = |slug: &str, name: &str| (slug.to_owned(), name.to_owned());
        assert_eq!(
            words(r#"[{"slug":"trek","name":"Trek","new":1},"cube",{"slug":"x"},"trek"]"#),
            Ok(vec![
                pair("trek", "Trek"),
                pair("cube", "cube"),
                pair("x", "x")
            ])
        );
        assert_eq!(words("[]"), Ok(Vec::new()));
    }

    #[test]
    fn a_list_is_read_whole_or_not_at_all() {
        for (body, expected) in [
            (r#"["trek",{"name":"Cube"}]"#, "`slug` is missing"),
            (r#"["trek",""]"#, "`slug` is missing"),
            (r#"["trek",7]"#, "the record is not an object"),
            (r#"["trek""#, "truncated JSON"),
            (r#"{"error":"no"}"#, "JSON of an unknown shape"),
        ] {
            let error = words(body).unwrap_err();
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn categories_are_of_bicycles_and_of_accessories() {
        let bicycles = include_str!("fixtures/bike_categories.json");
        let categories = categories(
            values(ReferenceKind::BikeCategory, bicycles),
            values(ReferenceKind::AccessoryType, r#"["lock","fully"]"#),
        );
        let shown: Vec<_> = categories
            .iter()
            .map(|it| (it.code.as_str(), it.content.group, it.content.name(None)))
            .collect();
        assert_eq!(
            shown,
            [
                ("fully", CategoryGroup::Bicycle, Some("Fully")),
                (
                    "trekking-bike",
                    CategoryGroup::Bicycle,
                    Some("Trekking Bike")
                ),
                ("city-bike", CategoryGroup::Bicycle, Some("City Bike")),
                ("lock", CategoryGroup::Accessory, Some("lock")),
            ]
        );
        let scheme = CategoryScheme::LeasingAutomation;
        assert!(categories.iter().all(|it| it.scheme == scheme));
    }
}
