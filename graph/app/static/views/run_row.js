import { element, setText } from "../page/dom.js";
import { counted, shortMoment } from "../page/words.js";

export const STATES = {
  running: "Running",
  interrupted: "Interrupted",
  failed: "Stopped by failures",
  done: "Done",
  damaged: "Damaged",
};

/** A run's line in the list; what changes while it is played is set in place. */
export class RunRow {
  constructor({ place, name }) {
    this.place = place;
    this.name = name;
    const address = `#/runs/${encodeURIComponent(place)}/${encodeURIComponent(name)}`;
    this.link = element("a", { href: address }, name);
    this.status = element("span", { class: "status" });
    this.what = element("p", { class: "muted" });
    this.bar = new ProgressBar(name);
    this.far = element("p", { class: "muted far" });
    this.element = element(
      "li",
      {},
      element("p", { class: "named" }, this.link, this.status),
      this.what,
      this.bar.element,
      this.far,
    );
  }

  draw(run) {
    this.state = run.state;
    setText(this.status, STATES[run.state]);
    this.status.dataset.status = run.state;
    setText(this.what, run.problem || whatOf(run));
    this.bar.draw(run);
    setText(this.far, [howFar(run), run.state === "running" ? "" : shortMoment(run.last_played)].filter(Boolean).join(" · "));
  }

  mark(current) {
    if (current) this.link.setAttribute("aria-current", "true");
    else this.link.removeAttribute("aria-current");
  }
}

/** How much of a run is played; hidden for one that came to its end. */
export class ProgressBar {
  constructor(name) {
    this.element = element("progress", { "aria-label": `Progress of ${name}`, max: 1, value: 0 });
  }

  draw({ state, played, planned }) {
    this.element.hidden = state === "done" || state === "damaged";
    this.element.max = Math.max(1, planned);
    this.element.value = played;
    this.element.dataset.state = state;
  }
}

function whatOf({ preset, world, arms, seeds }) {
  const methods = arms.length > 1 ? `${arms[0]} and ${arms.length - 1} more` : (arms[0] ?? "no arm");
  return `${preset} in ${world}: ${methods}, ${counted(seeds, "seed")}`;
}

/** Episodes, failures, the time that is left, and money, as far as these are known. */
export function howFar(run) {
  if (run.state === "damaged") return "";
  const { state, played, planned, failed, left, counted: known } = run;
  const whole = state === "done" && played === planned;
  const parts = [
    known ? null : "being counted",
    whole ? counted(played, "episode") : `${played.toLocaleString("en")} of ${counted(planned, "episode")}`,
    failed ? `${failed.toLocaleString("en")} failed` : null,
    state === "running" ? timeLeft(left, played, planned) : null,
    money(run),
  ];
  return parts.filter(Boolean).join(" · ");
}

function timeLeft(seconds, played, planned) {
  if (played >= planned) return "finishing";
  if (seconds === null) return null;
  if (seconds < 60) return "less than a minute left";
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}

function money({ calls, money: usd }) {
  if (!calls || usd === 0) return null;
  return usd === null ? "cost unknown" : dollars(usd);
}

/** USD, with cents of a cent below one dollar. */
export function dollars(usd) {
  const digits = usd && usd < 1 ? 4 : 2;
  return `$${usd.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}
