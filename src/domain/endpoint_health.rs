//! How an endpoint has fared lately, and whether more may be sent to it.
//!
//! Pure: what happened and the time are handed in. Apart from the database, which keeps this for
//! every process, and from requests, because it is about the endpoint and not about one delivery:
//! when a delivery comes again is its own schedule's business.
//!
//! An endpoint is *free* until it asks for less (it is *throttled*) or does not answer several times
//! in a row (it is *stopped*). When that time is over, one attempt is let through (it is *probed*),
//! and what becomes of it decides. Nothing that waits meanwhile loses an attempt.

use chrono::TimeDelta;

use super::Timestamp;

/// So many outages in a row stop an endpoint.
const MOST_OUTAGES: u32 = 5;

/// The first pause. It doubles with each one that follows, up to the longest.
const FIRST_PAUSE: TimeDelta = TimeDelta::seconds(5);
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// The longest that a receiver can ask us to stay away.
pub const LONGEST_ASKED: TimeDelta = TimeDelta::hours(24);

/// When to try again if nobody hears of a probe: later than the longest attempt ends.
pub const PROBE_TIME: TimeDelta = TimeDelta::seconds(30);

/// An endpoint that took nothing for so long, in so many attempts, is disabled. The number is two
/// deliveries' worth, so that one that is seldom told anything is not disabled for a single one.
const LONGEST_FAILING: TimeDelta = TimeDelta::days(5);
const FEWEST_FAILURES: u32 = 20;

/// What an attempt says about the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It took what it was sent.
    Taken,
    /// Somebody is there and did not want this: no reason to think that the next one fails, too.
    Refused,
    /// Nobody is there, or whoever is cannot answer.
    Outage,
    /// It asked for less, and perhaps said for how long.
    Overloaded { asked: Option<TimeDelta> },
    /// Nothing: what failed was ours.
    Nothing,
}

/// Whether something may be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flow {
    #[default]
    Free,
    /// It asked for nothing until then.
    Throttled { until: Timestamp },
    /// It is left alone until then, because it seems to be down.
    Stopped { until: Timestamp },
    /// One attempt is under way. If nobody hears of it until then, another one may begin.
    Probed { until: Timestamp },
}

impl Flow {
    /// From when on something may be sent; `None` if now.
    pub const fn until(self) -> Option<Timestamp> {
        match self {
            Self::Free => None,
            Self::Throttled { until } | Self::Stopped { until } | Self::Probed { until } => {
                Some(until)
            }
        }
    }
}

/// How an endpoint has fared since it took something. The default is: well.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndpointHealth {
    /// When the first failure since the last success was.
    pub failing_since: Option<Timestamp>,
    /// How many there were since then.
    pub failures: u32,
    /// How many of them, in a row, say that the endpoint itself is unwell.
    pub outages: u32,
    /// How many times in a row it was left alone.
    pub pauses: u32,
    pub flow: Flow,
}

impl EndpointHealth {
    /// With the right to find out by one attempt whether the endpoint is back. `None` if it need not be
    /// found out, or not yet, or somebody else is at it.
    pub fn probed(self, now: Timestamp) -> Option<Self> {
        let until = now + PROBE_TIME;
        let is_time = self.flow.until().is_some_and(|it| it <= now);
        is_time.then_some(Self {
            flow: Flow::Probed { until },
            ..self
        })
    }

    pub fn is_well(&self) -> bool {
        *self == Self::default()
    }

    /// How it fares after one more attempt.
    #[must_use]
    pub fn after(self, verdict: Verdict, now: Timestamp) -> Self {
        match verdict {
            Verdict::Nothing => self,
            Verdict::Taken => Self {
                flow: self.flow.after_an_answer(now),
                ..Self::default()
            },
            Verdict::Refused => Self {
                outages: 0,
                pauses: 0,
                flow: self.flow.after_an_answer(now),
                ..self.failed(now)
            },
            Verdict::Outage => self.failed(now).unwell().stopped(now),
            Verdict::Overloaded { asked } => self.failed(now).unwell().throttled(asked, now),
        }
    }

