//! A rollout of another service whose journal is damaged.

use std::sync::OnceLock;
use std::time::Duration;

use greenflow_core::fact::Fact;
use greenflow_core::fact::frame::Chain;
use greenflow_core::machine::PhaseName;
use greenflow_core::plan::{Limit, Plan};
use greenflow_core::provider::{Create, Frame, Journal as _};
use greenflow_core::value::{Digest, Revision, RolloutId, ServiceName};
use greenflow_mock::{MemoryJournal, Rehearsal, Sim, World, WorldSpec};

use super::case::Damage;
use super::drive::phases;

/// Puts it into a journal, as if its controller had died in the middle of it. False when the
/// journal did not take it.
pub(crate) fn put(journal: &MemoryJournal, sim: &Sim, damage: Damage) -> bool {
    let rollout = RolloutId::new("damaged").unwrap();
    let request = Create {
        rollout: rollout.clone(),
        service: ServiceName::new("web").unwrap(),
        owner: "gone".parse().unwrap(),
        ttl: Duration::from_secs(15),
        frames: template().to_vec(),
    };
    if !matches!(sim.run(journal.create(request)), Ok(Ok(_))) {
        return false;
    }
    journal.tamper(&rollout, |frames| {
        // The start stays whole, and so does the last one: only what is torn off is forgiven.
        let inner = frames.len() - 2;
        let at = |place: usize| 1 + place % inner;
        match damage {
            Damage::Flip { frame, bit } => {
                let bytes = &mut frames[at(frame)].frame;
                let bit = bit % (bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            Damage::Drop { frame } => {
                frames.remove(at(frame));
            }
            Damage::Double { frame } => {
                let place = at(frame);
                frames.insert(place, frames[place].clone());
            }
        }
    });
    true
}

/// The frames of a rollout that stands in its first step.
fn template() -> &'static [Frame] {
    static FRAMES: OnceLock<Vec<Frame>> = OnceLock::new();
    FRAMES.get_or_init(|| {
        let digest = Digest::new(format!("sha256:{}", "d".repeat(64))).unwrap();
        let plan = Plan::builder("web", Revision::new("registry.example.com/web", digest))
            .step(10, Duration::from_secs(300))
            .step(100, Duration::ZERO)
            .limit(Limit::error_rate_percent(1))
            .keep_blue()
            .build()
            .unwrap();
        let world = World::new(&WorldSpec::healthy(), 1);
        world.learn(plan.body());
        let done = Rehearsal::new(plan, WorldSpec::healthy()).run_on(world, 1).unwrap();
        let shifting =
            |length: &usize| phases(&done.entries[..*length]).last() == Some(&PhaseName::Shifting);
        let length = (1..done.entries.len()).rev().find(shifting).unwrap();
        let rollout = RolloutId::new("damaged").unwrap();
        let mut chain = Chain::of(&rollout);
        let frames = done.entries[..length].iter().map(|entry| {
            let mut entry = entry.clone();
            entry.epoch = 1;
            if let Fact::Started(started) = &mut entry.fact {
                started.rollout = rollout.clone();
            }
            chain.write(&entry).unwrap()
        });
        frames.collect()
    })
}
