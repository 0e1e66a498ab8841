// Puts mistakes into documents: the kinds that people make, and some that only fuzzers make.
//
// A mistake may turn out to be none; nobody here judges.

import { Kind, Lexer, Source, TokenKind, parse, parseType, parseValue, print } from "graphql";

import { schema } from "./schema.mjs";

const NAMES = ["nope", "id", "name", "nodes", "amount", "code", "offer", "__typename", "first"];
const TYPES = ["Int", "Int!", "[Int]", "String", "ID!", "[ID!]!", "Boolean", "Offer", "Nope", "OfferWhere", "DateTime"];
const LITERALS = [
  ...["1", "-1", "1.5", '"x"', "true", "null", "NOPE", "JOBRAD", "[]", "[1]", "{}", "{ a: 1 }", "$v0", "$nope", "[[1]]"],
  ...['"2030-01-01T00:00:00Z"', "99999999999", '["x", null]', "{ eq: null }", "[$v0]", '{ eq: "x", eq: "y" }', "1e3"],
];
const DIRECTIVES = ["@nope", "@skip", "@skip(if: true)", "@include(if: 1)", "@oneOf", "@deprecated", "@include(if: $if0)"];
const TOKENS = ["{", "}", "(", ")", ":", "!", "...", "on", "$", "@", "=", "|", '"', "query", "fragment", "&", "null"];
const COMPOSITE = Object.values(schema.getTypeMap()).filter((it) => "getFields" in it || "getTypes" in it);

/** The document with one to three mistakes in it. */
export function withMistakes(random, query) {
  let text = query;
  for (let left = 1 + random.below(2); left > 0; left -= 1) {
    text = random.chance(0.2) ? garbled(random, text) : edited(random, text);
  }
  return text;
}

function edited(random, query) {
  try {
    const document = parse(query, { noLocation: true });
    const nodes = [];
    collect(document, [], nodes);
    const { node, siblings } = random.pick(nodes.filter((it) => it.node.kind in EDITS));
    random.pick(EDITS[node.kind])(random, node, siblings);
    return print(document);
  } catch {
    // It was no document before.
    return garbled(random, query);
  }
}

function collect(node, siblings, into) {
  into.push({ node, siblings });
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      value.filter((it) => it?.kind).forEach((it) => collect(it, value, into));
    } else if (value?.kind) {
      collect(value, [], into);
    }
  }
}

const name = (value) => ({ kind: Kind.NAME, value });
const directiveOf = (text) => parse(`{ a ${text} }`, { noLocation: true }).definitions[0].selectionSet.selections[0].directives[0];
const again = (_, node, siblings) => siblings.push(structuredClone(node));
const drop = (_, node, siblings) => siblings.splice(siblings.indexOf(node), 1);
const rename = (random, node) => (node.name = name(random.pick(NAMES)));
const decorate = (random, node) => (node.directives = [...(node.directives ?? []), directiveOf(random.pick(DIRECTIVES))]);
const revalue = (random, node) => (node.value = parseValue(random.pick(LITERALS), { noLocation: true }));
const recondition = (random, node) =>
  (node.typeCondition = { kind: Kind.NAMED_TYPE, name: name(random.pick([...COMPOSITE.map((it) => it.name), "Nope", "Money", "String"])) });

const EDITS = {
  Field: [
    rename,
    decorate,
    again,
    (random, node) => (node.alias = name(random.pick(["x", "id", "name"]))),
    (_, node) => delete node.selectionSet,
    (_, node) => (node.selectionSet = parse("{ id }", { noLocation: true }).definitions[0].selectionSet),
    (random, node) =>
      (node.arguments ??= []).push({
        kind: Kind.ARGUMENT,
        name: name(random.pick(["first", "id", "where", "nope"])),
        value: parseValue(random.pick(LITERALS), { noLocation: true }),
      }),
  ],
  Argument: [drop, again, rename, revalue, revalue, revalue],
  ObjectField: [drop, again, rename, revalue, revalue, revalue],
  Directive: [drop, again, rename],
  VariableDefinition: [
    drop,
    again,
    (random, node) => (node.type = parseType(random.pick(TYPES), { noLocation: true })),
    (random, node) => (node.defaultValue = parseValue(random.pick(LITERALS), { noLocation: true })),
  ],
  FragmentSpread: [drop, decorate, (random, node) => (node.name = name(random.pick(["Nope", "F0", "F1", "F2"])))],
  InlineFragment: [recondition, decorate, drop],
  FragmentDefinition: [
    recondition,
    again,
    drop,
    (random, node) => (node.name = name(random.pick(["F0", "F1", "Unused"]))),
    (_, node) => node.selectionSet.selections.push({ kind: Kind.FRAGMENT_SPREAD, name: node.name }),
  ],
  OperationDefinition: [
    again,
    decorate,
    (_, node) => delete node.name,
    (random, node) => (node.operation = random.pick(["mutation", "subscription"])),
    (random, node) =>
      (node.variableDefinitions ??= []).push({
        kind: Kind.VARIABLE_DEFINITION,
        variable: { kind: Kind.VARIABLE, name: name("unused") },
        type: parseType(random.pick(TYPES), { noLocation: true }),
      }),
  ],
};

/** A word too few, too many, or in the wrong place. */
function garbled(random, query) {
  const words = wordsOf(query);
  const at = random.below(words.length);
  switch (random.below(4)) {
    case 0:
      words.splice(at, 1);
      break;
    case 1:
      words.splice(at, 0, words[at]);
      break;
    case 2:
      words.splice(at, 2, ...words.slice(at, at + 2).reverse());
      break;
    default:
      words.splice(at, 1, random.pick(TOKENS));
  }
  return words.join(" ");
}

/** The tokens of a document; of what is none, the beginning. */
export function wordsOf(query) {
  const words = [];
  const lexer = new Lexer(new Source(query));
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      words.push(query.slice(token.start, token.end));
    }
  } catch {
    words.push(query.slice(lexer.token.end).trim());
  }
  return words;
}
