import { element } from "../page/dom.js";

const START = "__start__";
const [STEP, TALL, RADIUS, EDGE] = [58, 50, 8, 16];
const MIDDLE = 54; // from the top // of the drawing's own units
const LABEL = 22;

/** The graph as the server tells it, from left to right; `show` lights the nodes that run. */
export class GraphDrawing {
  #nodes = new Map();
  #edges = [];

  constructor({ nodes, edges }) {
    const places = arranged(nodes, edges);
    const columns = Math.max(...[...places.values()].map((place) => place.x));
    const size = `0 0 ${columns + 2 * EDGE} ${2 * MIDDLE}`;
    const lines = edges.map((edge) => this.#edge(edge, places));
    const dots = nodes.map((node) => this.#node(node, places.get(node.id)));
    this.element = element(
      "svg",
      { class: "graph", viewBox: size, role: "img", "aria-label": "The graph, and the nodes that run" },
      element("g", {}, ...lines),
      element("g", {}, ...dots),
    );
  }

  /** Which nodes run now. */
  show(running) {
    for (const [id, node] of this.#nodes) node.classList.toggle("running", running.has(id));
    for (const { line, target } of this.#edges) line.classList.toggle("running", running.has(target));
  }

  #node({ id, metadata }, { x, y, below }) {
    const end = id.startsWith("__");
    const parts = end
      ? [element("circle", { cx: x + EDGE, cy: y, r: RADIUS / 2 })]
      : [
          element("circle", { cx: x + EDGE, cy: y, r: RADIUS }),
          element("text", { x: x + EDGE, y: below ? y + LABEL : y - LABEL + 9 }, id),
          element("title", {}, metadata?.description ?? id),
        ];
    const node = element("g", { class: end ? "node end" : "node", "data-node": id }, ...parts);
    this.#nodes.set(id, node);
    return node;
  }

  #edge({ source, target }, places) {
    const [from, to] = [places.get(source), places.get(target)];
    const line = element("path", { class: "edge", d: curve(from, to) });
    this.#edges.push({ line, target });
    return line;
  }
}

/** A line to the next column; what leads further or back bows away from the nodes between. */
function curve(from, to) {
  const [x1, x2] = [from.x + EDGE, to.x + EDGE];
  const far = Math.abs(to.column - from.column) !== 1 || x2 < x1;
  if (!far || from.y !== to.y) {
    const middle = (x1 + x2) / 2;
    if (x2 > x1) return `M${x1} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${x2} ${to.y}`;
  }
  const bow = (x2 > x1 ? 1 : -1) * Math.min(TALL - 8, 10 + Math.abs(x2 - x1) / 6);
  return `M${x1} ${from.y}Q${(x1 + x2) / 2} ${from.y + 2 * bow} ${x2} ${to.y}`;
}

/** Columns by the longest way from the start, over edges that close no cycle. */
function arranged(nodes, edges) {
  const forward = withoutCycles(edges);
  const column = new Map(nodes.map((node) => [node.id, 0]));
  for (let turn = 0; turn < nodes.length; turn += 1) {
    for (const { source, target } of forward) {
      column.set(target, Math.max(column.get(target), column.get(source) + 1));
    }
  }
  const places = new Map();
  for (const [id, at] of column) {
    const others = [...column].filter(([, other]) => other === at).map(([other]) => other);
    const row = others.indexOf(id);
    const y = MIDDLE + (others.length > 1 ? (row === 0 ? -TALL / 2 : TALL / 2) : 0);
    const below = others.length > 1 ? row > 0 : at % 2 === 0;
    places.set(id, { x: at * STEP, y, column: at, below });
  }
  return places;
}

/** Edges that are taken always come first, then those nearest to the start. */
function withoutCycles(edges) {
  const depth = depths(edges);
  const rank = ({ source, conditional }) => (conditional ? 1 + depth.get(source) : 0);
  const kept = [];
  for (const edge of [...edges].sort((a, b) => rank(a) - rank(b))) {
    if (!leads(kept, edge.target, edge.source)) kept.push(edge);
  }
  return kept;
}

function depths(edges) {
  const depth = new Map([[START, 0]]);
  for (const [id, at] of depth) {
    for (const { source, target } of edges) {
      if (source === id && !depth.has(target)) depth.set(target, at + 1);
    }
  }
  return depth;
}

function leads(edges, from, to) {
  if (from === to) return true;
  return edges.some(({ source, target }) => source === from && leads(edges, target, to));
}
