import { button, element, onceAFrame, setText } from "../page/dom.js";
import { say } from "../page/say.js";
import { decimals } from "../page/words.js";
import { replayThread } from "../server/billp.js";
import { details } from "../session/details.js";
import { Drive } from "../session/drive.js";
import { endingOf } from "../session/ending.js";
import { Session } from "../session/session.js";

const RATINGS = [1, 2, 3, 4, 5];
const NAMES = { 1: "not at all", 5: "very much" };
const DOING = { planner: "Planning…", actor: "Choosing an item…", reflector: "Learning from the session…" };
const KEYS = { q: "quit", e: "end" };

/** A person's session: the open item, the answers to it, why it was chosen, and what came before. */
export class PlaySession {
  #plan = onceAFrame(() => this.#draw());
  #asked = "";
  #listed = 0;
  #server;
  #why = "";
  #onAnswer;

  constructor({ server, assistant, place, given, onAnswer }) {
    this.#server = server;
    this.#onAnswer = onAnswer;
    this.session = new Session();
    const { session } = this;
    this.drive = new Drive({ server, assistant: assistant.id, session, place, given, onChange: () => this.#plan() });
    this.status = element("p", { class: "status" });
    this.problem = element("p", { class: "problem", role: "alert" });
    this.retry = button("Try again", () => this.refresh(), { class: "main" });
    this.#makeCard();
    this.before = element("ol", { class: "before", reversed: true });
    this.end = element("div", { class: "end" });
    this.again = button("Another session", () => this.#another(), { class: "main" });
    this.element = element(
      "section",
      { class: "playing", "aria-label": "Your session", onkeydown: (event) => this.#press(event) },
      this.status,
      this.problem,
      this.retry,
      this.card,
      this.end,
      this.again,
      element("h3", {}, "So far"),
      this.before,
    );
    this.#plan();
  }

  #makeCard() {
    this.round = element("p", { class: "eyebrow" });
    this.item = element("h2", { class: "open-item", tabindex: "-1" });
    this.genres = element("p", { class: "muted" });
    this.ratings = RATINGS.map((rating) => {
      const label = NAMES[rating] ? `${rating}, ${NAMES[rating]}` : `${rating}`;
      return button(`${rating}`, () => this.#answer({ rating }), { class: "rate", "aria-label": label });
    });
    this.leave = button("Leave because of it", () => this.#answer({ quit: true }));
    this.close = button("End the session", () => this.#answer({ end: true }));
    this.because = element("div", {});
    this.why = element("details", { class: "why", ontoggle: () => this.#plan() });
    this.why.append(element("summary", {}, "Why this one?"), this.because);
    const scale = element("div", { class: "scale", role: "group", "aria-label": "Rate it from 1 to 5" }, ...this.ratings);
    this.card = element(
      "div",
      { class: "card" },
      this.round,
      this.item,
      this.genres,
      scale,
      element("div", { class: "controls" }, this.leave, this.close),
      element(
        "p",
        { class: "muted keys" },
        "Keys: 1 to 5, Q to leave, E to end. You may close this page; the session waits for you.",
      ),
      this.why,
    );
  }

  /** Begins, or goes on with what the server knows. */
  async start() {
    await this.drive.ask({});
  }

  async refresh() {
    await this.drive.reload();
    if (this.drive.status === "idle" || this.drive.status === "paused") await this.drive.ask({});
    await this.#recover();
  }

  /** Another tab may have answered meanwhile. */
  async look() {
    if (this.drive.status === "waiting" && this.drive.thread) await this.drive.reload();
  }

  async #recover() {
    const round = this.session.rounds.at(-1);
    if (!this.session.question || round?.offered) return;
    this.session.attach(await replayThread(this.#server, this.drive.thread).catch(() => []));
    this.#plan();
  }

  async #answer(said) {
    const { question } = this.session;
    if (!question || this.drive.busy) return;
    await this.drive.ask({ command: { resume: { ...said, question: question.question } } });
    const next = this.session.question;
    if (next && next.round !== this.session.played + 1) await this.drive.reload();
    this.#onAnswer();
  }

  async #another() {
    const { input } = this.drive.settings;
    await this.drive.ask({ input: { user: input.user } });
    this.#onAnswer();
  }

  #press(event) {
    const typing = event.target.closest("input, textarea, select");
    if (typing || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const key = event.key.toLowerCase();
    if (RATINGS.includes(Number(key))) this.#answer({ rating: Number(key) });
    else if (Object.hasOwn(KEYS, key)) this.#answer({ [KEYS[key]]: true });
    else return;
    event.preventDefault();
  }

  #draw() {
    const { session, drive } = this;
    const { question } = session;
    const waiting = drive.status === "waiting" && question;
    setText(this.status, this.#doing());
    setText(this.problem, drive.problem || (waiting && question.problem) || "");
    this.retry.hidden = drive.status !== "failed" && drive.status !== "lost";
    this.card.hidden = !question && !drive.busy;
    this.card.classList.toggle("busy", !waiting);
    this.again.hidden = drive.status !== "ended";
    for (const control of [...this.ratings, this.leave, this.close]) control.disabled = !waiting;
    if (waiting) this.#ask(question);
    this.#list();
    this.end.replaceChildren(...(session.ending && drive.status === "ended" ? [endingOf(session)] : []));
  }

  #doing() {
    const { session, drive } = this;
    if (drive.busy && session.loading) return `Loading ${session.loading}…`;
    const role = [...session.running].find((node) => DOING[node]);
    if (drive.busy) return DOING[role] ?? "One moment…";
    return { waiting: "What do you think of it?", ended: "The session is over." }[drive.status] ?? "";
  }

  #ask(question) {
    const round = this.session.rounds[question.round - 1] ?? { recalled: [] };
    const why = [question.question, this.why.open, Boolean(round.offered), round.recalled.length].join();
    if (why !== this.#why) {
      this.#why = why;
      this.because.replaceChildren(...(this.why.open ? this.#reasons(round) : []));
    }
    if (question.question === this.#asked) return;
    this.#asked = question.question;
    setText(this.round, `Round ${question.round}`);
    setText(this.item, question.item);
    setText(this.genres, question.genres.join(", "));
    say(`Round ${question.round}: ${question.item}. Rate it from 1 to 5.`);
    const active = document.activeElement;
    if (active === document.body || this.element.contains(active)) this.item.focus({ preventScroll: true });
  }

  #reasons(round) {
    const { principles, recalls } = this.session;
    const own = recalls.filter((one) => one.round === round.number);
    const plan = round.plan || "This arm makes no plan.";
    const told = details(round, { principles, recalls: own });
    return [element("h5", {}, "Plan"), element("p", { class: "plan" }, plan), ...told];
  }

  /** What was rated, the newest first; rounds are only added, unless another session begins. */
  #list() {
    const steps = this.session.rounds.filter((round) => round.step);
    if (steps.length < this.#listed) {
      this.before.replaceChildren();
      this.#listed = 0;
    }
    for (const { step } of steps.slice(this.#listed)) {
      const rating = element("span", { class: "rating" }, decimals(step.reward, 1));
      this.before.prepend(element("li", {}, element("span", { class: "item" }, step.item), rating));
    }
    this.#listed = steps.length;
    this.before.setAttribute("start", Math.max(1, steps.length));
  }
}
