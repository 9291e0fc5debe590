//! Real data, where they are at hand.
