import { element } from "../page/dom.js";
import { Refused, Unreachable } from "./errors.js";
import { eventsOf } from "./events.js";

const ATTEMPTS = 4; // of a request that the server asks to send again later
const SAVED = 60000; // milliseconds after which a file has been taken over
const LONGEST_WAIT = 60; // seconds

/** The server that the page came from: JSON, streams, and the token, which is in memory alone. */
export class Server {
  #base;
  #askToken;
  #onWait;
  #token = "";
  #asking = null;

  constructor({ base, askToken, onWait }) {
    this.#base = base;
    this.#askToken = askToken;
    this.#onWait = onWait;
  }

  /** Whether requests need a token, which the address of a frame or a tab cannot give. */
  get withToken() {
    return Boolean(this.#token);
  }

  address(path) {
    return this.#base + path;
  }

  /** Saves a file under this name. */
  async save(path, name) {
    const response = await this.#send("GET", path);
    const address = URL.createObjectURL(await response.blob());
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), SAVED);
  }

  async json(method, path, body) {
    const response = await this.#send(method, path, { body });
    if (response.status === 204) return null;
    try {
      return await response.json();
    } catch {
      throw new Unreachable();
    }
  }

  /** The events of a stream, until it ends or `signal` ends it. */
  async *events(method, path, { body, signal, headers } = {}) {
    const response = await this.#send(method, path, { body, signal, headers });
    try {
      yield* eventsOf(response.body);
    } catch (error) {
      if (signal?.aborted) return;
      throw error instanceof TypeError ? new Unreachable() : error;
    }
  }

  async #send(method, path, { body, signal, headers = {} } = {}) {
    for (let attempt = 1; ; attempt += 1) {
      const used = this.#token;
      const response = await this.#fetch(method, path, body, signal, headers);
      if (response.ok) return response;
      const wait = response.status === 429 && attempt < ATTEMPTS && secondsToWait(response);
      if (wait) await this.#pause(wait);
      else if (response.status === 401) await this.#renewToken(used);
      else throw new Refused(response.status, await detailOf(response));
    }
  }

  async #fetch(method, path, body, signal, headers) {
    const sent = { ...headers };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    if (this.#token) sent.Authorization = `Bearer ${this.#token}`;
    try {
      return await fetch(this.#base + path, {
        method,
        signal,
        headers: sent,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
    } catch (error) {
      throw signal?.aborted ? error : new Unreachable();
    }
  }

  async #pause(seconds) {
    this.#onWait(seconds);
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    this.#onWait(0);
  }

  /** Asks for another token; of requests that were refused together, once for all. */
  async #renewToken(used) {
    if (this.#token !== used) return; // another request has it by now
    this.#asking ??= this.#askToken(Boolean(used)).finally(() => {
      this.#asking = null;
    });
    const given = await this.#asking;
    if (!given) throw new Refused(401, "This server takes clients with a token alone.");
    this.#token = given;
  }
}

function secondsToWait(response) {
  const told = Number(response.headers.get("Retry-After") ?? 1);
  return Number.isFinite(told) ? Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(told))) : 1;
}

async function detailOf(response) {
  if (response.status === 429) return "The server has too much to do: try again in a minute.";
  try {
    const { detail } = await response.json();
    return typeof detail === "string" ? detail : JSON.stringify(detail ?? "");
  } catch {
    return "";
  }
}
