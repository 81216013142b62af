//! What is checked: the plan, the fence, how much may go wrong, and which rule is left out.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::machine::PhaseName;
use greenflow_core::plan::Plan;
use greenflow_core::provider::{
    Capabilities, ComputeCapabilities, Fence, Granularity, LoadBalancerCapabilities,
    MetricCapabilities,
};
use greenflow_core::value::{Digest, Revision};

/// One model to check.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// What the balancer really does with writes that come late.
    pub(crate) fence: Fence,
    /// The phase up to which all goes well; from there on everything may happen.
    pub(crate) from: PhaseName,
    /// How much may go wrong on one path.
    pub(crate) budget: Budget,
    /// The rule that is left out, if any.
    pub(crate) weakness: Option<Weakness>,
    pub(crate) plan: Arc<Plan>,
}

/// How much may go wrong on one path.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Budget {
    /// Writes that are refused, whose answer is lost, or that land late.
    pub(crate) lossy: u8,
    /// Reads that show an older world, or fail.
    pub(crate) reads: u8,
    /// Controllers that stop for a while or for good.
    pub(crate) pauses: u8,
    /// Changes of the split by another hand.
    pub(crate) foreign: u8,
    /// Green begins to fail.
    pub(crate) breaks: u8,
    /// A person says abort.
    pub(crate) aborts: u8,
}

/// A rule of the engine, the journal or the balancer that is left out. Each must be found out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Weakness {
    /// A write that was accepted counts as applied.
    TrustsTheAck,
    /// A write without an answer counts as one that did not happen.
    TimeOutIsANo,
    /// A write leaves while its intent is not in the journal yet.
    IntentAfterSend,
    /// The lease is looked at before the first attempt of a write only.
    LeaseCheckedOnce,
    /// The journal takes whatever comes, from whomever.
    AppendsWithoutCompare,
    /// The balancer's fence compares the epoch and not the operation.
    FencesByEpochOnly,
    /// Writes may land late, and the balancer says that they never do.
    LateWritesNotDeclared,
    /// A host sleeps longer than the lease between its look at the lease and the send, before a
    /// balancer without a fence.
    SleepsInTheGap,
    /// Whoever takes over sends what was under way again, without looking first.
    ReplaysTheLastIntent,
    /// The split is not read: what was last set counts as what is.
    ReadsItsOwnWrites,
    /// Green is stopped together with the decision to go back.
    StopsBeforeTheCut,
    /// A cut counts as soon as blue is read to have everything, whether the fence was told or not.
    CutsUnanswered,
    /// A raise that is seen has landed, also where what it asks for was there before it was sent.
    SeenIsLanded,
}

/// A balancer without a fence, whose writes land up to three minutes late.
pub(crate) const LATE: Fence = Fence::Late { bound: Duration::from_secs(180) };

impl Setting {
    pub(crate) fn new(fence: Fence, from: PhaseName, budget: Budget) -> Self {
        Self { fence, from, budget, weakness: None, plan: Arc::new(plan()) }
    }

    pub(crate) fn without(mut self, weakness: Weakness) -> Self {
        self.weakness = Some(weakness);
        self
    }

    pub(crate) fn lacks(&self, weakness: Weakness) -> bool {
        self.weakness == Some(weakness)
    }

    /// What the providers say of themselves.
    pub(crate) fn capabilities(&self) -> Capabilities {
        let late = self.lacks(Weakness::LateWritesNotDeclared);
        let fence = if late { Fence::PerOperation } else { self.fence };
        Capabilities {
            load_balancer: LoadBalancerCapabilities {
                granularity: Granularity::Steps { basis_points: 1 },
                fence,
            },
            compute: ComputeCapabilities { fence, pins: false },
            metrics: MetricCapabilities {
                shortest: Duration::from_secs(10),
                delay: Duration::from_secs(5),
            },
        }
    }
}

pub(crate) fn digest() -> Digest {
    Digest::new(format!("sha256:{}", "a".repeat(64))).unwrap()
}

/// Two steps, no people, everything as short as it may be, and few polls: each is a state.
fn plan() -> Plan {
    let revision = Revision::new("registry.example.com/api", digest());
    Plan::from_toml(&format!(
        r#"
        service = "api"
        green = {{ image = "{}", digest = "{}" }}
        [shift]
        steps = [{{ green = "50 %", hold = "1m" }}, {{ green = "100 %" }}]
        analysis = {{ every = "1m", consecutive = 1, limits = [{{ error_rate = "1 %" }}] }}
        [bake]
        for = "1m"
        analysis = {{ every = "1m", consecutive = 1, limits = [{{ error_rate = "1 %" }}] }}
        [watch]
        for = "1m"
        analysis = {{ every = "1m", consecutive = 1, limits = [{{ error_rate = "1 %" }}] }}
        [retain]
        at_least = "1m"
        [retire]
        remove_blue = true
        [faults]
        drift = {{ within = "1m", otherwise = "stop" }}
        stalled = {{ within = "1m", otherwise = "roll_back" }}
        [timing]
        poll = "30s"
        observe_every = "1m"
        observe_timeout = "4m"
        forward_patience = "1m"
        "#,
        revision.image, revision.digest
    ))
    .unwrap()
}
