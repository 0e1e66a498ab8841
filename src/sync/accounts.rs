//! How an account fares: the status that a round's outcome leads to, told as an event if it changed.

use crate::{
    app::App,
    domain::{
        account::{Account, AccountStatus},
        event::{Happening, NewEvent, ProviderAccountStatusChanged},
        id::AccountId,
        tenant::TenantId,
    },
    events,
    providers::ProviderError,
    store::{StoreError, Tx, accounts},
};

/// One failed round is the network's daily life; three in a row are worth telling.
const FAILURES_UNTIL_DEGRADED: u32 = 3;

/// The status after a round that succeeded. An account of which another kind of record cannot be
/// read is not well again because of it, or it would be told as ill and well by turns.
pub(super) fn after_success(before: AccountStatus, failures_beside: u32) -> AccountStatus {
    match (before, failures_beside) {
        (AccountStatus::AuthFailed, 1..) => AccountStatus::AuthFailed,
        (_, FAILURES_UNTIL_DEGRADED..) => AccountStatus::Degraded,
        _ => AccountStatus::Connected,
    }
}

/// The status after a round that failed, the `failures`th in a row.
pub(super) fn after_failure(
    before: AccountStatus,
    error: &ProviderError,
    failures: u32,
) -> AccountStatus {
    match error {
        ProviderError::Unauthorized => AccountStatus::AuthFailed,
        // Only a success shows that the credentials are good again.
        _ if before == AccountStatus::AuthFailed => before,
        _ if failures >= FAILURES_UNTIL_DEGRADED => AccountStatus::Degraded,
        _ => before,
    }
}

/// Gives an account its status, if that is another one than it has.
pub(super) async fn set_status(
    app: &App,
    tx: &mut Tx,
    (tenant, id): (&TenantId, AccountId),
    decide: impl Fn(AccountStatus) -> AccountStatus,
) -> Result<(), StoreError> {
    let Some(account) = accounts::find(&**tx, tenant, id).await? else {
        return Ok(());
    };
    let (from, to) = (account.status, decide(account.status));
    // A disconnected account stays so, whatever a round that was under way has found.
    if from == to || from == AccountStatus::Disabled {
        return Ok(());
    }
    let now = app.clock.now();
    if !accounts::set_status(tx, tenant, &account, (to, now)).await? {
        return Ok(());
    }
    tracing::info!(account.id = %id, "account {id} is {} now", to.as_str());
    let account = Account {
        status: to,
        version: account.version + 1,
        ..account
    };
    let event = NewEvent {
        happening: Happening::ProviderAccountStatusChanged(ProviderAccountStatusChanged {
            account,
            from: Some(from),
        }),
        occurred_at: now,
    };
    events::append(tx, tenant, vec![event], now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_stay_refused_until_everything_is_read_again() {
        let (refused, other) = (ProviderError::Unauthorized, ProviderError::Busy);
        let status = after_failure(AccountStatus::Connected, &refused, 1);
        assert_eq!(status, AccountStatus::AuthFailed);
        assert_eq!(after_failure(status, &other, 3), AccountStatus::AuthFailed);
        assert_eq!(after_success(status, 1), AccountStatus::AuthFailed);
        assert_eq!(after_success(status, 0), AccountStatus::Connected);
    }

    #[test]
    fn three_failures_in_a_row_are_told_and_one_success_beside_them_is_not() {
        let status = AccountStatus::Connected;
        assert_eq!(after_failure(status, &ProviderError::Busy, 2), status);
        let status = after_failure(status, &ProviderError::Busy, 3);
        assert_eq!(status, AccountStatus::Degraded);
        assert_eq!(after_success(status, 3), AccountStatus::Degraded);
        assert_eq!(after_success(status, 0), AccountStatus::Connected);
    }
}
