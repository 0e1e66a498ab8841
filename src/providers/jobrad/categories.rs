//! JobRad's categories: a tree in each language, and a flat list of what goes with a bicycle.
//!
//! Unlike a page of offers, categories are read all or not at all: a tree without one of its nodes
//! would look as if that category were gone.

use std::collections::{BTreeMap, btree_map::Entry};

use super::mapping::euros;
use crate::{
    domain::category::{
        CategoryContent, CategoryGroup, CategoryLimits, CategoryScheme, ObservedCategory,
    },
    providers::json::{BadField, Record},
};

/// The language that JobRad answers with when it lacks the one that was asked for.
pub(super) const DEFAULT_LANGUAGE: &str = "de";

/// The other languages that we show.
pub(super) const OTHER_LANGUAGES: [&str; 1] = ["en"];

/// Bidex has three levels. A deeper tree than this is not one of categories, and would be walked
/// until the stack ends.
const MAX_DEPTH: usize = 8;

/// The categories, by code.
pub(super) type Categories = BTreeMap<String, CategoryContent>;

/// Reads a tree. Its names are in that language.
pub(super) fn read_tree(data: &Record<'_>, language: &str) -> Result<Categories, BadField> {
    let mut categories = Categories::new();
    for (name, group) in [
        ("bikeCategories", CategoryGroup::Bicycle),
        ("accessoryCategories", CategoryGroup::Accessory),
    ] {
        let level = Level {
            group,
            language,
            parent: None,
            depth: 1,
        };
        for node in data.records(name)? {
            read_node(&node, level, &mut categories)?;
        }
    }
    Ok(categories)
}

/// Where in the tree a node stands.
#[derive(Clone, Copy)]
struct Level<'a> {
    group: CategoryGroup,
    language: &'a str,
    parent: Option<&'a str>,
    depth: usize,
}

fn read_node(
    node: &Record<'_>,
    level: Level<'_>,
    categories: &mut Categories,
) -> Result<(), BadField> {
    if level.depth > MAX_DEPTH {
        return Err(node.bad("subGroups", "is nested too deeply"));
    }
    let code = node.required("bidexCode", node.code("bidexCode")?)?;
    let name = node.text("name")?.or(node.text("jobradCategoryDe")?);
    let content = CategoryContent {
        group: level.group,
        parent_code: level.parent.map(str::to_owned),
        names: name
            .map(|it| (level.language.to_owned(), it))
            .into_iter()
            .collect(),
        default_language: DEFAULT_LANGUAGE.to_owned(),
        leasable: node.flag("leasable")?.unwrap_or_default(),
        provider_extension: node.flag("jobradExtension")?.unwrap_or_default(),
        limits: limits(node)?,
    };
    // Should a code stand in two places, the first one counts.
    categories.entry(code.clone()).or_insert(content);

    let below = Level {
        parent: Some(&code),
        depth: level.depth + 1,
        ..level
    };
    for child in node.records("subGroups")? {
        read_node(&child, below, categories)?;
    }
    Ok(())
}

/// [assumed] A limit of 0 is none.
fn limits(node: &Record<'_>) -> Result<CategoryLimits, BadField> {
    let euros = |name| Ok(euros(node, name)?.filter(|it| !it.amount.is_zero()));
    Ok(CategoryLimits {
        max_quantity: node.integer("maxQuantity")?.filter(|it| *it > 0),
        max_price: euros("maxPriceSales")?,
        max_list_price: euros("maxPriceRrp")?,
        min_list_price: euros("minPriceRrp")?,
    })
}

/// Takes the names of another language over. A name that is the same is left out: JobRad gives the
/// German one when it lacks the language, and then we would call it English.
pub(super) fn add_names(categories: &mut Categories, others: Categories) {
    for (code, other) in others {
        if let Some(category) = categories.get_mut(&code) {
            for (language, name) in other.names {
                if category.names.get(DEFAULT_LANGUAGE) != Some(&name) {
                    category.names.insert(language, name);
                }
            }
        }
    }
}

