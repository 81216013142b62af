//! temp
use greenflow_core::engine::{Event, EventKind};
use greenflow_core::plan::{Plan, PlanBody, RollbackTimes};
use greenflow_core::record::Zone;
use greenflow_mock::WorldSpec;
use std::io::{self, Write};
pub(crate) struct Timeline<'a, W> {
    out: &'a mut W,
    zone: Zone,
}
impl<'a, W: Write> Timeline<'a, W> {
    pub(crate) fn new(plan: &PlanBody, out: &'a mut W) -> Self {
        Self { out, zone: Zone::named(&plan.zone) }
    }
    pub(crate) fn heading(&mut self, _p: &Plan, _w: &WorldSpec, _s: u64, _t: &RollbackTimes) {}
    pub(crate) fn show(&mut self, event: &Event) {
        let t = self.zone.show(event.now.wall);
        match &event.kind {
            EventKind::Recorded(e) => {
                let _ = writeln!(self.out, "{t} {:?}", e.fact);
            }
            k => {
                let _ = writeln!(self.out, "{t} {k:?}");
            }
        }
    }
    pub(crate) fn finish(self) -> io::Result<()> {
        Ok(())
    }
}
