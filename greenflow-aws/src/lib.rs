//! GreenFlow on AWS: ECS services behind an Application Load Balancer.
//!
//! A service lives in two *slots*: two long-lived ECS services, each with a target group of its own,
//! and a listener rule that forwards to both by weight ([`Layout`]). A rollout lets the idle slot
//! run the new revision (`UpdateService`), moves the weights (`ModifyRule`), and takes the tasks of
//! the old slot away (`UpdateService` to none). In the next rollout the slots have swapped. Nothing
//! is created or deleted but revisions of the task definition. A rollout of 10, 50 and 100 % makes
//! six writes, and a few more where autoscaling is suspended and restored.
//!
//! ```no_run
//! use std::sync::Arc;
//! use greenflow_aws::api::{SdkCloudWatch, SdkEcs, SdkElbv2, SdkScaling};
//! use greenflow_aws::{Account, CloudWatchMetrics, Layout, Metrics, Route, Site, SiteCheck, Slot};
//! use greenflow_core::engine::{Engine, TokioClock};
//! use greenflow_core::provider::{Journal, NoChecks};
//!
//! # fn example(
//! #     ecs: aws_sdk_ecs::Client,
//! #     elbv2: aws_sdk_elasticloadbalancingv2::Client,
//! #     cloudwatch: aws_sdk_cloudwatch::Client,
//! #     scaling: aws_sdk_applicationautoscaling::Client,
//! #     journal: Arc<dyn Journal>,
//! # ) -> Result<Engine, Box<dyn std::error::Error>> {
//! let elb = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
//! let slot = |name: &str| Slot {
//!     service: format!("arn:aws:ecs:eu-west-1:123456789012:service/shop/api-{name}"),
//!     target_group: format!("{elb}:targetgroup/api-{name}/6d0ecf831eec9f09"),
//! };
//! let rule = Route::Rule(format!("{elb}:listener-rule/app/shop/50dc6c495c0c9188/f2f7/9683b2d0"));
//! let layout = Layout::new("api", "shop", [slot("a"), slot("b")], vec![rule], "api")?;
//!
//! // One for each account and region, whatever the number of services.
//! let account = Account::new(Arc::new(TokioClock::new()));
//! let metrics = Metrics::new(Arc::new(SdkCloudWatch::new(cloudwatch)));
//!
//! let site = Site::new(layout, account, Arc::new(SdkElbv2::new(elbv2)), Arc::new(SdkEcs::new(ecs)))
//!     .with_scaling(Arc::new(SdkScaling::new(scaling)));
//! let site = Arc::new(site);
//! let providers = site
//!     .providers(Arc::new(CloudWatchMetrics::new(Arc::clone(&site), metrics)))
//!     .with_checks(Arc::new(SiteCheck::new(Arc::clone(&site), Arc::new(NoChecks))));
//! let engine = Engine::single(providers, journal);
//! # Ok(engine)
//! # }
//! ```
//!
//! # What it relies on
//! - The clients, their credentials, region and HTTPS connector are the caller's. Use
//!   the SDK crates without their default features (those bring a second, older TLS stack) and with
//!   `default-https-client`.
//! - Each call is sent once, within the deadline that the engine gives it, whatever the client's
//!   own configuration says.
//! - ELBv2 and ECS cannot refuse a stale write: *H* is 120 s
//!   ([`Layout::with_late_effect_bound`]). AWS promises no bound.
//! - Before a rollout is resumed in a new process, give the site the journal's entries
//!   ([`Site::recall`]): then the cut needs the load balancer alone.
//!
//! The prerequisites are in the crate's README; [`SiteCheck`] checks them, and [`Policy`] writes down
//! the permissions.

mod account;
pub mod api;
mod balancer;
mod batch;
mod compute;
mod doctor;
mod forward;
mod identity;
mod layout;
#[cfg(feature = "cloudwatch")]
mod metrics;
mod policy;
mod probe;
#[cfg(feature = "ecr")]
mod registry;
mod roles;
mod site;
mod tags;
mod weights;

pub use account::{Account, Family};
pub use balancer::AlbBalancer;
pub use compute::EcsCompute;
pub use doctor::{SITE, SiteCheck};
pub use layout::{Layout, LayoutError, Route, Slot};
#[cfg(feature = "cloudwatch")]
pub use metrics::{ALARMS, AlarmCheck, CloudWatchMetrics, FOUR_XX, Gauge, Metrics};
pub use policy::Policy;
pub use probe::{TARGETS, TargetProbe};
#[cfg(feature = "ecr")]
pub use registry::{IMAGE, ImageCheck, Registry};
pub use site::Site;
