//! What HTTP, WebSocket and event streams have in common: from what was asked to what is answered.
//!
//! A transport reads an [`Asked`] in its own way, has it prepared, and runs it. Which document it
//! is, whether it is allowed and what it may cost is decided here, so that it is decided once.

use std::{
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
};

use async_graphql::{Response, ServerError};
use axum::{
    extract::ConnectInfo,
    http::{HeaderValue, StatusCode, header, request::Parts},
};
use futures_util::{FutureExt, Stream, StreamExt};

use super::{
    Door,
    allowance::Standing,
    asked::Asked,
    refusal::{Code, Refused, complete, refusal, set_code},
    request_id::RequestId,
};
use crate::{
    domain::Timestamp,
    graphql::{Answer, Bookmark, Failure, caller::Caller},
    planner::{Kind, Planned, Problem, Reason, Refusal},
};

/// Who asks, from where, and under which id it is told about.
#[derive(Debug, Clone)]
pub(super) struct Asker {
    pub(super) caller: Option<Caller>,
    pub(super) address: Option<IpAddr>,
    pub(super) request_id: RequestId,
}

impl Asker {
    /// Whoever sent this, as long as no token says who it is.
    pub(super) fn nobody(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let request_id = parts.extensions.get::<RequestId>().cloned();
        Self {
            caller: None,
            address: peer.map(|it| it.0.ip()),
            request_id: request_id.unwrap_or_else(|| RequestId::of(&parts.headers)),
        }
    }
}

/// What a request costs that is refused once it was looked at.
const REFUSED: u64 = 10;

const TOKEN_EXPIRED: &str = "the token has expired";

/// What is ready to be run.
pub(super) struct Prepared {
    door: Door,
    planned: Planned,
    asker: Asker,
    standing: Standing,
}

/// What becomes of a subscription when it ends.
pub(super) struct Ending {
    token_ends_at: Option<Timestamp>,
    request_id: RequestId,
}

/// One answer of a subscription.
pub(super) struct Followed {
    pub(super) response: Answer,
    /// After this one the subscription goes on.
    pub(super) cursor: Option<String>,
}

impl Door {
    /// Finds and checks the document, the operation and the variables.
    pub(super) async fn prepare(&self, asked: Asked, who: Asker) -> Result<Prepared, Refused> {
        // A panic is this request's end, and not that of the socket it came by.
        let planned = AssertUnwindSafe(self.plan(asked, &who)).catch_unwind();
        let planned = planned.await.unwrap_or_else(|_| {
            tracing::error!("a request could not be prepared, because something panicked");
            Err(Refused::internal())
        });
        match planned {
            Ok((planned, standing)) => Ok(Prepared {
                door: self.clone(),
                planned,
                asker: who,
                standing,
            }),
            Err(mut refused) => {
                // To find out that a document is wrong is work, too.
                if who.caller.is_some()
                    && refused.status == StatusCode::BAD_REQUEST
                    && let Err(spent) = self.allowances.reserve(&who, REFUSED)
                {
                    refused = spent;
                }
                who.request_id.mark(&mut refused.response);
                Err(refused)
            }
        }
    }

    async fn plan(&self, mut asked: Asked, who: &Asker) -> Result<(Planned, Standing), Refused> {
        // A stranger can be answered about the schema alone, and pays before anything is read.
        let of_stranger = match who.caller {
            None => Some(self.allowances.reserve_introspection(who)?),
            Some(_) => None,
        };
        let variables = asked.variables.take().unwrap_or_default();
        let found = self.documents.find(&asked, who)?;
        let document = self.planning.document(&found.text).await?;
        found.check_hash(&document)?;
        let operation = asked.operation_name.as_deref().filter(|it| !it.is_empty());
        let planned = self.planning.plan(&document, operation, variables).await?;
        self.documents.admit(&found, (&document, &planned))?;
        let standing = match of_stranger {
            Some(standing) if planned.is_introspection() => standing,
            _ => self.reserve(&planned, who)?,
        };
        self.documents.register(found);
        Ok((planned, standing))
    }

    /// Takes what a plan costs from whoever may have it run.
    fn reserve(&self, planned: &Planned, who: &Asker) -> Result<Standing, Refused> {
        if planned.is_introspection() {
            return self.allowances.reserve_introspection(who);
        }
        self.admit(who)?;
        if planned.asks_schema() {
            self.allowances.reserve_introspection(who)?;
        }
        self.allowances.reserve(who, planned.cost())
    }

