// What the service answers to plain questions, and graphql-js answering any question from that.
//
// Plain means: one operation, no fragment that could meet another, no condition, no variable. Read once;
// whatever a document asks for after that is looked up, with graphql-js deciding how an answer is put
// together.

import assert from "node:assert/strict";

import {
  GraphQLError,
  astFromValue,
  executeSync,
  getNamedType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  print,
} from "graphql";

import { schema } from "./schema.mjs";
import { LEFT_OUT, variantsFor } from "./variants.mjs";

// Lists from which the ids of all records are read.
const LISTS = {
  Offer: "offers",
  Order: "orders",
  Vehicle: "vehicles",
  Category: "categories",
  ProviderAccount: "providerAccounts",
  WebhookEndpoint: "webhookEndpoints",
  WebhookDelivery: "webhookDeliveries",
};
const AT_ONCE = 5;

/** Reads everything from a service in which nothing moves. */
export async function readGraph(service) {
  const ids = await readIds(service);
  const variants = variantsFor(ids);
  const graph = { variants, root: {}, records: new Map() };
  for (const [type, all] of Object.entries(ids)) {
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const some = JSON.stringify(all.slice(at, at + AT_ONCE));
      const text = `{ nodes(ids: ${some}) { __typename ... on ${type} ${selection(type, variants)} } }`;
      keep(graph, (await ask(service, text)).nodes);
    }
  }
  for (const { name } of schema.getPossibleTypes(schema.getType("Event"))) {
    const type = name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
    const text = `{ events(first: 10, where: { types: ${type} }) {
      nodes { __typename ... on ${name} ${selection(name, variants)} }
    } }`;
    keep(graph, (await ask(service, text)).events.nodes);
  }
  for (const field of fieldsOf("Query", variants)) {
    Object.assign(graph.root, await ask(service, `{ ${field} }`));
  }
  return graph;
}

function keep({ records }, found) {
  for (const it of found) {
    assert.ok(it.id, JSON.stringify(it));
    records.set(it.id, it);
  }
}

async function readIds(service) {
  const ids = {};
  for (const [type, list] of Object.entries(LISTS)) {
    const page = (await ask(service, `{ ${list}(first: 100) { nodes { id } pageInfo { hasNextPage } } }`))[list];
    assert.ok(page.nodes.length > 0, `there are no ${list}`);
    assert.ok(!page.pageInfo.hasNextPage, `there are too many ${list}`);
    ids[type] = page.nodes.map((it) => it.id);
  }
  return ids;
}

/** Asks, and puts errors where the values would be. */
async function ask(service, query) {
  const { answer } = await service.send({ query });
  assert.ok(answer.data, `${query}\n${JSON.stringify(answer.errors)}`);
  for (const error of answer.errors ?? []) {
    const parent = error.path.slice(0, -1).reduce((value, key) => value[key], answer.data);
    parent[error.path.at(-1)] = new GraphQLError(error.message);
  }
  return answer.data;
}

/** Everything of an object of this type; records in it by their id alone. */
function selection(type, variants) {
  return `{ ${fieldsOf(type, variants).join(" ")} }`;
}

function fieldsOf(type, variants) {
  const fields = Object.values(schema.getType(type).getFields());
  return fields.filter((it) => isAsked(type, it.name)).flatMap((field) => {
    const below = belowOf(type, field, variants);
    if (field.args.length === 0) {
      return [`${field.name}${below}`];
    }
    return variantsOf(variants, type, field.name).map(
      (args, at) => `${field.name}__${at}: ${field.name}${written(field, args)}${below}`,
    );
  });
}

export function isAsked(type, field) {
  return !(`${type}.${field}` in LEFT_OUT);
}

export function variantsOf(variants, type, field) {
  const found = variants[`${type}.${field}`];
  assert.ok(found, `nobody said with which arguments to ask for ${type}.${field}`);
  return found;
}

// An event has the record as it was; everywhere else there is one of each.
function belowOf(type, field, variants) {
  const below = getNamedType(field.type);
  if (isLeafType(below)) {
    return "";
  }
  const isEvent = schema.getType(type).getInterfaces().some((it) => it.name === "Event");
  if (isAbstractType(below) || (isRecord(below) && !isEvent)) {
    return " { __typename id }";
  }
  return ` ${selection(below.name, variants)}`;
}

function isRecord(type) {
  return type.getInterfaces().some((it) => it.name === "Node");
}

function written(field, args) {
  const given = field.args.filter((it) => it.name in args);
  const texts = given.map((it) => `${it.name}: ${print(astFromValue(args[it.name], bare(it.type)))}`);
  return texts.length > 0 ? `(${texts.join(", ")})` : "";
}

const bare = (type) => (isNonNullType(type) ? type.ofType : type);

/** Answers a document as graphql-js does, which must be valid. */
export function answerOf(graph, request) {
  return executeSync({
    schema,
    ...request,
    rootValue: graph.root,
    fieldResolver: (source, args, _, info) => {
      const value = valueOf(graph, source, args, info);
      return isLeafType(getNamedType(info.returnType)) ? value : found(graph, value, info.returnType);
    },
    typeResolver: (value) => value.__typename,
  });
}

function valueOf({ variants }, source, args, { parentType, fieldName }) {
  const field = parentType.getFields()[fieldName];
  if (field.args.length === 0) {
    return known(source, fieldName);
  }
  const wanted = canonical(args);
  const at = variantsOf(variants, parentType.name, fieldName).findIndex((it) => canonical(it) === wanted);
  return known(source, `${fieldName}__${at}`);
}

function known(source, key) {
  if (!(key in source)) {
    throw new NotRead(`${key} of ${JSON.stringify(source).slice(0, 200)}`);
  }
  return source[key];
}

function found(graph, value, type) {
  const inner = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) {
    return Array.isArray(value) ? value.map((it) => found(graph, it, inner.ofType)) : value;
  }
  const isReference = value && Object.keys(value).join() === "__typename,id";
  return isReference ? (graph.records.get(value.id) ?? new NotRead(value.id)) : value;
}

/** The test asks for something that was not read before: a mistake of the test. */
export class NotRead extends Error {}

/** One text for equal values, whatever the order of their keys. */
export function canonical(value) {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join()}]`;
  }
  if (value === null || typeof value !== "object") {
    return JSON.stringify(value);
  }
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}
