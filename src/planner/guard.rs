//! The first look at a document: is it small and flat enough to be parsed at all?
//!
//! A list nested 1,540 deep is 3,101 bytes of text and overflows the stack of the parser, which ends
//! the process. So the nesting is counted before, by a scan that knows only where texts and comments
//! begin and end. What is no document at all is let through; the parser says so better.

use super::limits::Limits;

/// Why a document is not looked at any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the document has {found} bytes, and {limit} are the most")]
    TooLarge { found: usize, limit: usize },
    #[error("the document has {found} tokens, and {limit} are the most")]
    TooManyTokens { found: usize, limit: usize },
    #[error("the document nests brackets {found} deep, and {limit} is the deepest")]
    TooDeep { found: usize, limit: usize },
    #[error("a text in the document has no end")]
    UnendedText,
}

/// Looks at a document once, from its start to its end.
pub fn check(document: &str, limits: &Limits) -> Result<(), Refused> {
    check_size(document, limits)?;
    let size = measure(document)?;
    let (found, limit) = (size.nesting, limits.nesting);
    if found > limit {
        return Err(Refused::TooDeep { found, limit });
    }
    let (found, limit) = (size.tokens, limits.tokens);
    if found > limit {
        return Err(Refused::TooManyTokens { found, limit });
    }
    Ok(())
}

/// The part of it that does not read the document.
pub(super) fn check_size(document: &str, limits: &Limits) -> Result<(), Refused> {
    let (found, limit) = (document.len(), limits.document_bytes);
    if found > limit {
        return Err(Refused::TooLarge { found, limit });
    }
    Ok(())
}

struct Size {
    tokens: usize,
    nesting: usize,
}

/// Counts to the end even where a limit is crossed, so that the answer can say by how much.
fn measure(document: &str) -> Result<Size, Refused> {
    let (mut tokens, mut depth, mut nesting) = (0, 0_usize, 0);
    for token in Tokens::of(document) {
        match token?.1 {
            "(" | "[" | "{" => {
                depth += 1;
                nesting = nesting.max(depth);
            }
            // One too many is the parser's business.
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens += 1;
    }
    Ok(Size { tokens, nesting })
}

/// The names, numbers, texts and punctuation of a document, each with the byte that it begins at.
pub(super) struct Tokens<'a> {
    document: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(document: &'a str) -> Self {
        Self { document, at: 0 }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<(usize, &'a str), Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.document.as_bytes().get(self.at..)?;
            let length = match rest.first()? {
                // A comma is white space to GraphQL, and so is a byte order mark.
                b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                    self.at += 1;
                    continue;
                }
                b'#' => {
                    self.at += comment(rest);
                    continue;
                }
                b'"' => match text(rest) {
                    Ok(length) => length,
                    Err(refused) => {
                        self.at = self.document.len();
                        return Some(Err(refused));
                    }
                },
                _ => word(rest),
            };
            let at = self.at;
            self.at += length;
            // What is cut out of a character is none of ours, and counted all the same.
            let token = self.document.get(at..self.at).unwrap_or_default();
            return Some(Ok((at, token)));
        }
    }
}

/// How long the comment is that begins here.
fn comment(rest: &[u8]) -> usize {
    let end = rest.iter().position(|it| matches!(it, b'\n' | b'\r'));
    end.unwrap_or(rest.len())
}

/// How long the text is that begins here, its quotes included.
fn text(rest: &[u8]) -> Result<usize, Refused> {
    if rest.starts_with(b"\"\"\"") {
        return block_text(rest);
    }
    let mut at = 1;
    loop {
        match rest.get(at) {
            Some(b'"') => return Ok(at + 1),
            // Whatever is escaped does not end the text. `\u` needs no care: digits end nothing.
            Some(b'\\') => at += 2,
            Some(b'\n' | b'\r') | None => return Err(Refused::UnendedText),
            Some(_) => at += 1,
        }
    }
}

/// The same for a text between three quotes, in which only `\"""` is an escape.
fn block_text(rest: &[u8]) -> Result<usize, Refused> {
    let mut at = 3;
    loop {
        let here = rest.get(at..).unwrap_or_default();
        if here.is_empty() {
            return Err(Refused::UnendedText);
        } else if here.starts_with(b"\"\"\"") {
            return Ok(at + 3);
        } else if here.starts_with(b"\\\"\"\"") {
            at += 4;
        } else {
            at += 1;
        }
    }
}

