// What of a document crosses one of the service's limits, seen from outside.
//
// Counted without merging anything, so it is never less than what the service counts: a document that
// is within limits here is within limits there.

import { Kind, Lexer, Source, TokenKind, getNamedType, isLeafType, isListType, parse } from "graphql";

import { schema } from "./schema.mjs";

// As docs/errors.md has them.
const MOST = {
  bytes: 16 * 1024,
  tokens: 2_000,
  nesting: 48,
  operations: 10,
  depth: 12,
  introspectionDepth: 20,
  aliases: 50,
  roots: 20,
  fragments: 64,
  cost: 1_000,
  fields: 5_000,
};
const COUNTING = 10;
const UNLIMITED_PAGE = 100;
// How long a list is taken to be that no argument limits.
const LENGTHS = {
  "ArchiveVehiclesPayload.vehicles": 20,
  "Category.children": 40,
  "Category.path": 16,
  "CreateVehiclesPayload.vehicles": 20,
  "UpdateVehiclesPayload.vehicles": 20,
};

/** The names of the limits that a request may cross. */
export function crossed(request) {
  const size = { bytes: Buffer.byteLength(request.query), ...lexical(request.query), ...structural(request) };
  return Object.keys(size).filter((it) => size[it] > MOST[it]);
}

function lexical(text) {
  const size = { tokens: 0, nesting: 0 };
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  try {
    for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
      // A spread is counted as three by the service.
      size.tokens += token.kind === TokenKind.SPREAD ? 3 : 1;
      depth += "([{".includes(token.kind) ? 1 : ")]}".includes(token.kind) ? -1 : 0;
      size.nesting = Math.max(size.nesting, depth);
    }
  } catch {
    // What comes after is no document's.
  }
  return size;
}

function structural(request) {
  let document;
  try {
    document = parse(request.query, { noLocation: true });
  } catch {
    return {};
  }
  const walk = new Walk(document, request.variables ?? {});
  const operations = document.definitions.filter((it) => it.kind === Kind.OPERATION_DEFINITION);
  for (const operation of operations) {
    walk.operation(operation);
  }
  return { operations: operations.length, ...walk.size };
}

class Walk {
  constructor(document, variables) {
    this.given = variables;
    this.size = { depth: 0, introspectionDepth: 0, aliases: 0, roots: 0, fragments: 0, cost: 0, fields: 0 };
    this.fragments = new Map();
    for (const it of document.definitions) {
      if (it.kind === Kind.FRAGMENT_DEFINITION) {
        this.fragments.set(it.name.value, it);
      }
    }
  }

  operation(operation) {
    this.variables = { ...this.given };
    for (const it of operation.variableDefinitions ?? []) {
      this.variables[it.variable.name.value] ??= it.defaultValue && literal(it.defaultValue, {});
    }
    const type = schema.getRootType(operation.operation);
    this.set(operation.selectionSet, type, { depth: 1, times: 1, inside: [], meta: false });
  }

  set(set, type, at) {
    const { size } = this;
    for (const it of set?.selections ?? []) {
      if (size.fields > MOST.fields) {
        return;
      } else if (it.kind === Kind.FIELD) {
        this.field(it, type, at);
      } else if (it.kind === Kind.INLINE_FRAGMENT) {
        this.set(it.selectionSet, typeOf(it.typeCondition) ?? type, at);
      } else {
        const name = it.name.value;
        const fragment = this.fragments.get(name);
        size.fragments = Math.max(size.fragments, at.inside.length + 1);
        if (fragment && !at.inside.includes(name)) {
          this.set(fragment.selectionSet, typeOf(fragment.typeCondition), { ...at, inside: [...at.inside, name] });
        }
      }
    }
  }

  field(field, type, at) {
    const { size } = this;
    const name = field.name.value;
    const meta = at.meta || name === "__schema" || name === "__type";
    const depth = meta ? "introspectionDepth" : "depth";
    size[depth] = Math.max(size[depth], at.depth);
    size.fields += 1;
    size.aliases += field.alias ? 1 : 0;
    size.roots += at.depth === 1 ? 1 : 0;
    const definition = type?.getFields?.()[name];
    const inner = definition && getNamedType(definition.type);
    const own = name === "totalCount" ? COUNTING : inner && !isLeafType(inner) ? 1 : 0;
    const all = at.times * (LENGTHS[`${type?.name}.${name}`] ?? 1);
    size.cost += all * own;
    const times = definition ? all * this.times(field, definition) : all;
    this.set(field.selectionSet, inner, { ...at, depth: at.depth + 1, times, meta });
  }

  /** How many objects there may be for one. */
  times(field, definition) {
    const given = (name) => {
      const argument = field.arguments?.find((it) => it.name.value === name);
      return argument && literal(argument.value, this.variables);
    };
    if (definition.args.some((it) => it.name === "first")) {
      const pages = [given("first"), given("last")].map(Number).filter((it) => it > 0);
      return Math.max(...(pages.length > 0 ? pages : [UNLIMITED_PAGE]));
    }
    const ids = definition.args.some((it) => it.name === "ids" && isListType(it.type.ofType));
    return ids ? [given("ids")].flat().length : 1;
  }
}

function typeOf(condition) {
  return condition && schema.getType(condition.name.value);
}

function literal(node, variables) {
  switch (node.kind) {
    case Kind.VARIABLE:
      return variables[node.name.value];
    case Kind.LIST:
      return node.values.map((it) => literal(it, variables));
    case Kind.NULL:
      return null;
    default:
      return node.value;
  }
}
