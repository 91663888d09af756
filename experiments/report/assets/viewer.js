/** The list of episodes, its filters and keys; what it shows comes from blocks of data. */
const PAGE = 15;
const LEADER = 0; // the hue of BiLLP
const [VARIANT, SEED, PHASE, NUMBER, USER, ROUNDS, SUM, END, ERROR, WHOLE] = Array(10).keys();
const BY = {
  best: (a, b) => b[SUM] - a[SUM],
  worst: (a, b) => a[SUM] - b[SUM],
  longest: (a, b) => b[ROUNDS] - a[ROUNDS],
  shortest: (a, b) => a[ROUNDS] - b[ROUNDS],
};

class Viewer {
  constructor(list, memories) {
    this.list = list;
    this.memories = memories;
    this.ends = new Map(list.ends);
    this.rows = document.getElementById("episode-rows");
    this.article = document.getElementById("episode");
    this.filters = Object.fromEntries(
      ["variant", "seed", "phase", "end", "user", "order", "whole"].map((name) => [
        name,
        document.getElementById(`filter-${name}`),
      ]),
    );
    this.offerChoices();
    this.listen();
    this.filters.whole.checked = list.rows.some((row) => row[WHOLE]);
    if (!this.openNamed()) this.filter(this.longest());
  }

  offerChoices() {
    const { variants, phases, ends, rows } = this.list;
    const seeds = [...new Set(rows.map((row) => row[SEED]))].sort((a, b) => a - b);
    const offer = (name, entries) => {
      for (const [value, label] of entries) {
        this.filters[name].append(element("option", { value }, `${label}`));
      }
    };
    offer("variant", variants.entries());
    offer("seed", seeds.map((seed) => [seed, seed]));
    offer("phase", [...phases.entries()].map(([at, [, label]]) => [at, label]));
    offer("end", [...ends.entries()].map(([at, [, label]]) => [at, label]));
  }

  listen() {
    for (const filter of Object.values(this.filters)) {
      const typed = filter.type === "search";
      filter.addEventListener(typed ? "input" : "change", () => this.filter());
    }
    document.getElementById("filter-clear").addEventListener("click", () => this.clear());
    document.getElementById("page-back").addEventListener("click", () => this.turnPage(-1));
    document.getElementById("page-on").addEventListener("click", () => this.turnPage(1));
    document.getElementById("viewer").addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("hashchange", () => this.openNamed());
  }

  clear() {
    for (const name of ["variant", "seed", "phase", "end", "user"]) this.filters[name].value = "";
    this.filters.order.value = "number";
    this.filters.whole.checked = false;
    this.filter();
  }

  matches(row) {
    const { variant, seed, phase, end, user, whole } = this.filters;
    const asked = (filter, value) => filter.value.trim() === "" || filter.value.trim() === `${value}`;
    return (
      asked(variant, row[VARIANT]) &&
      asked(seed, row[SEED]) &&
      asked(phase, row[PHASE]) &&
      asked(end, row[END]) &&
      asked(user, row[USER]) &&
      (!whole.checked || row[WHOLE] === 1)
    );
  }

  /** Lists what matches and shows the first of it, or what was asked for. */
  filter(wanted = null) {
    const { rows } = this.list;
    this.found = [...rows.keys()].filter((at) => this.matches(rows[at]));
    const by = BY[this.filters.order.value];
    if (by) this.found.sort((a, b) => by(rows[a], rows[b]) || a - b);
    const place = wanted === null ? 0 : this.found.indexOf(wanted);
    this.show(Math.max(0, place));
  }

  /** The longest evaluated session of BiLLP, or else of anybody, that is told step by step. */
  longest() {
    const { rows, hues } = this.list;
    const told = [...rows.keys()].filter((at) => rows[at][WHOLE]);
    const own = told.filter((at) => hues[rows[at][VARIANT]] === LEADER);
    const among = own.length ? own : told;
    const phase = Math.min(...among.map((at) => rows[at][PHASE]));
    const evaluated = among.filter((at) => rows[at][PHASE] === phase);
    evaluated.sort((a, b) => rows[b][ROUNDS] - rows[a][ROUNDS] || a - b);
    return evaluated[0] ?? null;
  }

  show(place) {
    this.place = place;
    this.drawList();
    this.drawEpisode();
  }

  drawList() {
    const { found, place } = this;
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    const page = Math.floor(place / PAGE);
    const on = found.slice(page * PAGE, (page + 1) * PAGE);
    this.rows.replaceChildren(...on.map((at, nth) => this.row(at, page * PAGE + nth)));
    const all = this.list.rows.length.toLocaleString("en");
    document.getElementById("episode-count").textContent =
      `${found.length.toLocaleString("en")} of ${all} episodes match`;
    document.getElementById("page-at").textContent = `${page + 1} of ${pages}`;
    document.getElementById("page-back").disabled = page === 0;
    document.getElementById("page-on").disabled = page >= pages - 1;
  }

