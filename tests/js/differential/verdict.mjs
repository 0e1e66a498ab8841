// Whether a document is good: what graphql-js says, and what the service says.

import {
  Kind,
  MaxIntrospectionDepthRule,
  TypeInfo,
  getNamedType,
  parse,
  specifiedRules,
  validate,
  visit,
  visitWithTypeInfo,
} from "graphql";

import { crossed } from "./limits.mjs";
import { schema } from "./schema.mjs";

const INVALID = ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"];
const LIMITS = ["DOCUMENT_TOO_LARGE", "COST_LIMIT_EXCEEDED"];

// No document has an operation of this name: a good one is read to its end, and nothing of it runs.
const NOBODY = "Nobody_Is_Called_This";

/** What graphql-js says: `valid` or `invalid`. */
export function theirs(query) {
  try {
    return validate(schema, parse(query), specifiedRules, { maxErrors: 1 }).length > 0 ? "invalid" : "valid";
  } catch {
    return "invalid";
  }
}

/** What the service says: `valid`, `invalid` or `limit`. */
export async function ours(service, query) {
  const { answer } = await service.send({ query, operationName: NOBODY });
  return verdictOf(answer);
}

export function verdictOf({ errors }) {
  const code = errors?.[0].extensions?.code;
  return INVALID.includes(code) ? "invalid" : LIMITS.includes(code) ? "limit" : "valid";
}

/** How the two differ, in a sentence; nothing if they agree. */
export async function disagreement(service, request) {
  const [expected, found] = [theirs(request.query), await ours(service, request.query)];
  const same = found === expected || (found === "limit" && mayBeRefused(request));
  return same || isExcepted(request.query, found) ? undefined : `graphql-js: ${expected}, the service: ${found}`;
}

/** Whether a limit is crossed: one of ours, or the one that graphql-js has for introspection. */
export function mayBeRefused(request) {
  return crossed(request).length > 0 || isDeepIntrospection(request.query);
}

function isDeepIntrospection(query) {
  try {
    return validate(schema, parse(query), [MaxIntrospectionDepthRule]).length > 0;
  } catch {
    return false;
  }
}

/** Documents on which the two may differ, each kind with its reason. */
const EXCEPTIONS = [
  {
    reason: "the specification demands non-null variables in a @oneOf object; graphql-js overlooks them where the object itself must not be null",
    found: "invalid",
    applies: (document) => variablesIn(document).some(isNullableOfOneOf),
  },
  {
    reason: "the compiler counts the root fields of a subscription before they are merged, so one event cannot be asked for twice",
    found: "invalid",
    applies: (document) =>
      document.definitions.some((it) => it.operation === "subscription" && fieldsIn(document, it) > 1),
  },
  {
    reason: "descriptions of operations, variables and fragments came with the edition of September 2025, which the compiler does not read yet",
    found: "invalid",
    applies: ({ definitions }) => definitions.some((it) => [it, ...(it.variableDefinitions ?? [])].some((one) => one.description)),
  },
];

function isExcepted(query, found) {
  const applying = EXCEPTIONS.filter((it) => it.found === found);
  try {
    const document = parse(query);
    return applying.some((it) => it.applies(document));
  } catch {
    return false;
  }
}

/** How many fields are written in a selection, in fragments too. */
function fieldsIn(document, { selectionSet }) {
  const counts = selectionSet.selections.map((it) => {
    if (it.kind === Kind.FIELD) {
      return 1;
    }
    const isMeant = (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === it.name?.value;
    return fieldsIn(document, it.selectionSet ? it : document.definitions.find(isMeant));
  });
  return counts.reduce((sum, it) => sum + it, 0);
}

/** Where variables stand: of which type they are, and in an object of which type. */
function variablesIn(document) {
  const types = new TypeInfo(schema);
  const found = [];
  const defined = new Map();
  const visitor = {
    VariableDefinition: (it) => void defined.set(it.variable.name.value, it.type),
    Variable: (it) => void found.push({ name: it.name.value, inside: types.getParentInputType() }),
  };
  visit(document, visitWithTypeInfo(types, visitor));
  return found.map(({ name, inside }) => ({ type: defined.get(name), inside }));
}

function isNullableOfOneOf({ type, inside }) {
  return type && type.kind !== Kind.NON_NULL_TYPE && inside && getNamedType(inside).isOneOf;
}
