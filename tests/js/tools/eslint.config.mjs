// What a linter for schemas thinks of ours, by its recommended rules and by those of Relay. A rule
// that is off or has an exception says why.

import graphql from "@graphql-eslint/eslint-plugin";

// Parts of something else: they have no life of their own, so nobody asks for them by an id.
const VALUES = [
  "Accessory",
  "Capability",
  "CategoryLimits",
  "Customer",
  "HistoryEntry",
  "HttpHeader",
  "Mileage",
  "Money",
  "OfferNextStep",
  "OfferStatus",
  "OrderItem",
  "OrderStatus",
  "PageInfo",
  "Product",
  "Provenance",
  "ServicePackage",
  "StatusIssue",
  "SyncStatus",
  "Tag",
  "Translation",
  "UserError",
  "VehicleStatus",
  "WebhookAttempt",
];

// What the service or a provider says when it is asked, and does not keep.
const ANSWERS = [
  "LeasedBike",
  "MonthlyAmount",
  "PartnerTerms",
  "Provider",
  "ReferenceValue",
  "ServiceConfig",
  "ServiceInformation",
  "ServiceLimits",
  "Tariff",
  "UserEligibility",
  "Viewer",
];

export default [
  {
    files: ["**/*.graphql"],
    plugins: { "@graphql-eslint": graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: "generated/schema.graphql" } },
    },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,

      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: [...VALUES, ...ANSWERS], suffixes: ["Connection", "Edge", "Payload"] } },
      ],

      // Lists of values are plain lists, and a connection has `nodes` for whoever needs no cursors. An
      // event and an entry of a history are found by their place, not by an id.
      "@graphql-eslint/relay-edge-types": [
        "error",
        { listTypeCanWrapOnlyEdgeType: false, shouldImplementNode: false },
      ],

      // Logs are read in the order in which they were written, so they have no `last` and `before`.
      "@graphql-eslint/relay-arguments": ["error", { includeBoth: false }],

      // `offerNumber` and `orderNumber` are the providers' words, printed on paper; `tariff` and
      // `monthlyAmount` are what a leasing company's tariff and amount are of. The rule knows no
      // exceptions.
      "@graphql-eslint/no-typename-prefix": "off",
    },
  },
];
