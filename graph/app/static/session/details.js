import { element } from "../page/dom.js";
import { decimals, signed } from "../page/words.js";

const FOUND = {
  number: "by its number",
  exact: "by its title",
  normalised: "by its title, nearly as it is spelt",
  fuzzy: "by the nearest spelling",
  nearest: "by the nearest meaning",
};

const MEMORIES = {
  reflections: "Principles for the Planner",
  experiences: "Experiences for the Actor",
  values: "Situations for the Critic",
};

/** Why a round's item was chosen: candidates, evidence, recalled texts, and how V(s) was judged. */
export function details(round, { gamma, recalls = [], principles = [] } = {}) {
  const parts = [offered(round), evidence(round), judged(round, gamma)];
  const told = round.recalled.map(({ memory, rows }) => recalled(MEMORIES[memory] ?? memory, rows));
  if (!told.length && principles.length) told.push(recalled(MEMORIES.reflections, principles));
  if (!told.length && recalls.length) told.push(distances(recalls));
  return [...parts, ...told].filter(Boolean);
}

function block(title, ...content) {
  return element("div", { class: "detail" }, element("h5", {}, title), ...content);
}

function offered({ offered: event, chosen, choice }) {
  if (!event) {
    return block("Candidates", note("They are told while a session is played, and not stored."));
  }
  const rows = event.candidates.map((one) => candidate(one, one.item === chosen?.item));
  const foreign = chosen && !event.candidates.some((one) => one.item === chosen.item);
  const said = choice && `The Actor answered “${choice.reply}”; it was found ${FOUND[choice.found] ?? choice.found}.`;
  return block(
    "Candidates",
    rows.length ? element("ol", { class: "candidates" }, ...rows) : note("The Actor was offered no list."),
    foreign ? note("The chosen item stands in no line of this list.") : null,
    said ? note(said) : null,
  );
}

function candidate({ item, genres, rating, alike, stayed, advantage }, chosen) {
  const facts = [
    genres.join(", "),
    rating === null ? "" : `expected ${decimals(rating, 1)}`,
    alike === null ? "" : `like round ${alike}`,
    stayed === null ? "" : `${stayed}% stayed, ${signed(advantage, 1)}`,
  ];
  return element(
    "li",
    chosen ? { class: "chosen" } : {},
    element("b", {}, item),
    chosen ? element("span", { class: "mark" }, "chosen") : null,
    element("span", { class: "muted" }, facts.filter(Boolean).join(" · ")),
  );
}

function evidence({ evidence: rounds, offered: event }) {
  const count = event?.evidence || rounds;
  if (!count) return null;
  return block("Evidence", note(`What the lines say of staying comes from ${count} played rounds.`));
}

function judged({ verdict, step }, gamma) {
  if (!verdict || !step) return null;
  const weight = gamma ?? (verdict.next_value ? (verdict.target - step.reward) / verdict.next_value : 0);
  const sum =
    `${decimals(step.reward)} + ${decimals(weight)} × ${decimals(verdict.next_value)} − ` +
    `${decimals(verdict.value)} = ${signed(verdict.advantage)}`;
  return block("Advantage", note(`r + γ V(s′) − V(s): ${sum}`), verdict.situation && note(verdict.situation));
}

function recalled(title, rows) {
  const lines = rows.map(({ text, distance }) =>
    element("li", {}, element("span", { class: "near" }, decimals(distance, 3)), element("span", {}, text)),
  );
  return block(`${title}, by distance`, element("ul", { class: "recalled" }, ...lines));
}

function distances(recalls) {
  const rows = recalls.map(({ role, memory, distance }) => ({ text: `${memory}, for the ${role}`, distance }));
  return recalled("Recalled", rows);
}

function note(text) {
  return element("p", {}, text);
}
