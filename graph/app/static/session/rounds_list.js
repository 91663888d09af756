import { element } from "../page/dom.js";
import { say } from "../page/say.js";
import { decimals } from "../page/words.js";
import { RoundView } from "./round_view.js";
import { Strip } from "./strip.js";

const NEAR_THE_END = 80; // pixels
const CHUNK = 25; // rounds that are appended in one frame

/** The rounds of a session in order: appended, never moved; kept in sight while the reader is at the end. */
export class RoundsList {
  #views = [];
  #told;
  #fork;
  #latest = 0;
  #follows = true;
  #more = false; // rounds are left for the next frame, which would move what is at the end out of sight

  constructor({ label, told, fork }) {
    this.#told = told;
    this.#fork = fork;
    this.strip = new Strip();
    this.list = element("ol", { class: "rounds" });
    this.box = element("div", { class: "box", role: "region", "aria-label": label, tabindex: "0" }, this.list);
    this.element = element("div", { class: "told" }, this.strip.element, this.box);
    for (const moved of ["wheel", "touchmove", "keydown", "pointerup"]) {
      this.box.addEventListener(moved, () => this.#look(), { passive: true });
    }
    new ResizeObserver(() => this.#follows && !this.#more && this.#toEnd()).observe(this.list);
  }

  /** Draws what has changed; true where rounds are left for the next frame. */
  draw(session) {
    if (session.cut) this.#cutFrom(session.cut);
    session.cut = 0;
    const { box } = this;
    let drawn = 0;
    for (const number of [...session.changed].sort((a, b) => a - b)) {
      if (drawn === CHUNK) break;
      session.changed.delete(number);
      const round = session.rounds[number - 1];
      if (!round?.visible) continue;
      this.#view(number).draw(round);
      if (round.step) this.#rated(round);
      drawn += 1;
    }
    if (drawn) this.strip.fit();
    box.classList.toggle("short", !this.#views.length);
    const before = this.#more;
    this.#more = session.changed.size > 0;
    if (before && !this.#more && this.#follows) this.#toEnd();
    return this.#more;
  }

  /** Whether the reader, who has just moved the list, stays at its end. */
  #look() {
    requestAnimationFrame(() => {
      const { scrollHeight, scrollTop, clientHeight } = this.box;
      this.#follows = scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
    });
  }

  #toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
  }

  #view(number) {
    for (let next = this.#views.length + 1; next <= number; next += 1) {
      const view = new RoundView(next, () => this.#told(next), this.#fork);
      this.#views.push(view);
      this.list.append(view.element);
    }
    return this.#views[number - 1];
  }

  #rated({ number, step }) {
    this.strip.show(number, step);
    if (number <= this.#latest) return;
    this.#latest = number;
    say(`Round ${number}: ${step.item}, rated ${decimals(step.reward, 1)}`);
  }

  #cutFrom(number) {
    for (const view of this.#views.splice(number - 1)) view.element.remove();
    this.strip.cutFrom(number);
    this.#latest = Math.min(this.#latest, number - 1);
  }

  /** Rounds can no longer be forked. */
  freeze() {
    this.element.classList.add("frozen");
  }
}
