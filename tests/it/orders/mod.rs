//! Orders, as dealers make them and give them numbers.

mod create;
mod update;

use serde_json::{Value, json};

use crate::support::{app::Tenant, writes::Mutation};

/// Where LeaseCloud's orders are.
const ORDERS: &str = "/leasecloud/v1/orders";

const NATIONAL_ID: &str = "19800101-1234";
const CUSTOMER_IP: &str = "192.0.2.77";

const CREATE: Mutation = Mutation {
    name: "createOrder",
    shows: "notice order { id externalOrderId kind months
        customer { fullName company email phone }
        items { name sku quantity unitPrice { amount currencyCode taxMode } discount { amount } }
        total { amount currencyCode } monthlyAmount { currencyCode }
        status { code providerCode final } }",
};

const UPDATE: Mutation = Mutation {
    name: "updateOrder",
    shows: "order { id externalOrderId customer { company } }",
};

/// An order of two bicycles.
fn order(account: &str) -> Value {
    json!({
        "accountId": account,
        "externalOrderId": "PO-1",
        "months": 36,
        "invoiceInterval": "QUARTERLY",
        "ownInsurance": false,
        "company": "Muster AB",
        "orgNumber": "556000-0001",
        "nationalId": NATIONAL_ID,
        "firstName": "Erika",
        "lastName": "Muster",
        "email": "erika.muster@example.com",
        "phone": "+46 70 123 45 67",
        "billingAddress": {
            "line1": "Storgatan 1", "city": "Malmö", "postalCode": "211 34", "country": "SE",
        },
        "customerIp": CUSTOMER_IP,
        "shippingCost": "49.99",
        "shippingTax": "12.50",
        "items": [{
            "name": "Bicycle", "sku": "B-1", "unitPrice": "19999.99", "quantity": 2,
            "discount": "100.00",
        }],
    })
}

/// Connects the dealer's Swedish account, which LeaseCloud does not hold to its limits.
async fn connect(tenant: &Tenant<'_>) -> String {
    tenant.app.sandbox.leasecloud().set_limit(None);
    tenant.connect_unread("LEASECLOUD").await
}

/// How many orders LeaseCloud has of the dealer in Sweden.
fn made(tenant: &Tenant<'_>) -> usize {
    let control = tenant.app.sandbox.leasecloud();
    control.orders("SE").unwrap().len()
}
