//! A release that is named by a tag: which image that is, is decided once.

use std::sync::Arc;
use std::time::Duration;

use greenflow_core::engine::Engine;
use greenflow_core::fact::Fact;
use greenflow_core::plan::Plan;
use greenflow_core::provider::{Journal as _, ListFilter, SharedJournal};
use greenflow_core::value::Revision;

use super::{EcsError, Ground};

/// Makes the image that this name with a tag stands for the plan's revision, by its digest.
///
/// A rollout of the service that the journal has keeps the image that it began with, wherever the
/// tag points by now. Without a journal, or such a rollout, the registry is asked.
///
/// # Errors
/// [`EcsError::Image`] when the registry does not tell; [`EcsError::OtherPlan`] when a rollout is
/// under way that was named otherwise; [`EcsError::Journal`] and [`EcsError::Engine`] when the
/// journal cannot be read.
///
/// # Cancel safety
/// It only reads.
pub async fn pin(
    ground: &Ground,
    journal: Option<&Arc<dyn SharedJournal>>,
    plan: &Plan,
    image: &str,
) -> Result<Plan, EcsError> {
    let begun = match journal {
        Some(journal) => begun(ground, journal, plan, image).await?,
        None => None,
    };
    let green = match begun {
        Some(green) => green,
        None => ground.registry.resolve(PATIENCE, image).await.map_err(EcsError::Image)?,
    };
    let mut body = plan.body().clone();
    body.green = green;
    Plan::from_body(body).map_err(EcsError::Plan)
}

/// What the record says of it.
pub(super) fn stood_for(image: &str, green: &Revision) -> String {
    format!("{image} stood for {}", green.digest)
}

/// The revision of the rollout that is under way.
async fn begun(
    ground: &Ground,
    journal: &Arc<dyn SharedJournal>,
    plan: &Plan,
    image: &str,
) -> Result<Option<Revision>, EcsError> {
    let service = Some(plan.body().service.clone());
    let known = journal.list(ListFilter { service, ..ListFilter::default() }).await?;
    let Some(live) = known.into_iter().find(|summary| !summary.standing.ended) else {
        return Ok(None);
    };
    let engine = Engine::cluster(ground.providers.clone(), Arc::clone(journal))
        .with_clock(Arc::clone(&ground.clock) as _);
    let entries = engine.entries(&live.rollout).await.map_err(EcsError::Engine)?;
    let started = entries.into_iter().find_map(|entry| {
        let Fact::Started(started) = entry.fact else { return None };
        Some(started)
    });
    let named = |green: &Revision, why: &str| why.contains(&stood_for(image, green));
    match started {
        Some(started) if named(&started.plan.green, &started.options.why) => {
            Ok(Some(started.plan.green))
        }
        Some(_) | None => Err(EcsError::OtherPlan(live.rollout)),
    }
}

/// For the one read of the registry.
const PATIENCE: Duration = Duration::from_secs(15);
