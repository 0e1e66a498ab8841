// GraphiQL for this service: where it sends, what it shows first, and where the token stays.
//
// The token never leaves this page's memory except towards this page's own host, as the
// `Authorization` header or in the socket's `connection_init`. It is in no URL and in no storage.
"use strict";

const endpoint = new URL("graphql", location.href);
const socket = new URL(endpoint);
socket.protocol = socket.protocol.replace("http", "ws");

const tabs = [
  {
    query: `# The newest offers of all providers.
# Ctrl-Enter runs, Ctrl-Space suggests.
# The second tab shows live events.

query Offers {
  offers(first: 10) {
    nodes {
      id
      offerNumber
      customer {
        fullName
      }
      product {
        brandName
        modelName
        price {
          amount
          currencyCode
        }
      }
      status {
        code
        providerCode
        changedAt
      }
    }
  }
}
`,
  },
  {
    query: `# Everything that happens, as it happens.
# To resume after an event you have seen:
# events(after: "its cursor")

subscription Events {
  events {
    id
    type
    cursor
    occurredAt
    ... on OfferStatusChanged {
      from
      to
      offer {
        offerNumber
      }
    }
  }
}
`,
  },
];

// GraphiQL remembers tabs and history in the browser. It leaves headers out of the tabs when told so
// (`shouldPersistHeaders`), but writes them into the history all the same. Nothing called `headers`
// gets past here.
const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
  setItem(key, value) {
    if (["graphiql:tabState", "graphiql:queries", "graphiql:favorites"].includes(key)) {
      value = JSON.stringify(JSON.parse(value), (name, it) => (name === "headers" ? null : it));
    }
    if (key !== "graphiql:headers") {
      localStorage.setItem(key, value);
    }
  },
};

const send = GraphiQL.createFetcher({ url: endpoint.href, subscriptionUrl: socket.href });

// What is written in GraphiQL's headers editor goes before the field at the top.
function authorised(headers = {}, token) {
  const result = token ? { Authorization: `Bearer ${token}` } : {};
  for (const [name, value] of Object.entries(headers)) {
    result[name.toLowerCase() === "authorization" ? "Authorization" : name] = value;
  }
  return result;
}

function fetcher(token) {
  return (params, options) => {
    const headers = authorised(options?.headers, token);
    if (!headers.Authorization) {
      const message = "Paste a token into the field at the top of the page first.";
      return { errors: [{ message }] };
    }
    return send(params, { ...options, headers });
  };
}

const explorer = GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false });
const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const field = document.getElementById("token");

function render() {
  const token = field.value.trim().replace(/^Bearer\s+/i, "");
  root.render(
    React.createElement(GraphiQL, {
      // Another function for another token, which is what makes GraphiQL ask for the schema again.
      fetcher: fetcher(token),
      plugins: [explorer],
      defaultTabs: tabs,
      defaultEditorToolsVisibility: true,
      shouldPersistHeaders: false,
      storage,
    }),
  );
}

field.addEventListener("change", render);
render();
