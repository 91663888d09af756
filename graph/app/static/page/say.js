import { setText } from "./dom.js";

const EVERY = 1500; // milliseconds between announcements, of which the last one counts

let waiting = null;
let latest = "";

/** Tells screen readers; of many announcements in a row they hear the last. */
export function say(text) {
  latest = text;
  waiting ??= setTimeout(() => {
    waiting = null;
    setText(document.getElementById("said"), latest);
  }, EVERY);
}

/** A line above everything, for what concerns the whole page; an empty text removes it. */
export function banner(text) {
  const line = document.getElementById("banner");
  setText(line, text);
  line.hidden = !text;
}
