// What a page of offers in a Relay application asks for: a list that is read on, rows that refetch
// themselves, and a thing that is found by its id.
//
// It is compiled and its types are checked; nothing runs it.

import { graphql } from "relay-runtime";
import type { offersPageQuery$data } from "../generated/relay/offersPageQuery.graphql";
import type { offersRow_offer$data } from "../generated/relay/offersRow_offer.graphql";

export const page = graphql`
  query offersPageQuery($first: Int!, $after: String, $where: OfferWhere) {
    viewer {
      tenantId
    }
    ...offersList_query @arguments(first: $first, after: $after, where: $where)
  }
`;

export const list = graphql`
  fragment offersList_query on Query
  @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }, where: { type: "OfferWhere" })
  @refetchable(queryName: "offersListPaginationQuery") {
    offers(
      first: $first
      after: $after
      where: $where
      orderBy: { field: STATUS_CHANGED_AT, direction: DESC }
    ) @connection(key: "offersList_offers") {
      edges {
        node {
          id
          ...offersRow_offer
        }
      }
    }
  }
`;

export const row = graphql`
  fragment offersRow_offer on Offer @refetchable(queryName: "offersRowRefetchQuery") {
    offerNumber
    provider
    status {
      code
      providerCode
    }
    total {
      amount
      currencyCode
    }
    order {
      id
      ...offersOrder_order
    }
  }
`;

export const order = graphql`
  fragment offersOrder_order on Order {
    orderNumber
    vehicle {
      make
      model
    }
  }
`;

export const found = graphql`
  query offersNodeQuery($id: ID!) {
    node(id: $id) {
      __typename
      ...offersRow_offer
      ... on WebhookEndpoint {
        url
        endpointStatus: status
      }
    }
  }
`;

export const history = graphql`
  query offersHistoryQuery($id: ID!, $first: Int!) {
    offer(id: $id) {
      history(first: $first) {
        edges {
          cursor
          node {
            kind
          }
        }
      }
    }
  }
`;

export const listen = graphql`
  subscription offersStatusSubscription($after: String) {
    offerStatusChanged(after: $after) {
      cursor
      from
      to
      offer {
        ...offersRow_offer
      }
    }
  }
`;

export const tell = graphql`
  mutation offersTellMutation($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      endpoint {
        id
        url
      }
      secret
      userErrors {
        code
        message
        field
      }
    }
  }
`;

// A missing scope makes a root field null, and a number is never rounded on its way.
export const tenant: (data: offersPageQuery$data) => string | undefined = (it) => it.viewer?.tenantId;
export const total: (data: offersRow_offer$data) => string | undefined = (it) => it.total?.amount;
