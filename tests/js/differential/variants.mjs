// The arguments that documents pass where data is compared, and the fields that they leave alone.
//
// What is listed here is read once with plain queries and asked for in a thousand spellings after that.

/** Fields that do not answer the same twice, or ask somebody who counts. Each with its reason. */
export const LEFT_OUT = {
  "Offer.history": "the provider is asked while one waits",
  "Order.history": "the provider is asked while one waits",
  "Query.monthlyAmounts": "the provider is asked while one waits",
  "Query.partnerTerms": "the provider is asked while one waits",
  "Query.serviceInformation": "the provider is asked while one waits",
  "Query.userEligibility": "the provider is asked while one waits",
  "Provenance.stale": "follows the clock",
  "Provenance.syncedAt": "follows the clock",
  "SyncStatus.lastAttemptAt": "follows the clock",
  "SyncStatus.lastSuccessAt": "follows the clock",
  "SyncStatus.nextAttemptAt": "follows the clock",
  "SyncStatus.stale": "follows the clock",
};

/** An id as that kind of record has them, which none has. */
const unknown = (id) => id.slice(0, 4) + "0".repeat(32);

/** The arguments of every field that takes some, by `Type.field`; `ids` are those that there are. */
export function variantsFor(ids) {
  const some = (kind) => [{ id: ids[kind][0] }, { id: ids[kind].at(-1) }, { id: unknown(ids[kind][0]) }];
  return {
    "Category.name": [{}, { language: "en" }, { language: "de" }, { language: null }],
    "Vehicle.orders": [{ first: 1 }, { first: 2, after: null }, { first: 0 }],
    "WebhookEndpoint.deliveries": [{ first: 2 }, { first: 1, where: { status: "DELIVERED" } }],
    "Query.categories": [
      { first: 3 },
      { first: 2, where: { group: "BICYCLE", leasable: true } },
      { last: 1, where: { scheme: "LEASING_AUTOMATION", code: { in: ["bike", "ebike"] } } },
    ],
    "Query.category": [
      { code: "12", scheme: "BIDEX" },
      { code: "none", scheme: "BIDEX" },
    ],
    "Query.events": [{ first: 5 }, { first: 2, where: { types: ["OFFER_CREATED"] } }, { first: 0 }],
    "Query.node": [
      ...Object.values(ids).map((of) => ({ id: of[0] })),
      { id: unknown(ids.Offer[0]) },
      { id: "no id at all" },
    ],
    "Query.nodes": [
      { ids: Object.values(ids).map((of) => of.at(-1)) },
      { ids: [ids.Offer[0], unknown(ids.Order[0]), ids.Vehicle[0], ids.Offer[0]] },
      { ids: [ids.Order[0]] },
      { ids: [] },
    ],
    "Query.offer": some("Offer"),
    "Query.offers": [
      { first: 2 },
      { first: 3, orderBy: { field: "CREATED_AT", direction: "ASC" } },
      { last: 2, before: null },
      { first: 2, where: { provider: ["JOBRAD"], final: false } },
      { first: 1, where: { and: [{ status: ["OPEN", "APPROVED"] }, { not: { search: "zzz" } }] } },
      { first: 2, where: { or: [] } },
      { first: 0 },
      { last: 0, after: null },
    ],
    "Query.order": some("Order"),
    "Query.orders": [
      { first: 2 },
      { first: 3, where: { kind: ["REPAIR"] } },
      { first: 2, where: { provider: ["LEASECLOUD"] }, orderBy: { field: "TOTAL", direction: "DESC" } },
    ],
    "Query.providerAccounts": [{ first: 4 }, { last: 1 }],
    "Query.referenceValues": [{ kind: "LEASING_PROVIDER" }, { kind: "BIKE_CATEGORY", accountId: null }],
    "Query.vehicle": some("Vehicle"),
    "Query.vehicles": [
      { first: 3 },
      { first: 2, where: { kind: ["CAR"], make: { startsWith: "V" } } },
      { first: 1, where: { createdAt: { gte: "2000-01-01T00:00:00Z", lt: "2100-01-01T00:00:00Z" } } },
    ],
    "Query.webhookDeliveries": [{ first: 3 }, { first: 1, where: { eventType: "OFFER_CREATED" } }],
    "Query.webhookEndpoint": some("WebhookEndpoint"),
    "Query.webhookEndpoints": [{ first: 2 }],
  };
}
