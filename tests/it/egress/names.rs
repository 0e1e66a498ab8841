//! Names that mean what a test says, and something else the next time if it wants.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::IpAddr,
    sync::Mutex,
};

use async_trait::async_trait;
use leasegraph::egress::Names;

/// A book of names. What it does not know has no address, and nobody else is asked.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<HashMap<String, Entry>>);

#[derive(Debug, Default)]
struct Entry {
    answers: VecDeque<Vec<IpAddr>>,
    asked: usize,
}

impl Book {
    /// A name means these addresses, one answer after the other; the last one stays.
    pub(super) fn says(&self, name: &str, answers: &[&[&str]]) {
        let parsed = |answer: &&[&str]| answer.iter().map(|it| it.parse().unwrap()).collect();
        let entry = Entry {
            answers: answers.iter().map(parsed).collect(),
            asked: 0,
        };
        self.0.lock().unwrap().insert(name.to_owned(), entry);
    }

    /// How often somebody wanted to know.
    pub(super) fn asked(&self, name: &str) -> usize {
        self.0.lock().unwrap()[name].asked
    }
}

#[async_trait]
impl Names for Book {
    async fn addresses_of(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut book = self.0.lock().unwrap();
        let entry = book.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        entry.asked += 1;
        Ok(match entry.answers.len() {
            1 => entry.answers[0].clone(),
            _ => entry.answers.pop_front().unwrap(),
        })
    }
}
