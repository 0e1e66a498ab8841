//! The limits of this service, for whoever writes a client.

use async_graphql::SimpleObject;

use crate::{
    graphql::{graph::GraphSettings, page::LARGEST_PAGE},
    limits::{SOCKET_MESSAGE_BYTES, SOCKET_OPERATIONS},
};

/// How this service is set up, as far as it concerns a caller.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ServiceConfig {
    /// The version of the service, such as `1.2.0`.
    version: &'static str,
    /// The limits that requests meet.
    limits: ServiceLimits,
}

/// The limits that requests meet. What is over one of them is refused before anything runs.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ServiceLimits {
    /// The longest body of a request, in bytes.
    body_bytes: i32,
    /// The longest document, in bytes.
    document_bytes: i32,
    /// The most tokens in a document: names, numbers, texts and punctuation.
    tokens: i32,
    /// The deepest nesting of brackets of any kind in a document.
    nesting: i32,
    /// The most operations in a document.
    operations: i32,
    /// The most fields below each other in an answer.
    depth: i32,
    /// The most fields under another name than their own in an operation.
    aliases: i32,
    /// The most fields at the root of an operation.
    root_fields: i32,
    /// The most fragments inside each other.
    fragment_nesting: i32,
    /// The most fields of an operation, after equal ones are merged. Those of an interface count for
    /// each type that has it.
    fields: i32,
    /// The most selections that may have to be looked at to merge a document.
    selections: i32,
    /// The most fields below each other in an answer about the schema.
    introspection_depth: i32,
    /// The most values in an answer about the schema, by a rough estimate.
    introspection_values: i32,
    /// The most rows of a page, whether by `first` or by `last`.
    page_size: i32,
    /// What one request may cost: about the number of objects that it asks for. A page costs as much
    /// as `first` or `last` says, `totalCount` 10, a mutation 10, and what a provider is asked for 20.
    cost_per_request: i32,
    /// What all requests of a caller may cost in a minute. `extensions.cost` of an answer says what
    /// remains.
    cost_per_minute: i32,
    /// How often a caller may ask for the schema in a minute. It costs nothing else.
    introspections_per_minute: i32,
    /// How many operations a socket may have at once.
    socket_operations: i32,
    /// The longest message on a socket, in bytes.
    socket_message_bytes: i32,
    /// How many seconds a query or a mutation may take.
    deadline_seconds: i32,
}

impl ServiceConfig {
    pub(in crate::graphql) fn new(settings: &GraphSettings) -> Self {
        let (document, caller) = (&settings.limits, &settings.caller_limits);
        let limits = ServiceLimits {
            body_bytes: int(caller.body_bytes),
            document_bytes: int(document.document_bytes),
            tokens: int(document.tokens),
            nesting: int(document.nesting),
            operations: int(document.operations),
            depth: int(document.depth),
            aliases: int(document.aliases),
            root_fields: int(document.root_fields),
            fragment_nesting: int(document.fragment_nesting),
            fields: int(document.nodes),
            selections: int(document.steps),
            introspection_depth: int(document.introspection_depth),
            introspection_values: int(document.introspection_cost),
            page_size: LARGEST_PAGE,
            cost_per_request: int(document.cost),
            cost_per_minute: int(caller.cost_per_minute),
            introspections_per_minute: int(caller.introspections_per_minute),
            socket_operations: int(SOCKET_OPERATIONS),
            socket_message_bytes: int(SOCKET_MESSAGE_BYTES),
            deadline_seconds: int(caller.deadline.as_secs()),
        };
        Self {
            version: env!("CARGO_PKG_VERSION"),
            limits,
        }
    }
}

/// A limit of more than GraphQL's numbers can say is none.
fn int(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
