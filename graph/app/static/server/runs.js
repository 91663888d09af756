/** What the page asks of the server about runs that are kept, which are only read, and about worlds. */

/** The address of a run: the folder that it is in, and its name. */
export function addressOf({ place, name }) {
  return `/kept-runs/${encodeURIComponent(place)}/${encodeURIComponent(name)}`;
}

/** The runs, those played last first, and how many others there are. */
export function runsOf(server) {
  return server.json("GET", "/kept-runs");
}

/** A run as it is now, with its settings and what failed. */
export function runOf(server, run) {
  return server.json("GET", addressOf(run));
}

export function figuresOf(server, run) {
  return server.json("GET", `${addressOf(run)}/figures`);
}

/** How a run differs from another, on the sessions that both played for the same users. */
export function minus(server, run, { place, name }) {
  const other = `${encodeURIComponent(place)}/${encodeURIComponent(name)}`;
  return server.json("GET", `${addressOf(run)}/minus/${other}`);
}

/** Choices of a world for a form; none from a server that does not list its worlds. */
export async function worldChoices(server) {
  try {
    const { worlds } = await server.json("GET", "/worlds");
    return worlds.map(({ name, users, problem }) => ({
      value: name,
      text: problem ? `${name}: ${problem}` : `${name} (${users.toLocaleString("en")} users)`,
      users,
      disabled: Boolean(problem),
    }));
  } catch (error) {
    if (error.status === 404) return [];
    throw error;
  }
}
