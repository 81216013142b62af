//! The providers of a rollout on AWS, from a configuration.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use greenflow_aws::api::{
    EcrApi, EcsApi, Elbv2Api, SdkCloudWatch, SdkEcr, SdkEcs, SdkElbv2, SdkScaling,
};
use greenflow_aws::{
    Account, AlarmCheck, CloudWatchMetrics, Gauge, ImageCheck, Metrics, Registry, Site, SiteCheck,
};
use greenflow_core::engine::TokioClock;
use greenflow_core::provider::{NoChecks, Providers};
use greenflow_core::value::{InvalidName, MetricName};

use super::{EcsConfig, Scale};

/// What all rollouts of one process in an account and region share.
#[derive(Clone, Debug)]
pub struct Shared {
    sdk: SdkConfig,
    clock: Arc<TokioClock>,
    account: Arc<Account>,
    elbv2: Arc<dyn Elbv2Api>,
    ecs: Arc<dyn EcsApi>,
    ecr: Arc<dyn EcrApi>,
    metrics: Arc<Metrics>,
}

/// A service on AWS, ready to be worked on.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "an example's own")]
pub struct Ground {
    /// Where it is, for people.
    pub about: String,
    /// The service.
    pub site: Arc<Site>,
    /// The images.
    pub registry: Arc<Registry>,
    /// Whether the service is as a rollout needs it.
    pub check: Arc<SiteCheck>,
    /// The CloudWatch alarms of the check `alarms`.
    pub alarms: Vec<String>,
    /// Its providers.
    pub providers: Providers,
    /// The clock of the engine and of the limits on calls.
    pub clock: Arc<TokioClock>,
}

/// Why there is no ground.
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "an example's own error")]
pub enum GroundError {
    /// Nobody says who we are.
    #[error(
        "there are no AWS credentials: {0}\nset AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, or run where a role is given"
    )]
    NoCredentials(String),
    /// A name in the configuration is no name.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

impl Shared {
    /// Looks for credentials and makes the clients; nothing is asked of AWS's services yet.
    ///
    /// # Errors
    /// [`GroundError::NoCredentials`].
    pub async fn new(sdk: SdkConfig) -> Result<Self, GroundError> {
        credentials(&sdk).await?;
        let clock = Arc::new(TokioClock::new());
        let limits_clock = Arc::clone(&clock);
        let cloudwatch = SdkCloudWatch::new(aws_sdk_cloudwatch::Client::new(&sdk));
        Ok(Self {
            clock,
            account: Account::new(limits_clock),
            elbv2: Arc::new(SdkElbv2::new(aws_sdk_elasticloadbalancingv2::Client::new(&sdk))),
            ecs: Arc::new(SdkEcs::new(aws_sdk_ecs::Client::new(&sdk))),
            ecr: Arc::new(SdkEcr::new(aws_sdk_ecr::Client::new(&sdk))),
            metrics: Metrics::new(Arc::new(cloudwatch)),
            sdk,
        })
    }
}

impl Ground {
    /// Puts the providers of a service together.
    ///
    /// # Errors
    /// [`GroundError::Name`].
    pub fn new(config: &EcsConfig, shared: &Shared, scale: Scale) -> Result<Self, GroundError> {
        let Shared { sdk, clock, account, elbv2, ecs, ecr, metrics } = shared;
        let layout =
            config.layout.clone().with_late_effect_bound(config.late_effect_bound / scale.get());
        let mut site = Site::new(layout, Arc::clone(account), Arc::clone(elbv2), Arc::clone(ecs));
        if config.autoscaling {
            let client = aws_sdk_applicationautoscaling::Client::new(sdk);
            site = site.with_scaling(Arc::new(SdkScaling::new(client)));
        }
        let site = Arc::new(site);
        let source = source(config, shared, scale, Arc::clone(&site))?;
        let registry = Registry::new(Arc::clone(account), Arc::clone(ecr), &config.region);
        let registry = Arc::new(registry);
        let images = Arc::new(ImageCheck::new(Arc::clone(&registry), Arc::new(NoChecks)));
        let alarms = config.alarms.clone();
        let ringing =
            AlarmCheck::new(Arc::clone(account), Arc::clone(metrics), alarms.clone(), images);
        let check = SiteCheck::new(Arc::clone(&site), Arc::new(ringing));
        let check = Arc::new(check.with_metrics(Arc::clone(metrics)));
        let checks = Arc::clone(&check);
        let providers = site.providers(Arc::new(source)).with_checks(checks);
        let at = sdk.endpoint_url().map_or_else(String::new, |url| format!(" at {url}"));
        let about = format!("cluster {} in {}{at}", config.cluster, config.region);
        let clock = Arc::clone(clock);
        Ok(Self { about, site, registry, check, alarms, providers, clock })
    }
}

/// Measures as often as CloudWatch publishes: every minute. Only where an endpoint was named, which
/// is not AWS, is that divided too.
fn source(
    config: &EcsConfig,
    shared: &Shared,
    scale: Scale,
    site: Arc<Site>,
) -> Result<CloudWatchMetrics, InvalidName> {
    let mut source = CloudWatchMetrics::new(site, Arc::clone(&shared.metrics))
        .with_delay(config.metric_delay)
        .with_gauge(Gauge::processor(MetricName::new("cpu")?))
        .with_gauge(Gauge::memory(MetricName::new("memory")?));
    if !config.alarms.is_empty() {
        source =
            source.with_gauge(Gauge::alarms(MetricName::new("alarms")?, config.alarms.clone()));
    }
    if let Some(instance) = &config.database {
        let name = MetricName::new("database-connections")?;
        source = source.with_gauge(Gauge::database_connections(name, instance));
    }
    if shared.sdk.endpoint_url().is_some() {
        let period = period(scale);
        source = source.with_period(period).with_delay(config.metric_delay / scale.get());
    }
    Ok(source)
}

/// The shortest period that CloudWatch knows and that is not shorter than the scaled minute.
fn period(scale: Scale) -> Duration {
    let wanted = MINUTE / scale.get();
    let known = [1, 5, 10, 30].map(Duration::from_secs).into_iter();
    known.into_iter().find(|period| *period >= wanted).unwrap_or(MINUTE)
}

async fn credentials(sdk: &SdkConfig) -> Result<(), GroundError> {
    let none = |why: String| GroundError::NoCredentials(why);
    let provider = sdk.credentials_provider().ok_or_else(|| none("no source".to_owned()))?;
    provider.provide_credentials().await.map(drop).map_err(|error| none(error.to_string()))
}

const MINUTE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_one_that_cloudwatch_knows() {
        for (scale, seconds) in [(1, 60), (2, 30), (3, 30), (6, 10), (12, 5), (60, 1), (600, 1)] {
            let period = period(Scale::new(scale).unwrap());
            assert_eq!(period, Duration::from_secs(seconds), "{scale}");
        }
    }
}
