// The three documents answered by PostGraphile: types and relations from the tables, and what our
// vocabulary adds to a column as plans.
//
// Relations are told to it by smart tags, because the tables have unique indices where it looks for
// constraints; so it answers a page with a single statement. A stored document is parsed once for
// each row, here and not for each of its fields in the database.

import { createServer } from "node:http";

import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonParse } from "postgraphile/@dataplan/json";
import { makePgService } from "postgraphile/adaptors/pg";
import { connection, constant, get, lambda } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { extendSchema, gql, pgSmartTags } from "postgraphile/utils";
import { postgraphile } from "postgraphile";

import { serve } from "./cluster.mjs";
import { SCHEME, TENANT, categoryName, enumName, globalId, instant } from "./values.mjs";

// A field that a column of the row becomes.
const column = (name) => ($row) => $row.get(name);

// A field that is worked out of a column of the row.
const worked = (name, make) => ($row) => lambda($row.get(name), make, true);

const content = ($row) => jsonParse($row.get("content"));
// A field of the row's document.
const written = (...path) => ($row) => path.reduce((at, key) => get(at, key), content($row));
// A field of a part of a document.
const part = (name) => ($part) => get($part, name);

const id = (kind) => worked("id", globalId(kind));
const itself = ($row) => $row;

const vocabulary = extendSchema((build) => {
  const { offer: offers, category: categories } = build.input.pgRegistry.pgResources;
  const { sql } = build;
  const { TYPES } = build.dataplanPg;
  const $tenant = () => constant(TENANT);
  const $category = ($code) =>
    categories.get({ tenant_id: $tenant(), scheme: constant(SCHEME), code: $code });
  return {
    typeDefs: gql`
      scalar DateTime
      scalar Decimal

      extend type Query { offers: OfferConnection! }

      extend type Offer {
        id: ID!
        provider: String!
        offerNumber: String
        externalOfferId: String
        withShipping: Boolean
        notes: String
        status: OfferStatus!
        customer: Customer
        product: Product!
        total: Money
        createdAt: DateTime!
        updatedAt: DateTime!
      }
      type OfferStatus {
        code: String!
        providerCode: String!
        message: String
        final: Boolean!
        changedAt: DateTime!
      }
      type Customer { fullName: String company: String email: String phone: String }
      type Product {
        brandName: String
        modelName: String
        modelYear: Int
        categoryCode: String
        category: Category
        price: Money
        listPrice: Money
      }
      type Money { amount: Decimal! currencyCode: String! taxMode: String! }
      extend type Category {
        id: ID!
        code: String!
        name: String!
        leasable: Boolean!
        parent: Category
      }
      extend type Order {
        id: ID!
        orderNumber: String
        kind: String!
        months: Int
        status: OrderStatus!
        createdAt: DateTime!
      }
      type OrderStatus { code: String! final: Boolean! }
      extend type Vehicle {
        id: ID!
        kind: String!
        make: String
        model: String
        year: Int
        vin: String
        licensePlate: String
      }
    `,
    objects: {
      Query: {
        plans: {
          offers() {
            const $offers = offers.find({ tenant_id: $tenant() });
            for (const attribute of ["created_at", "id"]) {
              $offers.orderBy({ attribute, direction: "DESC" });
            }
            return connection($offers);
          },
        },
      },
      Offer: {
        plans: {
          id: id("off"),
          provider: worked("provider", enumName),
          offerNumber: written("offer_number"),
          externalOfferId: written("external_offer_id"),
          withShipping: written("with_shipping"),
          notes: written("notes"),
          status: itself,
          customer: written("customer"),
          product: itself,
          total: written("total"),
          createdAt: worked("created_at", instant),
          updatedAt: worked("updated_at", instant),
        },
      },
      OfferStatus: {
        plans: {
          code: column("status"),
          providerCode: column("provider_status"),
          message: written("status", "message"),
          final: column("is_final"),
          changedAt: worked("status_changed_at", instant),
        },
      },
      Customer: { plans: { fullName: part("full_name") } },
      Product: {
        plans: {
          brandName: written("product", "brand_name"),
          modelName: written("product", "model_name"),
          modelYear: written("product", "model_year"),
          categoryCode: written("product", "category_code"),
          category($offer) {
            // In SQL, so that the category is joined and not asked for afterwards.
            const { alias } = $offer.getClassStep();
            const path = sql`((${alias}.content)::json #>> '{product,category_code}')`;
            return $category($offer.select(path, TYPES.text));
          },
          price: written("product", "price"),
          listPrice: written("product", "list_price"),
        },
      },
      Money: { plans: { currencyCode: part("currency"), taxMode: part("tax_mode") } },
      Category: {
        plans: {
          id: id("cat"),
          code: column("code"),
          name: ($row) => lambda(content($row), categoryName, true),
          leasable: column("leasable"),
          parent: ($row) => $category($row.get("parent_code")),
        },
      },
      Order: {
        plans: {
          id: id("ord"),
          orderNumber: written("order_number"),
          kind: column("kind"),
          months: written("months"),
          status: itself,
          createdAt: worked("created_at", instant),
        },
      },
      OrderStatus: { plans: { code: column("status"), final: column("is_final") } },
      Vehicle: {
        plans: {
          id: id("veh"),
          kind: column("kind"),
          make: written("make"),
          model: written("model"),
          year: written("year"),
          vin: written("vin"),
          licensePlate: written("license_plate"),
        },
      },
    },
  };
});

const references = {
  order: {
    unique: "offer_id",
    foreignKey: [
      "(offer_id) references offer (id)|@fieldName offer|@foreignFieldName order",
      "(vehicle_id) references vehicle (id)|@fieldName vehicle",
    ],
  },
  category: { unique: "tenant_id,scheme,code" },
};
const tags = pgSmartTags([
  ...Object.entries(references).map(([match, tags]) => ({ kind: "class", match, tags })),
  // Columns are seen through our vocabulary alone.
  { kind: "attribute", match: () => true, tags: { behavior: "-*" } },
]);

async function listen(databaseUrl, connections) {
  const preset = {
    extends: [PostGraphileAmberPreset],
    plugins: [tags, vocabulary],
    // Its global ids have the name of ours.
    disablePlugins: ["NodePlugin"],
    pgServices: [
      makePgService({
        connectionString: databaseUrl,
        schemas: ["public"],
        poolConfig: { max: connections, idleTimeoutMillis: 0 },
      }),
    ],
    // The documents only read.
    schema: { defaultBehavior: "-insert -update -delete" },
    grafserv: { graphiql: false, watch: false },
    grafast: { explain: false },
  };
  const instance = postgraphile(preset);
  // A schema that cannot be made ends the worker here, and not the first request.
  await instance.getSchema();
  const server = createServer();
  await instance.createServ(grafserv).addTo(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

await serve(listen);
