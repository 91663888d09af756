import { button, element } from "../page/dom.js";

/** One column or two; on a narrow screen, tabs. */
export class Lanes {
  constructor() {
    this.all = [];
    this.tabs = element("div", { class: "tabs", role: "group", "aria-label": "Sessions", hidden: true });
    this.columns = element("div", { class: "columns" });
    this.empty = element(
      "div",
      { class: "empty" },
      element("h2", {}, "Nothing is played yet"),
      element(
        "p",
        { class: "muted" },
        "Choose who is recommended to, and by which arm; then press Play. The graph lights up node by node, " +
          "and each round tells its plan, what was recalled, the candidates, the rating and whether it paid off.",
      ),
    );
    this.element = element("div", { class: "lanes" }, this.tabs, this.columns, this.empty);
  }

  /** Shows these, and ends what was shown before and is not among them. */
  show(lanes) {
    for (const lane of this.all) if (!lanes.includes(lane)) lane.close();
    this.all = lanes;
    this.empty.hidden = lanes.length > 0;
    this.columns.replaceChildren(...lanes.map((lane) => lane.element));
    this.columns.classList.toggle("two", lanes.length === 2);
    this.tabs.hidden = lanes.length < 2;
    this.tabs.replaceChildren(...lanes.map((lane, at) => button(`${at + 1}: ${lane.name}`, () => this.choose(at))));
    this.choose(0);
  }

  choose(chosen) {
    this.columns.dataset.chosen = chosen;
    [...this.tabs.children].forEach((tab, at) => tab.setAttribute("aria-pressed", at === chosen));
  }
}
