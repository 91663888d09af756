/** What can go wrong between page and server, each with what to do. */

export class Unreachable extends Error {
  constructor() {
    super("The server does not answer: it was stopped, or the connection to it is gone.");
  }
}

/** The server said no; `status` is the one of HTTP. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail || `The server refused the request (${status}).`);
    this.status = status;
  }
}

/** A run ended with an error. */
export class RunFailed extends Error {}