    /// Whether it has taken nothing for so long that it should get nothing more.
    pub fn is_given_up(&self, now: Timestamp) -> bool {
        let is_long = |since| now - since >= LONGEST_FAILING;
        self.failures >= FEWEST_FAILURES && self.failing_since.is_some_and(is_long)
    }

    fn failed(self, now: Timestamp) -> Self {
        Self {
            failing_since: self.failing_since.or(Some(now)),
            failures: self.failures.saturating_add(1),
            ..self
        }
    }

    fn unwell(self) -> Self {
        Self {
            outages: self.outages.saturating_add(1),
            ..self
        }
    }

    fn stopped(self, now: Timestamp) -> Self {
        let is_due = match self.flow {
            Flow::Free => self.outages >= MOST_OUTAGES,
            Flow::Probed { .. } => true,
            // It was under way when the endpoint began to be left alone.
            Flow::Throttled { .. } | Flow::Stopped { .. } => false,
        };
        if !is_due {
            return self;
        }
        let until = now + pause(self.pauses);
        self.paused(Flow::Stopped { until })
    }

    fn throttled(self, asked: Option<TimeDelta>, now: Timestamp) -> Self {
        let already = match self.flow {
            Flow::Throttled { until } | Flow::Stopped { until } if until > now => Some(until),
            _ => None,
        };
        let wait = match (asked, already) {
            (Some(asked), _) => asked.min(LONGEST_ASKED),
            // The answers to what was under way together are one reason to wait, not many.
            (None, Some(_)) => TimeDelta::zero(),
            (None, None) => pause(self.pauses),
        };
        let until = (now + wait).max(already.unwrap_or(now));
        let flow = Flow::Throttled { until };
        match already {
            Some(_) => Self { flow, ..self },
            None => self.paused(flow),
        }
    }

    fn paused(self, flow: Flow) -> Self {
        Self {
            pauses: self.pauses.saturating_add(1),
            flow,
            ..self
        }
    }
}

impl Flow {
    /// An answer is a sign of life. Whoever asked for less still gets what it asked for.
    fn after_an_answer(self, now: Timestamp) -> Self {
        match self {
            Self::Throttled { until } if until > now => self,
            _ => Self::Free,
        }
    }
}

