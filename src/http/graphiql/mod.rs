//! GraphiQL, the page on which a developer explores the graph.
//!
//! Everything it needs is inside the binary: it works on a machine without internet, and no third
//! party ever sees a query or a token. `assets/` has the last builds that run from plain script
//! tags, as they were published (`assets/LICENSES.txt` says which), and three small files of ours:
//! `index.html`, `page.css` and `page.js`. The token is the page's business: it stays in its memory.
//! `tests/js/graphiql.test.mjs` opens the page in a browser and holds all of this against it.
//!
//! Whether the page is served at all is the caller's decision.

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// What the page may load and whom it may talk to: its own host, nobody else.
///
/// `connect-src 'self'` includes the WebSocket of the same host. Styles alone may be inline, because
/// a dialog or menu of GraphiQL writes a `<style>` element to keep the page behind it from
/// scrolling; scripts may not.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; \
     font-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The name of a published build carries its version, so what is behind it never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Our own files change with the binary.
const ALWAYS_ASK: &str = "no-cache";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

/// The page and everything it loads.
pub(super) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/graphiql", get(page))
        .route("/graphiql/assets/{name}", get(asset))
}

async fn page() -> Response {
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    let mut response = file(HTML, ALWAYS_ASK, include_str!("assets/index.html"));
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

async fn asset(Path(name): Path<String>) -> Response {
    macro_rules! asset {
        ($kind:expr, $caching:expr, $name:literal) => {
            file($kind, $caching, include_str!(concat!("assets/", $name)))
        };
    }

    match name.as_str() {
        "page.js" => asset!(JAVASCRIPT, ALWAYS_ASK, "page.js"),
        "page.css" => asset!(CSS, ALWAYS_ASK, "page.css"),
        "LICENSES.txt" => asset!(TEXT, ALWAYS_ASK, "LICENSES.txt"),
        "react-18.3.1.min.js" => asset!(JAVASCRIPT, FOREVER, "react-18.3.1.min.js"),
        "react-dom-18.3.1.min.js" => asset!(JAVASCRIPT, FOREVER, "react-dom-18.3.1.min.js"),
        "graphiql-4.1.2.min.js" => asset!(JAVASCRIPT, FOREVER, "graphiql-4.1.2.min.js"),
        "graphiql-4.1.2.min.css" => asset!(CSS, FOREVER, "graphiql-4.1.2.min.css"),
        "graphiql-plugin-explorer-4.0.6.js" => {
            asset!(JAVASCRIPT, FOREVER, "graphiql-plugin-explorer-4.0.6.js")
        }
        "graphiql-plugin-explorer-4.0.6.css" => {
            asset!(CSS, FOREVER, "graphiql-plugin-explorer-4.0.6.css")
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn file(kind: &'static str, caching: &'static str, body: &'static str) -> Response {
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, caching),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body).into_response()
}
