// One request, answered by the service and by graphql-js: where do they differ?

import { parse } from "graphql";

import { NotRead, answerOf } from "./graph.mjs";
import { crossed } from "./limits.mjs";
import { disagreement, theirs, verdictOf } from "./verdict.mjs";

/** The first difference between the two, in a sentence; nothing if there is none. */
export async function difference(service, graph, request) {
  const verdict = await disagreement(service, request);
  if (verdict) {
    return { kind: "verdict", what: verdict };
  } else if (theirs(request.query) === "invalid") {
    return undefined;
  }
  const { text, answer } = await service.send(request);
  if (verdictOf(answer) === "limit") {
    return crossed(request).length > 0 ? undefined : { kind: "limit", what: answer.errors[0].message };
  }
  const what = differenceOfData(graph, request, text, answer);
  return what && { kind: "data", what };
}

function differenceOfData(graph, { query, variables, operationName }, text, answer) {
  const document = parse(query);
  const expected = answerOf(graph, { document, variableValues: variables, operationName });
  const mistake = expected.errors?.find((it) => it.originalError instanceof NotRead);
  if (mistake) {
    throw mistake.originalError;
  }
  if (!("data" in expected)) {
    return answer.data ? `graphql-js refuses: ${expected.errors[0].message}` : undefined;
  }
  const data = JSON.stringify(expected.data);
  // As text, so that the order of the keys counts, and a key that is there twice.
  const found = text.slice(text.indexOf(answer.errors ? `],"data":` : `"data":`)).replace(/^.*?:/, "");
  if (!found.startsWith(data)) {
    return `graphql-js: ${excerpt(data, found)}\n the service: ${excerpt(found, data)}`;
  }
  const [theirs, ours] = [pathsOf(expected), pathsOf(answer)];
  return theirs === ours ? undefined : `errors at ${theirs} of graphql-js, at ${ours} of the service`;
}

function pathsOf({ errors = [] }) {
  return errors.map((it) => JSON.stringify(it.path)).sort().join();
}

/** The part of `text` around the first place where it is not `other`. */
function excerpt(text, other) {
  let at = 0;
  while (at < text.length && text[at] === other[at]) {
    at += 1;
  }
  return `…${text.slice(Math.max(0, at - 80), at + 120)}…`;
}

/** Does `work` for every item, a few at once, until one of them throws. */
export async function forEach(items, work, atOnce = 8) {
  const left = items[Symbol.iterator]();
  const worker = async () => {
    for (let it = left.next(); !it.done; it = left.next()) {
      await work(it.value);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
