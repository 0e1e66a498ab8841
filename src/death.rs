//! Named moments at which a test lets the process die.
//!
//! What is promised about a process that is killed must hold wherever it is killed, and the worst
//! moments are too short to be met by chance. Built with the feature `named-deaths`, the process
//! sends itself SIGKILL when it comes to the moment that `LEASEGRAPH_DIE_AT` names. Without it, as in
//! every ordinary build, [`pass`] is empty, and the variable is read by nobody
//! (`docs/decisions/0024-named-deaths.md`). Must never do anything but end the process.

#[cfg(feature = "named-deaths")]
pub use armed::{pass, statement_hook};
#[cfg(not(feature = "named-deaths"))]
pub use unarmed::{pass, statement_hook};

/// Sees the text of every SQL statement.
type StatementHook = std::sync::Arc<dyn Fn(&str) + Send + Sync>;

/// A moment between two steps, at which the first is done and the second is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A provider is about to be asked for a page.
    BeforeFetch,
    /// The page is there, and nothing of it is written.
    PageFetched,
    /// Records, events and deliveries are written, and not committed.
    AfterUpsert,
    /// Any transaction is about to be committed.
    BeforeCommit,
    /// It is, and nobody in this process knows.
    AfterCommit,
    /// Events are committed, and nobody has been woken.
    BeforeWakeUp,
    /// Deliveries are leased, and nothing is done with them.
    AfterClaim,
    /// A receiver's answer is read, and nobody has written that down.
    AnswerRead,
    /// It is written down, and not committed.
    MarkWritten,
    /// It is committed.
    AfterMark,
    /// An attempt failed, and the time of the next one is committed.
    RetryScheduled,
    /// A lease was made longer, and its transaction goes on.
    LeaseRenewal,
    /// The end was asked for, and not everything has ended.
    Drain,
    /// The schema is half changed.
    Migration,
    /// A signing key is written, and not committed.
    KeyRotation,
}

impl Moment {
    pub const ALL: [Self; 15] = [
        Self::BeforeFetch,
        Self::PageFetched,
        Self::AfterUpsert,
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeWakeUp,
        Self::AfterClaim,
        Self::AnswerRead,
        Self::MarkWritten,
        Self::AfterMark,
        Self::RetryScheduled,
        Self::LeaseRenewal,
        Self::Drain,
        Self::Migration,
        Self::KeyRotation,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeFetch => "before-fetch",
            Self::PageFetched => "page-fetched",
            Self::AfterUpsert => "after-upsert",
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::BeforeWakeUp => "before-wake-up",
            Self::AfterClaim => "after-claim",
            Self::AnswerRead => "answer-read",
            Self::MarkWritten => "mark-written",
            Self::AfterMark => "after-mark",
            Self::RetryScheduled => "retry-scheduled",
            Self::LeaseRenewal => "lease-renewal",
            Self::Drain => "drain",
            Self::Migration => "migration",
            Self::KeyRotation => "key-rotation",
        }
    }
}

#[cfg(not(feature = "named-deaths"))]
mod unarmed {
    use super::{Moment, StatementHook};

    /// Comes to a moment. Nothing happens.
    #[inline]
    pub const fn pass(_: Moment) {}

    /// What must see every statement: nobody.
    pub const fn statement_hook() -> Option<StatementHook> {
        None
    }
}

#[cfg(feature = "named-deaths")]
mod armed {
    use std::sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    use rustix::process::{Signal, getpid, kill_process};

    use super::{Moment, StatementHook};

    /// When to die: `after-claim:3` is the third time that deliveries are leased.
    struct Plan {
        moment: Moment,
        passes_left: AtomicU32,
    }

    /// Comes to a moment, and to the end if it is the one.
    pub fn pass(moment: Moment) {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();

        let Some(plan) = PLAN.get_or_init(read_plan) else {
            return;
        };
        if plan.moment == moment && plan.passes_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // Nothing is flushed, closed or unwound, and no thread runs on.
            let _ = kill_process(getpid(), Signal::KILL);
        }
    }

    /// The schema is half changed after each statement that changes it.
    pub fn statement_hook() -> Option<StatementHook> {
        Some(Arc::new(|sql| {
            if ["CREATE ", "ALTER ", "DROP "]
                .iter()
                .any(|it| sql.starts_with(it))
            {
                pass(Moment::Migration);
            }
        }))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "no setting: only tests have it, in builds of their own"
    )]
    fn read_plan() -> Option<Plan> {
        let text = std::env::var("LEASEGRAPH_DIE_AT").ok()?;
        let (name, pass) = text.split_once(':')?;
        Some(Plan {
            moment: Moment::ALL.into_iter().find(|it| it.name() == name)?,
            passes_left: AtomicU32::new(pass.parse().ok()?),
        })
    }
}
