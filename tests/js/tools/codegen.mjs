// How the client preset of GraphQL Code Generator reads the schema: strictly, with a type for every
// scalar.

export default {
  schema: "generated/schema.graphql",
  documents: ["documents/*.graphql"],
  generates: {
    "generated/codegen/": {
      preset: "client",
      config: {
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: { BigInt: "string", DateTime: "string", Decimal: "string", JSON: "unknown", URL: "string" },
      },
    },
  },
};
