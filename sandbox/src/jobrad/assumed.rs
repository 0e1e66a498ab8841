//! What `JobRad`'s documentation does not say, in one place: when the real answer is known, this is
//! where it goes. Everything in this file is *assumed*. Two further assumptions are functions:
//! which statuses follow each other (`OfferStatus::next`) and who is a registered employee
//! (`categories::is_registered_employee`).

/// The host and the prefix are handed out at onboarding.
pub(crate) const BASE: &str = "/jobrad/v1";

/// The documented path of the token endpoint, below a prefix of our own.
pub(crate) const TOKEN_PATH: &str = "/idp/realms/external/protocol/openid-connect/token";

/// A shorter one, for people.
pub(crate) const SHORT_TOKEN_PATH: &str = "/idp/token";

/// How long `JobRad` looks at a submitted offer.
pub(crate) const PROCESSING_SECONDS: u64 = 10;

/// Asking for more is not an error: the page is smaller, and `meta.perPage` says so.
pub(super) const MAX_PER_PAGE: usize = 100;

/// A refresh token comes with every access token. Really only some applications get one.
pub(super) const ISSUES_REFRESH_TOKENS: bool = true;

/// The refresh token outlives the access token by this factor.
pub(super) const REFRESH_TOKEN_LIFETIMES: u64 = 12;

/// An offer whose product or accessory has this brand is accepted and rejected later.
pub(super) const REJECTED_BRAND: &str = "REJECT-ME";

/// Spellings that come back corrected, with an `info`. `CUBE` is documented, the list is not.
pub(super) const BRAND_SPELLINGS: &[(&str, &str)] = &[
    ("CUBE", "Cube"),
    ("GUDEREIT", "Gudereit"),
    ("HAIBIKE", "Haibike"),
    ("abus", "ABUS"),
];

/// Codes that come back as a higher main group. The documentation names these "for instance".
pub(super) const BIDEX_REMAPPING: &[(u32, u32)] = &[
    (202_120, 202_100),
    (202_130, 202_100),
    (202_140, 202_100),
    (202_150, 202_100),
];

/// The reasons are documented; that there are no others is assumed.
pub(super) const CANCEL_REASONS: &[&str] = &[
    "customer_wants_different_bicycle",
    "not_deliverable",
    "delivery_date_cannot_be_met",
    "manufacturer_recall",
    "other",
];

/// Required fields of a product; the others may be left out.
pub(super) const REQUIRED_OF_PRODUCT: &[&str] = &[
    "bidexCode",
    "brandName",
    "modelName",
    "priceGross",
    "listPriceGross",
];

/// Required fields of an accessory.
pub(super) const REQUIRED_OF_ACCESSORY: &[&str] = &["bidexCode", "modelName", "priceGross"];

/// The history starts with the latest change, as the list of offers does.
pub(super) const HISTORY_NEWEST_FIRST: bool = true;

/// Error codes of which no sample exists.
pub(super) mod code {
    pub(in crate::jobrad) const OFFER_NOT_FOUND: &str = "OFFER_NOT_FOUND";
    pub(in crate::jobrad) const OFFER_NOT_MODIFIABLE: &str = "OFFER_NOT_MODIFIABLE";
    pub(in crate::jobrad) const OFFER_NOT_CANCELABLE: &str = "OFFER_NOT_CANCELABLE";
    pub(in crate::jobrad) const RESOURCE_NOT_FOUND: &str = "RESOURCE_NOT_FOUND";
    pub(in crate::jobrad) const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
    pub(in crate::jobrad) const TOO_MANY_REQUESTS: &str = "TOO_MANY_REQUESTS";
}
