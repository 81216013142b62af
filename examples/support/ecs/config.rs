//! The file that says where a service lives on AWS: `examples/ecs.toml` shows all of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use greenflow_aws::{Layout, Route, Slot};
use greenflow_core::plan::PlanError;
use greenflow_core::plan::file::{self, Entry, Section};
use greenflow_core::value::{Digest, Revision};

use crate::BadInput;

/// Where a service lives on AWS, and what is measured there.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an example's own")]
pub struct EcsConfig {
    /// Such as `eu-west-1`.
    pub region: String,
    /// The ECS cluster's name or ARN.
    pub cluster: String,
    /// The two services, their target groups, the rules, the base task definition.
    pub layout: Layout,
    /// What is deployed instead of the plan's revision, if the file says so.
    pub green: Option<Green>,
    /// *H*: how long a sent call may still take effect.
    pub late_effect_bound: Duration,
    /// How long after its end a minute of CloudWatch's is complete.
    pub metric_delay: Duration,
    /// The CloudWatch alarms of the check `alarms`.
    pub alarms: Vec<String>,
    /// The RDS instance of the gauge `database-connections`.
    pub database: Option<String>,
    /// Whether Application Auto Scaling has the two services.
    pub autoscaling: bool,
}

/// What is deployed instead of the plan's revision.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::exhaustive_enums, reason = "an example's own")]
pub enum Green {
    /// This revision.
    Pinned(Revision),
    /// The image that this name with a tag, in ECR, stands for when the rollout starts.
    Tagged(String),
}

/// Reads a configuration.
///
/// # Errors
/// [`BadInput`] with every problem and its place.
pub fn read_config(path: &Path) -> Result<EcsConfig, BadInput> {
    let name = path.display().to_string();
    let bytes =
        fs::read(path).map_err(|reason| BadInput::Unreadable { file: name.clone(), reason })?;
    of_bytes(&bytes).map_err(|error| BadInput::Senseless(error.in_file(&name).to_string()))
}

fn of_bytes(bytes: &[u8]) -> Result<EcsConfig, PlanError> {
    file::read(bytes, config)
}

fn config(root: &mut Section<'_>) -> Option<EcsConfig> {
    // Everything is asked for before anything is given up, so that all problems are found.
    let region = root.need("region", "such as \"eu-west-1\"").and_then(|entry| text(&entry));
    let cluster = root.need("cluster", "the ECS cluster's name or ARN").and_then(|e| text(&e));
    let layout = layout(root, cluster.clone());
    let green = green(root);
    let late = root.get("late_effect_bound").map(|entry| entry.duration());
    let mut metrics = root.section("metrics");
    let delay = metrics.get("delay").map(|entry| entry.duration());
    let alarms: Vec<Option<String>> = metrics.list("alarms").iter().map(text).collect();
    let database = metrics.get("database").map(|entry| text(&entry));
    metrics.finish();
    let autoscaling = root.get("autoscaling").map(|entry| entry.flag());
    let late_effect_bound = late.unwrap_or(Some(LATE))?;
    Some(EcsConfig {
        region: region?,
        cluster: cluster?,
        layout: layout?.with_late_effect_bound(late_effect_bound),
        green: green?,
        late_effect_bound,
        metric_delay: delay.unwrap_or(Some(DELAY))?,
        alarms: alarms.into_iter().collect::<Option<_>>()?,
        database: transposed(database)?,
        autoscaling: autoscaling.unwrap_or(Some(false))?,
    })
}

fn layout(root: &mut Section<'_>, cluster: Option<String>) -> Option<Layout> {
    let app = root.need("app", "the value of the tag greenflow:app").and_then(|e| text(&e));
    let base = root.need("task_definition", "the family of the base, or family:revision");
    let base = base.and_then(|entry| text(&entry));
    let container = root.get("container").map(|entry| text(&entry));
    let capacity = root.get("target_capacity").map(|entry| entry.whole::<u64>());
    let mut both = root.section("slots");
    let slots = [slot(&mut both, "a"), slot(&mut both, "b")];
    both.finish();
    let listed = root.need("routes", "[{ rule = \"ARN\" }] or [{ listener = \"ARN\" }]");
    let place = listed.clone();
    let listed = listed.and_then(|entry| entry.list());
    let routes: Option<Vec<Option<Route>>> =
        listed.map(|entries| entries.iter().map(route).collect());
    let [a, b] = slots;
    let routes = routes?.into_iter().collect::<Option<_>>()?;
    match Layout::new(app?, cluster?, [a?, b?], routes, base?) {
        Ok(mut layout) => {
            if let Some(container) = transposed(container)? {
                layout = layout.with_container(container);
            }
            if let Some(capacity) = transposed(capacity)? {
                layout = layout.with_target_capacity(capacity.saturating_mul(1000));
            }
            Some(layout)
        }
        Err(error) => {
            for problem in error.problems() {
                place.iter().for_each(|entry| entry.problem(problem));
            }
            None
        }
    }
}