/// How long the name, number or punctuation is that begins here. Punctuation is one byte, of which
/// `...` makes three tokens: the count may be too high, never too low.
fn word(rest: &[u8]) -> usize {
    let end = rest.iter().position(|it| !is_of_word(*it));
    end.unwrap_or(rest.len()).max(1)
}

const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str) -> Result<(), Refused> {
        super::check(document, &Limits::default())
    }

    fn too_deep(found: usize) -> Result<(), Refused> {
        Err(Refused::TooDeep { found, limit: 48 })
    }

    fn too_many_tokens(found: usize) -> Result<(), Refused> {
        let limit = 2_000;
        Err(Refused::TooManyTokens { found, limit })
    }

    fn too_large(found: usize) -> Result<(), Refused> {
        let limit = 16_384;
        Err(Refused::TooLarge { found, limit })
    }

    #[test]
    fn an_ordinary_document_passes() {
        let document = r#"
            query Offers($first: Int = 20) { # a comment with a " and a {
                offers(first: $first, where: { search: "a \" } and a \\", status: [OPEN] }) {
                    nodes { id notes @include(if: true) ...Rest }
                }
            }
            fragment Rest on Offer { total { amount } }
        "#;
        assert_eq!(check(document), Ok(()));
        assert_eq!(check(""), Ok(()));
        assert_eq!(
            check(r#"{ a(b: """block with " and \""" and {{{ in it""") }"#),
            Ok(())
        );
    }

    #[test]
    fn a_list_in_a_list_in_a_list_is_refused_at_the_49th() {
        let nested = |deep| format!("{{ a(b: {}{}) }}", "[".repeat(deep), "]".repeat(deep));
        // The selection and the arguments are two of them.
        assert_eq!(check(&nested(46)), Ok(()));
        assert_eq!(check(&nested(47)), too_deep(49));
        assert_eq!(check(&nested(1_540)), too_deep(1_542));
        assert_eq!(check(&"{a".repeat(2_000)), too_deep(2_000));
        assert_eq!(check(&"[({".repeat(17)), too_deep(51));
    }

    #[test]
    fn closing_more_than_was_opened_does_not_make_room() {
        let document = format!("{}{}", "}".repeat(100), "{".repeat(49));
        assert_eq!(check(&document), too_deep(49));
    }

    #[test]
    fn the_same_field_again_and_again_is_refused_at_the_2001st_token() {
        let fields = |count| format!("{{{}}}", " a".repeat(count));
        assert_eq!(check(&fields(1_998)), Ok(()));
        assert_eq!(check(&fields(1_999)), too_many_tokens(2_001));
        assert_eq!(check(&fields(20_000)), too_large(40_002));
        assert_eq!(check(&"!".repeat(2_001)), too_many_tokens(2_001));
        assert_eq!(check(&"\"\" ".repeat(2_001)), too_many_tokens(2_001));
    }

    #[test]
    fn a_large_document_is_refused_whatever_is_in_it() {
        assert_eq!(check(&" ".repeat(16_384)), Ok(()));
        assert_eq!(check(&" ".repeat(16_385)), too_large(16_385));
    }

    #[test]
    fn a_text_without_an_end_is_refused() {
        for document in [
            "{ a(b: \"",
            "\"\n\"",
            "\"\\",
            "\"\\\"",
            "\"\"\"",
            "\"\"\" \\\"\"\"",
        ] {
            assert_eq!(check(document), Err(Refused::UnendedText), "{document:?}");
        }
    }

    #[test]
    fn brackets_in_texts_and_comments_do_not_count() {
        let brackets = "[".repeat(1_000);
        assert_eq!(check(&format!("{{ a(b: \"{brackets}\") }}")), Ok(()));
        assert_eq!(
            check(&format!("{{ a(b: \"\"\"{brackets}\"\"\") }}")),
            Ok(())
        );
        assert_eq!(check(&format!("# {brackets}\r{{ a }}")), Ok(()));
        assert_eq!(check(&format!("# comment\r{brackets}")), too_deep(1_000));
    }

    #[test]
    fn texts_in_other_scripts_are_scanned_byte_by_byte() {
        assert_eq!(check("{ a(b: \"ä→\u{1F6B2}\") } # ü"), Ok(()));
        assert_eq!(check("\u{feff}{ a }"), Ok(()));
    }
}