/// Reads one of the flat list, and adds it if the tree lacks it.
pub(super) fn add_accessory(
    categories: &mut Categories,
    accessory: &Record<'_>,
) -> Result<(), BadField> {
    let code = accessory.required("bidexCode", accessory.code("bidexCode")?)?;
    if let Entry::Vacant(vacant) = categories.entry(code) {
        // `Alle / Zubehör / Sonstiges / Laufradsatz-Upgrade`; the parts above have no codes here.
        let path = accessory.text("jobradCategoryDe")?;
        let name = path.and_then(|it| it.rsplit('/').next().map(|it| it.trim().to_owned()));
        vacant.insert(CategoryContent {
            group: CategoryGroup::Accessory,
            parent_code: None,
            names: name
                .map(|it| (DEFAULT_LANGUAGE.to_owned(), it))
                .into_iter()
                .collect(),
            default_language: DEFAULT_LANGUAGE.to_owned(),
            // It is the list of what can be leased.
            leasable: true,
            provider_extension: accessory.flag("jobradExtension")?.unwrap_or_default(),
            limits: CategoryLimits::default(),
        });
    }
    Ok(())
}

pub(super) fn observed(categories: Categories) -> Vec<ObservedCategory> {
    categories
        .into_iter()
        .map(|(code, content)| ObservedCategory {
            scheme: CategoryScheme::Bidex,
            code,
            content,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(fixture: &str, language: &str) -> Categories {
        let answer = Record::read(fixture).unwrap();
        let data = answer.record("data").unwrap().unwrap();
        read_tree(&data, language).unwrap()
    }

    fn all() -> Categories {
        let mut categories = tree(include_str!("fixtures/categories.de.json"), "de");
        add_names(
            &mut categories,
            tree(include_str!("fixtures/categories.en.json"), "en"),
        );
        let answer = Record::read(include_str!("fixtures/accessory.json")).unwrap();
        for accessory in answer.records("data").unwrap() {
            add_accessory(&mut categories, &accessory).unwrap();
        }
        categories
    }

    #[test]
    fn the_parent_is_the_tree_s_not_the_digits() {
        let categories = all();
        let parent = |code: &str| categories[code].parent_code.as_deref();
        assert_eq!(parent("10"), None);
        assert_eq!(parent("1010"), Some("10"));
        assert_eq!(parent("101010"), Some("1010"));
        assert_eq!(parent("204070"), Some("30"));
    }

    #[test]
    fn names_are_kept_by_language() {
        let categories = all();
        let rear_seat = &categories["301010"];
        assert_eq!(rear_seat.name(Some("de")), Some("Kindersitze hinten"));
        assert_eq!(rear_seat.name(Some("en")), Some("Rear child seats"));
        assert_eq!(rear_seat.name(Some("fr")), Some("Kindersitze hinten"));
        assert_eq!(categories["1010"].names.len(), 1, "MTB in both languages");
    }

    #[test]
    fn a_limit_of_zero_is_none() {
        let categories = all();
        let limits = &categories["101010"].limits;
        assert_eq!(limits.max_quantity, Some(1));
        assert_eq!(limits.max_price, None);
        assert_eq!(limits.min_list_price, None);
        let max = limits.max_list_price.as_ref().unwrap();
        assert_eq!(max.amount.to_string(), "14999.99");
    }

    #[test]
    fn an_accessory_that_the_tree_lacks_is_added() {
        let categories = all();
        let upgrade = &categories["202100"];
        assert_eq!(upgrade.name(None), Some("Schaltungs-Upgrade"));
        assert_eq!(upgrade.parent_code, None);
        assert_eq!(upgrade.group, CategoryGroup::Accessory);
        assert!(upgrade.provider_extension && upgrade.leasable);
        assert!(!categories["301010"].provider_extension);
    }

    #[test]
    fn a_tree_that_never_ends_is_refused() {
        let mut text = "[]".to_owned();
        for _ in 0..50 {
            text = format!("[{{\"bidexCode\":\"10\",\"subGroups\":{text}}}]");
        }
        let text = format!("{{\"bikeCategories\":{text}}}");
        let error = read_tree(&Record::read(&text).unwrap(), "de").unwrap_err();
        assert!(error.to_string().ends_with("is nested too deeply"));
    }
}