/// How long the pause lasts that follows so many others.
fn pause(pauses: u32) -> TimeDelta {
    let doubled = 1_i32 << pauses.min(10);
    (FIRST_PAUSE * doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn noon() -> Timestamp {
        "2030-12-01T12:00:00Z".parse().unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        noon() + TimeDelta::seconds(seconds)
    }

    /// After attempts at noon.
    fn after(verdicts: &[Verdict]) -> EndpointHealth {
        let well = EndpointHealth::default();
        verdicts.iter().fold(well, |it, v| it.after(*v, noon()))
    }

    fn asked(seconds: i64) -> Verdict {
        Verdict::Overloaded {
            asked: Some(TimeDelta::seconds(seconds)),
        }
    }

    const UNASKED: Verdict = Verdict::Overloaded { asked: None };

    fn probed(health: EndpointHealth, now: Timestamp) -> EndpointHealth {
        let until = now + PROBE_TIME;
        EndpointHealth {
            flow: Flow::Probed { until },
            ..health
        }
    }

    #[test]
    fn five_outages_in_a_row_stop_it_and_nothing_else_does() {
        for between in [Verdict::Taken, Verdict::Refused] {
            let mut attempts = vec![Verdict::Outage; 4];
            attempts.push(between);
            attempts.extend([Verdict::Outage; 4]);
            assert_eq!(after(&attempts).flow, Flow::Free, "{between:?}");
        }
        assert_eq!(after(&[Verdict::Refused; 100]).flow, Flow::Free);
        assert!(after(&[Verdict::Nothing; 100]).is_well());
        let until = at(5);
        assert_eq!(after(&[Verdict::Outage; 5]).flow, Flow::Stopped { until });
        // What else was under way does not lengthen the pause.
        assert_eq!(after(&[Verdict::Outage; 8]).flow, Flow::Stopped { until });
    }

    #[test]
    fn pauses_double_until_five_minutes_and_a_success_ends_them() {
        let mut health = after(&[Verdict::Outage; 5]);
        let mut now = noon();
        for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
            now += TimeDelta::seconds(pause);
            assert_eq!(health.flow, Flow::Stopped { until: now });
            health = probed(health, now).after(Verdict::Outage, now);
        }
        assert!(probed(health, now).after(Verdict::Taken, now).is_well());
    }

    #[test]
    fn a_probe_that_is_answered_frees_it_even_if_it_is_refused() {
        let health = probed(after(&[Verdict::Outage; 5]), at(5));
        let refused = health.after(Verdict::Refused, at(6));
        assert_eq!((refused.flow, refused.pauses), (Flow::Free, 0));
        assert_eq!(refused.failures, 6);
        assert_eq!(refused.failing_since, Some(noon()));
    }

    #[test]
    fn who_asks_for_less_gets_exactly_what_it_asked_for() {
        let until = at(600);
        assert_eq!(after(&[asked(600)]).flow, Flow::Throttled { until });
        // Whatever else was under way, nothing shortens it.
        for late in [
            Verdict::Taken,
            Verdict::Refused,
            Verdict::Outage,
            UNASKED,
            asked(5),
        ] {
            let health = after(&[asked(600), late]);
            assert_eq!(health.flow, Flow::Throttled { until }, "{late:?}");
        }
        let day = Flow::Throttled { until: at(86_400) };
        assert_eq!(after(&[asked(86_400)]).flow, day);
        assert_eq!(after(&[asked(10_000_000)]).flow, day);
        // A stopped one that asks for more gets more.
        let mut attempts = vec![Verdict::Outage; 5];
        attempts.push(asked(600));
        assert_eq!(after(&attempts).flow, Flow::Throttled { until });
    }

    #[test]
    fn who_asks_for_less_without_a_number_gets_pauses_that_double() {
        let mut health = after(&[UNASKED, UNASKED, UNASKED]);
        assert_eq!(health.flow, Flow::Throttled { until: at(5) });
        health = probed(health, at(5)).after(UNASKED, at(5));
        assert_eq!(health.flow, Flow::Throttled { until: at(15) });
    }

    #[test]
    fn five_days_of_failures_and_nothing_less_give_it_up() {
        let days = |it| noon() + TimeDelta::days(it);
        let failing = after(&[Verdict::Refused; 20]);
        assert!(!failing.is_given_up(days(5) - TimeDelta::microseconds(1)));
        assert!(failing.is_given_up(days(5)));
        assert!(!after(&[Verdict::Refused; 19]).is_given_up(days(50)));
        let taken = failing.after(Verdict::Taken, days(4));
        assert!(!taken.after(Verdict::Refused, days(5)).is_given_up(days(9)));
    }

    fn verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![
            Just(Verdict::Taken),
            Just(Verdict::Refused),
            Just(Verdict::Outage),
            Just(Verdict::Nothing),
            Just(UNASKED),
            (0_i64..200_000).prop_map(asked),
        ]
    }

    proptest! {
        #[test]
        fn whatever_happens_it_is_let_through_again_within_a_day(
            steps in prop::collection::vec((verdict(), 0_i64..1000, any::<bool>()), 1..100),
        ) {
            let mut health = EndpointHealth::default();
            let mut now = noon();
            let mut asked_until = now;
            for (verdict, wait, is_probe) in steps {
                now += TimeDelta::seconds(wait);
                let may_probe = health.flow.until().is_some_and(|it| it <= now);
                if is_probe && may_probe {
                    health = probed(health, now);
                }
                health = health.after(verdict, now);
                if let Verdict::Overloaded { asked: Some(asked) } = verdict {
                    asked_until = asked_until.max(now + asked.min(LONGEST_ASKED));
                }
                let until = health.flow.until();
                prop_assert!(until.is_none_or(|it| it <= now + LONGEST_ASKED));
                // What was asked for is kept to the end.
                prop_assert!(asked_until <= now || until.is_some_and(|it| it >= asked_until));
                prop_assert_eq!(health.failures == 0, health.failing_since.is_none());
                prop_assert!(health.outages <= health.failures);
            }
        }
    }
}
