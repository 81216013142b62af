//! The router: what is configured, what the data plane does, and what lingers.

use std::collections::VecDeque;
use std::time::Duration;

use greenflow_core::provider::{
    CallContext, ErrorKind, Fence, FenceToken, Granularity, ObservedSplit, ProviderError,
    RouteSplit,
};
use greenflow_core::value::{EffectId, RolloutId, RouteId, Side, Split, Weight};

use super::BySide;

/// The raw weights of a route, as a person can set them too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_structs, reason = "these are the three targets a route can have")]
pub struct Weights {
    /// Blue's weight.
    pub blue: u32,
    /// Green's weight.
    pub green: u32,
    /// A third target's, which is none of ours and answers nobody.
    pub other: u32,
}

impl From<Split> for Weights {
    fn from(split: Split) -> Self {
        Self {
            blue: split.blue().basis_points().into(),
            green: split.green().basis_points().into(),
            other: 0,
        }
    }
}

impl Weights {
    /// Returns the weights as a split, if one can say them.
    #[must_use]
    pub fn split(self) -> Option<Split> {
        let sum = u64::from(self.blue) + u64::from(self.green);
        let scaled = u64::from(self.green) * 10_000;
        if self.other > 0 || sum == 0 || scaled % sum != 0 {
            return None;
        }
        let basis_points = u16::try_from(scaled / sum).ok()?;
        Weight::from_basis_points(basis_points).ok().map(Split::to_green)
    }

    pub(crate) fn shares(self) -> BySide<f64> {
        let sum = f64::from(self.blue) + f64::from(self.green) + f64::from(self.other);
        if sum <= 0.0 {
            return BySide::new(0.0, 0.0);
        }
        BySide::new(f64::from(self.blue) / sum, f64::from(self.green) / sum)
    }

    pub(crate) const fn of(self, side: Side) -> u32 {
        match side {
            Side::Blue => self.blue,
            Side::Green => self.green,
        }
    }
}

impl std::fmt::Display for Weights {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "blue={} green={}", self.blue, self.green)?;
        if self.other > 0 { write!(f, " other={}", self.other) } else { Ok(()) }
    }
}

/// How a router behaves, apart from its weights.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct RouterModel {
    /// The routes that carry the service's traffic, in their stable order; never empty.
    pub routes: Vec<RouteId>,
    /// How long the data plane takes to follow the configuration.
    pub propagation: Duration,
    /// The share of moved requests that stays on the old side for a while (kept-alive
    /// connections, sticky sessions).
    pub drain_share: f64,
    /// For how long.
    pub drain: Duration,
    /// How it keeps stale writes out.
    pub fence: Fence,
    /// How finely it splits.
    pub granularity: Granularity,
}

/// The router.
#[derive(Clone, Debug)]
pub(crate) struct Router {
    pub(crate) model: RouterModel,
    routes: Vec<Route>,
    /// Grows with every change of the configuration.
    version: u64,
    /// What a conditional write compares: another one after each write that was taken and each change.
    tag: u64,
    highest: FenceToken,
    /// The write of ours that it took last.
    newest: Option<Taken>,
    past: VecDeque<(Duration, Vec<Weights>)>,
    /// What it answers now, once somebody has asked.
    shown: Option<ObservedSplit>,
}

/// A write that was taken, and what the configuration was marked with then.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Taken {
    rollout: RolloutId,
    effect: Option<EffectId>,
    split: Split,
    tag: u64,
}

#[derive(Clone, Debug)]
struct Route {
    id: RouteId,
    configured: Weights,
    /// Which change of the configuration the data plane follows.
    follows: u64,
    target: BySide<f64>,
    /// What requests really do, with those that linger.
    effective: BySide<f64>,
}

impl Router {
    pub(crate) fn new(model: RouterModel) -> Self {
        let weights = Weights::from(Split::ALL_BLUE);
        let route = |id: &RouteId| Route {
            id: id.clone(),
            configured: weights,
            follows: 0,
            target: weights.shares(),
            effective: weights.shares(),
        };
        let routes: Vec<Route> = model.routes.iter().map(route).collect();
        let past = VecDeque::from([(Duration::ZERO, vec![weights; routes.len()])]);
        Self {
            model,
            routes,
            version: 0,
            tag: 0,
            highest: FenceToken::default(),
            newest: None,
            past,
            shown: None,
        }
    }

    /// Lands one of our own writes. `on` limits it to the first so many routes (F9). Returns
    /// whether it changed anything.
    pub(crate) fn write(
        &mut self,
        now: Duration,
        cx: &CallContext,
        split: Split,
        condition: u64,
        on: Option<usize>,
    ) -> Result<bool, ProviderError> {
        if !self.model.granularity.represents(split.green()) {
            return Err(refused(ErrorKind::InvalidRequest, "the split is finer than I can"));
        }
        match self.model.fence {
            Fence::PerOperation if cx.fence < self.highest => {
                return Err(refused(ErrorKind::Conflict, "a newer writer was here"));
            }
            Fence::Conditional if condition != self.tag => {
                // Its own first landing is what has changed the rule since it was read.
                if self.newest.as_ref().is_some_and(|newest| *newest == self.taken(cx, split)) {
                    return Ok(false);
                }
                return Err(refused(ErrorKind::Conflict, "the rule is not as it was read"));
            }
            Fence::PerOperation | Fence::Conditional | Fence::Late { .. } => {}
        }
        self.highest = self.highest.max(cx.fence);
        let count = on.unwrap_or(self.routes.len());
        let mut weights = self.configured();
        weights.iter_mut().take(count).for_each(|route| *route = Weights::from(split));
        let changed = self.configure(now, &weights);
        if !changed {
            self.tag += 1;
        }
        self.newest = on.is_none().then(|| self.taken(cx, split));
        Ok(changed)
    }

