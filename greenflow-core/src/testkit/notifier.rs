//! The contract of [`Notifier`].

use std::sync::Arc;

use async_trait::async_trait;

use super::bench::{Bench, possible, stimulus};
use super::result::{Checked, ensure};
use super::{ClauseResult, Fixture, Stimulus, cannot};
use crate::provider::{Audience, Notice, NoticeKey, NoticeKind, Notifier, ProviderError};

/// A fresh notifier, and the receiver's end.
#[async_trait]
pub trait NotifierFixture: Fixture {
    /// Returns the notifier, the same at each call.
    fn notifier(&self) -> Arc<dyn Notifier>;

    /// Returns the texts that the receiver has been shown, oldest first.
    async fn shown(&self) -> Stimulus<Vec<String>>;

    /// Makes the receiver's service refuse everything from now on (NO-1).
    async fn refuse_notices(&self) -> Stimulus {
        cannot("make the receiver refuse notices")
    }
}

super::clause::clauses! {
    "Notifier", NotifierFixture,
    "NO-1" => ok_means_taken,
    "NO-2" => a_key_is_shown_once,
    "NO-3" => a_dropped_call_leaves_it_usable,
}

/// NO-1: hands over a notice, looks for it at the receiver's end, then lets the receiver refuse.
pub async fn ok_means_taken(fixture: &dyn NotifierFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        bench.ok("notify", notify(&bench, fixture, "a", "taken")).await?;
        bench.settle().await?;
        shown(fixture, &["taken"]).await?;
        if possible(fixture.refuse_notices().await)? {
            let answer = bench.outcome(notify(&bench, fixture, "b", "refused")).await;
            ensure(!matches!(answer, Some(Ok(()))), || {
                "the receiver refused a notice, and notify answered Ok".to_owned()
            })?;
        }
        Ok(())
    };
    check.await.into()
}

/// NO-2: hands over a key twice, and another one.
pub async fn a_key_is_shown_once(fixture: &dyn NotifierFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        for (key, text) in [("a", "first"), ("a", "first"), ("b", "second")] {
            bench.ok("notify", notify(&bench, fixture, key, text)).await?;
        }
        bench.settle().await?;
        shown(fixture, &["first", "second"]).await
    };
    check.await.into()
}

/// NO-3: drops calls at several moments, and hands over a notice.
pub async fn a_dropped_call_leaves_it_usable(fixture: &dyn NotifierFixture) -> ClauseResult {
    let check = async {
        let bench = Bench::new(fixture)?;
        bench.drop_each(|_| notify(&bench, fixture, "dropped", "dropped")).await;
        bench.ok("notify", notify(&bench, fixture, "after", "after")).await?;
        bench.settle().await?;
        let texts = stimulus(fixture.shown().await)?;
        ensure(texts.iter().any(|text| text == "after"), || {
            format!("after calls were dropped, a notice was taken and not shown: {texts:?}")
        })
    };
    check.await.into()
}

async fn notify(
    bench: &Bench<'_>,
    fixture: &dyn NotifierFixture,
    key: &str,
    text: &str,
) -> Result<(), ProviderError> {
    let notice = Notice {
        key: NoticeKey(format!("testkit-1/{key}/channel")),
        kind: NoticeKind::Info,
        audience: Audience::Channel,
        text: text.to_owned(),
    };
    fixture.notifier().notify(&bench.read(), notice).await
}

async fn shown(fixture: &dyn NotifierFixture, expected: &[&str]) -> Checked {
    let texts = stimulus(fixture.shown().await)?;
    ensure(texts == expected, || {
        format!("{texts:?} is shown to the receiver, and should be {expected:?}")
    })
}
