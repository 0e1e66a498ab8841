//! Everything that can be set from outside.
//!
//! These structs are the whole story: `--help` prints them, and a test compares them with
//! `.env.example`. What a setting means to the service is decided here too, so that a wrong one is
//! refused in one line before anything starts.

mod commands;
mod values;
mod words;

use std::{collections::BTreeMap, net::SocketAddr, path::Path};

use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    http::{KeySource, TrustedDocuments, TrustedMode},
    limits::CallerLimits,
    providers::{NamedQuota, Quota},
    store::seal::KeyRing,
    webhooks::Retention,
};

pub use commands::{Cli, Command, Demo, Migrate, MigrateDirection, Role, Sandbox, Serve, Token};
pub use values::{InvalidSetting, Ttl};
pub use words::{env_example, explain};

use values::{cidr, quota};

/// The settings of the service, from flags or the environment.
#[derive(Debug, Args)]
pub struct Settings {
    #[command(flatten)]
    pub database: Database,

    /// The address to listen on.
    #[arg(long, env = "LEASEGRAPH_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The address on which metrics and health are shown to whoever runs the service, e.g.
    /// `127.0.0.1:9090`. Empty: nowhere. Never open it to the public.
    #[arg(long, env = "LEASEGRAPH_METRICS_LISTEN", default_value = "")]
    pub metrics_listen: String,

    /// How many connections may be open at once, sockets included. One more is answered with 503.
    #[arg(
        long,
        env = "LEASEGRAPH_MAX_CONNECTIONS",
        default_value_t = 20_000,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub max_connections: u32,

    /// How many requests may be under way at once. One more is answered with 503.
    #[arg(
        long,
        env = "LEASEGRAPH_MAX_REQUESTS",
        default_value_t = 512,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub max_requests: u32,

    #[command(flatten)]
    pub auth: Auth,

    /// What secrets are encrypted with: `id:base64,…`, keys of 32 bytes. The first one encrypts,
    /// all of them decrypt. Make one with `openssl rand -base64 32`.
    #[arg(long, env = "LEASEGRAPH_ENCRYPTION_KEYS", hide_env_values = true)]
    pub encryption_keys: Option<SecretString>,

    /// Opens address ranges that are not public for provider and webhook URLs, e.g.
    /// `127.0.0.0/8,::1/128`. For development only: with it, a tenant can make the service send
    /// requests to its own neighbours.
    #[arg(
        long,
        env = "LEASEGRAPH_EGRESS_ALLOW_CIDRS",
        value_delimiter = ',',
        value_parser = cidr
    )]
    pub egress_allow_cidrs: Vec<Option<IpNet>>,

    /// Lets webhooks go to plain `http` URLs, where anybody on the way can read them.
    #[arg(
        long,
        env = "LEASEGRAPH_WEBHOOK_ALLOW_HTTP",
        default_value_t = false,
        action = clap::ArgAction::Set,
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub webhook_allow_http: bool,

    #[command(flatten)]
    pub retention: RetentionSettings,

    /// How many seconds after one round of polling an account the next one follows.
    #[arg(
        long,
        env = "LEASEGRAPH_SYNC_INTERVAL_SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=86_400)
    )]
    pub sync_interval_seconds: u64,

    /// How many requests providers allow, in place of the quotas that are built in:
    /// `name=requests/seconds/reserve`, separated by commas, e.g. `jobrad=60/60/10`. Polling leaves
    /// the reserve to people; without one, a tenth.
    #[arg(
        long,
        env = "LEASEGRAPH_REQUEST_QUOTAS",
        value_delimiter = ',',
        value_parser = quota
    )]
    pub request_quotas: Vec<Option<NamedQuota>>,

    #[command(flatten)]
    pub limits: LimitSettings,

    /// How many bytes of answers are kept in memory, to be given again for as long as they are right.
    /// 0 keeps none.
    #[arg(
        long,
        env = "LEASEGRAPH_ANSWER_CACHE_BYTES",
        default_value_t = 33_554_432,
        value_parser = clap::value_parser!(u32)
    )]
    pub answer_cache_bytes: u32,

    #[command(flatten)]
    pub trusted: TrustedSettings,

    /// Serves GraphiQL, the query editor, at `/graphiql`.
    #[arg(
        long,
        env = "LEASEGRAPH_GRAPHIQL",
        default_value_t = true,
        action = clap::ArgAction::Set,
        num_args = 0..=1,
        default_missing_value = "true"
    )]
    pub graphiql: bool,

    /// Which other origins' pages may ask, separated by commas, e.g. `https://app.example.com`.
    #[arg(long, env = "LEASEGRAPH_CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,

    #[command(flatten)]
    pub log: Log,
}

