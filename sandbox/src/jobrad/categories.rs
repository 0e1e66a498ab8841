//! What can be leased: the category tree and the flat list of accessories. The real lists are not
//! public. Each table below begins with what the documentation has; what follows is made up, and its
//! names say so.

use serde::Serialize;

/// The code of the parent and its own, the name in German and English, what `JobRad` calls it in
/// German, and whether it is one of `JobRad`'s extensions. The parent is written down because it
/// does not follow from the digits: `204070` is an accessory, and begins like a component.
/// `123040` is from a sample: where it stands, and everything that is called *Sandbox*, is made up.
const BICYCLES: &str = "
         | 10     | Fahrrad                 | Bicycle                  | Fahrrad      |
    10   | 1010   | MTB                     | MTB                      | MTB - Cross  |
    1010 | 101010 | Hardtail                | Hardtail                 | Hardtail     |
    10   | 1030   | City/Urban              | City/Urban               | City - Urban |
    1030 | 103030 | Touring                 | Touring                  | City-Touring |
         | 12     | Sandbox: E-Bike         | Sandbox: e-bike          | E-Bike       |
    12   | 1230   | Sandbox: City           | Sandbox: city            | City         |
    1230 | 123040 | Sandbox: Touring        | Sandbox: touring         | Touring      |
         | 99     | Nur Sandbox             | Sandbox only             | Nur Sandbox  | extension
    99   | 9910   | Nur Sandbox: Rad        | Sandbox only: bicycle    | Rad          | extension
    9910 | 991010 | Nur Sandbox: Gravel     | Sandbox only: gravel     | Gravel       | extension
    9910 | 991020 | Nur Sandbox: S-Pedelec  | Sandbox only: S-Pedelec  | S-Pedelec    | extension
";

/// The same for accessories. `301520` is from a sample, and `202100` is only said to be gears.
const ACCESSORIES: &str = "
         | 30     | Zubehör                 | Accessories              | Zubehör             |
    30   | 3010   | Kindersitze             | Child seats              | Kindertransport     |
    3010 | 301010 | Kindersitze hinten      | Rear child seats         | Kindersitz          |
    30   | 2040   | Sonstiges               | Other                    | Sonstiges           |
    2040 | 204070 | Laufradsatz-Upgrade     | Wheel set upgrade        | Laufradsatz-Upgrade | extension
    30   | 2021   | Sandbox: Schaltung      | Sandbox: gears           | Schaltung           |
    2021 | 202100 | Sandbox: Schaltung neu  | Sandbox: gear upgrade    | Schaltungs-Upgrade  |
    30   | 3015   | Sandbox: Schlösser      | Sandbox: locks           | Schlösser           |
    3015 | 301520 | Sandbox: Faltschloss    | Sandbox: folding lock    | Faltschloss         |
    30   | 9920   | Nur Sandbox: Kleidung   | Sandbox only: clothing   | Kleidung            | extension
    9920 | 992010 | Nur Sandbox: Helm       | Sandbox only: helmet     | Helm                | extension
";

/// The only category that a registered employee may not lease here.
const NOT_FOR_EMPLOYEES: &str = "991020";

/// The answer to `GET /offers/categories`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tree {
    bike_categories: Vec<Node>,
    accessory_categories: Vec<Node>,
    filtered: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    /// A string here, and a number in offers.
    bidex_code: &'static str,
    name: &'static str,
    jobrad_category_de: &'static str,
    jobrad_extension: bool,
    leasable: bool,
    max_quantity: u32,
    max_price_sales: u32,
    max_price_rrp: u32,
    min_price_rrp: u32,
    sub_groups: Vec<Node>,
}

/// The tree in a language, narrowed to what one employee may lease.
pub(super) fn tree(language: &str, email: Option<&str>) -> Tree {
    let filtered = email.is_some_and(is_registered_employee);
    let english = language.eq_ignore_ascii_case("en");
    let nodes = |table| {
        let view = View {
            categories: categories(table),
            english,
            filtered,
        };
        view.nodes("")
    };
    Tree {
        bike_categories: nodes(BICYCLES),
        accessory_categories: nodes(ACCESSORIES),
        filtered,
    }
}

