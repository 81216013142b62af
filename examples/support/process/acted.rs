//! Who acted, and when: read off the world's own log of calls.

use std::collections::BTreeMap;

use greenflow_core::fact::Entry;
use greenflow_core::value::WallTime;
use serde::Serialize;

use super::Call;

/// A controller that was frozen, and what it did once it went on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the example's own")]
pub struct Frozen {
    /// Its process.
    pub pid: u32,
    /// The epoch it had.
    pub epoch: u64,
    /// When it was frozen.
    pub frozen_at: WallTime,
    /// When it went on.
    pub thawed_at: WallTime,
}

impl Frozen {
    /// Returns the first call in a newer epoch.
    #[must_use]
    pub fn taken_over<'a>(&self, calls: &'a [Call]) -> Option<&'a Call> {
        calls.iter().find(|call| call.epoch > self.epoch)
    }

    /// Returns how many calls it still made in its old epoch when there was a newer one.
    #[must_use]
    pub fn late_calls(&self, calls: &[Call]) -> usize {
        self.late(calls).filter(|call| call.taken.is_none()).count()
    }

    /// Returns the calls that it still made in its old epoch when there was a newer one.
    fn late<'a>(&self, calls: &'a [Call]) -> impl Iterator<Item = &'a Call> {
        let newer = calls.iter().skip_while(|call| call.epoch <= self.epoch);
        let (pid, epoch) = (self.pid, self.epoch);
        newer.filter(move |call| call.pid == pid && call.epoch == epoch)
    }
}

/// Lists where more than one controller acted at a time.
#[must_use]
pub fn wrong(calls: &[Call], entries: &[Entry], frozen: &[Frozen]) -> Vec<String> {
    let mut wrong = Vec::new();
    wrong.extend(two_in_one_epoch(calls));
    wrong.extend(out_of_turn(calls, frozen));
    for frozen in frozen {
        wrong.extend(too_much(frozen, calls));
        wrong.extend(appended(frozen, calls, entries));
    }
    if !entries.is_sorted_by_key(|entry| entry.epoch) {
        wrong.push("the journal's epochs go back".to_owned());
    }
    wrong
}

fn two_in_one_epoch(calls: &[Call]) -> Vec<String> {
    let mut owners = BTreeMap::new();
    let mut wrong = Vec::new();
    for call in calls {
        let owner = *owners.entry(call.epoch).or_insert(call.pid);
        if owner != call.pid {
            wrong.push(format!("{owner} and {} both act in epoch {}", call.pid, call.epoch));
        }
    }
    wrong
}

/// A call in an epoch that was over, by one that had not been frozen in it.
fn out_of_turn(calls: &[Call], frozen: &[Frozen]) -> Vec<String> {
    let mut newest = 0;
    let mut wrong = Vec::new();
    for call in calls {
        newest = newest.max(call.epoch);
        let excused = frozen.iter().any(|it| it.pid == call.pid && it.epoch == call.epoch);
        if call.epoch < newest && !excused {
            let (pid, operation, epoch) = (call.pid, &call.operation, call.epoch);
            wrong.push(format!("{pid} called {operation} in epoch {epoch}, during {newest}"));
        }
    }
    wrong
}

/// It may end the call that it was in, and tell people once that it drives the rollout no more: it
/// cannot know who does. Reads that were about to be made with that call change nothing; the engine
/// makes three calls at a time at most.
fn too_much(frozen: &Frozen, calls: &[Call]) -> Vec<String> {
    let begun: Vec<&Call> = frozen.late(calls).filter(|call| call.taken.is_none()).collect();
    let count = |like: fn(&Call) -> bool| begun.iter().filter(|call| like(call)).count();
    let told = count(|call| call.operation == "notify");
    let (writes, removed) = (count(|call| call.is_write), count(|call| call.operation == "remove"));
    if told > 1 || begun.len() - told > AT_A_TIME || writes > 1 || removed > 0 {
        let operations: Vec<&str> = begun.iter().map(|call| call.operation.as_str()).collect();
        return vec![format!("{} was deposed, and still called {operations:?}", frozen.pid)];
    }
    Vec::new()
}

fn appended(frozen: &Frozen, calls: &[Call], entries: &[Entry]) -> Vec<String> {
    let Some(taken_over) = frozen.taken_over(calls) else { return Vec::new() };
    let late = |entry: &&Entry| entry.epoch == frozen.epoch && entry.wall > taken_over.at;
    let late = entries.iter().filter(late);
    late.map(|entry| format!("{} was deposed, and appended {}", frozen.pid, entry.fact.name()))
        .collect()
}

const AT_A_TIME: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn call(pid: u32, epoch: u64, operation: &str, is_write: bool) -> Call {
        let at = WallTime::from_unix_millis(1000);
        let (effect, taken, operation) = (None, None, operation.to_owned());
        Call { at, pid, epoch, effect, operation, is_write, taken }
    }

    fn frozen(pid: u32, epoch: u64) -> Frozen {
        let at = WallTime::from_unix_millis;
        Frozen { pid, epoch, frozen_at: at(1), thawed_at: at(2) }
    }

    #[test]
    fn one_after_the_other_is_right() {
        let calls = [call(1, 1, "pin", true), call(2, 2, "pin", true), call(1, 3, "pin", true)];
        assert_eq!(wrong(&calls, &[], &[frozen(1, 1)]), Vec::<String>::new());
    }

    #[test]
    fn the_call_it_was_in_is_all_that_a_deposed_one_may_make() {
        let late = |operation, is_write| call(1, 1, operation, is_write);
        let after = |late: &[Call]| {
            let calls = [&[call(1, 1, "pin", true), call(2, 2, "pin", true)], late].concat();
            wrong(&calls, &[], &[frozen(1, 1)]).len()
        };
        assert_eq!(after(&[late("set_split", true)]), 0);
        assert_eq!(after(&[late("read_split", false), late("describe", false)]), 0);
        assert_eq!(after(&[late("set_split", true), late("set_split", true)]), 1);
        assert_eq!(after(&[late("remove", true)]), 1);
        assert_eq!(after(&[late("set_split", true), late("notify", false)]), 0);
        assert_eq!(after(&[late("notify", false), late("notify", false)]), 1);
        assert_eq!(after(&vec![late("read_split", false); 4]), 1);
    }

    #[test]
    fn nobody_else_may_act_in_an_epoch_or_after_it() {
        let calls = [call(1, 1, "pin", true), call(2, 1, "pin", true)];
        assert_eq!(wrong(&calls, &[], &[]).len(), 1);
        let calls = [call(1, 1, "pin", true), call(2, 2, "pin", true), call(1, 1, "pin", true)];
        assert_eq!(wrong(&calls, &[], &[]).len(), 1);
    }
}
