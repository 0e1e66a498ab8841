//! Vehicles, one and many.

use async_graphql::{Context, Enum, ID, InputObject, Object};

use crate::{
    domain,
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        filter::{DateTimeFilter, StringFilter, Tests, Where, filter},
        id,
        page::{List, PageArguments, SortDirection, Sorted},
        types::{
            connection::{Connection, Page},
            provider::ProviderKey,
            vehicle::{Vehicle, VehicleKind, VehicleStatusCode},
        },
    },
    store::{
        page::Direction,
        vehicles::{self, Field, Sort},
    },
};

/// Which vehicles are wanted. Within one object every test must hold; a list lets through what is
/// in it, and an empty one nothing.
#[derive(Debug, Clone, InputObject)]
struct VehicleWhere {
    /// All of these hold.
    and: Option<Vec<VehicleWhere>>,
    /// At least one of these holds.
    or: Option<Vec<VehicleWhere>>,
    /// This does not hold.
    not: Option<Box<VehicleWhere>>,
    /// Known to one of these providers.
    provider: Option<Vec<ProviderKey>>,
    /// Read with this account.
    account_id: Option<ID>,
    /// Of one of these kinds.
    kind: Option<Vec<VehicleKind>>,
    /// Is one of these.
    status: Option<Vec<VehicleStatusCode>>,
    /// The vehicle identification number, or the frame number.
    vin: Option<StringFilter>,
    /// The licence plate.
    license_plate: Option<StringFilter>,
    /// The provider's id of the customer who drives it.
    customer_id: Option<StringFilter>,
    /// Who made it.
    make: Option<StringFilter>,
    /// The model.
    model: Option<StringFilter>,
    /// When the provider first had it.
    created_at: Option<DateTimeFilter>,
    /// When it last changed.
    updated_at: Option<DateTimeFilter>,
    /// A part of its name, make, model, VIN or licence plate, in any case.
    search: Option<String>,
}

impl Where for VehicleWhere {
    type Field = Field;

    fn tests(&self, tests: &mut Tests<'_, Field>) -> Result<(), ApiError> {
        use domain::{provider, vehicle};

        tests.one_of(Field::Provider, self.provider.as_ref(), |it| {
            provider::ProviderKey::from(it).slug()
        })?;
        tests.account(Field::AccountId, self.account_id.as_ref())?;
        tests.one_of(Field::Kind, self.kind.as_ref(), |it| {
            vehicle::VehicleKind::from(it).as_str()
        })?;
        tests.one_of(Field::Status, self.status.as_ref(), |it| {
            vehicle::VehicleStatusCode::from(it).as_str()
        })?;
        tests.text(Field::Vin, self.vin.as_ref())?;
        tests.text(Field::LicensePlate, self.license_plate.as_ref())?;
        tests.text(Field::CustomerId, self.customer_id.as_ref())?;
        tests.text(Field::Make, self.make.as_ref())?;
        tests.text(Field::Model, self.model.as_ref())?;
        tests.time(Field::CreatedAt, self.created_at.as_ref())?;
        tests.time(Field::UpdatedAt, self.updated_at.as_ref())?;
        tests.search(Field::SearchText, self.search.as_ref())
    }

    fn and(&self) -> Option<&[Self]> {
        self.and.as_deref()
    }

    fn or(&self) -> Option<&[Self]> {
        self.or.as_deref()
    }

    fn not(&self) -> Option<&Self> {
        self.not.as_deref()
    }
}

/// What vehicles can be sorted by. Texts are sorted letter by letter; what is missing comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
enum VehicleOrderField {
    /// When the provider first had them.
    CreatedAt,
    /// When they last changed.
    UpdatedAt,
    /// Who made them.
    Make,
    /// The model.
    Model,
    /// The year of the model.
    Year,
}

impl VehicleOrderField {
    const fn sort(self) -> (Sort, Sorted) {
        match self {
            Self::CreatedAt => (Sort::CreatedAt, Sorted::ByNumber("CREATED_AT")),
            Self::UpdatedAt => (Sort::UpdatedAt, Sorted::ByNumber("UPDATED_AT")),
            Self::Make => (Sort::Make, Sorted::ByText("MAKE")),
            Self::Model => (Sort::Model, Sorted::ByText("MODEL")),
            Self::Year => (Sort::Year, Sorted::ByNumber("YEAR")),
        }
    }
}

/// The order of a list of vehicles. Among equals, the order is always the same.
#[derive(Debug, Clone, Copy, InputObject)]
struct VehicleOrder {
    /// What they are sorted by.
    field: VehicleOrderField,
    /// Which end comes first.
    direction: SortDirection,
}

#[derive(Default)]
pub(super) struct VehicleQuery;

#[Object]
impl VehicleQuery {
    /// One vehicle; `null` if there is none with this id, or it is not yours. Needs the scope
    /// `vehicles:read`.
    async fn vehicle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The vehicle's id, e.g. `veh_0190…`.")] id: ID,
    ) -> Maybe<Vehicle> {
        find(ctx, &id).await.transpose()
    }

    /// Vehicles, newest first unless `orderBy` says otherwise. Needs the scope `vehicles:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn vehicles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list: 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(name = "where", desc = "Which vehicles are wanted; all without it.")]
        wanted: Option<VehicleWhere>,
        #[graphql(desc = "Their order; `CREATED_AT DESC` without it.")] order_by: Option<
            VehicleOrder,
        >,
    ) -> Maybe<Connection<Vehicle>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        };
        Some(list(ctx, &page, wanted.as_ref(), order_by).await)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Vehicle>, ApiError> {
    let access = ctx.access(Scope::VehiclesRead)?;
    let id = id::parse(id, "id")?;
    let row = vehicles::find(access.db, access.tenant, id).await?;
    Ok(Vehicle::all(row).pop())
}

async fn list(
    ctx: &Context<'_>,
    page: &PageArguments,
    wanted: Option<&VehicleWhere>,
    order: Option<VehicleOrder>,
) -> Result<Connection<Vehicle>, ApiError> {
    let Access { db, tenant, .. } = ctx.access(Scope::VehiclesRead)?;
    let (field, direction) = order.map_or(
        (VehicleOrderField::CreatedAt, Direction::Descending),
        |it| (it.field, it.direction.into()),
    );
    let (sort, sorted) = field.sort();
    let list = List::new("vehicles", tenant, (sorted, direction));
    let range = page.range(&list)?;
    let filter = filter(wanted)?;
    let rows = vehicles::page(db, tenant, &filter, (sort, &range)).await?;
    Ok(Connection {
        page: Page::of_rows(list.mark(), rows, Vehicle::all),
        list: filter,
    })
}
