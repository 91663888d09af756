/** What the page asks of the server about sessions, which are threads of the graph `billp`. */

const GRAPH = "billp";
const STREAMS = ["custom", "updates", "messages-tuple"];
const REPLAY_QUIET = 500; // milliseconds without an event after which a replay is over
const SNAPSHOTS = 40; // of a thread's history, asked for at a time

/** The graph's assistant: its id, the schemas of its settings, and its nodes and edges. */
export async function findAssistant(server) {
  const found = await server.json("POST", "/assistants/search", { graph_id: GRAPH, limit: 20 });
  const assistant = found.find((one) => one.metadata?.created_by === "system") ?? found[0];
  if (!assistant) throw new Error(`This server has no graph '${GRAPH}'.`);
  const path = `/assistants/${assistant.assistant_id}`;
  const [schemas, graph] = await Promise.all([
    server.json("GET", `${path}/schemas`),
    server.json("GET", `${path}/graph`),
  ]);
  return { id: assistant.assistant_id, schemas, graph };
}

/** Makes a thread, or makes sure of one that the server may have forgotten. */
export async function ensureThread(server, { id, page, settings }) {
  const metadata = { graph_id: GRAPH, page, settings };
  const known = id ? { thread_id: id, if_exists: "do_nothing" } : {};
  const made = await server.json("POST", "/threads", { ...known, metadata });
  return made.thread_id;
}

export function threadOf(server, id) {
  return server.json("GET", `/threads/${encodeURIComponent(id)}`);
}

export function stateOf(server, thread) {
  return server.json("GET", `/threads/${thread}/state`);
}

/** The sessions of a page, those last answered first. */
export function sessionsOf(server, page) {
  return server.json("POST", "/threads/search", {
    metadata: { page },
    select: ["thread_id", "status", "metadata", "updated_at", "interrupts"],
    sort_by: "updated_at",
    sort_order: "desc",
    limit: 50,
  });
}

/** The events of a new run on a thread. */
export function startRun(server, assistant, thread, request) {
  const body = {
    assistant_id: assistant,
    stream_mode: STREAMS,
    stream_resumable: true,
    multitask_strategy: "reject",
    ...request,
  };
  return server.events("POST", `/threads/${thread}/runs/stream`, { body });
}

export function interruptRun(server, thread, run) {
  return server.json("POST", `/threads/${thread}/runs/${run}/cancel?action=interrupt&wait=true`);
}

/** What any client's runs on a thread do from now on. */
export function followThread(server, thread, signal) {
  return server.events("GET", `/threads/${thread}/stream?stream_modes=run_modes`, { signal });
}

/** What the server still knows of events on a thread. */
export async function replayThread(server, thread) {
  const ending = new AbortController();
  const told = [];
  let quiet = setTimeout(() => ending.abort(), 4 * REPLAY_QUIET);
  const headers = { "Last-Event-ID": "-" };
  const path = `/threads/${thread}/stream?stream_modes=run_modes`;
  try {
    for await (const event of server.events("GET", path, { signal: ending.signal, headers })) {
      if (event.event === "custom") told.push(event.data);
      clearTimeout(quiet);
      quiet = setTimeout(() => ending.abort(), REPLAY_QUIET);
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    clearTimeout(quiet);
  }
  return told;
}

/** Writes into a state of the past as a node would; the checkpoint from where runs go on. */
export async function editState(server, thread, checkpoint, node, values) {
  const at = { thread_id: thread, checkpoint_id: checkpoint, checkpoint_ns: "" };
  const body = { values, as_node: node, checkpoint: at };
  const made = await server.json("POST", `/threads/${thread}/state`, body);
  return made.checkpoint.checkpoint_id;
}

/** The checkpoint before a node of a round, on the branch that was played last. */
export async function checkpointBefore(server, thread, round, node) {
  let before;
  for (;;) {
    const body = { limit: SNAPSHOTS, ...(before && { before }) };
    const found = await server.json("POST", `/threads/${thread}/history`, body);
    for (const { values, next, checkpoint } of found) {
      const at = (values.steps?.length ?? 0) + 1;
      if (at === round && next.includes(node)) return checkpoint.checkpoint_id;
    }
    if (found.length < SNAPSHOTS) return null;
    before = { configurable: { checkpoint_id: found.at(-1).checkpoint.checkpoint_id } };
  }
}
