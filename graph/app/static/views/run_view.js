import { button, element, setText } from "../page/dom.js";
import { nameAddress } from "../page/router.js";
import { moment } from "../page/words.js";
import * as kept from "../server/runs.js";
import { differenceTables, figureTables } from "./run_tables.js";
import { ProgressBar, STATES, howFar } from "./run_row.js";
import { labelled, select } from "./schema_form.js";

const REST = 10000; // milliseconds between figures while a run is played
const HINTS = {
  interrupted: "Give its command again, and it goes on from here.",
  failed: "Once the cause is mended, give its command again: it goes on from here.",
};
const FIGURES_SO_FAR = "Of what was played so far; the mean and its 95\u00a0% interval.";
const FIGURES = "The mean and its 95\u00a0% interval (BCa bootstrap, clustered by user).";

/** An open run: how far it came, its figures, another run beside it, and its report. */
export class RunView {
  #server;
  #run;
  #other;
  #drawn = { state: "", played: -1, at: 0 };
  #made = false;

  constructor(server, run, other) {
    this.#server = server;
    this.#run = run;
    this.#other = other;
    this.title = element("h2", { tabindex: "-1" }, run.name);
    this.status = element("span", { class: "status" });
    this.bar = new ProgressBar(run.name);
    this.far = element("p", { class: "muted" });
    this.problem = element("p", { class: "problem", role: "alert" });
    this.hint = element("p", { class: "problem told" });
    this.figures = element("div", { class: "figures" }, element("p", { class: "muted" }, "Reading its figures…"));
    this.beside = select("beside", [["", "no other run"]], "");
    this.beside.addEventListener("change", () => this.#choose(this.beside.value));
    this.differences = element("div", { class: "figures", "aria-live": "polite" });
    this.report = element("div", { class: "report" });
    this.about = element("ul", { class: "about" });
    this.element = element(
      "section",
      { class: "run", "aria-label": `Run ${run.name}` },
      element("a", { href: "#/runs", class: "back" }, "All runs"),
      element("div", { class: "lane-head" }, this.title, this.status),
      this.bar.element,
      this.far,
      this.problem,
      this.hint,
      element("h3", {}, "Figures"),
      this.figures,
      element("h3", {}, "Compared"),
      labelled("Compare with", this.beside, "This run minus that one, paired where seed and user are the same."),
      this.differences,
      element("h3", {}, "Report"),
      this.report,
      element("details", { class: "settings" }, element("summary", {}, "Settings and versions"), this.about),
    );
  }

  get key() {
    return keyOf(this.#run);
  }

  is(place, name) {
    return this.#run.place === place && this.#run.name === name;
  }

  /** Draws the run as the list has it; what costs the server work is asked for when it has changed. */
  async draw(runs) {
    this.#offer(runs);
    const listed = runs.find((one) => this.is(one.place, one.name));
    if (listed) this.#head(listed);
    const now = listed ?? { state: "gone", played: 0 };
    const { state, played, at } = this.#drawn;
    const due = played !== now.played && Date.now() - at > REST;
    if (state === now.state && !due) return;
    this.#drawn = { state: now.state, played: now.played, at: Date.now() };
    await this.#load();
  }

  #head(run) {
    setText(this.status, STATES[run.state]);
    this.status.dataset.status = run.state;
    this.bar.draw(run);
    const when = run.state === "running" ? "" : moment(run.last_played);
    setText(this.far, [howFar(run), when && `last played ${when}`].filter(Boolean).join(" · "));
  }

  async #load() {
    try {
      const run = await kept.runOf(this.#server, this.#run);
      this.#head(run);
      const failure = run.failure && `The latest episode that failed: ${run.failure}`;
      setText(this.problem, run.problem || (run.state === "failed" ? failure : ""));
      setText(this.hint, HINTS[run.state] ?? failure);
      this.about.replaceChildren(...run.about.map((line) => element("li", {}, line)));
      this.#offerReport(run);
      if (run.state === "damaged") this.figures.replaceChildren();
      else await this.#readFigures(run.state);
    } catch (error) {
      this.#fail(this.problem, error, () => this.#load());
    }
    await this.compareWith(this.#other, true);
  }

  async #readFigures(state) {
    try {
      const found = await kept.figuresOf(this.#server, this.#run);
      const tables = figureTables(found.phases, this.#run.name);
      const says = state === "done" ? FIGURES : FIGURES_SO_FAR;
      const notes = found.notes.map((note) => element("p", { class: "muted" }, note));
      const none = element("p", { class: "muted" }, "No episode has ended yet.");
      const shown = tables.length ? [element("p", { class: "muted" }, says), ...tables] : [none];
      replaceTables(this.figures, [...shown, ...notes]);
    } catch (error) {
      this.#fail(this.figures, error, () => this.#readFigures(state));
    }
  }

  #fail(place, error, again) {
    place.replaceChildren(element("span", {}, `${error.message} `), button("Try again", again));
  }

  #offer(runs) {
    const others = runs.filter((one) => one.state !== "damaged" && !this.is(one.place, one.name));
    const keys = others.map(keyOf);
    const chosen = this.#other ? keyOf(this.#other) : "";
    if (chosen && !keys.includes(chosen)) keys.push(chosen);
    const known = [...this.beside.options].slice(1).map((option) => option.value);
    if (known.join("\n") !== keys.join("\n")) {
      const options = keys.map((key) => element("option", { value: key }, key));
      this.beside.replaceChildren(this.beside.firstChild, ...options);
    }
    if (document.activeElement !== this.beside) this.beside.value = chosen;
  }

  #choose(key) {
    const { place, name } = this.#run;
    const [otherPlace, otherName] = key.split("/");
    nameAddress("runs", place, name, ...(key ? ["minus", otherPlace, otherName] : []));
    this.compareWith(key ? { place: otherPlace, name: otherName } : null);
  }

