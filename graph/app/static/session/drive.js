import { RunFailed, Refused, Unreachable } from "../server/errors.js";
import * as billp from "../server/billp.js";

const REST = 900; // milliseconds between rounds that are to be followed
const LOOK = 50; // milliseconds between looks at whether a run has ended
const SLICE = 12; // milliseconds of work, after which the browser gets its turn
const AT_REST = new Set(["paused", "cancelled", "waiting", "elsewhere", "ended"]);
const SETTLED = 2500; // milliseconds after which a session that another client played is at rest

/**
 * Plays a session on its thread: one run, or a run a round, until it ends or is told to stop.
 *
 * `status` is one of: idle, running, pausing, paused, cancelled, waiting (for a person), elsewhere
 * (another client plays it), ended, failed, lost, retired. Runs go on from the thread's last
 * checkpoint, so that everything can be tried again.
 */
export class Drive {
  status = "idle";
  problem = "";
  pace = "rounds";
  #server;
  #assistant;
  #place; // {id, page, settings} of the thread
  #session;
  #changed;
  #given = null; // what starts the session, until a run has taken it
  #from = null; // the checkpoint that the next run forks from
  #run = null;
  #stop = false; // at once, and not after the round
  #interrupted = false;
  #more = false; // nodes are left to run
  #follower = null;

  constructor({ server, assistant, session, place, given = null, from = null, onChange }) {
    this.#server = server;
    this.#assistant = assistant;
    this.#session = session;
    this.#place = place;
    this.#given = given;
    this.#from = from;
    this.#changed = onChange;
  }

  get thread() {
    return this.#place.id;
  }

  get settings() {
    return this.#place.settings;
  }

  get busy() {
    return this.status === "running" || this.status === "pausing";
  }

