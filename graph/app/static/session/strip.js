import { element } from "../page/dom.js";

const [WIDE, TALL, GAP, MOST] = [6, 24, 1.5, 5]; // units of the drawing; the highest rating
const FEWEST = 40; // rounds that the strip has room for at first

/** All ratings at a glance, a bar each. */
export class Strip {
  #bars = [];

  constructor() {
    this.element = element("svg", { class: "strip", "aria-hidden": "true", preserveAspectRatio: "none" });
    this.fit();
  }

  show(number, { reward, quit }) {
    const height = Math.max(1, (TALL * reward) / MOST);
    const settings = { x: (number - 1) * WIDE, width: WIDE - GAP, y: TALL - height, height };
    const bar = this.#bars[number - 1] ?? element("rect");
    for (const [key, value] of Object.entries(settings)) bar.setAttribute(key, value);
    bar.setAttribute("class", quit ? "left" : "stayed");
    if (this.#bars[number - 1]) return;
    this.#bars[number - 1] = bar;
    this.element.append(bar);
  }

  cutFrom(number) {
    for (const bar of this.#bars.splice(number - 1)) bar?.remove();
    this.fit();
  }

  /** Makes room for all bars. */
  fit() {
    this.element.setAttribute("viewBox", `0 0 ${Math.max(FEWEST, this.#bars.length) * WIDE} ${TALL}`);
  }
}
