//! Vehicles of workshops, made, changed and put to rest, many at once.

mod archive;
mod create;
mod update;

use serde_json::{Value, json};

use crate::support::{app::Tenant, writes::Mutation};

/// Where AutoLeap's vehicles are.
const VEHICLES: &str = "/autoleap/v2/vehicles";

const CREATE: Mutation = Mutation {
    name: "createVehicles",
    shows: "vehicles { id kind make model year vin licensePlate customerId status { code } }",
};

const UPDATE: Mutation = Mutation {
    name: "updateVehicles",
    shows: "vehicles { id make color notes }",
};

const ARCHIVE: Mutation = Mutation {
    name: "archiveVehicles",
    shows: "vehicles { id status { code providerCode } }",
};

/// A workshop with two companies, and an account that sees both.
struct Workshop<'a> {
    tenant: &'a Tenant<'a>,
    account: String,
    companies: Vec<String>,
    /// A customer of each company.
    customers: Vec<String>,
}

impl<'a> Workshop<'a> {
    /// Connects the account; its lists are read at once where somebody does that.
    async fn connect(tenant: &'a Tenant<'a>) -> Self {
        let sandbox = &tenant.app.sandbox;
        let companies = sandbox.autoleap().company_ids();
        let customer = |company: &String| {
            let new = sandbox::NewAutoleapCustomer {
                company_id: Some(company.clone()),
                ..sandbox::NewAutoleapCustomer::default()
            };
            sandbox.autoleap().add_customer(new).unwrap()
        };
        Self {
            account: tenant.connect_unread("AUTOLEAP").await,
            customers: companies.iter().map(customer).collect(),
            companies,
            tenant,
        }
    }

    /// Cars for a company.
    fn cars(&self, company: usize, vins: &[&str]) -> Value {
        let car = |vin: &&str| {
            json!({
                "customerId": self.customers[company],
                "fields": { "vin": vin, "make": "Volvo", "model": "V60", "year": 2029 },
            })
        };
        json!({
            "accountId": self.account,
            "companyId": self.companies[company],
            "vehicles": vins.iter().map(car).collect::<Vec<_>>(),
        })
    }

    /// Makes a car for a company and returns its id.
    async fn car(&self, company: usize, vin: &str) -> Value {
        let payload = self
            .tenant
            .change(CREATE, &self.cars(company, &[vin]))
            .await;
        assert_eq!(payload["userErrors"], json!([]));
        payload["vehicles"][0]["id"].clone()
    }

    /// The types of the events about a vehicle, oldest first.
    async fn told_of(&self, id: &Value) -> Vec<Value> {
        let query = "query ($where: EventWhere) { events(first: 100, where: $where) {
            nodes { type } } }";
        let variables = json!({ "where": { "subjectId": id } });
        let data = self.tenant.data(query, variables).await;
        let nodes = data["events"]["nodes"].as_array().unwrap().iter();
        nodes.map(|it| it["type"].clone()).collect()
    }

    /// How many vehicles the workshop has that were made after the first ones.
    fn vehicles(&self) -> usize {
        self.tenant.app.sandbox.autoleap().vehicle_ids().len()
    }
}
