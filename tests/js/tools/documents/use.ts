// Uses the generated types as an application does, so that the compiler has something to object to.

import type { ResultOf, VariablesOf } from "@graphql-typed-document-node/core";

import { type FragmentType, useFragment } from "../generated/codegen/fragment-masking.js";
import {
  ConnectAccountDocument,
  CreateOfferDocument,
  EventPageDocument,
  OfferPageDocument,
  OfferRowFragmentDoc,
  OfferStatusDocument,
} from "../generated/codegen/graphql.js";

export const firstPage: VariablesOf<typeof OfferPageDocument> = {
  first: 20,
  where: {
    status: ["OPEN", "IN_ORDER"],
    createdAt: { gte: "2030-11-01T00:00:00Z" },
    or: [{ customerName: { startsWith: "Mu" } }, { search: "gudereit" }],
    not: { offerNumber: { in: ["FHA-000007"] } },
  },
  orderBy: { field: "STATUS_CHANGED_AT", direction: "DESC" },
};

// Exactly one provider's credentials.
export const connect: VariablesOf<typeof ConnectAccountDocument> = {
  input: { name: "Radhaus", credentials: { jobrad: { clientId: "…", clientSecret: "…" } } },
};

export function numbers(page: ResultOf<typeof OfferPageDocument>): (string | null)[] {
  // The list is null if the token lacks its scope.
  const rows: readonly FragmentType<typeof OfferRowFragmentDoc>[] = page.offers?.nodes ?? [];
  return rows.map((it) => useFragment(OfferRowFragmentDoc, it).offerNumber ?? null);
}

export function lastCursor(page: ResultOf<typeof EventPageDocument>): string | null {
  return page.events?.pageInfo.endCursor ?? null;
}

export function changes(event: ResultOf<typeof OfferStatusDocument>): string {
  const { from, to, offer } = event.offerStatusChanged;
  const row = useFragment(OfferRowFragmentDoc, offer);
  return `${row?.offerNumber ?? ""}: ${from} → ${to}`;
}

export function problems(done: ResultOf<typeof CreateOfferDocument>): string[] {
  return done.createOffer.userErrors.map((it) => `${it.code} at ${it.field?.join(".") ?? "?"}: ${it.message}`);
}
