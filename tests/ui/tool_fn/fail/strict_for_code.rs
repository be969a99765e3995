use claudette::tool;
use claudette::wire::ToolCaller;

/// Counts the orders.
#[tool(strict, allowed_callers = [ToolCaller::Direct, ToolCaller::Code])]
fn count_orders() {}

/// Counts the customers.
#[tool(allowed_callers = ["code_execution_20260120"], strict)]
fn count_customers() {}

/// Counts the lines.
#[tool(allowed_callers = [ToolCaller::Direct], strict)]
fn count_lines() {}

fn main() {}
