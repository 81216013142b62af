//! What a host plugs in: nine object-safe traits, each with its contract in numbered clauses.
//!
//! All share these rules:
//!
//! - **P-1** A method returns an answer or an error; it never panics, whatever the outside sends.
//! - **P-2** It never retries on its own: retries, their budget and their back-off are the
//!   engine's.
//! - **P-3** It may be dropped at any `.await` (the engine does so at the deadline). What it had
//!   sent by then may still take effect, and for no longer than the provider has declared.
//! - **P-4** A write may be repeated with the same [`CallContext::effect`]; the repeat changes
//!   nothing and succeeds.
//! - **P-5** Every write has a read that shows its effect. "Accepted" is not "applied".
//! - **P-6** An error says what is known of the effect: [`Applied::No`] only when it certainly
//!   did not and will not happen; a time-out, a reset or a 5xx after sending is
//!   [`Applied::Unknown`].

mod capabilities;
mod check;
mod clock;
mod compute;
mod context;
mod error;
mod forward;
mod health;
mod hook;
mod journal;
pub mod layer;
mod load_balancer;
mod metrics;
mod notifier;
mod providers;

pub use capabilities::{Capabilities, Fence, Granularity};
pub use check::{Check, CheckOutcome, CheckReport, CheckRequest, CheckStage, Measurement};
pub use clock::Clock;
pub use compute::{
    Compute, ComputeCapabilities, Pin, Provision, Provisioned, Remove, SideState, Sides,
};
pub use context::{CallContext, FenceToken};
pub use error::{Applied, BoxError, ErrorKind, FailureRecord, ProviderError};
pub use health::{HealthProbe, ProbeReport, ProbeRequest};
pub use hook::{Hook, HookReport, HookRequest};
pub use journal::{
    Append, Claim, Create, Frame, Journal, JournalError, Lease, LeaseToken, ListFilter, Rest,
    SharedJournal, Standing, StoredFrame, Summary,
};
pub use load_balancer::{
    LoadBalancer, LoadBalancerCapabilities, ObservedSplit, RouteSplit, SetSplit,
};
pub use metrics::{
    IntervalSample, MetricCapabilities, MetricSource, SampleRequest, SideSample, SlowerThan,
};
pub use notifier::{Audience, Notice, NoticeKey, NoticeKind, Notifier};
pub use providers::{NoChecks, NoHooks, NoNotices, Providers};