/// How long what is kept.
#[derive(Debug, Clone, Args)]
pub struct RetentionSettings {
    /// How many days events are kept in the log, from when they were seen; 0 for ever. One stays
    /// longer as long as there is a delivery of it.
    #[arg(
        long,
        env = "LEASEGRAPH_RETENTION_EVENTS_DAYS",
        default_value_t = 90,
        value_parser = clap::value_parser!(u16).range(0..=36_500)
    )]
    pub retention_events_days: u16,

    /// How many days webhook deliveries are kept, with their attempts; 0 for ever. One that is on its
    /// way stays until it is not.
    #[arg(
        long,
        env = "LEASEGRAPH_RETENTION_DELIVERIES_DAYS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(0..=36_500)
    )]
    pub retention_deliveries_days: u16,
}

impl RetentionSettings {
    pub fn retention(&self) -> Retention {
        let days = |it: u16| (it > 0).then(|| TimeDelta::days(it.into()));
        Retention {
            events: days(self.retention_events_days),
            deliveries: days(self.retention_deliveries_days),
        }
    }
}

/// How much each caller may ask for.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// What a caller's requests may cost in a minute: about the number of objects that they ask for.
    /// One request may cost 1000.
    #[arg(
        long,
        env = "LEASEGRAPH_COST_PER_MINUTE",
        default_value_t = 20_000,
        value_parser = clap::value_parser!(u64).range(1000..=1_000_000_000)
    )]
    pub cost_per_minute: u64,

    /// How often a caller may ask for the schema in a minute; without a token, an address.
    #[arg(
        long,
        env = "LEASEGRAPH_INTROSPECTIONS_PER_MINUTE",
        default_value_t = 300,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000)
    )]
    pub introspections_per_minute: u64,
}

impl LimitSettings {
    pub fn caller_limits(&self) -> CallerLimits {
        CallerLimits {
            cost_per_minute: self.cost_per_minute,
            introspections_per_minute: self.introspections_per_minute,
            ..CallerLimits::default()
        }
    }
}

/// Which documents are known before anybody asks.
#[derive(Debug, Clone, Args)]
pub struct TrustedSettings {
    /// A file of documents that clients name instead of sending them: Apollo's manifest, or an
    /// object of documents by id, as Relay and GraphQL Code Generator write it. Read at the start.
    #[arg(long, env = "LEASEGRAPH_TRUSTED_DOCUMENTS")]
    pub trusted_documents: Option<String>,

    /// What is done with other documents.
    #[arg(
        long,
        env = "LEASEGRAPH_TRUSTED_DOCUMENTS_MODE",
        default_value = "allow"
    )]
    pub trusted_documents_mode: TrustedDocumentsMode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TrustedDocumentsMode {
    /// They are run.
    Allow,
    /// They are run, and the log says so.
    Log,
    /// They are refused. An administrator's token can still ask for the schema.
    Require,
}

impl TrustedSettings {
    /// Reads the file, if there is one. An empty setting is none.
    pub fn read(&self) -> Result<TrustedDocuments, InvalidSetting> {
        let mode = match self.trusted_documents_mode {
            TrustedDocumentsMode::Allow => TrustedMode::Allow,
            TrustedDocumentsMode::Log => TrustedMode::Log,
            TrustedDocumentsMode::Require => TrustedMode::Require,
        };
        let file = self.trusted_documents.as_deref();
        let Some(file) = file.filter(|it| !it.is_empty()) else {
            return Ok(TrustedDocuments::none(mode));
        };
        TrustedDocuments::read(Path::new(file), mode).map_err(|error| InvalidSetting {
            setting: "LEASEGRAPH_TRUSTED_DOCUMENTS",
            message: error.to_string(),
        })
    }
}

#[derive(Debug, Args)]
pub struct Database {
    /// The database: `sqlite://file.db?mode=rwc` or `postgres://user:password@host/name`.
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite://leasegraph.db?mode=rwc"
    )]
    pub database_url: SecretString,
}

#[derive(Debug, Args)]
pub struct Auth {
    /// The public keys of whoever issues tokens, as a JWKS: an `https` URL, or `file:` and a path.
    #[arg(long, env = "LEASEGRAPH_JWKS", default_value = "")]
    pub jwks: String,

