use std::time::Duration;

use super::*;
use crate::value::WallTime;

/// Minor from 1 % on, critical from 5 % on, each twice in a row.
fn in_two_degrees() -> [Analysis; 2] {
    let limit = |percent, severity| Limit::error_rate_percent(percent).severity(severity);
    let limits = [limit(1, Severity::Minor), limit(5, Severity::Critical)];
    [[0, 1], [1, 0]].map(|order| {
        let analysis = Analysis::every(Duration::from_secs(30)).consecutive(2);
        order.iter().fold(analysis, |analysis, place| analysis.limit(limits[*place].clone()))
    })
}

/// What is confirmed after green failed so many requests in a hundred, interval by interval.
fn confirmed(analysis: &Analysis, failed: &[u64]) -> Verdict {
    let judge = ThresholdJudge::new();
    let mut state = judge.start(analysis);
    for (number, errors) in failed.iter().enumerate() {
        let start = WallTime::from_unix_millis(i64::try_from(number).unwrap() * 30_000);
        let side = |errors| Some(SideSample { requests: 100, errors, ..SideSample::default() });
        let end = start.after(Duration::from_secs(30));
        let sample =
            IntervalSample { start, end, blue: side(0), green: side(*errors), unserved: None };
        state = judge.step(analysis, &state, &sample).unwrap();
    }
    judge.judgement(analysis, &state).confirmed
}

#[test]
fn each_of_two_limits_on_a_metric_counts_for_itself() {
    for analysis in in_two_degrees() {
        assert_eq!(confirmed(&analysis, &[2]), Verdict::Unknown);
        assert_eq!(confirmed(&analysis, &[2, 2]), Verdict::Breach(Severity::Minor));
        assert_eq!(confirmed(&analysis, &[10]), Verdict::Unknown, "one sample confirms nothing");
        assert_eq!(confirmed(&analysis, &[2, 10]), Verdict::Breach(Severity::Minor));
        assert_eq!(confirmed(&analysis, &[10, 10]), Verdict::Breach(Severity::Critical));
        assert_eq!(confirmed(&analysis, &[10, 2, 10]), Verdict::Breach(Severity::Minor));
        assert_eq!(confirmed(&analysis, &[2, 0]), Verdict::Healthy);
    }
}

#[test]
fn a_metric_without_a_limit_confirms_and_clears_nothing() {
    let errors = MetricName::new("error_rate").unwrap();
    for analysis in in_two_degrees() {
        let analysis = analysis.record(errors.clone());
        assert_eq!(confirmed(&analysis, &[2, 2]), Verdict::Breach(Severity::Minor));
    }
}
