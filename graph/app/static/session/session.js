/**
 * What is known of a session: made of the events of its runs, or of a stored state.
 *
 * It knows nothing of the page; `changed` holds the numbers of rounds to be drawn again.
 */
export class Session {
  constructor() {
    this.changed = new Set();
    this.running = new Set(); // nodes
    this.#clear();
  }

  #clear() {
    this.id = "";
    this.principles = [];
    this.recalls = [];
    this.user = null;
    this.history = [];
    this.rounds = [];
    this.ending = null;
    this.reflection = "";
    this.remembered = null;
    this.question = null;
    this.loading = "";
    this.cut = 0; // the first round that is gone, where a branch replaced some
  }

  get played() {
    return this.rounds.filter((round) => round.step).length;
  }

  /** What a stored state holds; candidates and recalled texts are in none. */
  load({ values = {}, interrupts = [] }) {
    const before = this.rounds;
    const same = values.id === this.id;
    this.#clear();
    this.cut = 1;
    this.running.clear();
    if (!values.id) return;
    this.#arrive(values);
    for (const step of values.steps ?? []) {
      const round = this.#round(step.round);
      const known = before[step.round - 1];
      if (same && known?.chosen?.item === step.item) this.#recallDetails(round, known);
      Object.assign(round, { visible: true, step, plan: step.thought, evidence: step.evidence ?? 0 });
    }
    for (const verdict of values.verdicts ?? []) this.#round(verdict.round).verdict = verdict;
    if (values.choice) {
      const open = this.#round(this.played + 1);
      const known = before[open.number - 1];
      if (same && known) this.#recallDetails(open, known);
      Object.assign(open, { visible: true, plan: values.thought, choice: values.choice });
    }
    this.principles = values.principles ?? [];
    this.recalls = values.recalls ?? [];
    this.ending = values.ending ?? null;
    this.reflection = values.reflection ?? "";
    this.remembered = this.ending ? (values.remembered ?? null) : null;
    this.question = interrupts[0]?.value ?? null;
    for (const round of this.rounds) this.changed.add(round.number);
  }

  #recallDetails(round, known) {
    const { offered, chosen, recalled, checkpoints } = known;
    Object.assign(round, { offered, chosen, recalled, checkpoints });
  }

  /** Details of rounds that were played before, from events that the server still has. */
  attach(events) {
    const found = new Map();
    for (const data of events) {
      if (data.event === "planner" && data.status === "started") found.delete(data.round);
      if (!found.has(data.round)) found.set(data.round, new Session());
      found.get(data.round).#custom(data);
    }
    for (const [number, session] of found) {
      const [round, known] = [this.rounds[number - 1], session.rounds[number - 1]];
      const item = round?.step?.item ?? round?.choice?.item;
      if (!known?.chosen || known.chosen.item !== item || round.offered) continue;
      this.#recallDetails(round, known);
      this.changed.add(number);
    }
  }

  /** The first rounds of another session, for a branch of it. */
  branchOf(other, rounds) {
    this.#clear();
    const { id, user, history, principles } = other;
    Object.assign(this, { id, user, history, principles });
    this.rounds = other.rounds.slice(0, rounds).map((round) => ({ ...round }));
    for (const round of this.rounds) this.changed.add(round.number);
  }

  /** The plan of a round that a reader wrote. */
  planned(number, plan) {
    Object.assign(this.#change(number), { plan, visible: true });
  }

  /** Takes an event of a run; whoever draws looks at `changed` afterwards. */
  take({ event, data }) {
    if (event === "custom") this.#custom(data);
    else if (event === "messages") this.#message(...data);
    else if (event === "updates") {
      for (const [node, update] of Object.entries(data)) this.#update(node, update ?? {});
    }
  }

  #custom(data) {
    const { event, round: number, status } = data;
    if (event === "loading") this.loading = data.what;
    else if (event === "offered") this.#change(number).offered = data;
    else if (event === "chosen") this.#change(number).chosen = data;
    else if (event === "recalled") this.#change(number).recalled.push(data);
    else if (status === "started") this.#start(event, number, data.checkpoint);
    else if (status === "finished") this.running.delete(event);
  }

  #start(node, number, checkpoint) {
    this.loading = "";
    this.question = null;
    this.running.add(node);
    if (node !== "planner" && node !== "actor" && node !== "critic") return;
    const opens = node === "planner" || (node === "actor" && !this.#round(number).checkpoints.planner);
    if (opens && this.rounds[number - 1]?.step) this.#cutFrom(number);
    const round = this.#change(number);
    round.checkpoints[node] = checkpoint;
    if (node === "planner") Object.assign(round, { draft: "", draftId: "", plan: "" });
    if (node !== "critic") round.visible = true;
    round.recalled = round.recalled.filter((one) => one.role !== node);
  }

  /** A branch goes on from an earlier round. */
  #cutFrom(number) {
    this.rounds.length = number - 1;
    this.cut = this.cut ? Math.min(this.cut, number) : number;
    this.ending = null;
    this.reflection = "";
    this.remembered = null;
  }

  #message(chunk, { langgraph_node: node }) {
    if (node !== "planner" && node !== "reflector") return;
    const text = textOf(chunk.content);
    const whole = chunk.type !== "AIMessageChunk";
    if (node === "reflector") {
      this.reflection = whole ? text : this.reflection + text;
      return;
    }
    const round = this.#change(this.rounds.length || 1);
    const goesOn = !whole && round.draftId === chunk.id;
    round.draft = goesOn ? round.draft + text : text;
    round.draftId = chunk.id;
  }

  #update(node, update) {
    if (node === "__interrupt__") this.question = update[0]?.value ?? null;
    else if (node === "arrive") {
      if (update.id && update.id !== this.id) {
        this.cut = 1;
        const { running } = this;
        this.#clear();
        Object.assign(this, { cut: 1, running });
        this.#arrive(update);
      }
    } else if (node === "planner") {
      this.#change(this.rounds.length).plan = update.thought ?? "";
      if (update.principles) this.principles = update.principles;
    } else if (node === "actor" && update.choice) {
      const round = this.#change(this.rounds.length);
      Object.assign(round, { choice: update.choice, evidence: update.choice.evidence ?? 0 });
    } else if (node === "simulator") {
      for (const step of update.steps ?? []) this.#change(step.round).step = step;
      if (update.ending) this.ending = update.ending;
    } else if (node === "critic") this.#judge(update);
    else if (node === "reflector") this.reflection = update.reflection ?? "";
    else if (node === "remember") this.remembered = update.remembered ?? {};
  }

  #judge({ value, verdicts = [] }) {
    const last = this.rounds.at(-1);
    if (last && !last.step && value !== undefined) this.#change(last.number).value = value;
    for (const verdict of verdicts) this.#change(verdict.round).verdict = verdict;
  }

  #arrive({ id, user, history, principles }) {
    Object.assign(this, { id, user, history: history ?? [], principles: principles ?? [] });
  }

  #change(number) {
    this.changed.add(number);
    return this.#round(number);
  }

  #round(number) {
    for (let next = this.rounds.length + 1; next <= number; next += 1) this.rounds.push(blank(next));
    return this.rounds[number - 1];
  }
}

function blank(number) {
  return {
    number,
    visible: false,
    plan: "",
    draft: "",
    draftId: "",
    recalled: [],
    offered: null,
    chosen: null,
    choice: null,
    evidence: 0,
    value: null,
    step: null,
    verdict: null,
    checkpoints: {},
  };
}

/** The text of a message, whose content may come in parts. */
function textOf(content) {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part?.text ?? "").join("");
}
