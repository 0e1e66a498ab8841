//! How nested fields are loaded: one statement per relation and level, however many rows.
//!
//! Rows that were read together are *siblings* and form a *level*. A field that leads from one of
//! them to another table is a [`Relation`] of the level: whoever asks first loads it for every
//! sibling, the others wait for that and take theirs. What was loaded is a level in turn. Nothing
//! waits for a timer, and a relation that nobody asks for costs nothing.

use std::{
    any::Any,
    collections::HashMap,
    hash::Hash,
    marker::PhantomData,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::error::ApiError;

/// One row of a level. Clones are the same row.
pub(super) struct Sibling<T, R> {
    row: Arc<T>,
    level: Arc<Level<T, R>>,
}

struct Level<T, R> {
    rows: Vec<Arc<T>>,
    relations: R,
}

impl<T, R> Sibling<T, R> {
    /// Makes a level of rows that were read together. `relations` is what can be loaded for it.
    pub(super) fn all(rows: impl IntoIterator<Item = T>, relations: R) -> Vec<Self> {
        let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
        let level = Arc::new(Level {
            rows: rows.clone(),
            relations,
        });
        let sibling = |row| Self {
            row,
            level: Arc::clone(&level),
        };
        rows.into_iter().map(sibling).collect()
    }

    /// Every row of the level, this one included.
    pub(super) fn siblings(&self) -> impl Iterator<Item = &T> {
        self.level.rows.iter().map(|it| &**it)
    }

    pub(super) fn relations(&self) -> &R {
        &self.level.relations
    }
}

impl<T, R> Clone for Sibling<T, R> {
    fn clone(&self) -> Self {
        Self {
            row: Arc::clone(&self.row),
            level: Arc::clone(&self.level),
        }
    }
}

impl<T, R> Deref for Sibling<T, R> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.row
    }
}

/// Something that is loaded at most once for a whole level.
///
/// What was loaded is kept without its type. With it, the compiler would have to walk through every
/// kind of row that can ever hang below this one, to prove that a row may go to another thread, and
/// gives up on the way.
pub(super) struct Relation<T> {
    loaded: OnceCell<Result<Box<dyn Any + Send + Sync>, ApiError>>,
    of: PhantomData<fn() -> T>,
}

impl<T> Default for Relation<T> {
    fn default() -> Self {
        Self {
            loaded: OnceCell::new(),
            of: PhantomData,
        }
    }
}

impl<T: Send + Sync + 'static> Relation<T> {
    /// What was loaded, or what `load` brings if nobody has yet. A failure is every sibling's.
    ///
    /// The work is boxed when it begins, which it does once for a level: a resolver is moved for
    /// every field of every row, and must not carry the room for a query along.
    pub(super) async fn get<F>(&self, load: impl FnOnce() -> F) -> Result<&T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let load = || Box::pin(async { Ok(Box::new(load().await?) as Box<dyn Any + Send + Sync>) });
        match self.loaded.get_or_init(load).await {
            Ok(loaded) => loaded
                .downcast_ref()
                .ok_or_else(|| ApiError::bug("a relation holds something else")),
            Err(error) => Err(error.clone()),
        }
    }
}

/// Relations that take arguments: one for each set of them that the document uses.
pub(super) struct Relations<K, T>(Mutex<HashMap<K, Arc<Relation<T>>>>);

impl<K, T> Default for Relations<K, T> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, T> Relations<K, T> {
    pub(super) fn with(&self, arguments: K) -> Arc<Relation<T>> {
        let mut relations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(relations.entry(arguments).or_default())
    }
}
