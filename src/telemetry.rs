//! Where the log goes, and how it looks.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{InvalidSetting, Log, LogFormat};

/// Sends the log to standard error, so that what a command prints stays its own.
pub fn start(log: &Log) -> Result<(), InvalidSetting> {
    let filter = EnvFilter::try_new(&log.log).map_err(|_| InvalidSetting {
        setting: "LEASEGRAPH_LOG",
        message: "expected a level like info, or levels by module like info,sqlx=warn".to_owned(),
    })?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // Somebody else's subscriber is one, too.
    let _ = match log.log_format {
        LogFormat::Text => subscriber.with_target(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    Ok(())
}
