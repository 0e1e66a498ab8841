// The three documents answered by mercurius: resolvers by hand, a loader for every relation, and
// documents compiled by its just-in-time compiler.
//
// It does what a careful author would: prepared statements, one statement for each relation of a
// page, a stored document parsed once for each row, and nothing worked out that was not asked for.

import fastify from "fastify";
import mercurius from "mercurius";
import pg from "pg";

import { serve } from "./cluster.mjs";
import { SCHEME, TENANT, categoryName, enumName, globalId, instant } from "./values.mjs";

const SCHEMA = `
  scalar DateTime
  scalar Decimal

  type Query { offers(first: Int!): OfferConnection! }
  type OfferConnection { nodes: [Offer!]! }

  type Offer {
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
    order: Order
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
  type Category { id: ID! code: String! name: String! leasable: Boolean! parent: Category }
  type Order {
    id: ID!
    orderNumber: String
    kind: String!
    months: Int
    status: OrderStatus!
    vehicle: Vehicle
    createdAt: DateTime!
  }
  type OrderStatus { code: String! final: Boolean! }
  type Vehicle {
    id: ID!
    kind: String!
    make: String
    model: String
    year: Int
    vin: String
    licensePlate: String
  }
`;

const OFFERS = {
  name: "offers",
  text: `SELECT id, provider, status, provider_status, is_final, created_at, updated_at,
      status_changed_at, content FROM offer
    WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`,
};
const ORDERS = {
  name: "orders",
  text: `SELECT id, offer_id, vehicle_id, kind, status, is_final, created_at, content
    FROM "order" WHERE tenant_id = $1 AND offer_id = ANY($2)`,
};
const VEHICLES = {
  name: "vehicles",
  text: `SELECT id, kind, content FROM vehicle WHERE tenant_id = $1 AND id = ANY($2)`,
};
const CATEGORIES = {
  name: "categories",
  text: `SELECT id, code, parent_code, leasable, content FROM category
    WHERE tenant_id = $1 AND scheme = '${SCHEME}' AND code = ANY($2)`,
};

const offerId = globalId("off");
const orderId = globalId("ord");
const vehicleId = globalId("veh");
const categoryId = globalId("cat");

// A row with its document. Getters, so that what nobody asks for costs nothing.
class Row {
  constructor(row) {
    this.row = row;
    this.content = JSON.parse(row.content);
  }
  get createdAt() { return instant(this.row.created_at); }
  get updatedAt() { return instant(this.row.updated_at); }
}

class Offer extends Row {
  get id() { return offerId(this.row.id); }
  get provider() { return enumName(this.row.provider); }
  get offerNumber() { return this.content.offer_number; }
  get externalOfferId() { return this.content.external_offer_id; }
  get withShipping() { return this.content.with_shipping; }
  get notes() { return this.content.notes; }
  get status() { return new OfferStatus(this); }
  get customer() { return this.content.customer && new Customer(this.content.customer); }
  get product() { return new Product(this.content.product); }
  get total() { return this.content.total && new Money(this.content.total); }
}

class OfferStatus {
  constructor(offer) { this.offer = offer; }
  get code() { return this.offer.row.status; }
  get providerCode() { return this.offer.row.provider_status; }
  get message() { return this.offer.content.status.message; }
  get final() { return this.offer.row.is_final; }
  get changedAt() { return instant(this.offer.row.status_changed_at); }
}

class Customer {
  constructor(content) { this.content = content; }
  get fullName() { return this.content.full_name; }
  get company() { return this.content.company; }
  get email() { return this.content.email; }
  get phone() { return this.content.phone; }
}

class Product {
  constructor(content) { this.content = content; }
  get brandName() { return this.content.brand_name; }
  get modelName() { return this.content.model_name; }
  get modelYear() { return this.content.model_year; }
  get categoryCode() { return this.content.category_code; }
  get price() { return this.content.price && new Money(this.content.price); }
  get listPrice() { return this.content.list_price && new Money(this.content.list_price); }
}

class Money {
  constructor(content) { this.content = content; }
  get amount() { return this.content.amount; }
  get currencyCode() { return this.content.currency; }
  get taxMode() { return this.content.tax_mode; }
}

class Category extends Row {
  get id() { return categoryId(this.row.id); }
  get code() { return this.row.code; }
  get name() { return categoryName(this.content); }
  get leasable() { return this.row.leasable; }
}

class Order extends Row {
  get id() { return orderId(this.row.id); }
  get orderNumber() { return this.content.order_number; }
  get kind() { return this.row.kind; }
  get months() { return this.content.months; }
  get status() { return { code: this.row.status, final: this.row.is_final }; }
}

class Vehicle extends Row {
  get id() { return vehicleId(this.row.id); }
  get kind() { return this.row.kind; }
  get make() { return this.content.make; }
  get model() { return this.content.model; }
  get year() { return this.content.year; }
  get vin() { return this.content.vin; }
  get licensePlate() { return this.content.license_plate; }
}

// A relation: one statement for all parents of a page. Nothing is kept for a later level, because
// what a level asks for is asked for once.
function relation(pool, statement, { of, by, as: Kind }) {
  return {
    opts: { cache: false },
    async loader(queries) {
      const keys = queries.map(({ obj }) => of(obj));
      const wanted = [...new Set(keys.filter(Boolean))];
      if (wanted.length === 0) return keys.map(() => null);
      const { rows } = await pool.query({ ...statement, values: [TENANT, wanted] });
      const found = new Map(rows.map((row) => [row[by], new Kind(row)]));
      return keys.map((key) => found.get(key) ?? null);
    },
  };
}

async function listen(databaseUrl, connections) {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: connections,
    idleTimeoutMillis: 0,
  });
  const category = (of) => relation(pool, CATEGORIES, { of, by: "code", as: Category });
  const app = fastify();
  app.register(mercurius, {
    schema: SCHEMA,
    jit: 1,
    resolvers: {
      Query: {
        async offers(_, { first }) {
          const { rows } = await pool.query({ ...OFFERS, values: [TENANT, first] });
          return { nodes: rows.map((row) => new Offer(row)) };
        },
      },
    },
    loaders: {
      Offer: {
        order: relation(pool, ORDERS, { of: (it) => it.row.id, by: "offer_id", as: Order }),
      },
      Order: {
        vehicle: relation(pool, VEHICLES, { of: (it) => it.row.vehicle_id, by: "id", as: Vehicle }),
      },
      Product: { category: category((it) => it.categoryCode) },
      Category: { parent: category((it) => it.row.parent_code) },
    },
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
}

await serve(listen);
