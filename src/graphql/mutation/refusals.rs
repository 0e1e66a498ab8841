//! How mutations of providers' records say that they did nothing, or not all: the operations' words
//! for it, as the problems that a client reads.

use super::Refused;
use crate::{
    domain::{checks::InvalidInput, id::VehicleId},
    graphql::types::user_error::{UserError, UserErrorCode as Code},
    operations::{ChangeError, CreateError, TargetError, Unreachable, VehicleOutcome},
};

/// Values that cannot be what they are.
pub(super) fn invalid(wrong: &[InvalidInput]) -> Refused {
    let error = |it: &InvalidInput| UserError::of_field(Code::InvalidInput, &it.field, &it.message);
    Refused::Told(wrong.iter().map(error).collect())
}

/// Nobody can be asked about something that a field of the input names.
pub(super) fn target(error: TargetError, what: &str, path: &[&str]) -> Refused {
    let (code, message) = match error {
        TargetError::NotFound => (Code::NotFound, format!("there is no such {what}")),
        TargetError::Disconnected | TargetError::Unconfirmed => {
            (Code::NotModifiable, error.to_string())
        }
        TargetError::Unsupported(_) => (Code::UnsupportedOperation, error.to_string()),
        TargetError::Store(error) => return error.into(),
    };
    UserError::new(code, message)
        .at(path.iter().copied())
        .into()
}

/// Nobody can be asked about some of the vehicles in a list of the input.
pub(super) fn unreachable(unreachable: Unreachable, list: &str) -> Refused {
    let mut errors = Vec::new();
    for (place, error) in unreachable {
        match target(error, "vehicle", &[list, &place.to_string()]) {
            Refused::Told(told) => errors.extend(told),
            failed @ Refused::Failed(_) => return failed,
        }
    }
    Refused::Told(errors)
}

/// Something was not made. The dealer's own number is in this field of the input.
pub(super) fn not_made(error: CreateError, field: &str) -> Refused {
    match error {
        CreateError::Taken(_) => taken(field).into(),
        CreateError::Provider(error) => error.into(),
        CreateError::Store(error) => error.into(),
    }
}

/// A number is in use already.
pub(super) fn taken(path: &str) -> UserError {
    let what = "is in use already: by a record of this account, or by one that is being made";
    UserError::of_field(Code::Conflict, path, what)
}

/// Something was not changed.
pub(super) fn not_changed(error: ChangeError) -> Refused {
    match error {
        ChangeError::Provider(error) => error.into(),
        ChangeError::Store(error) => error.into(),
    }
}

/// The vehicle that an outcome left, or what was wrong with it.
pub(super) fn of_vehicle(
    outcome: VehicleOutcome,
    path: &[&str],
) -> Result<VehicleId, Vec<UserError>> {
    match outcome {
        VehicleOutcome::Done(id) => Ok(id),
        VehicleOutcome::Refused(issues) => Err(issues
            .iter()
            .map(|it| UserError::of_issue(it).below(path))
            .collect()),
        VehicleOutcome::Unknown => Err(vec![UserError::outcome_unknown().below(path)]),
    }
}
