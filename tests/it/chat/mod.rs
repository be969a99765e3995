//! Chats and tool loops: their requests, their histories, and their ends.

mod approval;
mod budget;
mod cache;
mod cancellation;
mod compaction;
mod context;
mod durable;
mod eager;
mod exclusive_keys;
mod faults;
mod history;
mod history_edit;
mod hooks;
mod inbox_changes;
mod interleavings;
mod journal;
mod long_run;
mod loop_limits;
mod loop_properties;
mod machine;
mod programmatic_calls;
mod repair;
mod stored_state;
mod tool_changes;
mod tool_loop;
mod turns;