    /// The key that tokens are signed with in development: at least 32 characters. Not needed where
    /// there is a JWKS.
    #[arg(long, env = "LEASEGRAPH_JWT_HS256_SECRET", hide_env_values = true)]
    pub jwt_hs256_secret: Option<SecretString>,

    /// Who must have issued a token.
    #[arg(long, env = "LEASEGRAPH_JWT_ISSUER", default_value = "leasegraph")]
    pub jwt_issuer: String,

    /// Whom a token must be meant for.
    #[arg(long, env = "LEASEGRAPH_JWT_AUDIENCE", default_value = "leasegraph")]
    pub jwt_audience: String,
}

#[derive(Debug, Args)]
pub struct Log {
    /// What is logged: a level, or levels by module, e.g. `info,leasegraph::sync=debug`.
    #[arg(long, env = "LEASEGRAPH_LOG", default_value = "info")]
    pub log: String,

    /// How it is logged.
    #[arg(long, env = "LEASEGRAPH_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object per line, for machines.
    Json,
}

impl Settings {
    /// The keys that secrets are sealed with.
    pub fn keys(&self) -> Result<KeyRing, InvalidSetting> {
        let setting = "LEASEGRAPH_ENCRYPTION_KEYS";
        let keys = self
            .encryption_keys
            .as_ref()
            .ok_or_else(|| InvalidSetting {
                setting,
                message: "is not set; make one with: echo \"k1:$(openssl rand -base64 32)\""
                    .to_owned(),
            })?;
        KeyRing::parse(keys.expose_secret()).map_err(|error| InvalidSetting {
            setting,
            message: error.to_string(),
        })
    }

    /// Where metrics are shown, if anywhere.
    pub fn metrics_address(&self) -> Result<Option<SocketAddr>, InvalidSetting> {
        let text = self.metrics_listen.trim();
        let address = (!text.is_empty()).then(|| text.parse());
        address.transpose().map_err(|_| InvalidSetting {
            setting: "LEASEGRAPH_METRICS_LISTEN",
            message: format!("`{text}` is no address; one looks like 127.0.0.1:9090"),
        })
    }

    /// The address ranges that are opened.
    pub fn opened_ranges(&self) -> Vec<IpNet> {
        self.egress_allow_cidrs.iter().flatten().copied().collect()
    }

    /// The quotas that take the place of the built-in ones, by name.
    pub fn quotas(&self) -> Result<BTreeMap<String, Quota>, InvalidSetting> {
        let mut quotas = BTreeMap::new();
        for NamedQuota { name, quota } in self.request_quotas.iter().flatten() {
            if quotas.insert(name.clone(), *quota).is_some() {
                return Err(InvalidSetting {
                    setting: "LEASEGRAPH_REQUEST_QUOTAS",
                    message: format!("`{name}` is there twice; once is right"),
                });
            }
        }
        Ok(quotas)
    }
}

impl Auth {
    const SHORTEST_SECRET: usize = 32;

    /// Where the public keys of the issuer are.
    pub fn key_source(&self) -> Result<Option<KeySource>, InvalidSetting> {
        let text = self.jwks.trim();
        let source = (!text.is_empty()).then(|| text.parse::<KeySource>());
        source.transpose().map_err(|error| InvalidSetting {
            setting: "LEASEGRAPH_JWKS",
            message: error.to_string(),
        })
    }

    /// The development key, which is not needed where the issuer's public keys are known.
    pub fn secret(&self) -> Result<Option<&SecretString>, InvalidSetting> {
        if self.given_secret().is_none() && self.key_source()?.is_some() {
            return Ok(None);
        }
        self.needed_secret().map(Some)
    }

    /// The development key, for whoever signs with it.
    pub fn needed_secret(&self) -> Result<&SecretString, InvalidSetting> {
        let setting = "LEASEGRAPH_JWT_HS256_SECRET";
        let secret = self.given_secret().ok_or_else(|| InvalidSetting {
            setting,
            message: "is not set; make one with: openssl rand -base64 48, or set LEASEGRAPH_JWKS"
                .to_owned(),
        })?;
        if secret.expose_secret().len() < Self::SHORTEST_SECRET {
            return Err(InvalidSetting {
                setting,
                message: "is too short to be safe; at least 32 characters are".to_owned(),
            });
        }
        Ok(secret)
    }

    /// An empty one is none.
    fn given_secret(&self) -> Option<&SecretString> {
        let secret = self.jwt_hs256_secret.as_ref();
        secret.filter(|it| !it.expose_secret().is_empty())
    }
}
