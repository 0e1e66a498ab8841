//! The rows of one tenant, and every way in which they change.

use leasegraph::{
    domain::{
        account::Account, category::Category, content::Content, offer::Offer, order::Order,
        tenant::TenantId, vehicle::Vehicle,
    },
    store::{Tx, categories, offers, orders, tenants, vehicles},
};

use crate::graphql::support::{NOON, category, offer, order, vehicle};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    InsertOffer,
    InsertVehicle,
    InsertOrder,
    SetVehicle,
    SaveCategory,
    UpdateOffer,
    UpdateVehicle,
    UpdateOrder,
}

/// All of them, in an order in which each finds what it needs.
pub(super) const CHANGES: [Change; 8] = [
    Change::InsertOffer,
    Change::InsertVehicle,
    Change::InsertOrder,
    Change::SetVehicle,
    Change::SaveCategory,
    Change::UpdateOffer,
    Change::UpdateVehicle,
    Change::UpdateOrder,
];

/// What is in the database, as far as this made it.
#[derive(Clone)]
pub(super) struct Rows {
    tenant: TenantId,
    account: Account,
    pub(super) offers: Vec<Offer>,
    orders: Vec<Order>,
    vehicles: Vec<Vehicle>,
    categories: Vec<Category>,
}

impl Rows {
    pub(super) fn new(tenant: &str, account: Account) -> Self {
        Self {
            tenant: tenant.parse().unwrap(),
            account,
            offers: Vec::new(),
            orders: Vec::new(),
            vehicles: Vec::new(),
            categories: Vec::new(),
        }
    }

    pub(super) fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub(super) async fn ensure(&self, tx: &Tx) {
        let now = NOON.parse().unwrap();
        tenants::ensure(tx, &self.tenant, now).await.unwrap();
    }

    /// Makes a change. `at` says of which row, or how the new one is; it goes round.
    pub(super) async fn change(&mut self, tx: &Tx, how: Change, at: usize) {
        match how {
            Change::InsertOffer => self.insert_offer(tx, (at, None)).await,
            Change::InsertVehicle => self.insert_vehicle(tx, at).await,
            Change::InsertOrder => self.insert_order(tx, at).await,
            Change::SetVehicle => self.set_vehicle(tx).await,
            Change::SaveCategory => self.save_category(tx, at).await,
            Change::UpdateOffer => self.update_offer(tx, at).await,
            Change::UpdateVehicle => self.update_vehicle(tx, at).await,
            Change::UpdateOrder => self.update_order(tx, at).await,
        }
    }

    pub(super) async fn insert_offer(&mut self, tx: &Tx, (at, notes): (usize, Option<&str>)) {
        let mut new = offer(&self.account, at);
        let mut content = new.content.get().unwrap().clone();
        content.notes = notes.map(str::to_owned);
        new.content = Content::new(content).unwrap();
        let rows = std::slice::from_ref(&new);
        offers::insert_many(tx, &self.tenant, rows).await.unwrap();
        self.offers.push(new);
    }

    async fn insert_vehicle(&mut self, tx: &Tx, at: usize) {
        let new = vehicle(&self.account, at);
        let rows = std::slice::from_ref(&new);
        vehicles::insert_many(tx, &self.tenant, rows).await.unwrap();
        self.vehicles.push(new);
    }

    /// An order of the newest offer that is without one, about no vehicle yet.
    async fn insert_order(&mut self, tx: &Tx, at: usize) {
        let mut new = order(&self.account, at);
        let ordered: Vec<_> = self.orders.iter().filter_map(|it| it.offer_id).collect();
        let free = self.offers.iter().rev();
        new.offer_id = free.map(|it| it.id).find(|it| !ordered.contains(it));
        let rows = std::slice::from_ref(&new);
        orders::insert_many(tx, &self.tenant, rows).await.unwrap();
        self.orders.push(new);
    }

    async fn set_vehicle(&mut self, tx: &Tx) {
        let Some(vehicle) = self.vehicles.last().map(|it| it.id) else {
            return;
        };
        let open = self.orders.iter_mut().find(|it| it.vehicle_id.is_none());
        if let Some(order) = open {
            orders::set_vehicle(tx, &self.tenant, order.id, vehicle)
                .await
                .unwrap();
            order.vehicle_id = Some(vehicle);
        }
    }

    /// A new category, or the next version of one.
    async fn save_category(&mut self, tx: &Tx, at: usize) {
        let code = ["01", "0101", "20", "2001"][at % 4];
        let known = self.categories.iter().position(|it| it.code == code);
        let index = known.unwrap_or_else(|| {
            self.categories.push(category(code));
            self.categories.len() - 1
        });
        let saved = &mut self.categories[index];
        saved.version += 1;
        let name = format!("{code} {}", saved.version);
        saved.content.names.insert("de".to_owned(), name);
        let rows = std::slice::from_ref(&*saved);
        categories::save_many(tx, &self.tenant, rows).await.unwrap();
    }

    async fn update_offer(&mut self, tx: &Tx, at: usize) {
        let count = self.offers.len().max(1);
        if let Some(row) = self.offers.get_mut(at % count) {
            row.version += 1;
            let mut content = row.content.get().unwrap().clone();
            content.notes = Some(format!("version {}", row.version));
            row.content = Content::new(content).unwrap();
            offers::update(tx, &self.tenant, row).await.unwrap();
        }
    }

    async fn update_vehicle(&mut self, tx: &Tx, at: usize) {
        let count = self.vehicles.len().max(1);
        if let Some(row) = self.vehicles.get_mut(at % count) {
            row.version += 1;
            let mut content = row.content.get().unwrap().clone();
            content.notes = Some(format!("version {}", row.version));
            row.content = Content::new(content).unwrap();
            vehicles::update(tx, &self.tenant, row).await.unwrap();
        }
    }

    async fn update_order(&mut self, tx: &Tx, at: usize) {
        let count = self.orders.len().max(1);
        if let Some(row) = self.orders.get_mut(at % count) {
            row.version += 1;
            let mut content = row.content.get().unwrap().clone();
            content.months = content.months.map(|it| it + 1);
            row.content = Content::new(content).unwrap();
            orders::update(tx, &self.tenant, row).await.unwrap();
        }
    }
}
