//! How this service is set up, as far as it concerns a caller.

use async_graphql::{Context, Object};

use crate::graphql::{
    caller::Ask,
    error::{ApiError, Maybe},
    graph::GraphSettings,
    types::service_config::ServiceConfig,
};

#[derive(Default)]
pub(super) struct ServiceConfigQuery;

#[Object]
impl ServiceConfigQuery {
    /// The version of this service and the limits that requests meet. Needs a token, whatever it
    /// allows.
    async fn service_config(&self, ctx: &Context<'_>) -> Maybe<ServiceConfig> {
        let config = ctx.access_of_anyone().and_then(|_| {
            ctx.data_opt::<GraphSettings>()
                .map(ServiceConfig::new)
                .ok_or_else(|| ApiError::bug("the schema was made without its settings"))
        });
        Some(config)
    }
}
