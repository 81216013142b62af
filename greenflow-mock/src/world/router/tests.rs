use super::*;

fn router(fence: Fence) -> Router {
    Router::new(RouterModel {
        routes: vec![RouteId::new("a").unwrap(), RouteId::new("b").unwrap()],
        propagation: Duration::ZERO,
        drain_share: 0.1,
        drain: Duration::from_secs(30),
        fence,
        granularity: Granularity::Steps { basis_points: 100 },
    })
}

fn cx(epoch: u64, sequence: u64) -> CallContext {
    let rollout = RolloutId::new("r-1").unwrap();
    CallContext::new(rollout, FenceToken { epoch, sequence }, Duration::from_secs(10))
        .for_effect(EffectId::new(sequence))
}

fn green(percent: u8) -> Split {
    Split::to_green(Weight::from_percent(percent).unwrap())
}

const LATE: Fence = Fence::Late { bound: Duration::from_secs(120) };

#[test]
fn a_repeat_changes_nothing_and_an_old_one_comes_back_only_where_nothing_keeps_it_out() {
    for (fence, comes_back) in
        [(LATE, true), (Fence::PerOperation, false), (Fence::Conditional, false)]
    {
        let mut router = router(fence);
        assert!(router.write(Duration::ZERO, &cx(1, 1), green(10), 0, None).unwrap());
        assert!(!router.write(Duration::ZERO, &cx(1, 1), green(10), 0, None).unwrap());
        let read = router.tag();
        assert!(router.write(Duration::ZERO, &cx(1, 2), green(50), read, None).unwrap());
        let again = router.write(Duration::ZERO, &cx(1, 1), green(10), 0, None);
        assert_eq!(again.is_ok(), comes_back, "{fence:?}");
        let shown = if comes_back { green(10) } else { green(50) };
        assert_eq!(router.observe(Duration::ZERO, Duration::ZERO).agreed(), Some(shown));
    }
}

/// Whoever takes over sends a cut again of whose later ones it knows nothing.
#[test]
fn an_old_write_that_is_sent_anew_is_in_place_again() {
    for fence in [LATE, Fence::PerOperation, Fence::Conditional] {
        let mut router = router(fence);
        for (epoch, sequence, split) in [(1, 1, Split::ALL_BLUE), (1, 2, green(50))] {
            let read = router.tag();
            router.write(Duration::ZERO, &cx(epoch, sequence), split, read, None).unwrap();
        }
        let read = router.tag();
        let anew = router.write(Duration::ZERO, &cx(2, 1), Split::ALL_BLUE, read, None);
        assert!(anew.unwrap(), "{fence:?}");
        let shown = router.observe(Duration::ZERO, Duration::ZERO).agreed();
        assert_eq!(shown, Some(Split::ALL_BLUE), "{fence:?}");
    }
}

#[test]
fn fences_keep_stale_writes_out() {
    let mut tokens = router(Fence::PerOperation);
    tokens.write(Duration::ZERO, &cx(2, 1), green(10), 0, None).unwrap();
    let error = tokens.write(Duration::ZERO, &cx(1, 9), green(50), 1, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let mut conditional = router(Fence::Conditional);
    conditional.write(Duration::ZERO, &cx(1, 1), green(10), 0, None).unwrap();
    assert!(conditional.write(Duration::ZERO, &cx(1, 2), green(50), 0, None).is_err());
    assert!(conditional.write(Duration::ZERO, &cx(1, 2), green(50), 1, None).is_ok());
}

/// As where each write leaves its mark: else nothing could keep a raise out that is still on its way.
#[test]
fn a_write_that_changes_nothing_makes_what_was_read_before_stale() {
    let mut router = router(Fence::Conditional);
    let read = router.tag();
    assert!(!router.write(Duration::ZERO, &cx(1, 2), Split::ALL_BLUE, read, None).unwrap());
    assert!(router.write(Duration::ZERO, &cx(1, 1), green(10), read, None).is_err());
}

#[test]
fn what_it_cannot_represent_it_refuses() {
    let odd = Split::to_green(Weight::from_basis_points(1001).unwrap());
    let error = router(LATE).write(Duration::ZERO, &cx(1, 1), odd, 0, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}

#[test]
fn a_share_lingers_on_the_old_side() {
    let mut router = router(LATE);
    router.write(Duration::ZERO, &cx(1, 1), Split::ALL_GREEN, 0, None).unwrap();
    router.follow(router.version(), &router.configured());
    assert!((router.effective().blue - 0.1).abs() < 1e-9);
    assert!(router.uses(Side::Blue));
    router.drained(router.version());
    assert!(!router.uses(Side::Blue));
}

#[test]
fn a_partial_write_shows_as_disagreement_and_old_reads_are_old() {
    let mut router = router(LATE);
    let at = Duration::from_secs(60);
    router.write(at, &cx(1, 1), green(50), 0, Some(1)).unwrap();
    assert_eq!(router.observe(at, Duration::ZERO).agreed(), None);
    let stale = router.observe(at, Duration::from_secs(10));
    assert_eq!(stale.agreed(), Some(Split::ALL_BLUE));
}

#[test]
fn foreign_weights_have_no_split() {
    let weights = |blue, green, other| Weights { blue, green, other };
    assert_eq!(weights(1, 1, 0).split(), Some(green(50)));
    assert_eq!(weights(0, 0, 0).split(), None);
    assert_eq!(weights(2, 1, 0).split(), None, "no whole basis points");
    assert_eq!(weights(1, 1, 1).split(), None);
}
