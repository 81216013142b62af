//! What people do: a script that tells a rollout what they have to say, when they say it.

mod desk;
mod entry;
mod habits;
mod play;

pub use desk::Desk;
pub use entry::{Entry, Says};
pub use habits::Habits;
pub use play::Said;

/// What people do: what the plan asks of them, by their habits, and whatever else the entries say.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct Script {
    /// What they do of themselves.
    pub habits: Habits,
    /// What else they say.
    pub entries: Vec<Entry>,
}

impl Script {
    /// People who do what the plan asks of them: confirm every item an hour before it is due,
    /// approve within two to five minutes, acknowledge within minutes.
    #[must_use]
    pub fn diligent() -> Self {
        Self { habits: Habits::diligent(), entries: Vec::new() }
    }

    /// People who never say anything.
    #[must_use]
    pub fn silent() -> Self {
        Self::default()
    }

    /// Adds something that somebody says.
    #[must_use]
    pub fn with(mut self, entry: Entry) -> Self {
        self.entries.push(entry);
        self
    }
}

#[cfg(test)]
mod tests;
