import { button, element, setText } from "../page/dom.js";
import { decimals, signed } from "../page/words.js";
import { details } from "./details.js";

const LOW = 2; // ratings below it make users leave

/** A round on the page: the same few elements for each, texts set as they come. */
export class RoundView {
  #round;
  #told;
  #drawn = "";

  constructor(number, told, fork) {
    this.#told = told;
    this.plan = element("p", { class: "plan" });
    this.item = element("span", { class: "item" });
    this.genres = element("span", { class: "genres" });
    this.rating = element("span", { class: "rating" });
    this.verdict = element("p", { class: "verdict" });
    this.count = element("summary", {});
    this.more = element("details", { class: "more", ontoggle: () => this.#detail() }, this.count);
    const label = `Go on from round ${number} in another way`;
    this.fork = fork && button("Fork", () => fork(this.#round), { class: "quiet", title: label, "aria-label": label });
    this.element = element(
      "li",
      { class: "round" },
      element("h4", {}, element("span", { class: "unseen" }, "Round "), `${number}`),
      element(
        "div",
        { class: "body" },
        this.plan,
        element("p", { class: "shown" }, this.item, this.genres, this.rating),
        this.verdict,
        this.more,
      ),
      this.fork,
    );
  }

  draw(round) {
    this.#round = round;
    const { step, verdict, chosen, choice, offered, recalled } = round;
    setText(this.plan, round.plan || round.draft);
    this.plan.classList.toggle("draft", !round.plan);
    setText(this.item, step?.item ?? chosen?.item ?? choice?.item ?? (round.plan ? "choosing…" : ""));
    setText(this.genres, chosen?.genres.join(", ") ?? "");
    setText(this.rating, step ? decimals(step.reward, 1) : "");
    this.rating.classList.toggle("low", Boolean(step && step.reward < LOW));
    if (step) this.rating.setAttribute("aria-label", `rated ${decimals(step.reward, 1)}`);
    this.#judge(verdict, round.value);
    const rows = recalled.reduce((sum, one) => sum + one.rows.length, 0);
    const told = [offered && `${offered.candidates.length} candidates`, rows && `${rows} recalled`];
    setText(this.count, told.filter(Boolean).join(", ") || "Details");
    if (this.fork) this.fork.disabled = !step;
    if (this.more.open) this.#detail();
  }

  #judge(verdict, value) {
    const good = verdict?.verdict === 1;
    this.verdict.classList.toggle("good", good);
    this.verdict.classList.toggle("bad", Boolean(verdict) && !good);
    const worth = verdict?.value ?? value;
    const parts = [
      worth === null || worth === undefined ? "" : `V ${decimals(worth)}`,
      verdict ? `advantage ${signed(verdict.advantage)}` : "",
      verdict ? (good ? "paid off" : "did not pay off") : "",
    ];
    setText(this.verdict, parts.filter(Boolean).join(" · "));
  }

  /** Details are made when they are opened, so that rounds that nobody opens stay small. */
  #detail() {
    if (!this.more.open) {
      this.more.replaceChildren(this.count);
      this.#drawn = "";
      return;
    }
    const { offered, recalled, verdict, step } = this.#round;
    const now = [Boolean(offered), recalled.length, Boolean(verdict), Boolean(step)].join();
    if (now === this.#drawn) return;
    this.#drawn = now;
    this.more.replaceChildren(this.count, ...details(this.#round, this.#told()));
  }
}
