//! The simulated world in which GreenFlow rollouts are rehearsed and tested.
