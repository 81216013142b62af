//! The long watch, with blue gone. A breach pages; nothing else is left to do about it.

use super::vigil::{Alarm, DAY};
use super::{looks, pin};
use crate::fact::Move;
use crate::machine::cx::Cx;
use crate::machine::words;
use crate::provider::{Audience, NoticeKind};
use crate::value::{Severity, Verdict};

pub(super) fn decide(cx: &mut Cx<'_>) {
    looks::report(cx);
    if cx.decided() {
        return;
    }
    let end = looks::end(cx);
    // Its successor watches from now on.
    let superseded = cx.state.superseded;
    if cx.now.at >= end || superseded {
        let text = format!("the rollout of {} is complete", cx.plan().service);
        cx.notify(NoticeKind::Info, Audience::Channel, "complete", text);
        cx.go(Move::Complete { leftovers: leftovers(cx) });
        return;
    }
    look(cx);
    cx.wake_at(end);
}

/// Takes a look when one is due. People are told when an alarm begins, not at every look while it lasts.
pub(super) fn look(cx: &mut Cx<'_>) {
    let last = cx.seen.last_look;
    let found = looks::look(cx, false);
    if cx.seen.last_look == last {
        return;
    }
    let found: Vec<_> = found.into_iter().map(told).collect();
    let names = found.iter().map(|(name, _)| *name).collect();
    let known = std::mem::replace(&mut cx.seen.watch_alarms, names);
    for ((name, severity), what) in found.into_iter().filter(|found| !known.contains(&found.0)) {
        page(cx, name, severity, &what);
    }
}

/// Returns an alarm's name, how serious it is, and its words.
fn told(found: Alarm) -> ((&'static str, Severity), String) {
    match found {
        Alarm::Drift(seen) => {
            (("drift", Severity::Minor), format!("the balancer was changed: {seen}"))
        }
        Alarm::GreenUnfit(text) => (("green-unfit", Severity::Critical), text),
        Alarm::Blind(text) => (("blind", Severity::Critical), text),
        Alarm::Bad(judgement) => {
            let minor = judgement.last == Verdict::Breach(Severity::Minor);
            let severity = if minor { Severity::Minor } else { Severity::Critical };
            (("breach", severity), words::findings(&judgement.findings))
        }
    }
}

/// Pages, of each kind at most once a day: whoever takes over does not know what is told already.
fn page(cx: &mut Cx<'_>, name: &str, severity: Severity, what: &str) {
    mark!(PagedInTheWatch);
    let day = cx.now.at.as_millis() / DAY;
    cx.issue(severity, format!("in the long watch: {what}"), "paged; blue is gone");
    let text = format!("{} in the long watch: {what}", cx.plan().service);
    cx.page(&format!("watch/{name}/{severity}/{day}"), text);
    cx.write_down(None);
}

/// Lists what could not be cleaned up.
pub(super) fn leftovers(cx: &Cx<'_>) -> Vec<String> {
    let mut leftovers = Vec::new();
    if cx.plan().retire.remove_blue && !cx.state.blue_removed {
        let blue = cx.state.blue.iter().flat_map(|blue| &blue.resources);
        leftovers.extend(blue.map(|resource| format!("blue: {resource}")));
    }
    if cx.state.pinned {
        leftovers.push(pin::LEFT.to_owned());
    }
    leftovers
}
