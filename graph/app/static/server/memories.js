/** What the page asks of the server about memories, which are a store that is only read. */

const MOST = 50; // items of a page
const MOST_NAMESPACES = 1000;

/** The memories that this client may see: their namespaces, without the kinds. */
export async function memoriesOf(server) {
  const body = { max_depth: 4, limit: MOST_NAMESPACES };
  return (await server.json("POST", "/store/namespaces", body)).namespaces;
}

/** Items below a namespace, those last written or used first, and whether there are more. */
export async function search(server, namespace, { words, user, offset }) {
  const { items } = await server.json("POST", "/store/items/search", {
    namespace_prefix: namespace,
    query: words || null,
    filter: user ? { users: user } : null,
    limit: MOST + 1,
    offset,
  });
  return { items: items.slice(0, MOST), more: items.length > MOST };
}

/** Withdraws what a `{user}` or an `{episode}` taught a memory. */
export function forget(server, namespace, source) {
  return server.json("POST", "/memories/forget", { namespace, ...source });
}
