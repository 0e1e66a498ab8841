//! Categories and their tree.

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, Enum, ID, Object};

use super::{
    connection::{Counted, Listed},
    provider::ProviderKey,
    value::{Money, money},
};
use crate::{
    domain::category,
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        levels::{Relation, Sibling},
    },
    store::{
        categories::{self, Field},
        filter::Filter,
    },
};

/// How far up `path` goes. Providers' trees are three deep; this keeps one that is not a tree from
/// going in circles.
const DEEPEST: usize = 16;

/// Whose codes they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "category::CategoryScheme")]
pub(in crate::graphql) enum CategoryScheme {
    /// The bicycle trade's codes of two, four or six digits, with JobRad's additions.
    Bidex,
    /// The words of Leasing Automation.
    LeasingAutomation,
}

/// Whether a category is one of bicycles or of accessories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "category::CategoryGroup")]
pub(in crate::graphql) enum CategoryGroup {
    /// Bicycles.
    Bicycle,
    /// What is leased along with one.
    Accessory,
}

pub(in crate::graphql) struct CategoryLimits<'a>(&'a category::CategoryLimits);

/// What may be leased in a category. What is `null` is not limited.
#[Object(serial)]
impl CategoryLimits<'_> {
    /// How many of it one offer may have.
    fn max_quantity(&self) -> Option<i32> {
        self.0.max_quantity
    }

    /// What it may be sold for at most.
    fn max_price(&self) -> Option<Money<'_>> {
        money(self.0.max_price.as_ref())
    }

    /// What its list price may be at most.
    fn max_list_price(&self) -> Option<Money<'_>> {
        money(self.0.max_list_price.as_ref())
    }

    /// What its list price must be at least.
    fn min_list_price(&self) -> Option<Money<'_>> {
        money(self.0.min_list_price.as_ref())
    }
}

/// What a category is known by.
type Key = (category::CategoryScheme, String);

/// Loads categories by scheme and code.
pub(super) async fn load<'a>(
    access: Access<'_>,
    codes: impl Iterator<Item = Code<'a>>,
) -> Result<HashMap<Key, Category>, ApiError> {
    let codes = by_scheme(codes);
    let rows = categories::of_codes(access.db, access.tenant, &codes).await?;
    Ok(Category::all(rows)
        .into_iter()
        .map(|it| ((it.0.scheme, it.0.code.clone()), it))
        .collect())
}

type Code<'a> = (category::CategoryScheme, &'a str);

fn by_scheme<'a>(
    codes: impl Iterator<Item = Code<'a>>,
) -> Vec<(category::CategoryScheme, Vec<&'a str>)> {
    let mut schemes: HashMap<_, HashSet<_>> = HashMap::new();
    for (scheme, code) in codes {
        schemes.entry(scheme).or_default().insert(code);
    }
    schemes
        .into_iter()
        .map(|(scheme, codes)| (scheme, codes.into_iter().collect()))
        .collect()
}

#[derive(Default)]
pub(in crate::graphql) struct Relations {
    parents: Relation<HashMap<Key, Category>>,
    children: Relation<HashMap<Key, Vec<Category>>>,
}

#[derive(Clone)]
pub(in crate::graphql) struct Category(Sibling<category::Category, Relations>);

impl Category {
    pub(in crate::graphql) fn all(
        categories: impl IntoIterator<Item = category::Category>,
    ) -> Vec<Self> {
        let siblings = Sibling::all(categories, Relations::default());
        siblings.into_iter().map(Self).collect()
    }

    pub(in crate::graphql) fn key(&self) -> crate::domain::id::CategoryId {
        self.0.id
    }

    async fn its_parent(&self, access: Access<'_>) -> Result<Option<&Self>, ApiError> {
        let Some(code) = &self.0.content.parent_code else {
            return Ok(None);
        };
        let codes = self
            .0
            .siblings()
            .filter_map(|it| Some((it.scheme, it.content.parent_code.as_deref()?)));
        let load = move || async move { load(access, codes).await };
        let parents = self.0.relations().parents.get(load).await?;
        Ok(parents.get(&(self.0.scheme, code.clone())))
    }

