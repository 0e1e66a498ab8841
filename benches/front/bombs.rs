//! Documents that cost whoever runs them as they are written far more than they cost to send.
//!
//! Apart, because they are told by how they are built. Each is good GraphQL as far as a parser knows.

use std::fmt::Write as _;

pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

pub(crate) fn all() -> Vec<Bomb> {
    let bomb = |name, text| Bomb { name, text };
    vec![
        bomb("60 fragments, each twice the next", fragments(60)),
        bomb("20,000 times the same field", repeated(20_000)),
        bomb("1,400 times the same field", repeated(1_400)),
        bomb("5,000 lists under other names", aliases(5_000)),
        bomb("a list nested 100,000 deep", nested_list(100_000)),
        bomb("fields nested 100,000 deep", nested_fields(100_000)),
        bomb("fields that merge in every way", entangled(8, 8)),
    ]
}

/// Run as written, the last one is met 2^60 times.
fn fragments(count: usize) -> String {
    let mut text = "{...F0}".to_owned();
    for number in 0..count {
        let next = number + 1;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            " fragment F{number} on Query{{...F{next} ...F{next}}}"
        );
    }
    let _ = write!(text, " fragment F{count} on Query{{__typename}}");
    text
}

fn repeated(count: usize) -> String {
    format!("{{{}}}", "__typename ".repeat(count))
}

/// Under different names nothing can be merged: it all would have to be read.
fn aliases(count: usize) -> String {
    let mut text = "{".to_owned();
    for number in 0..count {
        // Writing to a string cannot fail.
        let _ = write!(text, "a{number}:offers(first:100){{nodes{{id}}}} ");
    }
    text.push('}');
    text
}

fn nested_list(depth: usize) -> String {
    let (open, close) = ("[".repeat(depth), "]".repeat(depth));
    format!("{{nodes(ids:{open}{close}){{id}}}}")
}

fn nested_fields(depth: usize) -> String {
    let (open, close) = ("{a".repeat(depth), "}".repeat(depth));
    format!("{open}{close}")
}

/// Each level has the same field in many fragments, which meet in ever new sets: a validator that
/// remembers sets of fields remembers more than there is room for.
fn entangled(levels: usize, width: usize) -> String {
    let mut text = "{offers(first:1){nodes{".to_owned();
    for at in 0..width {
        // Writing to a string cannot fail.
        let _ = write!(text, "...O0x{at} ");
    }
    text.push_str("}}}");
    for level in 0..levels {
        let (here, there) = if level % 2 == 0 {
            ("O", "order")
        } else {
            ("R", "offer")
        };
        let ty = if level % 2 == 0 { "Offer" } else { "Order" };
        let next = if level % 2 == 0 { "R" } else { "O" };
        for at in 0..width {
            let _ = write!(text, " fragment {here}{level}x{at} on {ty}{{id {there}{{id");
            if level + 1 < levels {
                for other in (0..width).filter(|it| *it != at) {
                    let _ = write!(text, " ...{next}{}x{other}", level + 1);
                }
            }
            text.push_str("}}");
        }
    }
    text
}
