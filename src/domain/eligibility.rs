//! Whether somebody may lease.

/// Whether somebody may lease through a leasing provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEligibility {
    /// An e-mail address or a code, as it was asked about.
    pub identifier: String,
    pub is_eligible: bool,
    /// The provider's own words.
    pub message: Option<String>,
}
