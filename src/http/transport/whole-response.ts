import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';

/** As Node checks them: what else a header's value may not hold (RFC 9110, section 5.5). */
const NOT_A_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

const CLOSE = 'Connection: close\r\n';

/** `HTTP/1.1 200 OK` and its line end, by status. */
const statusLines = new Map<number, string>();

/**
 * A response that can leave in one piece. Node's own way puts the head together header by header, hands head and body
 * to the socket as two pieces, and joins them again for the kernel: a fifth of what a small answer costs.
 *
 * It touches two of Node's own fields, which have had their names and meaning since its first versions: `_header`, the
 * text that goes out before anything else, and `_last`, whether the connection ends behind this answer. Everything else,
 * from pipelining to `finish` and the keep-alive timeout, stays with Node. Where a version of Node has no `_header`,
 * `canSendWhole` is false and answers go Node's own way.
 */
export abstract class WholeResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  declare private _header: string | null;
  declare private _last: boolean;

  /** The lines that announce how long the connection is kept. */
  protected abstract readonly keepAliveLines: string;
  protected abstract readonly date: () => string;

  /** Whether this version of Node lets the head be set, and nothing of it was sent yet. */
  get canSendWhole(): boolean {
    return this._header === null;
  }

  /**
   * Sends the answer. Only while `canSendWhole`.
   *
   * @param status - the status
   * @param headers - names and values in turn; with `Content-Length` where the status has a body
   * @param body - ASCII; left out of the answer to HEAD
   * @throws TypeError where a header's value has a character that no value may have
   */
  sendWhole(status: number, headers: readonly string[], body: string): void {
    let head = statusLineOf(status);
    let connection = this.shouldKeepAlive ? this.keepAliveLines : CLOSE;
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at];
      const value = headers[at + 1] ?? '';
      if (NOT_A_VALUE.test(value)) throw new TypeError(`the header ${name} has a character that no header may have`);
      if (name !== 'Connection') head += `${name}: ${value}\r\n`;
      else connection = value === 'close' ? CLOSE : connection;
    }
    this.statusCode = status;
    this._last = connection === CLOSE;
    head += `Date: ${this.date()}\r\n${connection}\r\n`;
    this._header = this.req.method === 'HEAD' ? head : head + body;
    this.end();
  }
}

/**
 * The class of the responses of one server, for Node's option `ServerResponse`.
 *
 * @param keepAliveTimeoutMs - how long the server keeps an idle connection
 * @param date - the time as HTTP writes it
 */
export function wholeResponses(keepAliveTimeoutMs: number, date: () => string = createHttpDate()) {
  const keepAliveLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveTimeoutMs / 1000)}\r\n`;
  return class<Request extends IncomingMessage = IncomingMessage> extends WholeResponse<Request> {
    protected override get keepAliveLines() {
      return keepAliveLines;
    }

    protected override get date() {
      return date;
    }
  };
}

/**
 * Makes a clock that gives the time as HTTP writes it (RFC 9110, section 5.6.7); answers of one second share the text.
 *
 * @param now - milliseconds since the epoch
 */
export function createHttpDate(now: () => number = Date.now): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      second = current;
      text = new Date(current * 1000).toUTCString();
    }
    return text;
  };
}

function statusLineOf(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}
