// A stream of server-sent events from the service, line by line as it was sent.
//
// Browsers' EventSource hides comments and cannot send a token; the tests see what is on the wire.

import { eventually } from "./program.mjs";

// Generous, because a busy machine is not a bug.
const PATIENCE_MS = 45_000;

// Short against what is measured here, such as a connection of 50 ms.
const PAUSE_MS = 5;

/** Sends a document, and asks for the answer as a stream. */
export async function openStream({ endpoint, token }, { method = "POST", query, variables, headers = {} }) {
  const abort = new AbortController();
  const asked = { query, variables: variables && JSON.stringify(variables) };
  const inUrl = new URLSearchParams(JSON.parse(JSON.stringify(asked)));
  const response = await fetch(method === "GET" ? `${endpoint}?${inUrl}` : endpoint, {
    method,
    signal: abort.signal,
    headers: {
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
      ...(method === "POST" && { "content-type": "application/json" }),
      ...encoded(headers),
    },
    ...(method === "POST" && { body: JSON.stringify({ query, variables }) }),
  });

  const type = response.headers.get("content-type") ?? "";
  const events = [];
  let comments = 0;
  let open = true;
  const reading = type.startsWith("text/event-stream") ? read() : undefined;
  reading?.catch(() => {}).finally(() => (open = false));

  return {
    status: response.status,
    headers: response.headers,
    type,
    comments: () => comments,
    text: () => response.text(),

    /** The next event, or nothing if the stream has ended. */
    async next() {
      await eventually(() => events.length > 0 || !open, PATIENCE_MS, PAUSE_MS);
      return events.shift();
    },

    end: () => abort.abort(),
  };

  async function read() {
    let rest = "";
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + text.replaceAll("\r\n", "\n")).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parsed(block.split("\n"));
        if (event.event) {
          events.push(event);
        }
      }
    }
  }

  /** The fields of an event. A line that begins with a colon is a comment. */
  function parsed(lines) {
    const event = {};
    for (const line of lines) {
      const [, name, value] = line.match(/^([^:]*):? ?(.*)$/);
      if (name === "") {
        comments += 1;
      } else {
        event[name] = name in event ? `${event[name]}\n${value}` : value;
      }
    }
    return event;
  }
}

// A header carries bytes; what is no Latin letter is sent as UTF-8, as a browser would.
function encoded(headers) {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, "utf8").toString("latin1")]),
  );
}
