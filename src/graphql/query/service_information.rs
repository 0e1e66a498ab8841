//! What somebody has leased, with the services that go with it. Asked for live.

use async_graphql::{Context, ID, InputObject, Object, OneofObject};

use crate::{
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
        id,
        types::service_information::ServiceInformation,
    },
    operations::{self, look_up_service_information::look_up_service_information},
};

/// Somebody who is known by name and place.
#[derive(InputObject)]
struct ServiceInformationByCustomerInput {
    /// Their first name.
    first_name: String,
    /// Their last name.
    last_name: String,
    /// The postal code of where they live.
    postal_code: String,
}

/// Whose leases are looked for. Exactly one of these.
#[derive(OneofObject)]
enum ServiceInformationBy {
    /// Whoever has this e-mail address.
    Email(String),
    /// Whoever has leased the bicycle with this number on its frame.
    FrameNumber(String),
    /// Whoever has this name and postal code.
    Customer(ServiceInformationByCustomerInput),
}

impl From<ServiceInformationBy> for operations::ServiceInformationBy {
    fn from(by: ServiceInformationBy) -> Self {
        match by {
            ServiceInformationBy::Email(email) => Self::Email(email),
            ServiceInformationBy::FrameNumber(number) => Self::FrameNumber(number),
            ServiceInformationBy::Customer(it) => Self::Customer {
                first_name: it.first_name,
                last_name: it.last_name,
                postal_code: it.postal_code,
            },
        }
    }
}

#[derive(Default)]
pub(super) struct ServiceInformationQuery;

#[Object]
impl ServiceInformationQuery {
    /// What somebody has leased, with the services that go with it. The provider is asked while you
    /// wait; `UNSUPPORTED_OPERATION` if it does not tell, `NOT_FOUND` if it does not know the
    /// leasing provider or nobody of that description. Needs the scope `vehicles:read`.
    #[expect(clippy::too_many_arguments, reason = "they are the field's")]
    async fn service_information(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account that is to be asked with.")] account_id: ID,
        #[graphql(
            desc = "The leasing provider, as `referenceValues` of the kind `LEASING_PROVIDER` lists it."
        )]
        leasing_provider_slug: String,
        #[graphql(desc = "Whose leases are looked for.")] by: ServiceInformationBy,
    ) -> Maybe<ServiceInformation> {
        let by = by.into();
        let whose = (leasing_provider_slug.as_str(), &by);
        Some(Box::pin(look_up(ctx, &account_id, whose)).await)
    }
}

async fn look_up(
    ctx: &Context<'_>,
    account: &ID,
    whose: (&str, &operations::ServiceInformationBy),
) -> Result<ServiceInformation, ApiError> {
    let Access { app, tenant, .. } = ctx.access(Scope::VehiclesRead)?;
    let account = id::parse(account, "accountId")?;
    let (provider, found) = look_up_service_information(app, tenant, account, whose).await?;
    Ok(ServiceInformation::new(provider, found))
}
