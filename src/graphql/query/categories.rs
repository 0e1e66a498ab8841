//! Categories, one and many.

use async_graphql::{Context, InputObject, Object};

use crate::{
    domain::category,
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        filter::{StringFilter, Tests, Where, filter},
        page::{List, PageArguments, Sorted},
        types::{
            category::{Category, CategoryGroup, CategoryScheme},
            connection::{Connection, Page},
        },
    },
    store::{
        categories::{self, Field},
        page::Direction,
    },
};

/// Which categories are wanted. Every test must hold.
#[derive(Debug, Clone, InputObject)]
struct CategoryWhere {
    /// With codes of this scheme.
    scheme: Option<CategoryScheme>,
    /// Of bicycles, or of accessories.
    group: Option<CategoryGroup>,
    /// Their code.
    code: Option<StringFilter>,
    /// Right below the category with this code.
    parent_code: Option<String>,
    /// Whether something in exactly this category can be leased.
    leasable: Option<bool>,
    /// A part of their code, or of their name in any language, in any case.
    search: Option<String>,
}

impl Where for CategoryWhere {
    type Field = Field;

    fn tests(&self, tests: &mut Tests<'_, Field>) -> Result<(), ApiError> {
        tests.equals(Field::Scheme, self.scheme, |it| {
            category::CategoryScheme::from(it).as_str()
        })?;
        tests.equals(Field::Group, self.group, |it| {
            category::CategoryGroup::from(it).as_str()
        })?;
        tests.text(Field::Code, self.code.as_ref())?;
        tests.exactly(Field::ParentCode, self.parent_code.as_ref())?;
        tests.is(Field::Leasable, self.leasable)?;
        tests.search(Field::SearchText, self.search.as_ref())
    }
}

#[derive(Default)]
pub(super) struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// One category; `null` if there is none with this code. Needs the scope `categories:read`.
    async fn category(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose code it is.")] scheme: CategoryScheme,
        #[graphql(desc = "The code, e.g. `010101`.")] code: String,
    ) -> Maybe<Category> {
        find(ctx, scheme, code).await.transpose()
    }

    /// Categories, by code. Needs the scope `categories:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which categories are wanted; all without it.")]
        wanted: Option<CategoryWhere>,
    ) -> Maybe<Connection<Category>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Some(list(ctx, &page, wanted.as_ref()).await)
    }
}

async fn find(
    ctx: &Context<'_>,
    scheme: CategoryScheme,
    code: String,
) -> Result<Option<Category>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::CategoriesRead)?;
    // No code has a zero in it, and PostgreSQL cannot even be asked for one.
    if code.contains('\0') {
        return Ok(None);
    }
    let codes = [(scheme.into(), vec![code.as_str()])];
    let rows = categories::of_codes(db, tenant, &codes).await?;
    Ok(Category::all(rows).pop())
}

async fn list(
    ctx: &Context<'_>,
    page: &PageArguments,
    wanted: Option<&CategoryWhere>,
) -> Result<Connection<Category>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::CategoriesRead)?;
    let by_code = (Sorted::ByText("CODE"), Direction::Ascending);
    let list = List::new("categories", tenant, by_code);
    let range = page.range(&list)?;
    let filter = filter(wanted)?;
    let rows = categories::page(db, tenant, &filter, &range).await?;
    Ok(Connection {
        page: Page::of_rows(list.mark(), rows, Category::all),
        list: filter,
    })
}
