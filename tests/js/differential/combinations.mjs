// Documents that combine all of one thing with all of another: values with places, variables with
// places, types with types.
//
// Which of them are good is for graphql-js to say; about half are.

import { isCompositeType } from "graphql";

import { schema } from "./schema.mjs";

const OFFERS = (args) => `{ offers(${args}) { nodes { id } } }`;
const WHERE = (where) => OFFERS(`first: 1, where: ${where}`);
const BY = (by) => `{ serviceInformation(accountId: 1, leasingProviderSlug: "a", by: ${by}) { customer { email } } }`;

// One place for each kind of input.
const PLACES = [
  (it) => OFFERS(`first: ${it}`),
  (it) => OFFERS(`first: 1, after: ${it}`),
  (it) => OFFERS(`first: 1, orderBy: ${it}`),
  (it) => OFFERS(`first: 1, orderBy: { field: TOTAL, direction: ${it} }`),
  (it) => WHERE(it),
  (it) => WHERE(`{ final: ${it} }`),
  (it) => WHERE(`{ accountId: ${it} }`),
  (it) => WHERE(`{ provider: ${it} }`),
  (it) => WHERE(`{ provider: [${it}] }`),
  (it) => WHERE(`{ or: ${it} }`),
  (it) => WHERE(`{ or: [{ search: ${it} }] }`),
  (it) => WHERE(`{ createdAt: { gte: ${it} } }`),
  (it) => WHERE(`{ offerNumber: { in: ${it} } }`),
  (it) => `{ node(id: ${it}) { id } }`,
  (it) => `{ nodes(ids: ${it}) { id } }`,
  (it) => `{ nodes(ids: [${it}]) { id } }`,
  (it) => `{ category(code: "1", scheme: ${it}) { id } }`,
  (it) => `{ monthlyAmounts(accountId: 1, price: ${it}) { months } }`,
  (it) => `{ viewer { subject @skip(if: ${it}) } }`,
  (it) => BY(it),
  (it) => BY(`{ email: ${it} }`),
];

const VALUES = [
  ...["1", "-1", "0", "2147483648", "1.0", "1.5", "1e3", "12345678901234567890", '"text"', '"1"', '"1.50"', '""', '"""block"""'],
  ...["true", "false", "null", "JOBRAD", "ASC", "BIDEX", "NOPE", "[]", "[[]]", "[1]", "[null]", '["a", null]', "[JOBRAD]", "[JOBRAD, NOPE]"],
  ...["{}", '{ search: "a" }', "{ field: TOTAL, direction: ASC }", '{ email: "a" }', '{ email: "a", frameNumber: "b" }', "[{}]"],
  ...['"2030-12-01T00:00:00Z"', '"2030-12-01"', '"off_00000000000000000000000000000000"'],
];

const TYPES = [
  ...["Int", "Int!", "[Int!]", "Float", "String", "String!", "[String!]", "[String]", "ID", "ID!", "[ID!]", "[ID!]!", "[[ID!]!]"],
  ...["Boolean", "Boolean!", "ProviderKey", "ProviderKey!", "[ProviderKey!]", "[ProviderKey]", "SortDirection!", "CategoryScheme!"],
  ...["OfferWhere", "OfferWhere!", "[OfferWhere!]", "OfferOrder", "DateTime", "DateTime!", "Decimal!", "ServiceInformationBy!"],
];

// A default that fits some of them.
const DEFAULTS = { Int: "1", String: '"a"', ID: '"a"', Boolean: "true", ProviderKey: "JOBRAD", "[ID!]": '["a"]', OfferWhere: "{}" };

const FORMS = schema.getTypeMap();
const INSIDE = [
  ["Node", (it) => `{ node(id: 1) { ${it} } }`],
  ["Event", (it) => `{ events(first: 1) { nodes { ${it} } } }`],
  ["Offer", (it) => `{ offer(id: 1) { ${it} } }`],
  ["Money", (it) => `{ offer(id: 1) { total { ${it} } } }`],
  ["Query", (it) => `{ ${it} }`],
];

export function valuesInPlaces() {
  return PLACES.flatMap((place) => VALUES.map((it) => place(it)));
}

export function variablesInPlaces() {
  return PLACES.flatMap((place) =>
    TYPES.flatMap((type) => [
      `query ($a: ${type}) ${place("$a")}`,
      ...(type in DEFAULTS ? [`query ($a: ${type} = ${DEFAULTS[type]}) ${place("$a")}`, `query ($a: ${type} = null) ${place("$a")}`] : []),
    ]),
  );
}

export function fragmentsOnTypes() {
  const types = Object.values(FORMS).filter((it) => isCompositeType(it) && !it.name.startsWith("__"));
  return INSIDE.flatMap(([, place]) => types.map((it) => place(`... on ${it.name} { __typename }`)));
}

/** Two fields under one name, on the objects that an interface may be. */
export function fieldsThatMeet() {
  const fields = {
    Offer: ["id", "offerNumber", "provider", "createdAt", "withShipping", "total { amount }", "status { code }", "accessories { quantity }"],
    Order: ["id", "orderNumber", "kind", "updatedAt", "months", "total { amount }", "status { code }", "items { quantity }"],
    Vehicle: ["id", "vin", "year", "imageUrl", "status { code }", "tags { name }"],
  };
  const all = Object.entries(fields).flatMap(([type, of]) => of.map((it) => `... on ${type} { a: ${it} }`));
  return all.flatMap((one, at) => all.slice(at).map((other) => `{ node(id: 1) { ${one} ${other} } }`));
}