fn slot(both: &mut Section<'_>, name: &'static str) -> Option<Slot> {
    let mut section = both.section(name);
    let service = section.need("service", "the ECS service's ARN").and_then(|e| text(&e));
    let group = section.need("target_group", "the target group's ARN").and_then(|e| text(&e));
    section.finish();
    Some(Slot { service: service?, target_group: group? })
}

fn route(entry: &Entry<'_>) -> Option<Route> {
    let mut section = entry.section();
    let rule = section.get("rule").map(|entry| text(&entry));
    let listener = section.get("listener").map(|entry| text(&entry));
    section.finish();
    match (rule, listener) {
        (Some(arn), None) => arn.map(Route::Rule),
        (None, Some(arn)) => arn.map(Route::Listener),
        (None, None) | (Some(_), Some(_)) => {
            entry.problem("write either rule or listener");
            None
        }
    }
}

/// `None` is a problem; `Some(None)` is not there.
fn green(root: &mut Section<'_>) -> Option<Option<Green>> {
    let Some(entry) = root.get("green") else { return Some(None) };
    let mut section = entry.section();
    let image = section.need("image", "the image, with its tag unless there is a digest");
    let image = image.and_then(|entry| Some((text(&entry)?, entry)));
    let digest = section.get("digest").map(|entry| entry.parsed::<Digest>());
    section.finish();
    let (image, place) = image?;
    if let Some(digest) = digest {
        return Some(Some(Green::Pinned(Revision::new(image, digest?))));
    }
    let name = image.rsplit('/').next().unwrap_or(&image);
    if !name.contains(':') {
        place.problem("has no tag, and there is no digest");
        return None;
    }
    Some(Some(Green::Tagged(image)))
}

fn text(entry: &Entry<'_>) -> Option<String> {
    let text = entry.text()?;
    if text.trim().is_empty() {
        entry.problem("is blank");
        return None;
    }
    Some(text)
}

/// Tells what is not there from what is there and wrong.
fn transposed<T>(read: Option<Option<T>>) -> Option<Option<T>> {
    match read {
        Some(read) => read.map(Some),
        None => Some(None),
    }
}

/// As in the adapter.
const LATE: Duration = Duration::from_secs(120);
const DELAY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = include_str!("../../ecs.toml");

    #[test]
    fn the_sample_is_good() {
        let config = of_bytes(SAMPLE.as_bytes()).unwrap();
        assert_eq!(config.region, "eu-west-1");
        assert_eq!(config.late_effect_bound, LATE);
        assert_eq!(config.alarms, ["api-5xx"]);
    }

    #[test]
    fn what_is_deployed_has_a_digest_or_a_tag() {
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api";
        let with = |green: &str| of_bytes(format!("{SAMPLE}\n[green]\n{green}").as_bytes());
        let digest = format!("sha256:{}", "7f".repeat(32));
        let pinned = with(&format!("image = \"{image}\"\ndigest = \"{digest}\"")).unwrap().green;
        let revision = Revision::new(image, Digest::new(digest).unwrap());
        assert_eq!(pinned, Some(Green::Pinned(revision)));
        let tagged = with(&format!("image = \"{image}:v7\"")).unwrap().green;
        assert_eq!(tagged, Some(Green::Tagged(format!("{image}:v7"))));
        for neither in [image, "localhost:5000/api"] {
            let error = with(&format!("image = \"{neither}\"")).unwrap_err();
            let shown = error.in_file("ecs.toml").to_string();
            assert!(shown.contains("green.image: has no tag, and there is no digest"), "{shown}");
        }
    }

    #[test]
    fn all_problems_are_named_at_once_with_their_places() {
        let wrong = SAMPLE
            .replace("region = \"eu-west-1\"", "region = 1\nregoin = \"eu\"")
            .replace("delay = \"1m\"", "delay = \"soon\"")
            .replace("cluster = \"production\"", "cluster = \"\"")
            .replace("\nrule =", "\nrulle =");
        let error = of_bytes(wrong.as_bytes()).unwrap_err();
        let shown = error.in_file("ecs.toml").to_string();
        for line in [
            "region: expected a text",
            "regoin: there is no such key",
            "metrics.delay: ",
            "cluster: is blank",
            "rulle: there is no such key",
            "write either rule or listener",
        ] {
            let found = shown.lines().find(|shown| shown.contains(line));
            let found = found.unwrap_or_else(|| panic!("{line:?} is not in {shown}"));
            let places: Vec<&str> = found.splitn(4, ':').collect();
            assert_eq!(places[0], "ecs.toml");
            assert!(
                places[1].parse::<u32>().is_ok() && places[2].parse::<u32>().is_ok(),
                "{found}"
            );
        }
    }

    #[test]
    fn what_the_adapter_refuses_has_a_place_too() {
        let wrong = SAMPLE.replace("service/production/api-b", "service/production/api-a");
        let shown = of_bytes(wrong.as_bytes()).unwrap_err().in_file("ecs.toml").to_string();
        assert!(shown.contains("both slots are the same service"), "{shown}");
        assert!(shown.starts_with("ecs.toml:"), "{shown}");
    }
}
