//! From what a provider asserted about a person to one normalized profile.

mod map_claims;
mod reserved;
mod sync_profile;
mod template;

pub use map_claims::{
    DroppedAttribute, Mapped, MissingClaim, ProfileTooLarge, map_claims, refers_to_userinfo,
};
pub use reserved::{RESERVED_ATTRIBUTES, refusal_of_attribute_name};
pub use sync_profile::{SyncDecision, sync_profile};
pub use template::{ClaimContext, Evaluated, Template, TemplateError};
