//! A connection of the pool, and what is asked on it.

use std::time::Duration;

use deadpool_postgres::{ClientWrapper, Object, Pool, PoolError, TimeoutType};
use tokio::time::timeout;
use tokio_postgres::Error;

use super::trouble::Trouble;

/// A connection of the pool. It goes back there only while no answer is owed: dropped in the middle
/// of a statement, or after one that leaves it unsound, it is closed instead.
#[derive(Debug)]
pub(super) struct Connection {
    /// None only once it is closed.
    object: Option<Object>,
    sound: bool,
}

impl Connection {
    /// Takes a connection from the pool, one that answers.
    pub(super) async fn take(pool: &Pool, deadline: Duration) -> Result<Self, Trouble> {
        match timeout(deadline, Self::prepare(pool, deadline)).await {
            Ok(taken) => taken.map_err(Trouble::Unconnected),
            Err(_) => Err(Trouble::Unconnected(PoolError::Timeout(TimeoutType::Wait))),
        }
    }

    async fn prepare(pool: &Pool, deadline: Duration) -> Result<Self, PoolError> {
        let mut taken = Self { object: Some(pool.get().await?), sound: false };
        let Some(client) = &taken.object else { return Err(PoolError::Closed) };
        // One locked rollout must stop no other. The statements count on it that each sees what
        // was committed before it, and a row as it became while it waited.
        let longest = (deadline / 4).as_millis().max(1);
        let set = format!(
            "SET lock_timeout = {longest}; SET default_transaction_isolation = 'read committed'"
        );
        client.batch_execute(&set).await.map_err(PoolError::Backend)?;
        taken.sound = true;
        Ok(taken)
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask<T>(
        &mut self,
        deadline: Duration,
        statement: impl AsyncFnOnce(&mut ClientWrapper) -> Result<T, Error>,
    ) -> Result<T, Trouble> {
        let Some(client) = &mut self.object else {
            return Err(Trouble::Unconnected(PoolError::Closed));
        };
        self.sound = false;
        let answer = match timeout(deadline, statement(client)).await {
            Ok(answer) => answer.map_err(Trouble::of),
            Err(_) => Err(Trouble::late(deadline)),
        };
        self.sound = !answer.as_ref().is_err_and(Trouble::is_of_the_connection);
        answer
    }

    /// Returns whether it may be asked again.
    pub(super) fn is_sound(&self) -> bool {
        self.sound && self.object.as_ref().is_some_and(|client| !client.is_closed())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if !self.sound
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}
