// Our schema as graphql-js knows it, with scalars that are read as ours are.
//
// It is made from what the service prints, so both know the same; only how a scalar is read is not
// in there.

import { GraphQLError, Kind, buildSchema } from "graphql";

import { printed } from "../program.mjs";

const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)$/;
const WHOLE = /^[+-]?\d{1,18}$/;

// What a text must be to stand for a scalar. Close enough for what the tests write.
const SCALARS = {
  DateTime: (text) => INSTANT.test(text),
  Decimal: (text) => DECIMAL.test(text),
  BigInt: (text) => WHOLE.test(text),
  URL: (text) => URL.canParse(text),
};

export const schema = readSchema();

function readSchema() {
  const built = buildSchema(printed("schema"));
  for (const [name, reads] of Object.entries(SCALARS)) {
    const scalar = built.getType(name);
    scalar.parseValue = (value) => {
      if (typeof value !== "string" || !reads(value)) {
        throw new GraphQLError(`no ${name}`);
      }
      return value;
    };
    scalar.parseLiteral = (node) =>
      scalar.parseValue(node.kind === Kind.STRING ? node.value : undefined);
  }
  return built;
}
