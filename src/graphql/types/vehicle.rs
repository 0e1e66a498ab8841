//! Vehicles.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, Object};

use super::{
    connection::{Connection, Counted, Listed, Page, one_level},
    order::{Order, OrderList},
    provenance::{self, Origins, Provenance},
    provider::ProviderKey,
};
use crate::{
    domain::{
        id::VehicleId,
        vehicle::{self, VehicleContent},
    },
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        levels::{Relation, Relations as ByArguments, Sibling},
        page::{self, List, Sorted},
        scalars::{DateTime, Decimal, Url},
    },
    store::{
        filter::{Filter, Test},
        orders,
        page::{Direction, Page as Rows, Range},
        records::Subjects,
        vehicles::{self, Field},
    },
};

/// What kind of vehicle it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "vehicle::VehicleKind")]
pub(in crate::graphql) enum VehicleKind {
    /// A bicycle, with or without a motor.
    Bicycle,
    /// A car.
    Car,
    /// Something else.
    Other,
}

/// Whether a vehicle is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "vehicle::VehicleStatusCode")]
pub(in crate::graphql) enum VehicleStatusCode {
    /// It is.
    Active,
    /// It was put away or given back.
    Inactive,
    /// The provider does not say, or says something that we do not know.
    Unknown,
}

/// Each vehicle's page of orders.
type OrdersByVehicle = HashMap<VehicleId, Rows<Order>>;

#[derive(Default)]
pub(in crate::graphql) struct Relations {
    origins: Relation<Origins>,
    /// The first so many orders of each vehicle.
    orders: ByArguments<u64, OrdersByVehicle>,
    order_counts: Relation<HashMap<VehicleId, u64>>,
}

#[derive(Clone)]
pub(in crate::graphql) struct Vehicle(Sibling<vehicle::Vehicle, Relations>);

impl Vehicle {
    pub(in crate::graphql) fn all(
        vehicles: impl IntoIterator<Item = vehicle::Vehicle>,
    ) -> Vec<Self> {
        let siblings = Sibling::all(vehicles, Relations::default());
        siblings.into_iter().map(Self).collect()
    }

    pub(in crate::graphql) fn key(&self) -> VehicleId {
        self.0.id
    }

    pub(in crate::graphql) fn row(&self) -> &vehicle::Vehicle {
        &self.0
    }

    fn content(&self) -> Result<&VehicleContent, ApiError> {
        Ok(self.0.content.get()?)
    }

    /// Asks for something of the content that may be missing.
    fn maybe<'a, T>(&'a self, part: impl FnOnce(&'a VehicleContent) -> Option<T>) -> Maybe<T> {
        self.content().map(part).transpose()
    }

    fn ids(&self) -> Vec<VehicleId> {
        self.0.siblings().map(|it| it.id).collect()
    }

    /// How many orders are about it.
    pub(super) async fn count_orders(&self, access: Access<'_>) -> Result<u64, ApiError> {
        let load = move || async move {
            let rows = orders::counts_of_vehicles(access.db, access.tenant, &self.ids()).await?;
            Ok(rows.into_iter().collect())
        };
        let counts = self.0.relations().order_counts.get(load).await?;
        Ok(counts.get(&self.0.id).copied().unwrap_or(0))
    }

    async fn its_orders(
        &self,
        access: Access<'_>,
        (first, after): (Option<i32>, Option<&str>),
    ) -> Result<Connection<Order>, ApiError> {
        let newest_first = (Sorted::ByNumber("CREATED_AT"), Direction::Descending);
        let list = List::new("orders", access.tenant, newest_first).of_parent(self.0.id.as_uuid());
        let range = page::forwards(&list, (first, after))?;
        let rows = if range.after.is_none() {
            self.first_orders(access, range.limit).await?
        } else {
            self.more_orders(access, &range).await?
        };
        Ok(Connection {
            page: Page::of_rows(list.mark(), rows, |orders| orders),
            list: OrderList::OfVehicle(self.clone()),
        })
    }

    /// The first page, which is read for all vehicles of the level together.
    async fn first_orders(&self, access: Access<'_>, limit: u64) -> Result<Rows<Order>, ApiError> {
        let load = move || async move {
            let db = access.db;
            let parts = orders::first_of_vehicles(db, access.tenant, &self.ids(), limit).await?;
            Ok(one_level(parts, Order::all))
        };
        let relation = self.0.relations().orders.with(limit);
        let orders = relation.get(load).await?;
        Ok(orders.get(&self.0.id).cloned().unwrap_or_default())
    }

    /// A later page, which only this vehicle has a cursor for.
    async fn more_orders(
        &self,
        access: Access<'_>,
        range: &Range,
    ) -> Result<Rows<Order>, ApiError> {
        let of_it = Filter::Field(orders::Field::VehicleId, Test::Id(self.0.id.as_uuid()));
        let sorted = (orders::Sort::CreatedAt, range);
        let rows = orders::page(access.db, access.tenant, &of_it, sorted).await?;
        Ok(rows.map_together(Order::all))
    }
}

impl Listed for Vehicle {
    const NAME: &'static str = "Vehicle";
}

impl Counted for Vehicle {
    type List = Filter<Field>;
    const SCOPE: Scope = Scope::VehiclesRead;

    async fn count(access: Access<'_>, filter: &Filter<Field>) -> Result<u64, ApiError> {
        Ok(vehicles::count(access.db, access.tenant, filter).await?)
    }
}