    /// Changes the configuration, whoever does it. Returns whether anything is different now.
    pub(crate) fn configure(&mut self, now: Duration, weights: &[Weights]) -> bool {
        if self.configured() == weights {
            return false;
        }
        for (route, weights) in self.routes.iter_mut().zip(weights) {
            route.configured = *weights;
        }
        self.version += 1;
        self.tag += 1;
        self.shown = None;
        self.past.push_back((now, self.configured()));
        if self.past.len() > PAST {
            self.past.pop_front();
        }
        true
    }

    /// Lets the data plane follow the configuration as it was at `version`. Returns whether it
    /// was news.
    pub(crate) fn follow(&mut self, version: u64, weights: &[Weights]) -> bool {
        let mut news = false;
        let linger = if self.model.drain.is_zero() { 0.0 } else { self.model.drain_share };
        for (route, weights) in self.routes.iter_mut().zip(weights) {
            if route.follows > version {
                continue;
            }
            route.follows = version;
            let (old, new) = (route.effective, weights.shares());
            route.target = new;
            let mix = |old: f64, new: f64| new + linger * (old - new);
            route.effective = BySide::new(mix(old.blue, new.blue), mix(old.green, new.green));
            news = true;
        }
        news
    }

    /// Ends the lingering of the change `version`, unless a newer change has followed.
    pub(crate) fn drained(&mut self, version: u64) {
        for route in self.routes.iter_mut().filter(|route| route.follows == version) {
            route.effective = route.target;
        }
    }

    pub(crate) const fn version(&self) -> u64 {
        self.version
    }

    pub(crate) const fn tag(&self) -> u64 {
        self.tag
    }

    pub(crate) fn configured(&self) -> Vec<Weights> {
        self.routes.iter().map(|route| route.configured).collect()
    }

    /// Returns what requests really do, over all routes, each with the same share of them.
    pub(crate) fn effective(&self) -> BySide<f64> {
        self.mean(|route| route.effective)
    }

    /// Returns what they will do once nothing lingers.
    pub(crate) fn target(&self) -> BySide<f64> {
        self.mean(|route| route.target)
    }

    /// Returns whether production traffic can reach a side.
    pub(crate) fn uses(&self, side: Side) -> bool {
        self.routes.iter().any(|route| {
            route.configured.of(side) > 0
                || *route.effective.get(side) > 0.0
                || *route.target.get(side) > 0.0
        })
    }

    /// Reads the configuration as it is, or as it was this long ago (F10).
    pub(crate) fn observe(&mut self, now: Duration, age: Duration) -> ObservedSplit {
        if age.is_zero() {
            let shown = self.shown.take().unwrap_or_else(|| self.show(self.configured()));
            return self.shown.insert(shown).clone();
        }
        let then = now.saturating_sub(age);
        let seen = self.past.iter().rev().find(|(at, _)| *at <= then).or_else(|| self.past.front());
        self.show(seen.map_or_else(|| self.configured(), |(_, weights)| weights.clone()))
    }

    fn show(&self, weights: Vec<Weights>) -> ObservedSplit {
        let route = |(route, weights): (&Route, Weights)| RouteSplit {
            route: route.id.clone(),
            split: weights.split(),
            description: weights.to_string(),
        };
        ObservedSplit { routes: self.routes.iter().zip(weights).map(route).collect() }
    }

    /// Lets the sides change their roles, for the next rollout.
    pub(crate) fn swap_sides(&mut self) {
        self.shown = None;
        let swap = |weights: &mut Weights| std::mem::swap(&mut weights.blue, &mut weights.green);
        for route in &mut self.routes {
            swap(&mut route.configured);
            for shares in [&mut route.target, &mut route.effective] {
                std::mem::swap(&mut shares.blue, &mut shares.green);
            }
        }
        for (_, past) in &mut self.past {
            past.iter_mut().for_each(swap);
        }
    }

    fn taken(&self, cx: &CallContext, split: Split) -> Taken {
        Taken { rollout: cx.rollout.clone(), effect: cx.effect, split, tag: self.tag }
    }

    fn mean(&self, of: impl Fn(&Route) -> BySide<f64>) -> BySide<f64> {
        let count = f64::from(u32::try_from(self.routes.len()).unwrap_or(1).max(1));
        let sum = self.routes.iter().map(of).fold(BySide::new(0.0, 0.0), |sum, share| {
            BySide::new(sum.blue + share.blue, sum.green + share.green)
        });
        BySide::new(sum.blue / count, sum.green / count)
    }
}

fn refused(kind: ErrorKind, why: &str) -> ProviderError {
    ProviderError::new(kind, "set split").not_applied().because(why)
}

/// So many past configurations are kept for stale reads.
const PAST: usize = 1000;

#[cfg(test)]
mod tests;
