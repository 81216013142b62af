//! The transition table and its diagram are generated from the code and kept as golden files.

use greenflow_core::machine::PhaseName;
use greenflow_core::machine::table::{diagram, table, transitions};

#[test]
fn the_table_is_as_committed() {
    insta::assert_snapshot!("transition_table", table());
}

#[test]
fn the_diagram_is_as_committed() {
    insta::assert_snapshot!("transition_diagram", diagram());
}

#[test]
fn every_phase_is_reached_and_only_ends_have_no_edge() {
    let edges = transitions();
    for phase in PhaseName::ALL {
        let reached = phase == PhaseName::Scheduled || edges.iter().any(|edge| edge.to == phase);
        let left = edges.iter().any(|edge| edge.from == phase);
        assert!(reached, "{phase} cannot be reached");
        assert_eq!(left, !phase.is_terminal(), "{phase}");
    }
}

#[test]
fn every_phase_before_the_point_of_no_return_leads_back() {
    use PhaseName as P;
    let edges = transitions();
    let back = |phase| {
        edges
            .iter()
            .any(|edge| edge.from == phase && matches!(edge.to, P::RollingBack | P::Refused))
    };
    for phase in P::ALL {
        let too_late =
            matches!(phase, P::Retiring | P::Watching | P::RollingBack) || phase.is_terminal();
        assert_eq!(back(phase), !too_late, "{phase}");
    }
}

#[test]
fn the_architecture_page_shows_the_same_diagram() {
    let page = include_str!("../../../ARCHITECTURE.md");
    assert!(page.contains(diagram().trim_end()), "paste the diagram into ARCHITECTURE.md anew");
}
