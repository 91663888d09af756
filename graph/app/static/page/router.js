import { element } from "./dom.js";

/** Shows the view that the address names (`#/watch/...`); each is made once and then kept. */
export class Router {
  #views;
  #server;
  #made = new Map();
  #links = new Map();
  #main = document.getElementById("main");

  constructor(views, server) {
    this.#views = views;
    this.#server = server;
  }

  start() {
    for (const [name, { title }] of Object.entries(this.#views)) {
      const link = element("a", { href: `#/${name}` }, title);
      this.#links.set(name, link);
      document.getElementById("views").append(element("li", {}, link));
    }
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault(); // the hash is the address of a view
      this.#main.focus();
    });
    window.addEventListener("hashchange", () => this.#open(true));
    this.#open(false);
  }

  #open(moved) {
    const [asked, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
    const name = Object.hasOwn(this.#views, asked) ? asked : Object.keys(this.#views)[0];
    const { title, View } = this.#views[name];
    if (!this.#made.has(name)) this.#made.set(name, new View(this.#server));
    const view = this.#made.get(name);
    for (const [other, link] of this.#links) {
      if (other === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.title = `${title} · BiLLP`;
    const changed = view.element.parentNode !== this.#main;
    if (changed) this.#main.replaceChildren(view.element);
    if (changed && moved) this.#main.focus();
    view.show(name === asked ? rest.filter(Boolean) : []);
  }
}

/** Names what is shown in the address, without opening it anew. */
export function nameAddress(...parts) {
  history.replaceState(null, "", `#/${parts.map(encodeURIComponent).join("/")}`);
}
