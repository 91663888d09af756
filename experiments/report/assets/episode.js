/** One episode, told step by step. */
const LOW = 2; // a rating under which users leave
const HIGHEST = 5;
const MEMORY_NAMES = {
  reflections: ["reflection", "reflections"],
  experiences: ["experience of this situation", "experiences of this situation"],
  values: ["value of a similar situation", "values of similar situations"],
};

function decimals(value, digits = 2) {
  return typeof value === "number" ? value.toFixed(digits).replace("-", "\u2212") : "–";
}

function signed(value) {
  return typeof value === "number" && value >= 0 ? `+${decimals(value)}` : decimals(value);
}

/** The ratings of all rounds at a glance. */
function strip(steps) {
  const width = Math.max(steps.length, 20) * 10;
  const bars = steps.map(([round, , , reward], at) => {
    const height = Math.max(1, (34 * (reward ?? 0)) / HIGHEST);
    return element("rect", {
      x: at * 10 + 1,
      y: 36 - height,
      width: 8,
      height,
      class: reward < LOW ? "low" : "fine",
    });
  });
  const ground = element("line", { x1: 0, y1: 36.5, x2: width, y2: 36.5, class: "stroke-grid" });
  const settings = {
    class: "strip",
    viewBox: `0 0 ${width} 37`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  };
  return element("svg", settings, ...bars, ground);
}

function told(label, ...content) {
  return [element("dt", {}, label), element("dd", { dir: "auto" }, ...content)];
}

/** What a memory says of a situation, in the words of the prompts. */
function said(memory, known) {
  if (memory === "values") {
    const latest = new Map([...known].sort((a, b) => a[0] - b[0]).map((fact) => [fact[2], fact[1]]));
    const total = [...latest.values()].reduce((sum, target) => sum + target, 0);
    return `worth ${decimals(total / latest.size)}`;
  }
  const latest = new Map();
  for (const [, title, verdict] of [...known].sort((a, b) => a[0] - b[0])) {
    latest.delete(title);
    latest.set(title, verdict);
  }
  const titles = (wanted) =>
    [...latest]
      .reverse()
      .filter(([, verdict]) => Boolean(verdict) === wanted)
      .map(([title]) => title)
      .join(" \u00b7 ");
  const parts = [
    ["paid off", titles(true)],
    ["did not pay off", titles(false)],
  ];
  return parts
    .filter(([, found]) => found)
    .map(([name, found]) => `${name}: ${found}`)
    .join("; ");
}

function recalled(recalls, episode, { texts, facts }) {
  const kinds = new Map();
  for (const recall of recalls) {
    if (!kinds.has(recall[2])) kinds.set(recall[2], []);
    kinds.get(recall[2]).push(recall);
  }
  return [...kinds].map(([kind, found]) => {
    const nearest = Math.min(...found.map((recall) => recall[4]));
    const name = MEMORY_NAMES[kind]?.[found.length === 1 ? 0 : 1] ?? kind;
    const items = found.map(([round, role, , id, distance]) => {
      const until = episode.stamp + round - (role === "critic" ? 1 : 0); // the last is in the making
      const known = [
        ...(facts[episode.journal]?.[kind]?.[id] ?? []).filter(([at]) => at < episode.before),
        ...(episode.own[kind]?.[id] ?? []).filter(([at]) => at < until),
      ];
      return element(
        "li",
        {},
        element("span", { class: "distance" }, `${decimals(distance, 4)} · ${role} `),
        element(
          "span",
          { class: "text", dir: "auto" },
          texts[id] ?? "(met in this very session, or not kept: its text is in no journal)",
        ),
        known.length ? element("p", { class: "fact", dir: "auto" }, said(kind, known)) : null,
      );
    });
    const head = `${found.length} ${name}, nearest at distance ${decimals(nearest, 4)}`;
    return element(
      "details",
      {},
      element("summary", {}, head),
      element("ul", {}, ...items),
    );
  });
}

/** The words of a verdict, and beside them the sum that they come from. */
function judged(verdict, reward, gamma) {
  const [, value, next, advantage, paid] = verdict;
  const sum = `${decimals(reward)} + ${gamma} × ${decimals(next)} − ${decimals(value)}`;
  return element(
    "span",
    {},
    `V(s) ${decimals(value)}, afterwards ${decimals(next)}, advantage ${signed(advantage)}: `,
    element(
      "strong",
      { class: paid ? "verdict good" : "verdict bad" },
      paid ? "paid off" : "did not pay off",
    ),
    element("span", { class: "sum" }, ` ${sum} = ${signed(advantage)}`),
  );
}

function step(row, recalls, verdict, total, episode, memories, ends) {
  const [round, item, found, reward, quit, thought, reply] = row;
  const head = element(
    "div",
    { class: "step-head" },
    element("span", { class: "round" }, element("span", { class: "unseen" }, "Round "), `${round}`),
    element("span", { class: "item", dir: "auto" }, item ?? ""),
    element(
      "span",
      { class: reward < LOW ? "rating low" : "rating" },
      element("span", { class: "unseen" }, "rated "),
      decimals(reward),
      element("span", { class: "sum" }, ` Σ ${decimals(total, 1)}`),
    ),
  );
  const lines = [];
  if (thought) lines.push(...told("Thought", thought));
  if (recalls.length) lines.push(...told("Retrieved", ...recalled(recalls, episode, memories)));
  if (reply) lines.push(...told("Reply", reply));
  if (found && reply) lines.push(...told("Grounded", `${item ?? ""} (${found})`));
  if (verdict) lines.push(...told("Critic", judged(verdict, reward, episode.gamma)));
  if (quit) {
    lines.push(...told("User", element("strong", { class: "left" }, ends.get(quit) ?? quit)));
  }
  return element("li", { class: "step" }, head, element("dl", { class: "told" }, ...lines));
}

/** Everything that happened, as elements. */
function story(episode, memories, ends) {
  const verdicts = new Map(episode.verdicts.map((verdict) => [verdict[0], verdict]));
  const last = episode.steps.length;
  const parts = [];
  if (episode.error) {
    const [kind, message] = episode.error;
    parts.push(
      element("p", { class: "callout" }, element("strong", {}, `Failed: ${kind}. `), message),
    );
  }
  if (last) parts.push(strip(episode.steps));
  if (episode.history.length) {
    parts.push(
      element(
        "details",
        {},
        element("summary", {}, "What the user had viewed before"),
        element("p", { class: "text muted", dir: "auto" }, episode.history.join(" · ")),
      ),
    );
  }
  if (episode.principles.length) {
    parts.push(element("h4", {}, "Principles that the Planner was given"));
    const listed = episode.principles.map(([text, distance]) =>
      element(
        "li",
        {},
        element("span", { class: "text", dir: "auto" }, text),
        element("span", { class: "distance" }, ` distance ${decimals(distance, 4)}`),
      ),
    );
    parts.push(element("ul", { class: "principles" }, ...listed));
  }
  if (last) parts.push(element("h4", {}, "Round by round"));
  let total = 0;
  const rounds = episode.steps.map((row) => {
    total += row[3] ?? 0;
    const mine = episode.recalls.filter(
      ([round, , memory]) =>
        Math.min(round, last) === row[0] && !(memory === "reflections" && episode.principles.length),
    );
    return step(row, mine, verdicts.get(row[0]), total, episode, memories, ends);
  });
  parts.push(element("ol", { class: "steps" }, ...rounds));
  if (episode.reflection) {
    parts.push(element("h4", {}, "Reflection"));
    parts.push(element("p", { class: "reflection text", dir: "auto" }, episode.reflection));
  }
  return parts;
}
