//! The four markets. Each has its own keys and its own orders; nothing in an answer says which one
//! it is from.

/// A country that `LeaseCloud` takes orders for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Market {
    Se,
    Dk,
    No,
    Fi,
}

impl Market {
    pub(super) const ALL: [Self; 4] = [Self::Se, Self::Dk, Self::No, Self::Fi];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Se => "SE",
            Self::Dk => "DK",
            Self::No => "NO",
            Self::Fi => "FI",
        }
    }

    pub(super) fn from_code(code: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|it| it.code().eq_ignore_ascii_case(code))
    }
}
