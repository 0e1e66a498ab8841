//! Pages of lists, in the shape that Relay knows. Written once for every kind of entry.

use std::{borrow::Cow, collections::HashMap, hash::Hash};

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        page::Mark,
    },
    store::page::{Page as Rows, Place},
};

/// Something that there are lists of.
pub(in crate::graphql) trait Listed: OutputType + 'static {
    /// What its connection and its edges are called after.
    const NAME: &'static str;
}

/// Something whose lists can be counted.
pub(in crate::graphql) trait Counted: Listed {
    /// What a list of it was made from.
    type List: Send + Sync;

    /// What a token needs for it.
    const SCOPE: Scope;

    fn count(
        access: Access<'_>,
        list: &Self::List,
    ) -> impl Future<Output = Result<u64, ApiError>> + Send;
}

/// Where a page is in its list.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(serial)]
pub(in crate::graphql) struct PageInfo {
    /// Whether there are entries after this page.
    has_next_page: bool,
    /// Whether there are entries before this page.
    has_previous_page: bool,
    /// The cursor of the first entry; `null` on an empty page. Pass it as `before` to read on
    /// backwards.
    start_cursor: Option<String>,
    /// The cursor of the last entry; `null` on an empty page. Pass it as `after` to read on.
    end_cursor: Option<String>,
}

/// The place of an entry, printed when somebody asks.
enum Cursor {
    Place(Mark, Place),
    Text(String),
}

impl Cursor {
    fn print(&self) -> String {
        match self {
            Self::Place(mark, place) => mark.cursor(place),
            Self::Text(text) => text.clone(),
        }
    }
}

pub(in crate::graphql) struct Edge<N> {
    cursor: Cursor,
    node: N,
}

impl<N: Listed> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::NAME).into()
    }
}

/// An entry of a list and its place in it.
#[Object(name_type, serial)]
impl<N: Listed> Edge<N> {
    /// The place of this entry. Opaque: pass it as `after` or `before` to the same list in the same
    /// order.
    fn cursor(&self) -> String {
        self.cursor.print()
    }

    /// The entry.
    fn node(&self) -> &N {
        &self.node
    }
}

/// Entries that were read together.
pub(in crate::graphql) struct Page<N> {
    edges: Vec<Edge<N>>,
    has_next: bool,
    has_previous: bool,
}

impl<N> Page<N> {
    /// A page of the store, with `level` making nodes of the rows.
    pub(in crate::graphql) fn of_rows<T>(
        mark: Mark,
        page: Rows<T>,
        level: impl FnOnce(Vec<T>) -> Vec<N>,
    ) -> Self {
        let (places, rows): (Vec<_>, Vec<_>) = page.rows.into_iter().unzip();
        let edge = |(place, node)| Edge {
            cursor: Cursor::Place(mark, place),
            node,
        };
        Self {
            edges: places.into_iter().zip(level(rows)).map(edge).collect(),
            has_next: page.has_next,
            has_previous: page.has_previous,
        }
    }

    /// A page of entries that bring their own cursors.
    pub(in crate::graphql) fn of_cursors(
        entries: impl IntoIterator<Item = (String, N)>,
        (has_previous, has_next): (bool, bool),
    ) -> Self {
        let edge = |(cursor, node)| Edge {
            cursor: Cursor::Text(cursor),
            node,
        };
        Self {
            edges: entries.into_iter().map(edge).collect(),
            has_next,
            has_previous,
        }
    }

    fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|it| &it.node).collect()
    }

    fn info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(|it| it.cursor.print()),
            end_cursor: self.edges.last().map(|it| it.cursor.print()),
        }
    }
}

/// Makes one level of the rows below many parents, and gives each parent its own back.
pub(super) fn one_level<K: Eq + Hash, T, N>(
    parts: Vec<(K, Rows<T>)>,
    level: impl FnOnce(Vec<T>) -> Vec<N>,
) -> HashMap<K, Rows<N>> {
    let mut all = Vec::new();
    let mut pages = Vec::new();
    for (parent, page) in parts {
        let (places, rows): (Vec<_>, Vec<_>) = page.rows.into_iter().unzip();
        all.extend(rows);
        pages.push((parent, places, page.has_next));
    }
    let mut nodes = level(all).into_iter();
    pages
        .into_iter()
        .map(|(parent, places, has_next)| {
            let page = Rows {
                rows: places.into_iter().zip(nodes.by_ref()).collect(),
                has_next,
                has_previous: false,
            };
            (parent, page)
        })
        .collect()
}

/// A page of a list that can be counted.
pub(in crate::graphql) struct Connection<N: Counted> {
    pub(in crate::graphql) page: Page<N>,
    pub(in crate::graphql) list: N::List,
}

impl<N: Counted> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::NAME).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<N: Counted> Connection<N> {
    /// The entries of this page with their places.
    fn edges(&self) -> &[Edge<N>] {
        &self.page.edges
    }

    /// The entries of this page alone.
    fn nodes(&self) -> Vec<&N> {
        self.page.nodes()
    }

    /// Where this page is in the list.
    fn page_info(&self) -> PageInfo {
        self.page.info()
    }

    /// How many entries the whole list has. It is counted anew for every request, so ask for it only
    /// where you show it.
    async fn total_count(&self, ctx: &Context<'_>) -> Maybe<i32> {
        let count = async {
            // Boxed, so that the other fields of a page do not carry the room for a query.
            let count = Box::pin(N::count(ctx.access(N::SCOPE)?, &self.list)).await?;
            Ok(i32::try_from(count).unwrap_or(i32::MAX))
        };
        Some(count.await)
    }
}

/// A page of a list that is not counted.
pub(in crate::graphql) struct Uncounted<N>(pub(in crate::graphql) Page<N>);

impl<N: Listed> TypeName for Uncounted<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::NAME).into()
    }
}

/// A page of a list.
#[Object(name_type, serial)]
impl<N: Listed> Uncounted<N> {
    /// The entries of this page with their places.
    fn edges(&self) -> &[Edge<N>] {
        &self.0.edges
    }

    /// The entries of this page alone.
    fn nodes(&self) -> Vec<&N> {
        self.0.nodes()
    }

    /// Where this page is in the list.
    fn page_info(&self) -> PageInfo {
        self.0.info()
    }
}
