//! The table of forms (`forms.txt`), read.

use std::net::IpAddr;

use url::{Host, Url};

use super::names::Book;

/// One way to try to send us somewhere.
#[derive(Debug)]
pub(super) struct Form {
    /// What kind of thing is wrong with it.
    pub(super) section: &'static str,
    pub(super) url: String,
    /// What its name means, if it has one.
    means: Vec<String>,
}

/// All of them, with this port and this address of the machine.
pub(super) fn forms(port: u16, own: IpAddr) -> Vec<Form> {
    let mut section = "";
    let mut forms = Vec::new();
    for line in include_str!("forms.txt").lines() {
        if let Some(name) = line.strip_prefix('[').filter(|it| it.ends_with(']')) {
            section = name.trim_end_matches(']');
        } else if !line.is_empty() && !line.starts_with('#') {
            let (form, why) = line.rsplit_once(" | ").expect(line);
            assert!(!why.is_empty(), "{line}");
            let (url, means) = form.split_once(" = ").unwrap_or((form, ""));
            let concrete = |it: &str| {
                it.replace("PORT", &port.to_string())
                    .replace("OWN", &own.to_string())
                    .replace("\\t", "\t")
                    .replace("\\n", "\n")
            };
            let means = means.split(", ").filter(|it| !it.is_empty());
            forms.push(Form {
                section,
                url: concrete(url),
                means: means.map(concrete).collect(),
            });
        }
    }
    forms
}

impl Form {
    /// Lets its name mean what the table says.
    pub(super) fn tell(&self, book: &Book) {
        let Some(url) = Url::parse(&self.url).ok() else {
            return;
        };
        match url.host() {
            Some(Host::Domain(name)) if !self.means.is_empty() => {
                let means: Vec<_> = self.means.iter().map(String::as_str).collect();
                book.says(name, &[&means]);
            }
            _ => assert_eq!(self.means, [""; 0], "{} has no name", self.url),
        }
    }

    /// Whether its address is what is wrong with it.
    pub(super) fn is_address(&self) -> bool {
        matches!(self.section, "literal" | "name")
    }

    /// What whoever sets it is told.
    pub(super) fn refusal(&self) -> &'static str {
        match self.section {
            "literal" | "name" => "The host's address is not a public one.",
            "scheme" => "The URL must start with https://.",
            "credentials" => "The URL must not contain a user name or a password.",
            "fragment" => "The URL must not contain a fragment, the part after #.",
            "port" => "is not allowed: use 443, or one from 1024.",
            "no url" => "expected an absolute URL",
            other => panic!("no refusal for [{other}]"),
        }
    }
}
