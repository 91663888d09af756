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
  const when = new Date(text);
  if (Number.isNaN(when.getTime())) return "";
  return when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
