//! One `DescribeServices` for all who ask at about the same moment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use greenflow_core::provider::Clock;

use crate::account::{Account, Family};
use crate::api::{ApiError, EcsApi, ServiceState};

/// Gathers what is asked for in a moment, up to ten services of a cluster, into one call.
///
/// Whoever asks polls the shared call; one who goes away leaves it to the others.
pub(crate) struct Batch {
    clock: Arc<dyn Clock>,
    open: Mutex<BTreeMap<String, Gathering>>,
}

type Answer = Result<Arc<Vec<ServiceState>>, ApiError>;
type Call = Shared<BoxFuture<'static, Answer>>;

/// A call that has not been sent yet.
struct Gathering {
    names: Arc<Mutex<Vec<String>>>,
    call: Call,
}

impl Batch {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, open: Mutex::new(BTreeMap::new()) }
    }

    /// Describes these services, which are at most ten.
    pub(crate) async fn services(
        &self,
        account: &Arc<Account>,
        api: &Arc<dyn EcsApi>,
        limit: Duration,
        cluster: &str,
        services: &[String],
    ) -> Answer {
        let answer = self.join(account, api, limit, cluster, services).await;
        match answer {
            // Somebody else's service may be the one that may not be read.
            Err(error) if !error.kind.is_retryable() => {
                let call = api.services(limit, cluster, services);
                account.call(Family::EcsReads, limit, call).await.map(Arc::new)
            }
            answer => answer,
        }
    }

    /// Joins the call that is being gathered, if there is room in it; else begins another.
    fn join(
        &self,
        account: &Arc<Account>,
        api: &Arc<dyn EcsApi>,
        limit: Duration,
        cluster: &str,
        services: &[String],
    ) -> Call {
        let mut open = self.open();
        if let Some(gathering) = open.get(cluster) {
            let mut names = gathering.names.lock().unwrap_or_else(PoisonError::into_inner);
            let new: Vec<&String> =
                services.iter().filter(|service| !names.contains(service)).collect();
            // An empty list has been sent already.
            if !names.is_empty() && names.len() + new.len() <= MOST {
                names.extend(new.into_iter().cloned());
                return gathering.call.clone();
            }
        }
        let names = Arc::new(Mutex::new(services.to_vec()));
        let (account, api) = (Arc::clone(account), Arc::clone(api));
        let sent = Arc::clone(&names);
        let cluster_name = cluster.to_owned();
        let clock = Arc::clone(&self.clock);
        let call = async move {
            clock.sleep_until(clock.monotonic().saturating_add(MOMENT)).await;
            let names = std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
            let call = api.services(limit, &cluster_name, &names);
            account.call(Family::EcsReads, limit, call).await.map(Arc::new)
        };
        let call = call.boxed().shared();
        open.insert(cluster.to_owned(), Gathering { names, call: call.clone() });
        call
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Gathering>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").finish_non_exhaustive()
    }
}

/// How long others are waited for.
const MOMENT: Duration = Duration::from_millis(20);
/// As many as one call describes.
const MOST: usize = 10;
