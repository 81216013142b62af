//! The long watch, with blue gone. A breach pages; nothing else is left to do about it.

use super::looks;
use super::vigil::Alarm;
use crate::fact::Move;
use crate::machine::cx::Cx;
use crate::machine::words;
use crate::provider::{Audience, NoticeKind};
use crate::value::Severity;

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
    let looked_at = cx.seen.looked_at;
    let found = looks::look(cx, false);
    if cx.seen.looked_at != looked_at {
        // People are told when it begins, not at every look while it lasts.
        let known = std::mem::replace(&mut cx.seen.watch_alarmed, found.is_some());
        if let Some(found) = found.filter(|_| !known) {
            page(cx, found);
        }
    }
    cx.wake_at(end);
}

fn page(cx: &mut Cx<'_>, found: Alarm) {
    let (what, severity) = match found {
        Alarm::Drift(seen) => (format!("the balancer was changed: {seen}"), Severity::Minor),
        Alarm::GreenUnfit(text) | Alarm::Blind(text) => (text, Severity::Critical),
        Alarm::Bad(judgement) => (words::findings(&judgement.findings), Severity::Critical),
    };
    mark!(PagedInTheWatch);
    let occasion = format!("watch/{}", cx.state.head);
    cx.issue(severity, format!("in the long watch: {what}"), "paged; blue is gone");
    cx.page(&occasion, format!("{} in the long watch: {what}", cx.plan().service));
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
        leftovers.push("the pin on blue's capacity".to_owned());
    }
    leftovers
}