/// *Assumed*, because nobody else tells who works where: the customers of the small world and
/// `JobRad`'s sample employee are registered, everybody else is not.
fn is_registered_employee(email: &str) -> bool {
    email.ends_with("@example.com") || email.ends_with("@jobrad.org")
}

/// A line of a table above.
#[derive(Debug, Clone, Copy)]
struct Category {
    parent: &'static str,
    code: &'static str,
    de: &'static str,
    en: &'static str,
    jobrad_de: &'static str,
    is_extension: bool,
}

fn categories(table: &'static str) -> Vec<Category> {
    let category = |line: &'static str| {
        let mut columns = line.split('|').map(str::trim);
        Some(Category {
            parent: columns.next()?,
            code: columns.next()?,
            de: columns.next()?,
            en: columns.next()?,
            jobrad_de: columns.next()?,
            is_extension: columns.next()? == "extension",
        })
    };
    table.lines().filter_map(category).collect()
}

/// One of the trees, as one employee sees it in one language.
struct View {
    categories: Vec<Category>,
    /// Every language that is not English is German, as documented for those that do not exist.
    english: bool,
    filtered: bool,
}

impl View {
    fn nodes(&self, parent: &str) -> Vec<Node> {
        let children = self.categories.iter().filter(|it| it.parent == parent);
        children
            .map(|it| Node {
                bidex_code: it.code,
                name: if self.english { it.en } else { it.de },
                jobrad_category_de: it.jobrad_de,
                jobrad_extension: it.is_extension,
                leasable: !(self.filtered && it.code == NOT_FOR_EMPLOYEES),
                max_quantity: 1,
                // 0 is no limit (assumed).
                max_price_sales: 0,
                max_price_rrp: 0,
                min_price_rrp: 0,
                sub_groups: self.nodes(it.code),
            })
            .collect()
    }
}

/// A line of `GET /offers/accessory`.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AccessoryLine {
    bidex_code: &'static str,
    jobrad_category_de: String,
    jobrad_extension: bool,
}

/// The leaves of the accessory tree with the path to each, by code.
pub(super) fn accessory_list() -> Vec<AccessoryLine> {
    let mut lines = Vec::new();
    collect(&categories(ACCESSORIES), "", "Alle", &mut lines);
    lines.sort_by_key(|it| it.bidex_code);
    lines
}

fn collect(categories: &[Category], parent: &str, path: &str, lines: &mut Vec<AccessoryLine>) {
    for category in categories.iter().filter(|it| it.parent == parent) {
        let path = format!("{path} / {}", category.jobrad_de);
        let known = lines.len();
        collect(categories, category.code, &path, lines);
        if lines.len() == known {
            lines.push(AccessoryLine {
                bidex_code: category.code,
                jobrad_category_de: path,
                jobrad_extension: category.is_extension,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_lines_are_in_the_list() {
        let lines = accessory_list();
        let documented = [
            (
                "204070",
                "Alle / Zubehör / Sonstiges / Laufradsatz-Upgrade",
                true,
            ),
            (
                "301010",
                "Alle / Zubehör / Kindertransport / Kindersitz",
                false,
            ),
        ];
        for (bidex_code, path, jobrad_extension) in documented {
            let jobrad_category_de = path.to_owned();
            let line = AccessoryLine {
                bidex_code,
                jobrad_category_de,
                jobrad_extension,
            };
            assert!(lines.contains(&line), "{lines:?}");
        }
    }
    #[test]
    fn every_line_of_the_tables_has_its_place_in_the_tree() {
        fn count(nodes: &[Node]) -> usize {
            nodes.iter().map(|it| 1 + count(&it.sub_groups)).sum()
        }
        let tree = tree("de", None);
        assert_eq!(
            count(&tree.bike_categories),
            BICYCLES.trim().lines().count()
        );
        let accessories = ACCESSORIES.trim().lines().count();
        assert_eq!(count(&tree.accessory_categories), accessories);
    }
}