    async fn its_children(&self, access: Access<'_>) -> Result<&[Self], ApiError> {
        let load = move || async move {
            let codes = by_scheme(self.0.siblings().map(|it| (it.scheme, it.code.as_str())));
            let rows = categories::children_of(access.db, access.tenant, &codes).await?;
            let mut children: HashMap<_, Vec<_>> = HashMap::new();
            for child in Self::all(rows) {
                let parent = child.0.content.parent_code.clone().unwrap_or_default();
                let key = (child.0.scheme, parent);
                children.entry(key).or_default().push(child);
            }
            Ok(children)
        };
        let children = self.0.relations().children.get(load).await?;
        let key = (self.0.scheme, self.0.code.clone());
        Ok(children.get(&key).map_or(&[], Vec::as_slice))
    }
}

impl Listed for Category {
    const NAME: &'static str = "Category";
}

impl Counted for Category {
    type List = Filter<Field>;
    const SCOPE: Scope = Scope::CategoriesRead;

    async fn count(access: Access<'_>, filter: &Filter<Field>) -> Result<u64, ApiError> {
        Ok(categories::count(access.db, access.tenant, filter).await?)
    }
}

/// What kind of bicycle or accessory something is, in a scheme's codes.
#[Object(serial)]
impl Category {
    /// The category's id, which begins with `cat_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whose code it is.
    fn scheme(&self) -> CategoryScheme {
        self.0.scheme.into()
    }

    /// Whether it is one of bicycles or of accessories.
    fn group(&self) -> CategoryGroup {
        self.0.content.group.into()
    }

    /// Its code within the scheme, e.g. `010101`.
    fn code(&self) -> &str {
        &self.0.code
    }

    /// Its name.
    #[expect(clippy::needless_pass_by_value, reason = "arguments come by value")]
    fn name(
        &self,
        #[graphql(
            desc = "The language by ISO 639-1, e.g. `en`. Without one, or if there is no name in \
                    it, the name is in the provider's own language."
        )]
        language: Option<String>,
    ) -> &str {
        let name = self.0.content.name(language.as_deref());
        name.unwrap_or(&self.0.code)
    }

    /// The category right above it; `null` at the top. Taken from the provider's tree.
    async fn parent(&self, ctx: &Context<'_>) -> Maybe<&Category> {
        match ctx.access(Scope::CategoriesRead) {
            Ok(access) => self.its_parent(access).await.transpose(),
            Err(error) => Some(Err(error)),
        }
    }

    /// The categories right below it, in the order of their codes.
    async fn children(&self, ctx: &Context<'_>) -> Result<&[Category], ApiError> {
        self.its_children(ctx.access(Scope::CategoriesRead)?).await
    }

    /// The way to it from the top, itself included.
    async fn path(&self, ctx: &Context<'_>) -> Result<Vec<&Category>, ApiError> {
        let access = ctx.access(Scope::CategoriesRead)?;
        let mut path = vec![self];
        let mut lowest = self;
        while let Some(parent) = lowest.its_parent(access).await?
            && path.len() < DEEPEST
        {
            path.push(parent);
            lowest = parent;
        }
        path.reverse();
        Ok(path)
    }

    /// Whether something in exactly this category can be leased.
    fn leasable(&self) -> bool {
        self.0.content.leasable
    }

    /// Whether the provider added it to a scheme that is not its own.
    fn provider_extension(&self) -> bool {
        self.0.content.provider_extension
    }

    /// What may be leased in it; `null` if nothing is limited.
    fn limits(&self) -> Option<CategoryLimits<'_>> {
        let limits = &self.0.content.limits;
        (*limits != category::CategoryLimits::default()).then_some(CategoryLimits(limits))
    }

    /// The provider that it was read from.
    fn provider(&self) -> ProviderKey {
        self.0.provider.into()
    }
}
