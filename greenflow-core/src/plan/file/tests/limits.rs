//! Limits that cannot be read, and what is said of them.

use super::{SHORT, broken, error};

const LIMIT: &str = "{ error_rate = \"1 %\" }";

#[test]
fn two_bounds_are_two_limits() {
    for two in [
        "{ p95 = \"500ms\", p99 = \"1s\" }",
        "{ p95 = \"500ms\", error_rate = \"1 %\" }",
        "{ throughput = 5, error_rate = \"1 %\" }",
    ] {
        let message = broken(LIMIT, two);
        let expected =
            "3:11: limits[0]: needs exactly one bound; write another limit for the other";
        assert_eq!(message, expected, "{two}");
    }
}

#[test]
fn a_quantile_means_what_people_take_it_for() {
    for (quantile, expected) in [
        ("p100", "3:20: limits[0].p100: p100 would allow no slow request; write p99999 or lower"),
        ("p200", "3:20: limits[0].p200: p200 is not between p50 and p99999; p999 is for at most"),
        ("p10", "3:19: limits[0].p10: p10 is not between p50 and p99999"),
    ] {
        let message = broken(LIMIT, &format!("{{ {quantile} = \"500ms\" }}"));
        assert!(message.starts_with(expected) && message.lines().count() == 1, "{message}");
    }
}

#[test]
fn limits_that_could_not_be_read_are_not_missing() {
    let message = broken(LIMIT, "{ error_rate = \"many\" }");
    assert!(
        message.starts_with("3:26: limits[0].error_rate: \"many\" is not a share"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
    let message = broken("[{ error_rate = \"1 %\" }]", "5");
    assert!(message.starts_with("3:10: limits: expected a list"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    let message = error(&SHORT.replace("limits = [{ error_rate = \"1 %\" }]", "")).to_string();
    assert_eq!(message, "limits: is empty, so nothing would be judged; add at least an error rate");
}
