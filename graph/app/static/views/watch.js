import { button, element, setText } from "../page/dom.js";
import { nameAddress } from "../page/router.js";
import { WIDE } from "../page/screen.js";
import * as billp from "../server/billp.js";
import { worldChoices } from "../server/runs.js";
import { askFork } from "../session/fork_dialog.js";
import { Lane } from "../session/lane.js";
import { Lanes } from "./lanes.js";
import { SchemaForm, labelled, select } from "./schema_form.js";

const PAGE = "watch";
const FIRST = ["world", "arm", "model", "half", "max_rounds", "memory"];
const HIDDEN = ["human", "max_days"];
const PACES = [["rounds", "by rounds"], ["full", "in one go"]];

/** Watching sessions: one or two of them, side by side. */
export class WatchView {
  #server;
  #assistant = null;
  #opened = "";

  constructor(server) {
    this.#server = server;
    this.lanes = new Lanes();
    this.problem = element("p", { class: "problem", role: "alert" });
    this.setup = element("details", { class: "setup", open: true }, element("summary", {}, "Settings"));
    this.setup.append(element("p", { class: "muted" }, "Asking the server for its settings…"));
    this.element = element(
      "div",
      { class: "view watch" },
      element(
        "div",
        { class: "side" },
        element("h1", {}, "Watch a session"),
        this.problem,
        this.setup,
      ),
      this.lanes.element,
    );
    document.addEventListener("visibilitychange", () => this.#followOrNot());
  }

  async show(threads) {
    try {
      if (!this.#assistant) await this.#load();
      if (threads.length && threads.join() !== this.#opened) await this.#open(threads);
    } catch (error) {
      this.#fail(error, threads);
    }
  }

  #fail(error, threads) {
    const again = button("Try again", () => {
      this.problem.replaceChildren();
      this.show(threads);
    });
    this.problem.replaceChildren(`${error.message} `, again);
  }

  async #load() {
    this.#assistant = await billp.findAssistant(this.#server);
    const { context_schema: schema } = this.#assistant.schemas;
    const choices = { world: await worldChoices(this.#server) };
    const settings = new SchemaForm(schema, { first: FIRST, hidden: HIDDEN, choices });
    this.user = element("input", { type: "number", name: "user", min: 0, step: 1, required: true, value: 3 });
    const arms = schema.properties.arm?.enum ?? [];
    this.beside = select("beside", [["", "nothing"], ...arms.map((arm) => [arm, arm])], "");
    this.pace = select("pace", PACES, "rounds");
    const { world, ...others } = Object.fromEntries(settings.first);
    const form = element(
      "form",
      { class: "fields" },
      element(
        "div",
        { class: "first" },
        world,
        labelled("User", this.user, "A user of the world, by number."),
        ...Object.values(others),
        labelled("Beside it", this.beside, "Another arm for the same user, in a second column."),
        labelled("Pace", this.pace, "With a rest after each round, or all in one run."),
      ),
      settings.rest,
      element("p", { class: "buttons" }, element("button", { type: "submit", class: "main" }, "Play")),
    );
    this.#boundUsers(world.querySelector("select"));
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (settings.check(form)) this.#begin(settings.values());
    });
    this.setup.replaceChildren(this.setup.firstChild, form);
  }

  /** Users are numbered in their world, so how many there are depends on the choice of it. */
  #boundUsers(worlds) {
    const bound = () => {
      const users = Number(worlds.selectedOptions[0]?.dataset.users);
      if (users) this.user.max = users - 1;
      else this.user.removeAttribute("max");
    };
    worlds?.addEventListener("change", bound);
    if (worlds) bound();
  }

  #begin(context) {
    const input = { user: Number(this.user.value) };
    const arms = [context.arm, ...(this.beside.value ? [this.beside.value] : [])];
    const lanes = arms.map((arm) => {
      const settings = { input, context: arm ? { ...context, arm } : context };
      return this.#lane({ place: { page: PAGE, settings }, given: input });
    });
    this.lanes.show(lanes);
    this.setup.open = window.matchMedia(WIDE).matches;
    for (const lane of lanes) lane.drive.play();
    const { top } = this.lanes.element.getBoundingClientRect();
    if (!this.setup.open || top < 0) this.lanes.element.scrollIntoView();
  }

  #lane(settings) {
    const lane = new Lane({
      server: this.#server,
      assistant: this.#assistant,
      onFork: (from, round) => this.#fork(from, round),
      onChange: () => this.#nameThreads(),
      ...settings,
    });
    lane.drive.pace = this.pace.value;
    return lane;
  }

  #nameThreads() {
    const threads = [...new Set(this.lanes.all.map((lane) => lane.drive.thread).filter(Boolean))];
    if (!threads.length || threads.join() === this.#opened || !this.element.isConnected) return;
    this.#opened = threads.join();
    nameAddress(PAGE, ...threads);
  }

  /** Sessions that the address names, as in a second tab. */
  async #open(threads) {
    this.#opened = threads.join();
    const lanes = [];
    for (const id of threads.slice(0, 2)) {
      const { metadata } = await billp.threadOf(this.#server, id);
      const settings = { input: {}, context: {}, ...metadata.settings };
      lanes.push(this.#lane({ place: { id, page: PAGE, settings, made: true } }));
    }
    this.lanes.show(lanes);
    this.setup.open = false;
    for (const lane of lanes) {
      await lane.drive.reload();
      billp.replayThread(this.#server, lane.drive.thread).then((told) => lane.attach(told), () => {});
    }
    this.#followOrNot();
  }

  /** Hidden pages hold no connection open: a browser has six for a server. */
  #followOrNot() {
    for (const lane of this.lanes.all) {
      if (document.hidden) lane.drive.unfollow();
      else lane.drive.catchUp();
    }
  }

  async #fork(lane, round) {
    const { drive } = lane;
    const { input, context } = drive.settings;
    const planned = Boolean(round.plan);
    const wanted = await askFork(round, { model: context.model ?? "offline", planned });
    if (!wanted) return;
    try {
      await drive.stop();
      const edited = planned && wanted.plan !== round.plan;
      const from = await this.#forkPoint(lane, round, edited ? wanted.plan : null);
      const settings = { input, context: { ...context, model: wanted.model, learn: false } };
      const place = { id: drive.thread, page: PAGE, settings, made: true };
      const branch = { session: lane.session, rounds: round.number - 1 };
      lane.retire(`The session went on from round ${round.number} in another branch.`);
      const beside = this.#lane({ place, from, branch });
      if (edited) beside.session.planned(round.number, wanted.plan);
      this.lanes.show([lane, beside]);
      this.lanes.choose(1);
      beside.drive.play();
    } catch (error) {
      drive.problem = error.message;
      setText(lane.problem, error.message);
    }
  }

  /** The checkpoint to go on from: before the Planner, or with another plan before the Actor. */
  async #forkPoint(lane, round, plan) {
    const { thread } = lane.drive;
    const wanted = plan !== null || !round.plan ? "actor" : "planner";
    const known = round.checkpoints[wanted];
    const from = known ?? (await billp.checkpointBefore(this.#server, thread, round.number, wanted));
    if (!from) throw new Error(`The server no longer knows the state before round ${round.number}.`);
    return plan === null ? from : billp.editState(this.#server, thread, from, "planner", { thought: plan });
  }
}
