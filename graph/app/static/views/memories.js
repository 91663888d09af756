import { button, element, setText } from "../page/dom.js";
import { say } from "../page/say.js";
import { counted } from "../page/words.js";
import { forget, memoriesOf, search } from "../server/memories.js";
import { memoryRow } from "./memory_row.js";
import { labelled, select } from "./schema_form.js";
import { askWithdraw } from "./withdraw_dialog.js";

const KINDS = [["", "all"], ["reflections", "reflections"], ["experiences", "experiences"], ["values", "values"]];

/** What sessions have learned: rows of a memory, found by words, kind and user, and withdrawn. */
export class MemoriesView {
  #server;
  #asked = 0;
  #found = 0;

  constructor(server) {
    this.#server = server;
    this.problem = element("p", { class: "problem", role: "alert" });
    this.memory = select("memory", [], "");
    this.kind = select("kind", KINDS, "");
    this.words = element("input", { type: "search", name: "words", maxlength: 200, autocomplete: "off" });
    this.user = element("input", { type: "text", name: "user", maxlength: 200, autocomplete: "off" });
    this.count = element("p", { class: "muted" });
    this.rows = element("ul", { class: "memories" });
    this.more = button("More", () => this.#search(this.#found), { hidden: true });
    const form = element(
      "form",
      { class: "fields" },
      labelled("Memory", this.memory, "World, name and arm."),
      labelled("Kind", this.kind),
      labelled("Words", this.words, "All of them must stand in the row."),
      labelled("User", this.user, "By number, or by name."),
      element("p", { class: "buttons" }, element("button", { type: "submit", class: "main" }, "Search")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#search(0);
    });
    for (const choice of [this.memory, this.kind]) choice.addEventListener("change", () => this.#search(0));
    this.element = element(
      "div",
      { class: "view browse" },
      element("div", { class: "side" }, element("h1", {}, "What was learned"), this.problem, form),
      element("div", { class: "place" }, this.count, this.rows, this.more),
    );
  }

  async show() {
    try {
      await this.#list();
    } catch (error) {
      this.#fail(error);
      return;
    }
    await this.#search(0);
  }

  async #list() {
    const chosen = this.memory.value;
    const found = await memoriesOf(this.#server);
    const options = found.map((one) => element("option", { value: JSON.stringify(one) }, nameOf(one)));
    this.memory.replaceChildren(...options);
    if (options.some((one) => one.value === chosen)) this.memory.value = chosen;
  }

  /** Shows what is found from an offset on; an older search that answers later is dropped. */
  async #search(offset) {
    const asked = ++this.#asked;
    this.problem.replaceChildren();
    if (!this.memory.value) {
      this.rows.replaceChildren();
      this.more.hidden = true;
      setText(this.count, "Nothing has been learned yet: play a session of an arm that learns.");
      return;
    }
    const memory = JSON.parse(this.memory.value);
    const namespace = this.kind.value ? [...memory, this.kind.value] : memory;
    const wanted = { words: this.words.value.trim(), user: this.user.value.trim(), offset };
    try {
      const { items, more } = await search(this.#server, namespace, wanted);
      if (asked !== this.#asked) return;
      const rows = items.map((one) => memoryRow(one, (source) => this.#withdraw(memory, source)));
      if (offset) this.rows.append(...rows);
      else this.rows.replaceChildren(...rows);
      this.#found = offset + items.length;
      this.more.hidden = !more;
      setText(this.count, more ? `The first ${counted(this.#found, "row")}` : counted(this.#found, "row"));
      say(this.count.textContent);
    } catch (error) {
      if (asked === this.#asked) this.#fail(error);
    }
  }

  async #withdraw(memory, source) {
    if (!(await askWithdraw(source, nameOf(memory)))) return;
    try {
      const { facts, rows } = await forget(this.#server, memory, source);
      await this.#search(0);
      setText(this.count, `${counted(facts, "fact")} withdrawn, and ${counted(rows, "row")} with them. ${this.count.textContent}`);
      say(this.count.textContent);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error) {
    const again = button("Try again", () => {
      this.problem.replaceChildren();
      this.show();
    });
    this.problem.replaceChildren(`${error.message} `, again);
  }
}

function nameOf([owner, ...labels]) {
  const [world, memory, arm] = labels.map((label) => label.replaceAll("%2E", ".").replaceAll("%25", "%"));
  const whose = owner === "local" ? "" : `${owner}: `;
  return `${whose}${world} · ${memory} · ${arm}`;
}
