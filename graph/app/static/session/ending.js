import { element } from "../page/dom.js";
import { counted, decimals } from "../page/words.js";

const CAUSES = {
  similar: "what was shown was too much alike",
  disliked: "the item was not liked at all",
  repeated: "the item had been shown before",
  left: "they said so",
};

/** How a session ended, what the Reflector made of it, and what was remembered. */
export function endingOf(session) {
  const { ending, reflection, remembered } = session;
  const why = ending.terminated
    ? `The user left in round ${ending.rounds}: ${CAUSES[ending.cause] ?? ending.cause}.`
    : `Over after ${counted(ending.rounds, "round")}; the user was still there.`;
  const sums = `Ratings: ${decimals(ending.total_reward)} in all, ${decimals(ending.mean_reward)} on average.`;
  return element(
    "div",
    { class: "ending" },
    element("p", { class: "why" }, why),
    element("p", { class: "muted" }, sums),
    reflection ? element("h4", {}, "What was learned") : null,
    reflection ? element("p", { class: "reflection" }, reflection) : null,
    remembered ? element("p", { class: "muted" }, kept(remembered)) : null,
  );
}

function kept(remembered) {
  const rows = Object.entries(remembered).filter(([, count]) => count);
  if (!rows.length) return "Nothing was stored.";
  return `Stored: ${rows.map(([memory, count]) => counted(count, memory.replace(/s$/, ""))).join(", ")}.`;
}
