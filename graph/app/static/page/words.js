/** Numbers and counts as people read them. */

export function decimals(value, places = 2) {
  return Number(value).toFixed(places).replace("-", "\u2212");
}

export function signed(value, places = 2) {
  return value < 0 ? decimals(value, places) : `+${decimals(value, places)}`;
}

export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** When something was, in the reader's own time. */
export function moment(text) {
  return told(text, { dateStyle: "medium", timeStyle: "short" });
}

/** The same in short: without the year, of things that are mostly of this one. */
export function shortMoment(text) {
  return told(text, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
}

function told(text, form) {
  const when = new Date(text);
  return Number.isNaN(when.getTime()) ? "" : when.toLocaleString(undefined, form);
}