  /** Plays on, to the end or for one step: `after` is "*" for a node, "simulator" for a round. */
  async play(after = null) {
    if (this.busy) return;
    this.#begin();
    try {
      await this.#makeThread();
      do {
        const rounds = this.pace === "rounds" ? ["simulator"] : undefined;
        await this.#runOnce({ interrupt_after: after === "*" ? "*" : after ? [after] : rounds });
        if (!this.#more) return this.#set("ended");
        if (this.#stop) return this.#set("cancelled");
        if (after || this.status === "pausing") return this.#set("paused");
        if (!this.#session.ending) await new Promise((resolve) => setTimeout(resolve, REST));
      } while (this.status === "running" && !this.#stop);
      this.#set(this.#stop ? "cancelled" : "paused");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** One run of a person's session: to the next question, or to the end. */
  async ask(request) {
    if (this.busy) return;
    this.#begin();
    try {
      await this.#makeThread();
      await this.#runOnce(request);
      this.#set(this.#session.question ? "waiting" : "ended");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Stops after this round; asked a second time, at once. */
  pause() {
    if (this.status === "running") this.#set("pausing");
    else if (this.status === "pausing") this.cancel();
  }

  /** Stops at once; what a role is about to say is dropped. */
  cancel() {
    if (!this.busy || this.#stop) return;
    this.#stop = true;
    this.#interrupt();
  }

  /** Stops at once, and returns when nothing runs any more. */
  async stop() {
    this.cancel();
    while (this.busy) await new Promise((resolve) => setTimeout(resolve, LOOK));
  }

  /** Reads the thread as it is now, as after a failure. */
  async reload() {
    this.#begin();
    try {
      await this.#makeThread();
      await this.#readState();
      const at = this.#session.question ? "waiting" : this.#more ? "paused" : "ended";
      this.#set(this.#session.id ? at : "idle");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Goes on with what failed. */
  async retry() {
    await this.reload();
    if (this.status === "idle" || this.status === "paused") await this.play();
  }

  /** This session is now an earlier branch of its thread. */
  retire(why) {
    this.unfollow();
    this.problem = why;
    this.#set("retired");
  }

  /** Catches up with what other clients played on the thread, and shows what they play. */
  async catchUp() {
    if (!this.thread || !AT_REST.has(this.status)) return;
    this.#follow();
    await this.#settle();
  }

  async #follow() {
    if (this.#follower) return;
    const follower = new AbortController();
    this.#follower = follower;
    let settling;
    try {
      for await (const event of billp.followThread(this.#server, this.thread, follower.signal)) {
        clearTimeout(settling);
        if (event.event === "custom" && this.status !== "elsewhere") this.#set("elsewhere");
        await this.#take(event);
        settling = setTimeout(() => this.#follower === follower && this.#settle(), SETTLED);
      }
    } catch (error) {
      if (this.#follower === follower) this.#fail(error);
    } finally {
      if (this.#follower === follower) this.#follower = null;
    }
  }

  unfollow() {
    this.#follower?.abort();
    this.#follower = null;
  }

  async #settle() {
    try {
      await this.#readState();
      if (!AT_REST.has(this.status)) return; // it is played here again
      this.#set(this.#session.question ? "waiting" : this.#more ? "paused" : "ended");
    } catch (error) {
      this.#fail(error);
    }
  }

  #begin() {
    this.unfollow();
    this.#stop = false;
    this.problem = "";
    this.#set("running");
  }

  async #makeThread() {
    if (this.#place.made) return;
    this.#place.id = await billp.ensureThread(this.#server, this.#place);
    this.#place.made = true;
  }

  async #runOnce(request) {
    this.#more = false;
    this.#interrupted = false;
    const { context } = this.settings;
    const from = this.#from ? { checkpoint_id: this.#from } : {};
    const body = { input: this.#given, ...from, context, ...request };
    if (body.command) delete body.input;
    const stream = billp.startRun(this.#server, this.#assistant, this.thread, body);
    try {
      for await (const event of stream) await this.#take(event);
    } finally {
      this.#run = null;
      this.#session.running.clear();
      this.#changed();
    }
    // a stream also ends where its server is stopped, so its end says nothing
    if (this.#stop || this.#interrupted || !this.#more) await this.#readNext();
  }

  async #take(event) {
    if (event.event === "metadata") {
      this.#run = event.data.run_id;
      this.#given = null;
      this.#from = null;
      if (this.#stop) this.#interrupt();
    } else if (event.event === "error") throw new RunFailed(event.data.message ?? event.data.error);
    this.#session.take(event);
    const updates = event.event === "updates" ? event.data : {};
    if ("__interrupt__" in updates) this.#more = true;
    if ("simulator" in updates && this.status === "pausing" && this.pace !== "rounds") {
      this.#interrupted = true; // a run over many rounds has no breaks of its own
      this.#interrupt();
    }
    this.#changed();
    await turn();
  }

  async #interrupt() {
    if (!this.#run) return; // as soon as it has begun
    try {
      await billp.interruptRun(this.#server, this.thread, this.#run);
    } catch (error) {
      if (!(error instanceof Refused)) this.#fail(error); // refused: it has ended by itself
    }
  }

  async #readNext() {
    this.#more = isOpen(await billp.stateOf(this.#server, this.thread));
  }

  async #readState() {
    const state = await billp.stateOf(this.#server, this.thread);
    this.#more = isOpen(state);
    this.#session.load(state);
    this.#changed();
  }

  #set(status) {
    this.status = status;
    this.#changed();
  }

  #fail(error) {
    const known = error instanceof Refused || error instanceof RunFailed;
    const lost = error instanceof Unreachable;
    if (!known && !lost && error.name !== "AbortError") console.error(error);
    this.problem = error.message;
    this.#place.made = this.#place.made && !lost; // a server that was killed may have forgotten it
    this.#set(lost ? "lost" : "failed");
  }
}

/** Whether nodes are left to run; `next` leaves out those that had done their work when a run was cut off. */
function isOpen(state) {
  return state.tasks.length > 0;
}

let since = performance.now();

/** Lets the browser draw and answer, when it has been kept from it for a while. */
async function turn() {
  if (performance.now() - since < SLICE) return;
  await new Promise((resolve) => setTimeout(resolve));
  since = performance.now();
}
