//! The machine under a model checker: everything that can happen to it, in every order, up to so
//! many mishaps on one path.
//!
//! **What is real.** [`Machine`](greenflow_core::machine::Machine) itself, with a plan, facts,
//! inputs and outputs of its own types: every decision, every fold, every take-over by
//! [`Machine::replay`](greenflow_core::machine::Machine::replay). Nothing of it is rewritten here.
//!
//! **What is modelled.** The engine around it ([`task`], [`turn`]): facts before what they permit,
//! one look at the lease before each send, a deadline, a read-back, retries, one outcome. The
//! journal's compare-and-set and its lease ([`store`]). Two controllers that stop at any point, wake
//! up not knowing how long they were away, and take over from each other ([`controller`]). A
//! balancer that refuses, loses answers, and applies writes up to three minutes late or never; one
//! with a fence for each operation and one without; reads that show what was before, or fail;
//! another hand at the split; a green that breaks; a person who says abort ([`world`], [`effects`]).
//!
//! **What is left out.** Time passes from one moment at which something is due to the next, and a
//! turn is one step: calls have no length of their own but for the deadline of one without an
//! answer. A lease is renewed for as long as its owner runs. The journal itself is never away, nor
//! damaged, and an append's answer is never lost. Blue stays healthy, and there are no checks,
//! probes, approvals, pins or hooks. On a balancer without a fence no host sleeps for longer than
//! its lease between its last look at it and the send: that this matters is one of the refuted
//! variants. The property test covers the real engine with all of these.
//!
//! Each setting's number of states and edges is pinned: a rule that changes what can happen changes
//! it, and says so. Each rule of the engine that is left out must be found out, by the path that is
//! kept in `refuted/`.
//!
//! `GREENFLOW_MODEL_WRITE=1` writes the paths and prints the counts anew. The deep settings, for the
//! night: `cargo test --release -p greenflow-core --test model -- --ignored --nocapture`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on fails, and says what it saw"
)]

mod action;
mod controller;
mod effects;
mod facts;
mod holds;
mod model;
mod print;
mod refuted;
mod rule;
mod setting;
mod state;
mod store;
mod task;
mod turn;
mod world;
