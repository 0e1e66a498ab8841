//! Answering a mutation that came with an idempotency key: once in fact, alike ever after.
//!
//! A payload is always made out of what was recorded, the first time and every other time. So a
//! replay that cannot repeat the first answer, because it is asked to show something else, is not a
//! case of its own.

use std::{borrow::Cow, future::Future};

use async_graphql::{
    Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value,
    parser::types::Field, registry::Registry,
};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Serialize, de::DeserializeOwned};

use super::{Refused, fingerprint};
use crate::{
    domain::idempotency_key::IdempotencyKey,
    graphql::{
        caller::Access,
        error::ApiError,
        types::user_error::{UserError, UserErrorCode},
    },
    idempotency::{self, Asked, Begun, Claim, Memo, Past},
};

const FINGERPRINT_BYTES: usize = 32;

/// What a mutation came to: what was made, or why nothing was.
type Outcome<T> = Result<T, Vec<UserError>>;

/// A payload that is made out of what a mutation came to.
pub(super) trait Payload: OutputType + Sized {
    /// What the operation records with its [`Claim`]: ids, and what is not stored anywhere else.
    type Made: Serialize + DeserializeOwned + Send + Sync;

    /// Makes the payload, with records as they are now.
    fn of(
        access: Access<'_>,
        made: Option<Self::Made>,
        user_errors: Vec<UserError>,
    ) -> impl Future<Output = Result<Self, ApiError>> + Send;
}

/// A payload of a mutation that takes an idempotency key. In the schema it is the payload itself.
pub(super) struct Idempotent<P>(Answer<P>);

enum Answer<P> {
    /// The first one, again.
    Kept(Value),
    Fresh(P, Option<Keeper>),
}

/// Makes the change, unless it was made before under the same key.
///
/// `change` calls an operation with the claim; an operation that changes something records with it
/// what it made. Without a key there is nothing to compare and nothing to keep.
pub(super) async fn once<P, F>(
    ctx: &Context<'_>,
    access: Access<'_>,
    change: impl FnOnce(Claim) -> F,
) -> Result<Idempotent<P>, ApiError>
where
    P: Payload,
    F: Future<Output = Result<P::Made, Refused>>,
{
    let shown = fingerprint::selection(ctx, access.caller());
    let keeper = |memo| Keeper { memo, shown };
    match begin(ctx, access).await? {
        Ok(Begun::First(claim)) => {
            let outcome = told(change(claim.clone()).await)?;
            claim.settle(&outcome).await?;
            Idempotent::fresh(access, outcome, claim.memo().map(keeper)).await
        }
        Ok(Begun::Over(past)) => {
            if let Some(answer) = kept(&past, &shown)? {
                return Ok(Idempotent(Answer::Kept(answer)));
            }
            let outcome = serde_json::from_slice(past.outcome.expose_secret())?;
            Idempotent::fresh(access, outcome, Some(keeper(past.memo))).await
        }
        Ok(Begun::Reused) => Idempotent::fresh(access, Err(vec![reused()]), None).await,
        Ok(Begun::Busy) => Idempotent::fresh(access, Err(vec![busy()]), None).await,
        Err(malformed) => Idempotent::fresh(access, Err(vec![malformed]), None).await,
    }
}

/// How the request stands, or what is wrong with its key.
async fn begin(
    ctx: &Context<'_>,
    Access { app, tenant, .. }: Access<'_>,
) -> Result<Result<Begun, UserError>, ApiError> {
    let (key, request) = fingerprint::request(ctx)?;
    let Some(key) = key else {
        return Ok(Ok(Begun::First(Claim::without_key())));
    };
    match key.parse::<IdempotencyKey>() {
        Ok(key) => {
            let begun = idempotency::begin(app, tenant, &Asked { key, request }).await?;
            Ok(Ok(begun))
        }
        Err(error) => {
            let code = UserErrorCode::InvalidInput;
            Ok(Err(UserError::of_field(
                code,
                "idempotencyKey",
                &error.to_string(),
            )))
        }
    }
}

/// The first answer, if it showed what is to be shown now.
fn kept(past: &Past, shown: &[u8]) -> Result<Option<Value>, ApiError> {
    let Some(answer) = &past.answer else {
        return Ok(None);
    };
    match answer.expose_secret().split_at_checked(FINGERPRINT_BYTES) {
        Some((fingerprint, text)) if fingerprint == shown => {
            Ok(Some(serde_json::from_slice(text)?))
        }
        _ => Ok(None),
    }
}

/// What a client is to be told under this key from now on. A failure of ours is not: it may be gone
/// when the client tries again.
fn told<T>(result: Result<T, Refused>) -> Result<Outcome<T>, ApiError> {
    match result {
        Ok(made) => Ok(Ok(made)),
        Err(Refused::Told(errors)) => Ok(Err(errors)),
        Err(Refused::Failed(error)) => Err(error),
    }
}

fn reused() -> UserError {
    let message = "this key was used before, with another input";
    UserError::new(UserErrorCode::IdempotencyKeyReused, message).at(["idempotencyKey"])
}

fn busy() -> UserError {
    let message = "what was first asked with this key is still under way; try again later";
    UserError::new(UserErrorCode::Conflict, message).at(["idempotencyKey"])
}

impl<P: Payload> Idempotent<P> {
    async fn fresh(
        access: Access<'_>,
        outcome: Outcome<P::Made>,
        keeper: Option<Keeper>,
    ) -> Result<Self, ApiError> {
        let payload = match outcome {
            Ok(made) => P::of(access, Some(made), Vec::new()).await?,
            Err(errors) => P::of(access, None, errors).await?,
        };
        Ok(Self(Answer::Fresh(payload, keeper)))
    }
}

/// Keeps the first complete answer.
struct Keeper {
    memo: Memo,
    /// What the answer shows.
    shown: [u8; FINGERPRINT_BYTES],
}

impl Keeper {
    /// Keeps an answer and returns what is to be told. The first time goes the same way as every
    /// other one, through a text and back, so that no number can come out differently.
    async fn keep(&self, answer: &Value) -> Result<Value, ApiError> {
        let mut text = self.shown.to_vec();
        serde_json::to_writer(&mut text, answer)?;
        let mine: SecretSlice<u8> = text.into();
        // Somebody else may have been faster, with other fields shown.
        let first = self.memo.keep(mine.clone()).await?;
        let told = if first.expose_secret().starts_with(&self.shown) {
            first
        } else {
            mine
        };
        let text = told.expose_secret().get(FINGERPRINT_BYTES..);
        Ok(serde_json::from_slice(text.unwrap_or_default())?)
    }
}

impl<P: OutputType> OutputType for Idempotent<P> {
    fn type_name() -> Cow<'static, str> {
        P::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        P::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let (payload, keeper) = match &self.0 {
            Answer::Kept(answer) => return Ok(answer.clone()),
            Answer::Fresh(payload, keeper) => (payload, keeper),
        };
        let errors = errors(ctx);
        let answer = payload.resolve(ctx, field).await?;
        match keeper {
            // An answer in which a field failed is not complete.
            Some(keeper) if self::errors(ctx) == errors => {
                let told = keeper.keep(&answer).await;
                told.map_err(|error| {
                    let error = async_graphql::Error::from(error).into_server_error(field.pos);
                    ctx.set_error_path(error)
                })
            }
            _ => Ok(answer),
        }
    }
}

/// How many fields of the whole document have failed so far. Mutations run one after the other.
fn errors(ctx: &ContextSelectionSet<'_>) -> usize {
    let errors = ctx.query_env.errors.lock();
    errors.map_or_else(|it| it.into_inner().len(), |it| it.len())
}
