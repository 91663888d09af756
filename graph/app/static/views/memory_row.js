import { button, element } from "../page/dom.js";
import { counted, moment, signed } from "../page/words.js";

const FACTS = 3; // in sight; the rest is folded

/** A row of a memory: its text, what it learned and from whom, and what it was worth. */
export function memoryRow({ value, updated_at: updated }, withdraw) {
  const { text, situation, kind, note, facts, sources, retired } = value;
  return element(
    "li",
    { class: "memory" },
    element("p", { class: "eyebrow" }, retired ? `${kind}, no longer given` : kind),
    element("p", { class: "text" }, text),
    situation ? element("p", { class: "muted" }, `For: ${situation}`) : null,
    note ? element("p", { class: "note" }, `The Reflector wrote: ${note}`) : null,
    factList(facts),
    element("p", { class: "muted worth" }, worth(value, updated)),
    element("ul", { class: "sources", "aria-label": "Where it is from" }, ...sources.map((one) => source(one, withdraw))),
  );
}

function worth({ uses, utility, last_used: told }, updated) {
  const when = told.startsWith("episode ") ? told : moment(updated);
  const last = `Last written or used: ${when}`;
  if (uses === null) return last;
  return `Given to ${counted(uses, "session")} · utility ${signed(utility)} · ${last}`;
}

function factList(facts) {
  const lines = facts.map((fact) => element("li", {}, fact));
  const seen = element("ul", { class: "facts" }, ...lines.slice(0, FACTS));
  if (lines.length <= FACTS) return seen;
  const rest = element("ul", { class: "facts" }, ...lines.slice(FACTS));
  const summary = element("summary", {}, `${lines.length - FACTS} more`);
  return element("div", {}, seen, element("details", {}, summary, rest));
}

function source({ user, episode }, withdraw) {
  const forget = (label, what) => button(label, () => withdraw(what), { class: "quiet" });
  const parts = [user ? `user ${user}` : null, episode ? `episode ${episode}` : null].filter(Boolean);
  return element(
    "li",
    {},
    element("span", {}, parts.join(", ") || "a source that is not known"),
    user ? forget("Withdraw this user", { user }) : null,
    episode ? forget("Withdraw this episode", { episode }) : null,
  );
}
