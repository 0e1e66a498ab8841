//! What HTTP, WebSocket and event streams have in common: from what was asked to what is answered.
//!
//! A transport reads an [`Asked`] in its own way, has it prepared, and runs it. Which document it
//! is, whether it is allowed and what it may cost is decided here, so that it is decided once.

use async_graphql::Response;
use axum::http::StatusCode;
use futures_util::Stream;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Door,
    refusal::{Code, complete, refusal},
};
use crate::{
    graphql::{Failure, caller::Caller},
    planner::{Kind, Planned, Reason, Refusal},
};

/// A request as GraphQL over HTTP has it, in a body, in a URL or in a message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub(super) query: Option<String>,
    pub(super) operation_name: Option<String>,
    #[serde(default)]
    pub(super) variables: Option<Map<String, Value>>,
    #[serde(default)]
    pub(super) extensions: Option<Map<String, Value>>,
}

/// What is ready to be run.
pub(super) struct Prepared {
    door: Door,
    planned: Planned,
    caller: Option<Caller>,
}

/// A request that is not run, with the status it has over HTTP.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) response: Response,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: Code, message: &str) -> Self {
        Self {
            status,
            response: refusal(code, message),
        }
    }
}

impl Door {
    /// Finds and checks the document, the operation and the variables.
    pub(super) fn prepare(
        &self,
        asked: Asked,
        caller: Option<Caller>,
    ) -> Result<Prepared, Refused> {
        let Some(text) = asked.query else {
            let message = "`query` is missing: the GraphQL document to execute";
            return Err(Refused::new(
                StatusCode::BAD_REQUEST,
                Code::BadRequest,
                message,
            ));
        };
        let planner = self.graph.planner();
        let operation = asked.operation_name.as_deref().filter(|it| !it.is_empty());
        let planned = planner
            .document(&text)
            .and_then(|it| planner.plan(&it, operation, asked.variables.unwrap_or_default()))?;
        Ok(Prepared {
            door: self.clone(),
            planned,
            caller,
        })
    }
}

impl Prepared {
    pub(super) fn kind(&self) -> Kind {
        self.planned.kind()
    }

    /// Runs a query or a mutation.
    pub(super) async fn answer(self) -> Response {
        let Self {
            door,
            planned,
            caller,
        } = self;
        let changes = planned.kind() == Kind::Mutation;
        let executed = async move { door.graph.execute(planned, caller).await };
        let answered = if changes {
            // A change is seen through, even if nobody waits for the answer any more.
            tokio::spawn(executed)
                .await
                .unwrap_or(Err(Failure::Panicked))
        } else {
            executed.await
        };
        match answered {
            Ok(response) => complete(response),
            Err(failure) => {
                tracing::error!(error = %failure, "a request has no answer");
                refusal(Code::Internal, "an internal error; it has been logged")
            }
        }
    }

    /// Runs a subscription.
    pub(super) fn follow(self) -> impl Stream<Item = Response> + Send {
        use futures_util::StreamExt;

        self.door
            .graph
            .follow(self.planned, self.caller)
            .map(complete)
    }
}

impl From<Refusal> for Refused {
    fn from(refused: Refusal) -> Self {
        let code = match refused.reason {
            Reason::TooLarge => Code::DocumentTooLarge,
            Reason::Syntax => Code::ParseFailed,
            Reason::Invalid => Code::ValidationFailed,
            Reason::Operation => Code::BadRequest,
            Reason::Variables => Code::BadUserInput,
            Reason::TooExpensive => Code::CostLimitExceeded,
        };
        let message = refused
            .problems
            .first()
            .map(|it| it.message.clone())
            .unwrap_or_default();
        Self::new(StatusCode::BAD_REQUEST, code, &message)
    }
}
