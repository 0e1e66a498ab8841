//! The limit: the same page by three SQL statements and a serialiser, with nothing in between.

use std::collections::HashMap;

use axum::{Json, Router, extract::State, routing::get};
use leasegraph::domain::{
    category::CategoryContent,
    id::{OfferId, OrderId},
};
use sea_orm::sqlx::{self, PgPool, SqlitePool, postgres::PgPoolOptions, sqlite::SqlitePoolOptions};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{load::Load, service::TENANT};

const OFFERS: &str = "SELECT id, offer_number, status, customer_name, content FROM offer \
    WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 20";

type OfferRow = (Uuid, String, String, String, String);
type OrderRow = (Uuid, Uuid, String, String);
type CategoryRow = (String, String);

/// Serves the page on a port of its own, and returns how it is asked for.
pub(crate) async fn serve(database_url: &str) -> anyhow::Result<Load> {
    let routes = if database_url.starts_with("sqlite:") {
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .connect(database_url)
            .await?;
        Router::new()
            .route("/page", get(sqlite_page))
            .with_state(pool)
    } else {
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .connect(database_url)
            .await?;
        Router::new()
            .route("/page", get(postgres_page))
            .with_state(pool)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let request = format!("GET /page HTTP/1.1\r\nhost: {address}\r\n\r\n");
    Ok(Load::new(address, request))
}

async fn sqlite_page(State(pool): State<SqlitePool>) -> Result<Json<Answer>, String> {
    let failed = |it: sqlx::Error| it.to_string();
    let offers: Vec<OfferRow> = sqlx::query_as(OFFERS)
        .bind(TENANT)
        .fetch_all(&pool)
        .await
        .map_err(failed)?;
    let page = Page::new(offers)?;
    // A statement for each number of values: a page has twenty, and nearly always as many codes.
    let marks = |count: usize| vec!["?"; count].join(",");
    let orders = format!(
        "SELECT offer_id, id, order_number, status FROM \"order\" WHERE offer_id IN ({})",
        marks(page.ids.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(orders));
    for id in &page.ids {
        query = query.bind(id);
    }
    let orders: Vec<OrderRow> = query.fetch_all(&pool).await.map_err(failed)?;
    let categories = format!(
        "SELECT code, content FROM category WHERE tenant_id = ? AND scheme = 'BIDEX' AND code IN ({})",
        marks(page.codes.len())
    );
    let mut query = sqlx::query_as(sqlx::AssertSqlSafe(categories)).bind(TENANT);
    for code in &page.codes {
        query = query.bind(code);
    }
    let categories: Vec<CategoryRow> = query.fetch_all(&pool).await.map_err(failed)?;
    page.answer(orders, categories).map(Json)
}

async fn postgres_page(State(pool): State<PgPool>) -> Result<Json<Answer>, String> {
    let failed = |it: sqlx::Error| it.to_string();
    let offers: Vec<OfferRow> = sqlx::query_as(OFFERS)
        .bind(TENANT)
        .fetch_all(&pool)
        .await
        .map_err(failed)?;
    let page = Page::new(offers)?;
    let orders =
        "SELECT offer_id, id, order_number, status FROM \"order\" WHERE offer_id = ANY($1)";
    let orders: Vec<OrderRow> = sqlx::query_as(orders)
        .bind(&page.ids)
        .fetch_all(&pool)
        .await
        .map_err(failed)?;
    let categories = "SELECT code, content FROM category \
        WHERE tenant_id = $1 AND scheme = 'BIDEX' AND code = ANY($2)";
    let categories: Vec<CategoryRow> = sqlx::query_as(categories)
        .bind(TENANT)
        .bind(&page.codes)
        .fetch_all(&pool)
        .await
        .map_err(failed)?;
    page.answer(orders, categories).map(Json)
}

/// What is read of an offer's document.
#[derive(Deserialize)]
struct Content {
    product: ContentProduct,
}

#[derive(Deserialize)]
struct ContentProduct {
    brand_name: Option<String>,
    category_code: Option<String>,
}

struct Page {
    offers: Vec<(OfferRow, ContentProduct)>,
    ids: Vec<Uuid>,
    codes: Vec<String>,
}

impl Page {
    fn new(rows: Vec<OfferRow>) -> Result<Self, String> {
        let ids = rows.iter().map(|it| it.0).collect();
        let mut offers = Vec::with_capacity(rows.len());
        for row in rows {
            let content: Content = serde_json::from_str(&row.4).map_err(|it| it.to_string())?;
            offers.push((row, content.product));
        }
        let codes = offers.iter().filter_map(|it| it.1.category_code.clone());
        Ok(Self {
            codes: codes.collect(),
            ids,
            offers,
        })
    }

    fn answer(self, orders: Vec<OrderRow>, categories: Vec<CategoryRow>) -> Result<Answer, String> {
        let mut orders: HashMap<_, _> = orders.into_iter().map(|it| (it.0, it)).collect();
        let mut names = HashMap::new();
        for (code, content) in categories {
            let content: CategoryContent =
                serde_json::from_str(&content).map_err(|it| it.to_string())?;
            names.insert(code, content.name(None).unwrap_or_default().to_owned());
        }
        let nodes = self.offers.into_iter().map(|(row, product)| Node {
            id: OfferId::from_uuid(row.0).to_string(),
            offer_number: row.1,
            status: Status { code: row.2 },
            customer: Customer { full_name: row.3 },
            product: Product {
                brand_name: product.brand_name,
                category: product.category_code.and_then(|code| {
                    let name = names.get(&code)?.clone();
                    Some(Category { code, name })
                }),
            },
            order: orders.remove(&row.0).map(|it| Order {
                id: OrderId::from_uuid(it.1).to_string(),
                number: it.2,
                status: Status { code: it.3 },
            }),
        });
        let offers = Offers {
            nodes: nodes.collect(),
        };
        Ok(Answer {
            data: Data { offers },
        })
    }
}

#[derive(Serialize)]
struct Answer {
    data: Data,
}

#[derive(Serialize)]
struct Data {
    offers: Offers,
}

#[derive(Serialize)]
struct Offers {
    nodes: Vec<Node>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: String,
    offer_number: String,
    status: Status,
    customer: Customer,
    product: Product,
    order: Option<Order>,
}

#[derive(Serialize)]
struct Status {
    code: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer {
    full_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Product {
    brand_name: Option<String>,
    category: Option<Category>,
}

#[derive(Serialize)]
struct Category {
    code: String,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    id: String,
    #[serde(rename = "orderNumber")]
    number: String,
    status: Status,
}
