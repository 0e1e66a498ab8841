//! Bodies that are too large or too slow. They are made while they are sent: a hundred megabytes
//! cost the sandbox one small buffer.

use std::{convert::Infallible, io::Write, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::header,
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;
use tokio::time::sleep;

const CHUNK_BYTES: u64 = 64 * 1024;

/// A JSON document of `size` bytes: blanks, then an empty array.
pub(super) fn huge(size: u64, gzip: bool) -> Response {
    let content_type = (header::CONTENT_TYPE, "application/json");
    if gzip {
        let encoder = GzEncoder::new(Vec::new(), Compression::best());
        let body = Body::from_stream(stream::unfold((Some(encoder), size), compressed));
        ([content_type, (header::CONTENT_ENCODING, "gzip")], body).into_response()
    } else {
        (
            [content_type],
            Body::from_stream(stream::unfold(size, plain)),
        )
            .into_response()
    }
}

async fn plain(left: u64) -> Option<(Result<Bytes, Infallible>, u64)> {
    let chunk = blanks(left)?;
    let sent = chunk.len() as u64;
    Some((Ok(Bytes::from(chunk)), left - sent))
}

type Compressed = (Option<GzEncoder<Vec<u8>>>, u64);

/// Compresses until there is something to send.
async fn compressed(
    (encoder, mut left): Compressed,
) -> Option<(Result<Bytes, std::io::Error>, Compressed)> {
    let mut encoder = encoder?;
    while let Some(chunk) = blanks(left) {
        if let Err(error) = encoder.write_all(&chunk) {
            return Some((Err(error), (None, 0)));
        }
        left -= chunk.len() as u64;
        let ready = std::mem::take(encoder.get_mut());
        if !ready.is_empty() {
            return Some((Ok(Bytes::from(ready)), (Some(encoder), left)));
        }
    }
    let rest = encoder.finish().map(Bytes::from);
    Some((rest, (None, 0)))
}

/// The next chunk. The last one ends the document, so that only its size is wrong with it.
fn blanks(left: u64) -> Option<Vec<u8>> {
    let size = usize::try_from(left.min(CHUNK_BYTES)).ok()?;
    let mut chunk = vec![b' '; size];
    if left <= CHUNK_BYTES {
        let end = chunk.len().checked_sub(2)?;
        chunk.splice(end.., *b"[]");
    }
    Some(chunk)
}

/// Sends the answer one byte at a time.
pub(super) async fn drip(response: Response, pause: Duration) -> Response {
    let (mut head, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.remove(header::CONTENT_LENGTH);

    let drops = stream::unfold(whole, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        sleep(pause).await;
        let drop = left.split_to(1);
        Some((Ok::<_, Infallible>(drop), left))
    });
    Response::from_parts(head, Body::from_stream(drops))
}
