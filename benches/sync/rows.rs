//! The rows that a sync wrote, read back in the order and in the portions in which it wrote them.
//!
//! Apart from the inserts, because reading is not measured.

use entity::{offer, order, provider_account, provider_record, tenant, vehicle};
use leasegraph::store::connect;
use sea_orm::{
    ColumnTrait, DatabaseConnection, DbBackend, EntityTrait, IdenStatic, Iterable, ModelTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};
use uuid::Uuid;

/// How many records a page of JobRad's list has, each with what came out of it.
const RECORDS_PER_PAGE: u64 = 100;

/// How many of the provider's records there are, and how many rows with those that came out of them.
pub(crate) async fn count(database_url: &str) -> anyhow::Result<(u32, u32)> {
    let db = connect::open(database_url, None).await?;
    let records = provider_record::Entity::find().count(db.read()).await?;
    let rows = records
        + offer::Entity::find().count(db.read()).await?
        + order::Entity::find().count(db.read()).await?
        + vehicle::Entity::find().count(db.read()).await?;
    db.close().await?;
    Ok((records.try_into()?, rows.try_into()?))
}

/// An insert of many rows.
pub(crate) struct Insert {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
    pub(crate) rows: u32,
}

/// What the sync's rows refer to: it was there before them.
pub(crate) async fn foundations(db: &DatabaseConnection) -> anyhow::Result<Vec<Insert>> {
    let tenants = tenant::Entity::find().all(db).await?;
    let accounts = provider_account::Entity::find().all(db).await?;
    let inserts = [
        insert::<tenant::Entity>(db, &tenants)?,
        insert::<provider_account::Entity>(db, &accounts)?,
    ];
    Ok(inserts.into_iter().flatten().collect())
}

/// What one page of the provider's list led to, in the sync's order, after a record; with it, the
/// page's last record. `None` after the last page.
pub(crate) async fn page(
    db: &DatabaseConnection,
    after: Uuid,
) -> anyhow::Result<Option<(Vec<Insert>, Uuid)>> {
    let records = provider_record::Entity::find()
        .filter(provider_record::Column::Id.gt(after))
        .order_by_asc(provider_record::Column::Id)
        .limit(RECORDS_PER_PAGE)
        .all(db)
        .await?;
    let Some(last) = records.last() else {
        return Ok(None);
    };
    let offers = offer::Entity::find()
        .filter(offer::Column::Id.is_in(records.iter().filter_map(|it| it.offer_id)))
        .all(db)
        .await?;
    let vehicles = vehicle::Entity::find()
        .filter(vehicle::Column::Id.is_in(records.iter().filter_map(|it| it.vehicle_id)))
        .all(db)
        .await?;
    let orders = order::Entity::find()
        .filter(order::Column::Id.is_in(records.iter().filter_map(|it| it.order_id)))
        .all(db)
        .await?;
    let inserts = [
        insert::<offer::Entity>(db, &offers)?,
        insert::<vehicle::Entity>(db, &vehicles)?,
        insert::<order::Entity>(db, &orders)?,
        insert::<provider_record::Entity>(db, &records)?,
    ];
    Ok(Some((inserts.into_iter().flatten().collect(), last.id)))
}

/// The insert of these rows; `None` if there are none.
fn insert<E: EntityTrait>(
    db: &DatabaseConnection,
    rows: &[E::Model],
) -> anyhow::Result<Option<Insert>> {
    if rows.is_empty() {
        return Ok(None);
    }
    let columns: Vec<_> = E::Column::iter().collect();
    let names: Vec<_> = columns.iter().map(IdenStatic::as_str).collect();
    let sql = format!(
        "INSERT INTO \"{}\" ({}) VALUES {}",
        E::default().table_name(),
        names.join(", "),
        placeholders(db.get_database_backend(), rows.len(), columns.len())
    );
    let values = rows
        .iter()
        .flat_map(|row| columns.iter().map(|it| row.get(*it)));
    Ok(Some(Insert {
        sql,
        values: values.collect(),
        rows: rows.len().try_into()?,
    }))
}

fn placeholders(backend: DbBackend, rows: usize, columns: usize) -> String {
    let placeholder = |number: usize| match backend {
        DbBackend::Postgres => format!("${number}"),
        _ => "?".to_owned(),
    };
    let row = |number: usize| {
        let first = number * columns + 1;
        let row: Vec<_> = (first..first + columns).map(placeholder).collect();
        format!("({})", row.join(", "))
    };
    let rows: Vec<_> = (0..rows).map(row).collect();
    rows.join(", ")
}
