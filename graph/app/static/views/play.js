import { button, element } from "../page/dom.js";
import { nameAddress } from "../page/router.js";
import { WIDE } from "../page/screen.js";
import { moment } from "../page/words.js";
import * as billp from "../server/billp.js";
import { worldChoices } from "../server/runs.js";
import { PlaySession } from "./play_session.js";
import { SchemaForm, labelled } from "./schema_form.js";

const PAGE = "play";
const FIRST = ["world", "arm", "model"];
const HIDDEN = ["human", "half", "rules", "window"]; // a person rates and leaves by themselves

/** Playing the user: sessions that wait, a new one, and the one that is open. */
export class PlayView {
  #server;
  #assistant = null;
  #open = null;

  constructor(server) {
    this.#server = server;
    this.problem = element("p", { class: "problem", role: "alert" });
    this.list = element("ul", { class: "sessions" });
    this.setup = element("details", { class: "setup", open: true }, element("summary", {}, "A new session"));
    this.place = element("div", { class: "place" });
    this.element = element(
      "div",
      { class: "view play" },
      element(
        "div",
        { class: "side" },
        element("h1", {}, "Be the user"),
        this.problem,
        this.setup,
        element("h2", { class: "small" }, "Your sessions"),
        this.list,
      ),
      this.place,
    );
    document.addEventListener("visibilitychange", () => document.hidden || this.#open?.look());
  }

  async show([thread]) {
    try {
      if (!this.#assistant) await this.#load();
      if (thread && thread !== this.#open?.drive.thread) await this.#resume(thread);
      else if (!this.#open) this.#invite();
      await this.#list();
    } catch (error) {
      const again = button("Try again", () => {
        this.problem.replaceChildren();
        this.show([thread]);
      });
      this.problem.replaceChildren(`${error.message} `, again);
    }
  }

  #invite() {
    const text =
      "Begin a session and rate what you are shown; leave when you are bored. " +
      "Sessions are kept: come back to one whenever you like.";
    this.place.replaceChildren(
      element("div", { class: "empty" }, element("h2", {}, "No session is open"), element("p", { class: "muted" }, text)),
    );
  }

  async #load() {
    this.#assistant = await billp.findAssistant(this.#server);
    const schema = this.#assistant.schemas.context_schema;
    const choices = { world: await worldChoices(this.#server) };
    const settings = new SchemaForm(schema, { first: FIRST, hidden: HIDDEN, choices });
    this.user = element("input", { type: "text", name: "user", value: "you", required: true, autocomplete: "off", maxlength: 100 });
    this.viewed = element("textarea", { name: "viewed", rows: "3" });
    const says = "A name of your own; the number of a user of the world plays them, with their history.";
    const form = element(
      "form",
      { class: "fields" },
      labelled("Who you are", this.user, says),
      labelled("What you know already", this.viewed, "Titles, one a line. It may stay empty."),
      element("div", { class: "first" }, ...settings.first.values()),
      settings.rest,
      element("p", { class: "buttons" }, element("button", { type: "submit", class: "main" }, "Begin")),
    );
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (settings.check(form)) this.#begin(settings.values());
    });
    this.setup.replaceChildren(this.setup.firstChild, form);
  }

  async #begin(context) {
    const name = this.user.value.trim();
    const viewed = this.viewed.value.split("\n").map((title) => title.trim()).filter(Boolean);
    const user = /^\d+$/.test(name) ? Number(name) : name;
    const input = viewed.length ? { user, viewed } : { user };
    const settings = { input, context: { ...context, human: true } };
    this.#show({ place: { page: PAGE, settings }, given: input });
    await this.#open.start();
    const { thread } = this.#open.drive;
    if (thread && this.element.isConnected) nameAddress(PAGE, thread);
    await this.#list();
  }

  async #resume(thread) {
    const { metadata } = await billp.threadOf(this.#server, thread);
    const settings = { input: {}, ...metadata.settings };
    settings.context = { ...settings.context, human: true };
    this.#show({ place: { id: thread, page: PAGE, settings, made: true }, given: null });
    await this.#open.refresh();
  }

  #show(settings) {
    this.#open = new PlaySession({ server: this.#server, assistant: this.#assistant, onAnswer: () => this.#list(), ...settings });
    this.place.replaceChildren(this.#open.element);
    this.setup.open = false;
    if (!window.matchMedia(WIDE).matches) this.place.scrollIntoView();
    this.#open.item.focus({ preventScroll: true });
  }

  async #list() {
    const found = await billp.sessionsOf(this.#server, PAGE).catch(() => null);
    if (!found) return; // the open session says what is wrong
    const lines = found.map((one) => this.#line(one));
    this.list.replaceChildren(...(lines.length ? lines : [element("li", { class: "muted" }, "None yet.")]));
  }

  #line({ thread_id: thread, metadata, updated_at: updated, interrupts }) {
    const { input = {}, context = {} } = metadata.settings ?? {};
    const asked = Object.values(interrupts ?? {}).flat().find((one) => one?.value?.item)?.value;
    const where = [context.arm ?? "billp", context.model ?? "offline", context.world ?? "demo"].join(" · ");
    const at = asked ? `Round ${asked.round} waits: ${asked.item}` : "Over, or not at a question";
    const current = thread === this.#open?.drive.thread;
    return element(
      "li",
      {},
      element("a", { href: `#/play/${thread}`, "aria-current": current ? "true" : null }, `${input.user ?? "somebody"}`),
      element("span", {}, at),
      element("span", { class: "muted" }, `${where}, ${moment(updated)}`),
    );
  }
}
