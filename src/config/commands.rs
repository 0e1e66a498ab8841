//! The command line: what the program can be told to do.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{Auth, Database, Settings, Ttl};

/// One GraphQL API over every leasing and workshop provider a dealer works with, and a signed
/// webhook the moment anything changes.
#[derive(Debug, Parser)]
#[command(name = "leasegraph", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs everything on this machine with nothing to configure: a provider sandbox, a database in
    /// a folder of its own, a demo tenant, and a receiver that prints each webhook.
    Demo(Demo),
    /// Runs the service.
    Serve(Box<Serve>),
    /// Changes the database's schema, or shows where it stands.
    Migrate(Migrate),
    /// Prints the GraphQL schema.
    Schema,
    /// Mints a token for development, signed with `LEASEGRAPH_JWT_HS256_SECRET`.
    Token(Token),
    /// Runs the providers' side alone.
    Sandbox(Sandbox),
    /// Checks settings, keys, database and providers, one line each.
    Doctor(Box<Settings>),
}

#[derive(Debug, Args)]
pub struct Demo {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Where the demo keeps its database.
    #[arg(long, default_value = "demo-data")]
    pub data_dir: PathBuf,

    /// What is logged.
    #[arg(long, env = "LEASEGRAPH_LOG", default_value = "warn")]
    pub log: String,
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub settings: Settings,

    /// What this process does; several processes can share a PostgreSQL database.
    #[arg(long, value_delimiter = ',', default_value = "api,sync,deliver")]
    pub roles: Vec<Role>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Answers requests.
    Api,
    /// Polls the providers.
    Sync,
    /// Delivers webhooks.
    Deliver,
}

#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    pub database: Database,

    #[command(subcommand)]
    pub direction: MigrateDirection,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum MigrateDirection {
    /// Brings the schema to this version's.
    Up,
    /// Takes back changes of the schema, and their data with them.
    Down {
        /// How many changes.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// Lists the changes of the schema and whether the database has them.
    Status,
}

#[derive(Debug, Args)]
pub struct Token {
    #[command(flatten)]
    pub auth: Auth,

    /// Whose data the token opens.
    #[arg(long)]
    pub tenant: crate::domain::tenant::TenantId,

    /// Who it stands for.
    #[arg(long, default_value = "developer")]
    pub subject: String,

    /// What it allows, separated by spaces; `admin` allows everything.
    #[arg(long, default_value = "admin")]
    pub scopes: String,

    /// For how long, e.g. `15m`, `1h`, `30d`.
    #[arg(long, default_value = "1h")]
    pub ttl: Ttl,
}

#[derive(Debug, Args)]
pub struct Sandbox {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:4010")]
    pub listen: SocketAddr,

    /// Lets the world move by itself: one step about every that many seconds.
    #[arg(long)]
    pub step_seconds: Option<f64>,

    /// How many offers there are at the start.
    #[arg(long, default_value_t = 40)]
    pub offers: usize,
}
