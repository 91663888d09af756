"use strict";

/** An element with attributes and children; text among them stays text. */
function element(name, attributes = {}, ...children) {
  const svg = ["svg", "rect", "line", "circle"].includes(name);
  const made = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** What a block of data on the page holds, or nothing where there is no such block. */
function block(id) {
  const found = document.getElementById(id);
  return found ? JSON.parse(found.textContent) : null;
}

const THEME = "billp-report-theme";

/** What the reader chose before; storage may be closed to pages from disk. */
function storedTheme() {
  try {
    return localStorage.getItem(THEME);
  } catch {
    return null;
  }
}

function setTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

setTheme(storedTheme()); // before anything is painted

function offerThemes() {
  const stored = storedTheme();
  for (const choice of document.querySelectorAll("input[name=theme]")) {
    if (choice.value === stored) choice.checked = true;
    choice.addEventListener("change", () => {
      setTheme(choice.value);
      try {
        localStorage.setItem(THEME, choice.value);
      } catch {
        // then it holds until the page is closed
      }
    });
  }
}

/** On a narrow screen the contents fold into a line at the top of it. */
function foldContents() {
  const list = document.querySelector(".contents details");
  const narrow = window.matchMedia("(max-width: 67.99rem)");
  const fold = () => {
    list.open = !narrow.matches;
  };
  narrow.addEventListener("change", fold);
  list.addEventListener("click", (event) => {
    if (event.target.closest("a")) fold();
  });
  fold();
}

/** Marks where on the page the reader is. */
function followContents() {
  const at = document.getElementById("contents-at");
  const links = new Map();
  for (const link of document.querySelectorAll(".contents a")) {
    links.set(link.getAttribute("href").slice(1), link);
  }
  const watcher = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen) {
        if (!isIntersecting) continue;
        for (const [id, link] of links) {
          if (id === target.id) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        }
        at.textContent = `: ${links.get(target.id)?.textContent ?? ""}`;
      }
    },
    { rootMargin: "-10% 0px -80% 0px" },
  );
  for (const section of document.querySelectorAll("main > section")) watcher.observe(section);
}

/** What a cell is sorted by: its first number, else its words. */
function sortKey(row, column) {
  const text = row.cells[column].textContent.replace(/\u2212/g, "-").replace(/[,$]/g, "");
  const number = Number.parseFloat(text);
  return Number.isNaN(number) ? text : number;
}

function compareKeys(a, b) {
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1; // what is absent comes last
  return typeof a === "number" ? b - a : a.localeCompare(b);
}

/** A table that its headings put in order: best first, worst first, then as it was. */
class SortedTable {
  constructor(table) {
    this.bodies = [...table.tBodies].map((body) => ({ body, rows: [...body.rows] }));
    this.heads = [...table.tHead.rows[0].cells];
    this.heads.forEach((head, column) => {
      const button = element("button", { type: "button", class: "sort" }, ...head.childNodes);
      button.addEventListener("click", () => this.turn(head, column));
      head.append(button);
    });
  }

  turn(head, column) {
    const before = head.getAttribute("aria-sort");
    for (const other of this.heads) other.removeAttribute("aria-sort");
    const rows = this.bodies.flatMap((one) => one.rows).filter((row) => row.cells.length > 1);
    const numbers = rows.some((row) => typeof sortKey(row, column) === "number");
    const [first, second] = numbers ? ["descending", "ascending"] : ["ascending", "descending"];
    const now = { null: first, [first]: second }[before];
    if (!now) {
      for (const { body, rows: own } of this.bodies) body.replaceChildren(...own);
      return;
    }
    head.setAttribute("aria-sort", now);
    const sign = now === first ? 1 : -1;
    const keys = new Map(rows.map((row) => [row, sortKey(row, column)]));
    rows.sort((a, b) => {
      const [one, other] = [keys.get(a), keys.get(b)];
      return (typeof one === typeof other ? sign : 1) * compareKeys(one, other);
    });
    for (const { body } of this.bodies) body.replaceChildren();
    this.bodies[0].body.append(...rows);
  }
}

function offerSorting() {
  for (const table of document.querySelectorAll("main .scroll > table")) {
    const rows = table.querySelectorAll("tbody tr:not(.group)").length;
    if (rows > 2 && !table.closest(".list")) new SortedTable(table);
  }
}

const LONG = 60; // rows of a table that is better left folded

/** On paper nothing can be unfolded. */
function unfoldForPrint() {
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("main > section > details:not([open])")];
    folded = folded.filter((part) => part.querySelectorAll("tr").length <= LONG);
    for (const part of folded) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
}

/** Saves the page's own copy of a table, so that the page may be anywhere. */
function offerTables() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-table]");
    const text = link && block(`csv-${link.dataset.table}`);
    if (!text) return; // too large for the page: the link leads to the file beside it
    event.preventDefault();
    const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    element("a", { href: address, download: link.download }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  });
}

document.addEventListener("DOMContentLoaded", () => {
  offerTables();
  offerThemes();
  offerSorting();
  foldContents();
  followContents();
  unfoldForPrint();
});
