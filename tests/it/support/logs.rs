//! Everything that is logged while a test runs, to look for what must not be there.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use tracing_subscriber::{
    fmt::{MakeWriter, format::FmtSpan},
    util::SubscriberInitExt,
};

/// Everything that is logged, by anybody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    bytes: Arc<Mutex<Vec<u8>>>,
    panic_at: Arc<Mutex<Option<String>>>,
}

impl Log {
    /// Listens at the finest level to everything on this thread, which is where a test runs.
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish()
            .set_default()
    }

    /// Lets whoever logs a line with this in it panic, once.
    pub(crate) fn panic_at(&self, part: &str) {
        *self.panic_at.lock().unwrap() = Some(part.to_owned());
    }

    pub(crate) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The lines with this in them.
    pub(crate) fn lines_with(&self, part: &str) -> Vec<String> {
        let text = self.text();
        let lines = text.lines().filter(|it| it.contains(part));
        lines.map(str::to_owned).collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        let mut panic_at = self.panic_at.lock().unwrap();
        if let Some(part) = panic_at.take_if(|it| line.contains(&**it)) {
            drop(panic_at);
            panic!("somebody logged {part}");
        }
        let mut log = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        log.extend_from_slice(line.as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
