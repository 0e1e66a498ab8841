//! The demo's accounts: one at each provider of the sandbox.

use sandbox::Sandbox;

use crate::{
    app::App,
    domain::tenant::TenantId,
    idempotency::Claim,
    operations::connect_provider_account::{
        NewConnection, NewCredentials, connect_provider_account,
    },
};

/// The only one of LeaseCloud's markets in the demo.
const MARKET: &str = "SE";

/// Connects an account at each provider.
pub(super) async fn connect(app: &App, tenant: &TenantId, sandbox: &Sandbox) -> anyhow::Result<()> {
    for (name, base_url, credentials) in accounts(sandbox)? {
        let connection = NewConnection {
            name: format!("{name} sandbox"),
            base_url: Some(base_url.parse()?),
            credentials,
        };
        connect_provider_account(app, tenant, connection, &Claim::without_key()).await?;
    }
    Ok(())
}

type Account = (&'static str, String, NewCredentials);

fn accounts(sandbox: &Sandbox) -> anyhow::Result<[Account; 4]> {
    let (client_id, client_secret) = sandbox.jobrad_credentials();
    let (partner_id, auth_key) = sandbox.autoleap_credentials();
    let jobrad = NewCredentials::Jobrad {
        client_id,
        client_secret: client_secret.into(),
        token_url: Some(sandbox.jobrad_token_url().parse()?),
    };
    let leasing_automation = NewCredentials::LeasingAutomation {
        api_key: sandbox.leasing_automation_key().into(),
    };
    let leasecloud = NewCredentials::Leasecloud {
        api_key: sandbox.leasecloud_key(MARKET).into(),
        market: MARKET.to_owned(),
    };
    let autoleap = NewCredentials::Autoleap {
        partner_id,
        auth_key: auth_key.into(),
        company_ids: Vec::new(),
    };
    Ok([
        ("JobRad", sandbox.jobrad_base_url(), jobrad),
        (
            "Leasing Automation",
            sandbox.leasing_automation_base_url(),
            leasing_automation,
        ),
        ("LeaseCloud", sandbox.leasecloud_base_url(), leasecloud),
        ("AutoLeap", sandbox.autoleap_base_url(), autoleap),
    ])
}
