//! What is asked, as GraphQL over HTTP writes it: in a body, in a URL or in a message of a socket.
//!
//! Apart, because every way in reads the same four fields, and says the same about one that is not
//! what it should be. Whether the document makes sense is not asked here.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A request.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Asked {
    pub(super) query: Option<String>,
    /// The name of a document that is known here, in place of its text.
    pub(super) document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Option<Map<String, Value>>,
    pub(super) extensions: Option<Map<String, Value>>,
}

/// What is wrong with the form of a request, in a sentence for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(String);

impl Malformed {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl Asked {
    /// Reads a body. A byte order mark is passed over, as RFC 8259 allows.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, Malformed> {
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        if body.is_empty() {
            return Err(Malformed::new(
                "the body is empty; expected a JSON object with `query`",
            ));
        }
        let text =
            std::str::from_utf8(body).map_err(|_| Malformed::new("the body is not UTF-8"))?;
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Malformed::new(format!("the body is not JSON: {error}")))?;
        Self::try_from(value)
    }

    /// Reads the query of a URL, where what is an object is JSON in a text.
    pub(super) fn from_url(query: Option<&str>) -> Result<Self, Malformed> {
        let mut fields = Map::new();
        for (name, text) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = match name.as_ref() {
                "variables" | "extensions" => serde_json::from_str(&text)
                    .map_err(|_| Malformed::new(format!("the parameter `{name}` is not JSON")))?,
                // As forms have it: a name without a value is not there.
                "operationName" if text.is_empty() => Value::Null,
                "query" | "operationName" | "documentId" => Value::from(text.as_ref()),
                // A stranger's, such as a proxy's.
                _ => continue,
            };
            if fields.insert(name.to_string(), value).is_some() {
                let message = format!("the parameter `{name}` is there twice; once is right");
                return Err(Malformed(message));
            }
        }
        Self::try_from(Value::Object(fields))
    }
}

impl TryFrom<Value> for Asked {
    type Error = Malformed;

    fn try_from(value: Value) -> Result<Self, Malformed> {
        let mut fields = match value {
            Value::Object(fields) => fields,
            Value::Array(_) => {
                return Err(Malformed::new(
                    "a list of requests is not answered; send one request at a time",
                ));
            }
            _ => return Err(Malformed::new("expected a JSON object with `query`")),
        };
        Ok(Self {
            query: text(&mut fields, "query")?,
            document_id: text(&mut fields, "documentId")?,
            operation_name: text(&mut fields, "operationName")?,
            variables: object(&mut fields, "variables")?,
            extensions: object(&mut fields, "extensions")?,
        })
    }
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Malformed> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Malformed(format!("`{name}` must be a string"))),
    }
}

fn object(
    fields: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<Map<String, Value>>, Malformed> {
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(Malformed(format!("`{name}` must be an object"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(asked: Result<Asked, Malformed>) -> String {
        asked.err().unwrap().to_string()
    }

    #[test]
    fn a_field_of_another_type_is_named() {
        for (body, said) in [
            (r#"{"query":1}"#, "`query` must be a string"),
            (r#"{"query":[]}"#, "`query` must be a string"),
            (
                r#"{"operationName":{}}"#,
                "`operationName` must be a string",
            ),
            (r#"{"variables":[]}"#, "`variables` must be an object"),
            (r#"{"extensions":"x"}"#, "`extensions` must be an object"),
            (r#"{"documentId":true}"#, "`documentId` must be a string"),
            (
                "[]",
                "a list of requests is not answered; send one request at a time",
            ),
            ("7", "expected a JSON object with `query`"),
        ] {
            assert_eq!(refusal(Asked::from_body(body.as_bytes())), said);
        }
    }

    #[test]
    fn what_is_null_is_not_there() {
        let body = br#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
        let asked = Asked::from_body(body).unwrap();
        assert_eq!(asked.query.as_deref(), Some("{a}"));
        assert!(asked.operation_name.is_none() && asked.variables.is_none());
    }

    #[test]
    fn a_body_is_utf_8_with_or_without_its_mark() {
        assert!(Asked::from_body(b"\xEF\xBB\xBF{\"query\":\"{a}\"}").is_ok());
        let refused = refusal(Asked::from_body(b"{\"query\":\"\xFF\"}"));
        assert_eq!(refused, "the body is not UTF-8");
        assert!(refusal(Asked::from_body(b"")).starts_with("the body is empty"));
        assert!(refusal(Asked::from_body(b"{")).starts_with("the body is not JSON"));
    }

    #[test]
    fn a_url_says_each_thing_once() {
        let asked = Asked::from_url(Some("query=%7Ba%7D&variables=%7B%22x%22%3A1%7D&utm=1"));
        let asked = asked.unwrap();
        assert_eq!(asked.query.as_deref(), Some("{a}"));
        assert_eq!(asked.variables.unwrap()["x"], 1);
        let refused = refusal(Asked::from_url(Some("query=a&query=b")));
        assert_eq!(
            refused,
            "the parameter `query` is there twice; once is right"
        );
        let refused = refusal(Asked::from_url(Some("query=a&variables=x")));
        assert_eq!(refused, "the parameter `variables` is not JSON");
        let refused = refusal(Asked::from_url(Some("query=a&variables=[]")));
        assert_eq!(refused, "`variables` must be an object");
    }
}
