//! A stored document that is parsed when somebody asks for it.
//!
//! Most of an offer is seldom looked at: a page of twenty is often asked for numbers and statuses
//! alone, and those have columns. The rest stays text until a field of it is wanted.

use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::value::RawValue;

/// A document and, once it was asked for, its value.
#[derive(Debug, Clone)]
pub struct Content<T> {
    text: Box<str>,
    value: OnceLock<T>,
}

impl<T: Serialize + DeserializeOwned> Content<T> {
    /// A document as it came out of the store. It is not looked at yet.
    pub fn from_text(text: String) -> Self {
        Self {
            text: text.into_boxed_str(),
            value: OnceLock::new(),
        }
    }

    /// Writes a value down.
    pub fn new(value: T) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_string(&value)?.into_boxed_str();
        Ok(Self {
            text,
            value: OnceLock::from(value),
        })
    }

    /// The document as it is stored. Equal values have equal texts.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value; parsed the first time.
    pub fn get(&self) -> Result<&T, serde_json::Error> {
        if let Some(value) = self.value.get() {
            return Ok(value);
        }
        let value = serde_json::from_str(&self.text)?;
        Ok(self.value.get_or_init(|| value))
    }
}

impl<T> PartialEq for Content<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Written as the document that it is, not as a text with a document in it.
impl<T> Serialize for Content<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.text)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

/// Reads from JSON text only, not from a `serde_json::Value`.
impl<'de, T> Deserialize<'de> for Content<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self {
            text: document.into(),
            value: OnceLock::new(),
        })
    }
}
