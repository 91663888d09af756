import { element, newId } from "../page/dom.js";
import { counted, decimals, signed } from "../page/words.js";
import { dollars } from "./run_row.js";

const PHASES = {
  frozen: "Evaluation, learning nothing",
  online: "Evaluation, learning on",
  train: "Training",
};
const METRICS = { len: "Len", r_each: "R_each", r_traj: "R_traj" };
const [WIDE, TALL] = [72, 8]; // of a drawn interval

/** A table for each phase: the arms with their metrics, why sessions ended, and the cost. */
export function figureTables(phases, name) {
  const order = Object.keys(PHASES);
  const sorted = [...phases].sort((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase));
  return sorted.flatMap(({ phase, arms }) => {
    const priced = arms.some((arm) => arm.money);
    const failed = arms.some((arm) => arm.errors);
    const scales = scalesOf(arms, (low, high) => [low, high]);
    const heads = ["Arm", ...Object.values(METRICS), "Sessions", "Why they ended"];
    if (failed) heads.push("Failed");
    if (priced) heads.push("Cost");
    const rows = arms.map((arm) => [
      ...Object.keys(METRICS).map((metric) => estimate(arm[metric], decimals, scales[metric])),
      `${arm.episodes.toLocaleString("en")}`,
      ends(arm),
      ...(failed ? [`${arm.errors.toLocaleString("en")}`] : []),
      ...(priced ? [arm.money === null ? "unknown" : dollars(arm.money)] : []),
    ]);
    return table(PHASES[phase] ?? phase, `of ${name}`, heads, arms.map((arm) => arm.arm), rows);
  });
}

/** What sets two runs apart: their settings, and the differences of the arms that both played. */
export function differenceTables({ settings, pairs, note }, run, other) {
  const said = settings.length ? settings : ["The settings are the same."];
  const list = element("ul", { class: "about" }, ...said.map((line) => element("li", {}, line)));
  const parts = [element("h4", {}, `Settings, ${run.name} → ${other.name}`), list];
  if (note) parts.push(element("p", { class: "muted" }, note));
  for (const phase of Object.keys(PHASES)) {
    const shown = pairs.filter((pair) => pair.phase === phase);
    if (!shown.length) continue;
    const scales = scalesOf(shown, (low, high) => [-Math.max(-low, high), Math.max(-low, high)]);
    const rows = shown.map((pair) => [
      ...Object.keys(METRICS).map((metric) => estimate(pair[metric], signed, scales[metric], true)),
      pair.pairs ? `${pair.pairs.toLocaleString("en")} (${counted(pair.users, "user")})` : "none",
    ]);
    const heads = ["Arm", ...Object.values(METRICS), "Sessions paired"];
    const what = `${run.name} minus ${other.name}`;
    parts.push(...table(PHASES[phase] ?? phase, what, heads, shown.map((pair) => pair.arm), rows));
  }
  if (pairs.length) {
    const says = `${run.name} minus ${other.name}, with 95 % intervals. Bold: the interval leaves 0 out.`;
    parts.push(element("p", { class: "muted" }, says));
  }
  return parts;
}

function table(title, what, heads, names, rows) {
  const id = newId("table");
  const head = heads.map((text) => element("th", { scope: "col" }, text));
  const body = rows.map((cells, at) =>
    element("tr", {}, element("th", { scope: "row" }, names[at]), ...cells.map((cell) => element("td", {}, cell))),
  );
  const made = element(
    "table",
    { "aria-labelledby": id },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
  const region = { class: "scroll", role: "region", tabindex: "0", "aria-label": `${title}, ${what}` };
  return [element("h4", { id }, title), element("div", region, made)];
}

/** A mean over its interval, and both drawn on the scale that the column has in common. */
function estimate(found, write, scale, againstZero = false) {
  if (!found || found.mean === null) return "–";
  const { mean, low, high } = found;
  const clear = againstZero && low !== null && (low > 0 || high < 0);
  return element(
    "div",
    { class: clear ? "estimate clear" : "estimate" },
    element("span", { class: "mean" }, write(mean)),
    low === null ? null : element("span", { class: "interval" }, `${write(low)} to ${write(high)}`),
    low === null ? null : drawn(found, scale, againstZero),
  );
}

function drawn({ mean, low, high }, [from, to], againstZero) {
  const share = (value) => (to > from ? (value - from) / (to - from) : 0.5);
  const at = (value) => 3 + (WIDE - 6) * share(value);
  const middle = TALL / 2;
  const zero = againstZero ? element("line", { class: "zero", x1: at(0), x2: at(0), y1: 0, y2: TALL }) : null;
  return element(
    "svg",
    { viewBox: `0 0 ${WIDE} ${TALL}`, class: "whisker", "aria-hidden": "true" },
    zero,
    element("line", { x1: at(low), x2: at(high), y1: middle, y2: middle }),
    element("circle", { cx: at(mean), cy: middle, r: 3 }),
  );
}

/** From where to where a column's intervals are drawn, by the lowest and the highest end. */
function scalesOf(lines, range) {
  const scale = (metric) => {
    const found = lines.map((line) => line[metric]).filter((one) => one && one.low !== null);
    return range(Math.min(...found.map((one) => one.low)), Math.max(...found.map((one) => one.high)));
  };
  return Object.fromEntries(Object.keys(METRICS).map((metric) => [metric, scale(metric)]));
}

function ends({ ends: causes, episodes }) {
  const sorted = Object.entries(causes).sort(([, a], [, b]) => b - a);
  const shares = sorted.map(([cause, count]) => `${cause}\u00a0${Math.round((100 * count) / episodes)}\u00a0%`);
  return element("span", { class: "causes" }, shares.join(", "));
}
