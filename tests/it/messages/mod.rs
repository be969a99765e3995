//! Content blocks, events and partial JSON.

mod blocks;
mod display;
mod fuzz;
mod partial;
