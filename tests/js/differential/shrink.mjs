// Makes a document that shows a difference smaller, as long as it shows it.

import { GraphQLError, parse, print } from "graphql";

import { wordsOf } from "./mistakes.mjs";

const MOST_TRIES = 300;

/** The smallest document that was found for which `differs` is still true. */
export async function shrunk(query, differs) {
  let tries = 0;
  const isSmaller = async (text, than) => {
    tries += 1;
    return text.length < than.length && tries < MOST_TRIES && (await differs(text));
  };
  try {
    return await withFewerParts(query, isSmaller);
  } catch (error) {
    if (!(error instanceof GraphQLError)) {
      throw error;
    }
    return withFewerWords(query, isSmaller);
  }
}

async function withFewerParts(query, isSmaller) {
  let best = query;
  for (let before = ""; before !== best; ) {
    before = best;
    for (const smaller of smallerOnes(best)) {
      if (await isSmaller(smaller, best)) {
        best = smaller;
        break;
      }
    }
  }
  return best;
}

async function withFewerWords(query, isSmaller) {
  let words = wordsOf(query);
  for (let size = words.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < words.length; ) {
      const fewer = [...words.slice(0, at), ...words.slice(at + size)];
      if (await isSmaller(fewer.join(" "), words.join(" "))) {
        words = fewer;
      } else {
        at += size;
      }
    }
  }
  return words.join(" ");
}

/** The document without one thing each, or with what was in it in its place. */
function* smallerOnes(query) {
  const document = parse(query, { noLocation: true });
  const lists = [];
  collectLists(document, lists);
  for (const list of lists) {
    for (let at = list.length - 1; at >= 0; at -= 1) {
      const [removed] = list.splice(at, 1);
      yield printed(document);
      const inner = removed.selectionSet?.selections ?? [];
      list.splice(at, 0, ...inner);
      yield printed(document);
      list.splice(at, inner.length, removed);
    }
  }
}

// A document may not be printable without what was taken away.
function printed(document) {
  try {
    return print(document).replace(/\s+/g, " ").trim();
  } catch {
    return "";
  }
}

function collectLists(node, lists) {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      lists.push(value);
      value.forEach((it) => collectLists(it, lists));
    } else if (value?.kind) {
      collectLists(value, lists);
    }
  }
}
