//! What somebody has leased, with the services that go with it.

use std::collections::HashMap;

use async_graphql::Object;

use super::{
    category::{self, Category},
    product::{Product, Whole},
    value::{Customer, Money, money},
};
use crate::{
    domain::{category::CategoryScheme, provider::ProviderKey, service_information},
    graphql::{caller::Access, error::ApiError, levels::Relation, scalars::DateTime},
};

pub(in crate::graphql) struct ServiceInformation {
    provider: ProviderKey,
    information: service_information::ServiceInformation,
    categories: Relation<HashMap<(CategoryScheme, String), Category>>,
}

impl ServiceInformation {
    pub(in crate::graphql) fn new(
        provider: ProviderKey,
        information: service_information::ServiceInformation,
    ) -> Self {
        Self {
            provider,
            information,
            categories: Relation::default(),
        }
    }

    /// The category with one of the codes that a bicycle of these has.
    pub(super) async fn category(
        &self,
        access: Access<'_>,
        code: &str,
    ) -> Result<Option<&Category>, ApiError> {
        let Some(scheme) = CategoryScheme::of(self.provider) else {
            return Ok(None);
        };
        let load = move || async move {
            let bikes = self.information.leased_bikes.iter();
            let codes = bikes.filter_map(|it| it.product.category_code.as_deref());
            category::load(access, codes.map(|it| (scheme, it))).await
        };
        let categories = self.categories.get(load).await?;
        Ok(categories.get(&(scheme, code.to_owned())))
    }
}

/// What somebody has leased. Read from the provider for this answer, and kept nowhere.
#[Object(serial)]
impl ServiceInformation {
    /// Who has leased it, as far as the provider says.
    fn customer(&self) -> Option<Customer<'_>> {
        self.information.customer.as_ref().map(Customer)
    }

    /// The bicycles that they have leased.
    fn leased_bikes(&self) -> Vec<LeasedBike<'_>> {
        let bikes = self.information.leased_bikes.iter();
        bikes
            .map(|bike| LeasedBike {
                information: self,
                bike,
            })
            .collect()
    }
}

pub(in crate::graphql) struct LeasedBike<'a> {
    information: &'a ServiceInformation,
    bike: &'a service_information::LeasedBike,
}

/// A bicycle that somebody has leased.
#[Object(serial)]
impl LeasedBike<'_> {
    /// The bicycle.
    fn product(&self) -> Product<'_> {
        Product {
            whole: Whole::Leased(self.information),
            product: &self.bike.product,
        }
    }

    /// When the lease began.
    fn leasing_start(&self) -> Option<DateTime> {
        self.bike.leasing_start.map(DateTime)
    }

    /// When the lease ends.
    fn leasing_end(&self) -> Option<DateTime> {
        self.bike.leasing_end.map(DateTime)
    }

    /// The services that are part of the lease; `null` if there are none.
    fn service_package(&self) -> Option<ServicePackage<'_>> {
        self.bike.service_package.as_ref().map(ServicePackage)
    }
}

pub(in crate::graphql) struct ServicePackage<'a>(&'a service_information::ServicePackage);

/// The services that are part of a lease.
#[Object(serial)]
impl ServicePackage<'_> {
    /// What kind of package it is, in the provider's words, e.g. `fullService`.
    #[graphql(name = "type")]
    #[expect(
        clippy::unnecessary_wraps,
        reason = "a provider may not name its packages"
    )]
    fn package_type(&self) -> Option<&str> {
        Some(&self.0.package_type)
    }

    /// What is left to be spent on services.
    fn budget_current(&self) -> Option<Money<'_>> {
        money(self.0.budget_current.as_ref())
    }

    /// What could be spent on services from the start.
    fn budget_maximum(&self) -> Option<Money<'_>> {
        money(self.0.budget_maximum.as_ref())
    }

    /// How many inspections are left.
    fn inspections_available(&self) -> Option<i32> {
        self.0.inspections_available
    }
}
