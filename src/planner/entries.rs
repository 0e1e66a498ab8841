//! What the parser lets pass: an argument, or a field of an object, that has no value.
//!
//! The compiler's parser takes `{ search }` for an object and `(first)` for arguments, and drops what
//! has no value, so that a filter is not applied and nobody is told. Apart from `guard`, which knows
//! no grammar. Looks only at texts that the parser took, and must not judge anything else.

use super::{
    guard::Tokens,
    places::Lines,
    refusal::{Problem, Reason, Refusal},
};

/// Refuses a document in which something that must have a value has none.
pub(super) fn check(text: &str) -> Result<(), Refusal> {
    let Some((at, name)) = without_value(text) else {
        return Ok(());
    };
    let message = format!("`{name}` has no value: expected a colon and a value after it");
    let place = Lines::new(text).place(text, at);
    let locations = place.into_iter().collect();
    let problem = Problem { message, locations };
    Err(Refusal::listing(Reason::Syntax, vec![problem]))
}

/// The first entry without a value.
///
/// Between parentheses there are entries, in braces too, which are objects there. In brackets there
/// are values and types. What begins with a name is an entry, unless it is what something else begins.
fn without_value(text: &str) -> Option<(usize, &str)> {
    let mut open = Vec::new();
    let mut before = "";
    let mut entry = None;
    for (at, token) in Tokens::of(text).map_while(Result::ok) {
        if entry.is_some() && token != ":" {
            return entry;
        }
        let of_entries = open.contains(&"(") && open.last() != Some(&"[");
        let begins = is_name(token) && !matches!(before, ":" | "=" | "$" | "@");
        entry = (of_entries && begins).then_some((at, token));
        match token {
            "(" | "[" | "{" => open.push(token),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
        before = token;
    }
    None
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_is_found() {
        for (document, found) in [
            ("{ a(b: { c }) }", (9, "c")),
            ("{ a(b: { c: D e }) }", (14, "e")),
            ("{ a(b) }", (4, "b")),
            ("{ a(b: 1 c) }", (9, "c")),
            ("{ a(b: $c d) }", (10, "d")),
            ("{ a(b: [{ c }]) }", (10, "c")),
            ("{ a @include(if: $b c) }", (20, "c")),
            ("query ($a: A = { b }) { c }", (17, "b")),
        ] {
            assert_eq!(without_value(document), Some(found), "{document}");
        }
    }

    #[test]
    fn what_has_a_value_passes() {
        for document in [
            "{ a b { c d } }",
            "{ a(b: C, d: true) { e(f: \"g h\") } }",
            "{ a(b: { c: [D E { f: null }] g: H }) }",
            "query A($b: [C!]! = [D E], $f: G = H @i(j: K)) { l @m(n: $o) p }",
            "{ a(b # c\n : # d\n E) { f } } fragment g on H { i }",
            "{ a(b: 1e3, c: -1.5E10, d: \"\"\"e f\"\"\") }",
            "{ a(b: {}) { c } d(e: []) { f g } }",
        ] {
            assert_eq!(without_value(document), None, "{document}");
        }
    }
}
