import { button, element, onceAFrame, setText } from "../page/dom.js";
import { say } from "../page/say.js";
import { counted } from "../page/words.js";
import { Drive } from "./drive.js";
import { endingOf } from "./ending.js";
import { GraphDrawing } from "./graph_drawing.js";
import { RoundsList } from "./rounds_list.js";
import { Session } from "./session.js";

const WORDS = {
  idle: "Not begun",
  running: "Playing",
  pausing: "Pausing after this round",
  paused: "Paused",
  cancelled: "Cancelled; what was played is kept",
  waiting: "Waits for a person",
  elsewhere: "Played in another place",
  ended: "Ended",
  failed: "Stopped by an error",
  lost: "Connection lost",
  retired: "An earlier branch",
};

/** A session in a column: the graph, controls, rounds, and how it ended. */
export class Lane {
  #plan = onceAFrame(() => this.#draw());
  #ended = null;
  #onChange;

  constructor({ server, assistant, place, given, from, branch, onFork, onChange }) {
    const { context, input } = place.settings;
    this.session = new Session();
    if (branch) this.session.branchOf(branch.session, branch.rounds);
    this.place = place;
    const onDraw = () => this.#plan();
    const { session } = this;
    this.drive = new Drive({ server, assistant: assistant.id, session, place, given, from, onChange: onDraw });
    this.#onChange = onChange;
    this.name = [context.arm ?? "billp", context.model ?? "offline"].join(" · ");
    this.graph = new GraphDrawing(assistant.graph);
    const told = (number) => ({ gamma: context.gamma ?? 0.5, principles: number === 1 ? session.principles : [] });
    this.rounds = new RoundsList({ label: `Rounds of ${this.name}`, told, fork: (round) => onFork(this, round) });
    this.status = element("p", { class: "status" });
    this.problem = element("p", { class: "problem", role: "alert" });
    this.user = element("p", { class: "user muted" }, `User ${input?.user ?? "unknown"}`);
    this.end = element("div", { class: "end" });
    this.#makeControls();
    this.element = element(
      "section",
      { class: "lane", "aria-label": this.name },
      element("div", { class: "lane-head" }, element("h3", {}, this.name), this.user, this.status),
      this.controls,
      this.problem,
      this.graph.element,
      this.rounds.element,
      this.end,
    );
    this.#plan();
  }

  #makeControls() {
    const { drive } = this;
    this.buttons = {
      play: button("Play", () => drive.play(), { class: "main" }),
      pause: button("Pause", () => drive.pause()),
      node: button("Next node", () => drive.play("*")),
      round: button("Next round", () => drive.play("simulator")),
      cancel: button("Cancel", () => drive.cancel()),
      retry: button("Try again", () => drive.retry(), { class: "main" }),
    };
    this.controls = element("div", { class: "controls", role: "group", "aria-label": "Controls" });
    this.controls.append(...Object.values(this.buttons));
  }

  #draw() {
    const { session, drive } = this;
    if (this.rounds.draw(session)) this.#plan();
    this.graph.show(session.running);
    const doing = session.loading && drive.busy ? `Loading ${session.loading}` : WORDS[drive.status];
    const count = session.played ? `, ${counted(session.played, "round")}` : "";
    setText(this.status, `${doing}${count}`);
    this.status.dataset.status = drive.status;
    setText(this.problem, drive.problem);
    this.problem.classList.toggle("told", drive.status === "retired");
    this.#drawControls(drive.status);
    this.#drawEnd();
    this.#onChange?.(this);
  }

  #drawControls(status) {
    const busy = status === "running" || status === "pausing";
    const still = ["idle", "paused", "cancelled"].includes(status);
    const shown = {
      play: still,
      node: still,
      round: still,
      pause: busy,
      cancel: busy,
      retry: status === "failed" || status === "lost",
    };
    setText(this.buttons.play, status === "idle" ? "Play" : "Go on");
    setText(this.buttons.pause, status === "pausing" ? "Pause now" : "Pause");
    const focused = document.activeElement;
    const lost = this.controls.contains(focused);
    for (const [name, control] of Object.entries(this.buttons)) control.hidden = !shown[name];
    if (lost && focused.hidden) this.controls.querySelector("button:not([hidden])")?.focus();
  }

  #drawEnd() {
    const { ending, reflection, remembered } = this.session;
    const now = ending ? JSON.stringify([ending, reflection, remembered]) : null;
    if (now === this.#ended) return;
    this.#ended = now;
    this.end.replaceChildren(...(ending ? [endingOf(this.session)] : []));
    if (ending) say(this.end.querySelector(".why").textContent);
  }

  /** Details of rounds that were played before this lane was there. */
  attach(events) {
    this.session.attach(events);
    this.#plan();
  }

  /** The session went on in another branch, so this one is only to be looked at. */
  retire(why) {
    this.drive.retire(why);
    this.rounds.freeze();
  }

  close() {
    this.drive.unfollow();
    if (this.drive.busy) this.drive.cancel();
  }
}
