import { button, element, setText } from "../page/dom.js";
import { say } from "../page/say.js";
import { WIDE } from "../page/screen.js";
import { counted } from "../page/words.js";
import { runsOf } from "../server/runs.js";
import { RunRow, STATES } from "./run_row.js";
import { RunView } from "./run_view.js";

const OFTEN = 2000; // milliseconds between looks while a run is played
const SELDOM = 15000;

/** The runs that are kept, live while one is played; one of them is open. */
export class RunsView {
  #server;
  #rows = new Map();
  #open = null;
  #looking = null;
  #asked = 0;

  constructor(server) {
    this.#server = server;
    this.problem = element("p", { class: "problem", role: "alert" });
    this.count = element("p", { class: "muted" });
    this.list = element("ul", { class: "runs-list" });
    this.place = element("div", { class: "place" });
    this.element = element(
      "div",
      { class: "view runs" },
      element("div", { class: "side" }, element("h1", {}, "Runs"), this.problem, this.count, this.list),
      this.place,
    );
    document.addEventListener("visibilitychange", () => document.hidden || this.#look());
  }

  async show(parts) {
    const [place, name, word, ...rest] = parts;
    const other = word === "minus" && rest.length === 2 ? { place: rest[0], name: rest[1] } : null;
    const opened = Boolean(name);
    this.element.classList.toggle("opened", opened);
    if (!opened) this.#close();
    else if (this.#open?.is(place, name)) this.#open.compareWith(other);
    else {
      this.#open = new RunView(this.#server, { place, name }, other);
      this.place.replaceChildren(this.#open.element);
      if (!window.matchMedia(WIDE).matches) this.#open.title.focus();
    }
    this.#mark();
    await this.#look();
  }

  #close() {
    const before = this.#open;
    this.#open = null;
    const text = "Choose a run: its figures so far, what it cost, its report, and how it differs from another run.";
    this.place.replaceChildren(
      element("div", { class: "empty" }, element("h2", {}, "No run is open"), element("p", { class: "muted" }, text)),
    );
    if (before && document.activeElement === document.body) this.#rows.get(before.key)?.link.focus();
  }

  /** Asks how far the runs are, and again after a while for as long as somebody looks. */
  async #look() {
    clearTimeout(this.#looking);
    if (!this.element.isConnected || document.hidden) return;
    const asked = ++this.#asked;
    try {
      const { runs, left_off: more } = await runsOf(this.#server);
      if (asked !== this.#asked) return;
      this.problem.replaceChildren();
      this.#draw(runs, more);
      await this.#open?.draw(runs);
      const live = runs.some((run) => run.state === "running" || !run.counted);
      this.#looking = setTimeout(() => this.#look(), live ? OFTEN : SELDOM);
    } catch (error) {
      const again = button("Try again", () => this.#look());
      if (asked === this.#asked) this.problem.replaceChildren(`${error.message} `, again);
    }
  }

  #draw(runs, more) {
    const rows = runs.map((run) => this.#row(run));
    const order = rows.map((row) => row.element);
    if (order.length !== this.list.children.length || order.some((one, at) => one !== this.list.children[at])) {
      const focused = document.activeElement;
      this.list.replaceChildren(...order);
      if (this.list.contains(focused)) focused.focus({ preventScroll: true });
    }
    const none = "No run is kept here yet: `billp demo` or `billp compare` plays one.";
    const older = more ? `, and ${counted(more, "older run")} that ${more === 1 ? "is" : "are"} not shown` : "";
    setText(this.count, runs.length ? `${counted(runs.length, "run")}${older}` : none);
    this.#mark();
  }

  #row(run) {
    const key = `${run.place}/${run.name}`;
    const row = this.#rows.get(key) ?? new RunRow(run);
    const before = row.state;
    this.#rows.set(key, row);
    row.draw(run);
    if (before && before !== run.state) say(`${run.name}: ${STATES[run.state]}`);
    return row;
  }

  #mark() {
    for (const row of this.#rows.values()) row.mark(Boolean(this.#open?.is(row.place, row.name)));
  }
}
