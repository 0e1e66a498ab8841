//! What somebody has leased, with the services that go with it: what a workshop asks before it
//! begins. Asked for live, and kept nowhere: it is about a person.

use super::question::{QuestionError, asked, check_slug, check_text};
use crate::{
    app::App,
    domain::{
        id::AccountId, provider::ProviderKey, service_information::ServiceInformation,
        tenant::TenantId,
    },
    providers::ServiceInformationBy,
};

/// Asks what somebody has leased through a leasing provider, and says who answered.
pub async fn look_up_service_information(
    app: &App,
    tenant: &TenantId,
    account: AccountId,
    (slug, by): (&str, &ServiceInformationBy),
) -> Result<(ProviderKey, ServiceInformation), QuestionError> {
    check_slug(slug)?;
    check(by)?;
    let asked = asked(app, tenant, account).await?;
    let answer = asked
        .provider
        .service_information(&asked.access, slug, by)
        .await;
    match answer {
        Ok(information) => Ok((asked.provider.key(), information)),
        Err(error) => Err(asked.failed(error)),
    }
}

fn check(by: &ServiceInformationBy) -> Result<(), QuestionError> {
    match by {
        ServiceInformationBy::Email(email) => check_text("by.email", email),
        ServiceInformationBy::FrameNumber(number) => check_text("by.frameNumber", number),
        ServiceInformationBy::Customer {
            first_name,
            last_name,
            postal_code,
        } => {
            check_text("by.customer.firstName", first_name)?;
            check_text("by.customer.lastName", last_name)?;
            check_text("by.customer.postalCode", postal_code)
        }
    }
}