  row(at, place) {
    const row = this.list.rows[at];
    const open = element("button", { type: "button" }, this.name(row));
    open.addEventListener("click", () => {
      this.show(place);
      this.focusRow();
    });
    const current = place === this.place;
    open.tabIndex = current ? 0 : -1;
    const cells = [this.phase(row)[0], row[USER], row[ROUNDS], decimals(row[SUM], 1), this.list.ends[row[END]][0]];
    const settings = { class: row[WHOLE] ? null : "brief", "aria-current": current && "true" };
    return element(
      "tr",
      settings,
      element("th", { scope: "row" }, open),
      ...cells.map((cell) => element("td", {}, `${cell}`)),
    );
  }

  drawEpisode() {
    const at = this.found[this.place];
    if (at === undefined) {
      this.article.replaceChildren(element("p", {}, "No episode matches these filters."));
      return;
    }
    const row = this.list.rows[at];
    const episode = row[WHOLE] ? block(`steps-${at}`) : null;
    const facts = [
      this.phase(row)[1],
      `user ${row[USER]}`,
      row[ROUNDS] === 1 ? "1 round" : `${row[ROUNDS]} rounds`,
      `ratings add up to ${decimals(row[SUM])}`,
      this.end(row),
    ];
    this.article.replaceChildren(
      element("h3", { id: "episode-title" }, element("a", { href: this.address(row) }, this.name(row))),
      element("p", { class: "muted" }, facts.join(" · ")),
      this.turns(),
      ...(episode ? story({ ...episode, gamma: this.list.gammas[row[VARIANT]] }, this.memories, this.ends) : [this.elsewhere(row)]),
    );
    this.article.scrollTop = 0;
    document.getElementById("episode-said").textContent = `${this.name(row)}: ${facts.join(", ")}`;
    this.nameAddress(row);
  }

  turns() {
    const back = element("button", { type: "button", id: "turn-back" }, "← Previous");
    const on = element("button", { type: "button", id: "turn-on" }, "Next →");
    back.disabled = this.place === 0;
    on.disabled = this.place >= this.found.length - 1;
    back.addEventListener("click", () => this.turn(-1, "turn-back"));
    on.addEventListener("click", () => this.turn(1, "turn-on"));
    return element("div", { class: "turn" }, back, on);
  }

  elsewhere(row) {
    const folder = this.list.cells[row[VARIANT]];
    return element(
      "p",
      {},
      row[ERROR] ? `Failed: ${this.list.errors[row[ERROR]]}. ` : "",
      "Its steps are not on this page; they are in ",
      element("code", {}, `cells/${folder}.${row[SEED]}/episodes.jsonl`),
      `, number ${row[NUMBER]}.`,
    );
  }

  /** To the next episode or the one before, the focus staying where it was. */
  turn(by, focused = null) {
    const place = this.place + by;
    if (place < 0 || place >= this.found.length) return;
    const inList = this.rows.contains(document.activeElement);
    this.show(place);
    if (inList) this.focusRow();
    else (document.getElementById(focused) ?? this.article).focus({ preventScroll: true });
    if (document.activeElement.disabled) this.article.focus({ preventScroll: true });
  }

  turnPage(by) {
    const page = Math.floor(this.place / PAGE) + by;
    this.show(Math.min(this.found.length - 1, Math.max(0, page * PAGE)));
  }

  focusRow() {
    this.rows.querySelector("tr[aria-current] button")?.focus({ preventScroll: true });
  }

  press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.matches(".scroll")) return; // there the arrows scroll
    const inList = this.rows.contains(event.target);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const along = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const focused = ["turn-back", "turn-on"].includes(event.target.id) ? event.target.id : null;
    if (by) this.turn(by, focused);
    else if (inList && along) this.turn(along);
    else return;
    event.preventDefault();
  }

  name(row) {
    return `${this.list.variants[row[VARIANT]]}, seed ${row[SEED]}, no. ${row[NUMBER]}`;
  }

  phase(row) {
    return this.list.phases[row[PHASE]];
  }

  end(row) {
    return this.list.ends[row[END]][1];
  }

  address(row) {
    const parts = [this.list.variants[row[VARIANT]], row[SEED], this.phase(row)[0], row[NUMBER]];
    return `#episode=${parts.map(encodeURIComponent).join("/")}`;
  }

  /** So that an episode can be pointed at. */
  nameAddress(row) {
    if (this.started) history.replaceState(null, "", this.address(row));
    this.started = true;
  }

  openNamed() {
    if (!location.hash.startsWith("#episode=")) return false;
    const at = this.list.rows.findIndex((row) => this.address(row) === location.hash);
    if (at < 0) {
      document.getElementById("episode-said").textContent = "No such episode in this run.";
      return false;
    }
    if (this.found?.[this.place] === at) return true;
    this.clear();
    this.filter(at);
    document.getElementById("episodes").scrollIntoView();
    return true;
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const list = block("episode-list");
  if (list) new Viewer(list, block("episode-memories") ?? { texts: {}, facts: {} });
});
