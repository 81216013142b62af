//! What a person says to a rollout from the command line.

use greenflow_core::machine::Action;

/// Reads a word that says what a rollout shall do.
///
/// # Errors
/// The words that there are.
pub fn answer(word: &str) -> Result<Action, String> {
    let found = WORDS.iter().find(|action| action.name() == word);
    found.cloned().ok_or_else(|| {
        let words: Vec<&str> = WORDS.iter().map(Action::name).collect();
        format!("say one of: {}", words.join(", "))
    })
}

/// Those that need nothing but themselves. Approvals are given in a role, and these plans ask none.
const WORDS: [Action; 7] = [
    Action::Resume,
    Action::Rollback,
    Action::Abort,
    Action::Pause,
    Action::Promote,
    Action::PromoteFull,
    Action::RetireNow { superseded_by: None },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_those_of_the_record_and_others_are_told_what_there_is() {
        assert_eq!(answer("rollback"), Ok(Action::Rollback));
        assert_eq!(answer("promote_full"), Ok(Action::PromoteFull));
        let refused = answer("roll back").unwrap_err();
        assert!(refused.contains("resume, rollback, abort"), "{refused}");
    }
}