/// A leased bicycle or a car in a workshop.
#[Object(serial)]
impl Vehicle {
    /// The vehicle's id, which begins with `veh_`.
    pub(super) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What kind of vehicle it is.
    fn kind(&self) -> VehicleKind {
        self.0.kind.into()
    }

    /// Where it comes from: one entry for each of the provider's records that it was read from.
    async fn provenance(&self, ctx: &Context<'_>) -> Result<&[Provenance], ApiError> {
        let access = ctx.access_of_anyone()?;
        let load =
            move || async move { provenance::load(access, Subjects::Vehicles(&self.ids())).await };
        let origins = self.0.relations().origins.get(load).await?;
        Ok(origins.get(&self.0.id.as_uuid()).map_or(&[], Vec::as_slice))
    }

    /// The provider that knows it.
    fn provider(&self) -> ProviderKey {
        self.0.provider.into()
    }

    /// The provider's id of the customer who drives it.
    fn customer_id(&self) -> Maybe<&str> {
        self.maybe(|it| it.customer_id.as_deref())
    }

    /// What it is called, e.g. `Ada's Gazelle`.
    fn name(&self) -> Maybe<&str> {
        self.maybe(|it| it.name.as_deref())
    }

    /// Who made it.
    fn make(&self) -> Maybe<&str> {
        self.maybe(|it| it.make.as_deref())
    }

    /// The model.
    fn model(&self) -> Maybe<&str> {
        self.maybe(|it| it.model.as_deref())
    }

    /// The year of the model, e.g. 2030.
    fn year(&self) -> Maybe<i32> {
        self.maybe(|it| it.year)
    }

    /// The colour.
    fn color(&self) -> Maybe<&str> {
        self.maybe(|it| it.color.as_deref())
    }

    /// The engine, e.g. `2.0 TDI`.
    fn engine(&self) -> Maybe<&str> {
        self.maybe(|it| it.engine.as_deref())
    }

    /// The transmission, e.g. `automatic`.
    fn transmission(&self) -> Maybe<&str> {
        self.maybe(|it| it.transmission.as_deref())
    }

    /// Which wheels are driven, e.g. `AWD`.
    fn drive_type(&self) -> Maybe<&str> {
        self.maybe(|it| it.drive_type.as_deref())
    }

    /// The vehicle identification number of a car; the frame number of a bicycle.
    fn vin(&self) -> Maybe<&str> {
        self.maybe(|it| it.vin.as_deref())
    }

    /// The licence plate.
    fn license_plate(&self) -> Maybe<&str> {
        self.maybe(|it| it.license_plate.as_deref())
    }

    /// The state or region that it is licensed in.
    fn state(&self) -> Maybe<&str> {
        self.maybe(|it| it.state.as_deref())
    }

    /// How far it was driven.
    fn mileage(&self) -> Maybe<Mileage<'_>> {
        self.maybe(|it| it.mileage.as_ref().map(Mileage))
    }

    /// A picture of it; `null` if the provider has none or gives no usable URL.
    fn image_url(&self) -> Maybe<Url> {
        self.maybe(|it| url::Url::parse(it.image_url.as_deref()?).ok().map(Url))
    }

    /// Remarks on it.
    fn notes(&self) -> Maybe<&str> {
        self.maybe(|it| it.notes.as_deref())
    }

    /// Labels that the workshop put on it.
    fn tags(&self) -> Result<Vec<Tag<'_>>, ApiError> {
        Ok(self.content()?.tags.iter().map(Tag).collect())
    }

    /// Whether it is in use.
    fn status(&self) -> VehicleStatus<'_> {
        VehicleStatus(self)
    }

    /// The orders about it, newest first. Needs the scope `orders:read`.
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many entries: 1 to 100. Required.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry to go on after.")] after: Option<String>,
    ) -> Maybe<Connection<Order>> {
        Some(match ctx.access(Scope::OrdersRead) {
            Ok(access) => self.its_orders(access, (first, after.as_deref())).await,
            Err(error) => Err(error),
        })
    }

    /// When the provider first had it.
    fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed in any way.
    fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

pub(in crate::graphql) struct VehicleStatus<'a>(&'a Vehicle);

/// Whether a vehicle is in use.
#[Object(serial)]
impl VehicleStatus<'_> {
    /// Whether it is, in the same words for every provider.
    fn code(&self) -> VehicleStatusCode {
        self.0.row().status.into()
    }

    /// The provider's own word, if it has one.
    fn provider_code(&self) -> Maybe<&str> {
        self.0.maybe(|it| it.provider_status.as_deref())
    }

    /// Since when it has been so.
    fn changed_at(&self) -> DateTime {
        self.0.row().status_changed_at.into()
    }
}

pub(in crate::graphql) struct Mileage<'a>(&'a vehicle::Mileage);

/// How far a vehicle was driven.
#[Object(serial)]
impl Mileage<'_> {
    /// The distance in `unit`, e.g. `"12500"`.
    fn value(&self) -> Decimal {
        Decimal(self.0.value)
    }

    /// The unit in the provider's words, e.g. `km` or `mi`.
    fn unit(&self) -> &str {
        &self.0.unit
    }
}

pub(in crate::graphql) struct Tag<'a>(&'a vehicle::Tag);

/// A label that a workshop put on a vehicle.
#[Object(serial)]
impl Tag<'_> {
    /// What it says.
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Its colour, e.g. `#ff8800`.
    fn color(&self) -> Option<&str> {
        self.0.color.as_deref()
    }
}
