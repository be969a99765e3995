// The chart of tokens and dollars per turn: two small charts over the same turns, because the two scales do not compare.

const SERIES = [["output", "Output"], ["cached", "Cached input"], ["fresh", "Input"]];

/** Returns the end and the steps of an axis that begins at zero. */
function axis(max, steps) {
  if (!(max > 0)) return [1, [0, 1]];
  const rough = max / steps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const ticks = Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, index) => index * step);
  return [ticks.at(-1), ticks];
}

/** Returns the turns that have a usage. */
function turnsOf(messages) {
  return messages.filter((message) => message.role === "assistant").map(usageOf).filter(Boolean)
    .map((usage, index) => ({ ...usage, number: index + 1 }));
}

function totals(turns) {
  const sum = (read) => turns.reduce((total, turn) => total + read(turn), 0);
  return {
    tokens: sum((turn) => turn.fresh + turn.cached + turn.output),
    cost: turns.some((turn) => turn.cost !== null) ? sum((turn) => turn.cost ?? 0) : null,
  };
}

function describe(turn) {
  const cost = turn.cost === null ? "" : `, ${dollars(turn.cost)}`;
  return `Turn ${turn.number}: ${NUMBER.format(turn.fresh)} input, ${NUMBER.format(turn.cached)} cached, ` +
    `${NUMBER.format(turn.output)} output tokens${cost}`;
}

/** Draws the panel. */
function drawChart(panel, messages) {
  const turns = turnsOf(messages);
  const body = panel.querySelector(".chart");
  if (turns.length === 0) {
    body.replaceChildren(h("p", { class: "muted", text: "Tokens and dollars of each turn appear here after the first answer." }));
    return;
  }
  const { tokens, cost } = totals(turns);
  const summary = `${turns.length} ${turns.length === 1 ? "turn" : "turns"}, ${NUMBER.format(tokens)} tokens` +
    (cost === null ? "" : `, ${dollars(cost)}`);
  const legend = h("ul", { class: "legend" }, ...SERIES.toReversed().map(([key, name]) =>
    h("li", {}, h("span", { class: `swatch ${key}` }), name)));
  body.replaceChildren(h("div", { class: "row" }, h("p", { class: "muted", text: summary }), legend),
    plot(turns, body.clientWidth || 640, summary), table(turns));
}

function plot(turns, width, summary) {
  const left = 56;
  const hasCost = turns.some((turn) => turn.cost !== null);
  const panels = [{ name: "Tokens", top: 30, height: 96, format: short, read: (turn) => SERIES.map(([key]) => [key, turn[key]]), steps: 3 }];
  if (hasCost) {
    panels.push({ name: "Dollars", top: 172, height: 54, format: (tick, step) => tick === 0 ? "$0" : `$${tick.toFixed(Math.max(2, Math.ceil(-Math.log10(step) - 1e-9)))}`, read: (turn) => [["cost", turn.cost ?? 0]], steps: 2 });
  }
  const bottom = panels.at(-1).top + panels.at(-1).height;
  const band = (width - left - 8) / turns.length;
  const bar = Math.min(30, Math.max(2, band * 0.62));
  const center = (index) => left + band * (index + 0.5);
  const every = Math.ceil(turns.length / Math.max(1, Math.floor((width - left) / 28)));
  const drawing = s("svg", { class: "plot", viewBox: `0 0 ${width} ${bottom + 20}`, height: bottom + 20, role: "img",
    "aria-label": `Chart of tokens and dollars per turn. ${summary}. The table below has all values.` });
  for (const panel of panels) {
    const sums = turns.map((turn) => panel.read(turn).reduce((total, [, value]) => total + value, 0));
    const [end, ticks] = axis(Math.max(...sums), panel.steps);
    const y = (value) => panel.top + panel.height * (1 - value / end);
    drawing.append(s("text", { class: "axis-name", x: 0, y: panel.top - 16, text: panel.name }));
    for (const tick of ticks) {
      drawing.append(s("line", { class: "grid", x1: left, x2: width, y1: y(tick), y2: y(tick) }),
        s("text", { class: "tick", x: left - 8, y: y(tick) + 4, "text-anchor": "end", text: panel.format(tick, ticks[1]) }));
    }
    turns.forEach((turn, index) => {
      let base = 0;
      const values = panel.read(turn).filter(([, value]) => value > 0);
      for (const [key, value] of values) {
        const height = Math.max(y(base) - y(base + value) - (values.length > 1 ? 1 : 0), 0.5);
        drawing.append(s("rect", { class: key, x: center(index) - bar / 2, y: y(base + value), width: bar, height, rx: Math.min(2, height / 2) }));
        base += value;
      }
    });
  }
  turns.forEach((turn, index) => {
    if (index % every === 0) {
      drawing.append(s("text", { class: "tick", x: center(index), y: bottom + 16, "text-anchor": "middle", text: String(turn.number) }));
    }
    drawing.append(s("rect", { class: "hover", x: center(index) - band / 2, y: 0, width: band, height: bottom },
      s("title", { text: describe(turn) })));
  });
  return drawing;
}

function table(turns) {
  const head = ["Turn", "Input", "Cached", "Output", "Dollars", "Time", "Model"];
  const rows = turns.map((turn) => [String(turn.number), NUMBER.format(turn.fresh), NUMBER.format(turn.cached), NUMBER.format(turn.output),
    turn.cost === null ? "–" : dollars(turn.cost), Number.isFinite(turn.ms) ? duration(turn.ms) : "–", turn.model ?? "–"]);
  return h("details", { class: "numbers" }, h("summary", {}, "Show as a table", icon("chevron")),
    h("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Usage per turn" }, h("table", {},
      h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col", text })))),
      h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((text) => h("td", { text }))))))));
}