  /** Shows how it differs from another run; asked again only where that may have changed. */
  async compareWith(other, anew = false) {
    const same = (other && keyOf(other)) === (this.#other && keyOf(this.#other));
    if (same && this.#made && !anew) return;
    this.#other = other;
    this.#made = true;
    this.beside.value = other ? keyOf(other) : "";
    if (!other) {
      this.differences.replaceChildren();
      return;
    }
    try {
      const found = await kept.minus(this.#server, this.#run, other);
      if (this.#other === other) replaceTables(this.differences, differenceTables(found, this.#run, other));
    } catch (error) {
      if (this.#other === other) this.#fail(this.differences, error, () => this.compareWith(other, true));
    }
  }

  /** The report in a frame of its own, which is made when it is opened. */
  #offerReport({ report }) {
    if (this.report.dataset.offered === `${report}`) return;
    this.report.dataset.offered = report;
    const none = `It has none yet: \`billp report ${this.#run.name}\` makes it, also of a run that is being played.`;
    this.report.replaceChildren(...(report ? this.#reportParts() : [element("p", { class: "muted" }, none)]));
  }

  #reportParts() {
    const path = `${kept.addressOf(this.#run)}/report`;
    if (this.#server.withToken) {
      const save = button("Save the report", () => this.#server.save(path, `${this.#run.name}.html`));
      return [element("p", { class: "muted" }, "It is one file, which opens in any browser."), save];
    }
    const address = this.#server.address(path);
    const frame = () =>
      element("iframe", { src: address, title: `Report of ${this.#run.name}`, sandbox: "allow-scripts allow-downloads" });
    const shown = element("details", {}, element("summary", {}, "Show it here"));
    shown.addEventListener("toggle", () => {
      if (shown.open) shown.append(frame());
      else shown.lastChild.remove();
    });
    const link = element("a", { href: address, target: "_blank", rel: "noopener" }, "Open it in a tab of its own");
    return [element("p", {}, link), shown];
  }
}

/** Puts newer tables in the place of others, where the reader stays where they were. */
function replaceTables(place, parts) {
  const regions = () => [...place.querySelectorAll(".scroll")];
  const before = regions().map((region) => [region.scrollLeft, region === document.activeElement]);
  place.replaceChildren(...parts);
  regions().forEach((region, at) => {
    const [left, focused] = before[at] ?? [0, false];
    region.scrollLeft = left;
    if (focused) region.focus({ preventScroll: true });
  });
}

function keyOf({ place, name }) {
  return `${place}/${name}`;
}