    /// Without a good token there is the schema and nothing else.
    fn admit(&self, who: &Asker) -> Result<(), Refused> {
        let (message, challenge) = match &who.caller {
            None => (
                "this needs a token; without one there is the schema alone",
                "Bearer",
            ),
            Some(caller) if caller.has_ended(self.app.clock.now()) => {
                (TOKEN_EXPIRED, "Bearer error=\"invalid_token\"")
            }
            Some(_) => return Ok(()),
        };
        let status = StatusCode::UNAUTHORIZED;
        let refused = Refused::new(status, Code::Unauthenticated, message);
        let challenge = HeaderValue::from_static(challenge);
        Err(refused.with_header(header::WWW_AUTHENTICATE, challenge))
    }
}

impl Prepared {
    pub(super) fn kind(&self) -> Kind {
        self.planned.kind()
    }

    pub(super) fn ending(&self) -> Ending {
        let caller = self.asker.caller.as_ref();
        Ending {
            token_ends_at: caller.and_then(|it| it.expires_at),
            request_id: self.asker.request_id.clone(),
        }
    }

    /// Runs a query or a mutation. What is refused here was begun.
    pub(super) async fn answer(self) -> Result<Answer, Refused> {
        let Self {
            door,
            planned,
            asker,
            standing,
        } = self;
        let changes = planned.kind() == Kind::Mutation;
        let answered = door
            .graph
            .execute(planned, asker.caller, door.shutdown)
            .await;
        let mut answered = answered.map_err(|it| failed(it, changes));
        match &mut answered {
            Ok(Answer { response, .. }) => {
                complete(response);
                asker.request_id.mark(response);
                standing.tell(response);
            }
            Err(refused) => asker.request_id.mark(&mut refused.response),
        }
        answered
    }

    /// Runs a subscription. Each answer says, as `extensions.cursor`, after what to go on.
    pub(super) fn follow(self, bookmark: Bookmark) -> impl Stream<Item = Followed> + Send {
        let Self {
            door,
            planned,
            asker,
            ..
        } = self;
        let request_id = asker.request_id;
        let answers = (door.graph).follow(planned, asker.caller, bookmark.clone());
        answers.map(move |answered| {
            let mut response = match answered {
                Ok(mut response) => {
                    complete(&mut response);
                    response
                }
                Err(failure) => failed(failure, false).response,
            };
            request_id.mark(&mut response);
            let cursor = bookmark.cursor();
            if let Some(cursor) = &cursor {
                response = response.extension("cursor", cursor.as_str().into());
            }
            Followed {
                response: response.into(),
                cursor,
            }
        })
    }
}

impl Ending {
    /// What is to be said about an end at this time, if it is the token's.
    pub(super) fn told(&self, now: Timestamp) -> Option<Response> {
        self.token_ends_at.filter(|it| *it <= now)?;
        let mut response = refusal(Code::Unauthenticated, TOKEN_EXPIRED);
        self.request_id.mark(&mut response);
        Some(response)
    }
}

/// What is said when there is no answer. It ends here, so it is logged here.
fn failed(failure: Failure, changes: bool) -> Refused {
    match failure {
        Failure::TooSlow => {
            tracing::warn!("a request took too long");
            let message = if changes {
                "the answer took too long; what was asked for may still come about: ask again \
                 with the same idempotencyKey, or look"
            } else {
                "the answer took too long; ask for less, or again later"
            };
            Refused::new(StatusCode::GATEWAY_TIMEOUT, Code::Timeout, message).retryable()
        }
        Failure::Panicked => {
            tracing::error!("a request has no answer, because its resolver panicked");
            Refused::internal()
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refused: Refusal) -> Self {
        let code = match refused.reason {
            Reason::TooLarge => Code::DocumentTooLarge,
            Reason::Syntax => Code::ParseFailed,
            Reason::Invalid => Code::ValidationFailed,
            Reason::Operation => Code::OperationNotFound,
            Reason::Variables => Code::BadUserInput,
            Reason::TooExpensive => Code::CostLimitExceeded,
        };
        let errors = refused.problems.into_iter().map(|it| error(it, code));
        Self {
            status: StatusCode::BAD_REQUEST,
            response: Response::from_errors(errors.collect()),
        }
    }
}

fn error(problem: Problem, code: Code) -> ServerError {
    let mut error = ServerError::new(problem.message, None);
    let locations = problem.locations.into_iter();
    error.locations = locations
        .map(|it| async_graphql::Pos {
            line: it.line,
            column: it.column,
        })
        .collect();
    set_code(&mut error, code);
    error
}
