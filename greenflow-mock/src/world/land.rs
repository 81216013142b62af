//! How a provider's write takes effect.

use greenflow_core::provider::{
    Applied, CallContext, ErrorKind, Fence, Pin, ProviderError, Provision, Remove,
};
use greenflow_core::value::{EffectId, ResourceId, RolloutId, Side};

use super::state::State;
use super::truth::{Cause, Landed};
use crate::provider::{Answer, What, Write};
use crate::rng::label;

impl State {
    /// Lets a write take effect now, whenever it was sent.
    pub(crate) fn land(&mut self, write: &Write) -> Result<Answer, ProviderError> {
        let answer = self.take(write);
        self.cause = Some(Cause::Write(Landed {
            operation: write.what.operation(),
            rollout: write.cx.rollout.clone(),
            effect: write.cx.effect,
            split: match &write.what {
                What::Split(split) => Some(*split),
                What::Provision(_) | What::Pin(_) | What::Remove(_) => None,
            },
            removed: match &write.what {
                What::Remove(request) => Some(request.side),
                What::Split(_) | What::Provision(_) | What::Pin(_) => None,
            },
            fence: write.cx.fence,
            accepted: answer.is_ok(),
        }));
        answer
    }

    fn take(&mut self, write: &Write) -> Result<Answer, ProviderError> {
        match &write.what {
            What::Split(split) => {
                let routes = write.parts.map(|parts| usize::try_from(parts).unwrap_or(usize::MAX));
                if self.router.write(self.now, &write.cx, *split, write.condition, routes)? {
                    self.spread();
                }
                Ok(Answer::Done)
            }
            What::Provision(request) => {
                self.fence(write, "provision")?;
                self.provision(&write.cx, request, write.parts).map(Answer::Provisioned)
            }
            What::Pin(request) => {
                self.fence(write, "pin")?;
                self.pin(request)?;
                Ok(Answer::Done)
            }
            What::Remove(request) => {
                self.fence(write, "remove")?;
                self.remove(request)?;
                Ok(Answer::Done)
            }
        }
    }

    /// Returns what a conditional write of this kind compares.
    pub(crate) const fn version_for(&self, what: &What) -> u64 {
        match what {
            What::Split(_) => self.router.tag(),
            What::Provision(_) | What::Pin(_) | What::Remove(_) => self.compute_version,
        }
    }

    fn provision(
        &mut self,
        cx: &CallContext,
        request: &Provision,
        parts: Option<u32>,
    ) -> Result<Vec<ResourceId>, ProviderError> {
        let key = key(cx);
        if let Some(made) = self.fleets.green.made_by(&key) {
            return Ok(made.clone());
        }
        if self.image_missing {
            return Err(refused(ErrorKind::NotFound, "provision")
                .on(request.revision.digest.as_str())
                .because("the image is not in the registry"));
        }
        let green = &mut self.fleets.green;
        let other = !green.resources.is_empty() && !green.runs(&request.revision.digest);
        if other && self.router.uses(Side::Green) {
            return Err(
                refused(ErrorKind::Conflict, "provision").because("green serves another revision")
            );
        }
        let ready_at = self.now.saturating_add(green.model.startup);
        let digest = &request.revision.digest;
        let made = if green.resources.is_empty() || other {
            green.launch(promised(cx), digest, request.capacity, ready_at)
        } else {
            green.resources.clone()
        };
        if let Some(parts) = parts {
            green.scale(parts.min(request.capacity), ready_at);
        } else if green.desired() != request.capacity {
            green.scale(request.capacity, ready_at);
        }
        green.remember(key, made.clone());
        self.expect_targets(Side::Green);
        Ok(made)
    }

    fn pin(&mut self, request: &Pin) -> Result<(), ProviderError> {
        let ready_at = self.now.saturating_add(self.fleets.get(request.side).model.startup);
        let fleet = self.fleets.get_mut(request.side);
        if request.minimum.is_some() && fleet.resources.is_empty() {
            return Err(refused(ErrorKind::NotFound, "pin").because("the side is not there"));
        }
        fleet.pin = request.minimum;
        if let Some(minimum) = request.minimum.filter(|minimum| fleet.desired() < *minimum) {
            fleet.scale(minimum, ready_at);
            self.expect_targets(request.side);
        }
        Ok(())
    }

    fn remove(&mut self, request: &Remove) -> Result<(), ProviderError> {
        let fleet = self.fleets.get_mut(request.side);
        let there = |resource: &&ResourceId| fleet.resources.contains(resource);
        if let Some(first) = request.resources.iter().find(there)
            && self.router.uses(request.side)
        {
            return Err(refused(ErrorKind::Conflict, "remove")
                .on(first.as_str())
                .because("it takes production traffic"));
        }
        fleet.remove(&request.resources);
        Ok(())
    }

    /// Keeps stale writes out of compute, if it can.
    fn fence(&mut self, write: &Write, operation: &'static str) -> Result<(), ProviderError> {
        match self.compute_fence {
            Fence::PerOperation if write.cx.fence < self.compute_highest => {
                Err(refused(ErrorKind::Conflict, operation).because("a newer writer was here"))
            }
            Fence::Conditional if write.condition != self.compute_version => {
                Err(refused(ErrorKind::Conflict, operation).because("it is not as it was read"))
            }
            Fence::PerOperation | Fence::Conditional | Fence::Late { .. } => {
                self.compute_highest = self.compute_highest.max(write.cx.fence);
                self.compute_version += 1;
                Ok(())
            }
        }
    }
}

/// Returns the identities that a provision makes. They follow from its idempotency key, so the
/// same call always makes the same ones.
pub(crate) fn promised(cx: &CallContext) -> Vec<ResourceId> {
    let key = label(cx.rollout.as_str()) ^ cx.effect.map_or(0, EffectId::sequence);
    // Short texts without control characters are names.
    let name = |kind: &str| ResourceId::new(format!("green-{kind}-{key:016x}")).ok();
    ["service", "targets"].into_iter().filter_map(name).collect()
}

fn key(cx: &CallContext) -> (RolloutId, EffectId) {
    (cx.rollout.clone(), cx.effect.unwrap_or_default())
}

fn refused(kind: ErrorKind, operation: &'static str) -> ProviderError {
    let error = ProviderError::new(kind, operation).not_applied();
    debug_assert_eq!(error.applied(), Applied::No);
    error
}
