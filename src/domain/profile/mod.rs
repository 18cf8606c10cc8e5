//! From what a provider asserted about a person to one normalized profile.

mod connection_rules;
mod extent;
mod map_claims;
mod map_rule;
mod reserved;
mod sync_profile;
mod template;
mod value_rule;

pub use connection_rules::{FoundGroups, GROUPS, Ruled, has_groups, kept_in_step, under_rules};
pub use extent::ProfileTooLarge;
pub use map_claims::{BASIC_PROFILE, DroppedAttribute, Mapped, MissingClaim, map_claims, refers_to_userinfo};
pub use map_rule::MapRule;
pub use reserved::{RESERVED_ATTRIBUTES, refusal_of_attribute_name};
pub use sync_profile::{ChangedAttribute, SyncDecision, changed_attributes, policy_of, sync_profile};
pub use template::{ClaimContext, Evaluated, Source, Template, TemplateError};
pub use value_rule::ValueRule;
