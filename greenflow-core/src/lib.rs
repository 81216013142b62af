//! The engine core of GreenFlow: moves production traffic from the running version of a service
//! (*blue*) to the new one (*green*), and back within minutes when green is worse.
//!
//! A host embeds it: it gives the engine a [`plan`], a set of [`provider`]s (balancer, compute,
//! probes, metrics, checks, hooks, notices) and a journal. The engine decides, acts, verifies,
//! records, and survives being killed at any instant.
//!
//! ```
//! use std::time::Duration;
//! use greenflow_core::plan::{Limit, Plan};
//! use greenflow_core::value::{Digest, Revision};
//!
//! let digest = Digest::new(format!("sha256:{}", "0a".repeat(32)))?;
//! let plan = Plan::builder("api", Revision::new("registry.example.com/api", digest))
//!     .step(10, Duration::from_secs(300))
//!     .step(50, Duration::from_secs(600))
//!     .step(100, Duration::ZERO)
//!     .limit(Limit::error_rate_percent(1))
//!     .keep_blue()
//!     .build()?;
//! assert_eq!(plan.body().shift.steps.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is built
//!
//! - [`value`]: the words everything else is written in.
//! - [`plan`]: what shall happen. A plan that exists is runnable.
//! - [`provider`]: what a host plugs in, each trait with its contract in numbered clauses.
//! - [`fact`]: what the journal keeps. State is a pure fold of facts.
//! - [`machine`]: the pure machine. No I/O, clock, randomness or await; typed phases.
//! - [`judge`]: turns interval counts into verdicts. Nothing missing is ever healthy.
//! - [`record`]: the execution record, a fold of the same facts, for people and other tools.
//! - `engine` (feature `engine`): the thin async shell that drives one machine a rollout.
//!
//! # What it guarantees
//!
//! - A step ends only when the requests themselves show the split: *commanded*, *read back* and
//!   *traffic-observed* are three types ([`value::Commanded`], [`value::ReadBack`],
//!   [`value::TrafficObserved`]).
//! - Every write is journaled before and after, bounded by a deadline, safe to repeat, and
//!   verified by reading back. A time-out is "unknown", never "failed".
//! - Nothing is removed while it serves, while a write of ours may still land, or before the plan
//!   says so. Before blue's removal is decided, every phase has a way back.
//! - Missing, late or senseless measurements are [`value::Verdict::Unknown`]; unknown for too long
//!   is a breach.
//! - Weights that another hand has set are never overwritten, except toward safety.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `engine` | yes | the async engine and its tokio clock |
//! | `testkit` | no | one check for each clause of each provider trait |
//! | `marks` | no | counts of the branches that only trouble leads to, for tests |
//! | `plan-file` | yes | plans from TOML, with errors that point at the line |
//!
//! # What it is not
//!
//! It does not authenticate people, build images, or know any cloud: adapters do. It makes no
//! statistical claim yet: the one judge in the box compares samples with limits.

#[macro_use]
pub mod marks;

#[cfg(feature = "engine")]
pub mod engine;
pub mod fact;
pub mod judge;
pub mod machine;
pub mod plan;
pub mod provider;
pub mod record;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod value;
