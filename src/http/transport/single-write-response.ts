import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';

/** As Node checks them: what a header's value may not hold, and what its name consists of (RFC 9110, sections 5.5, 5.1). */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;
const CLOSE = /(?:^|\W)close(?:$|\W)/i;
/** A larger response is handed to the kernel in pieces of this size. */
const PIECE_BYTES = 64 * 1024;
/** The lengths of the names that need care, so that the others are not compared. */
const NEEDS_CARE = new Set(
  ['connection', 'transfer-encoding', 'trailer', 'content-type', 'content-length', 'date'].map(({ length }) => length),
);
const CLOSE_LINE = 'Connection: close\r\n';
/** Names that were found valid; there are few, as they are those that the service sends. */
const NAMES_LIMIT = 1000;
/** By name, the last value that was found valid: most headers have the same one again and again. */
const validHeaders = new Map<string, string>();
/** `HTTP/1.1 200 OK` and its line end, by status. */
const statusLines = new Map<number, string>();

/**
 * A response that leaves in one write. Node's own way puts the head together header by header, hands head and body to
 * the socket as two pieces, and joins them again for the kernel: a fifth of what a small response costs.
 *
 * It touches three of Node's own fields, which have had their names and meaning for many versions: `_header`, the text
 * that is sent before anything else, `_last`, whether the connection ends after this response, and `_keepAliveTimeout`,
 * which is announced. Everything else, from pipelining to `finish`, stays with Node. Where a version of Node has no
 * `_header`, `canSend` is false and responses take Node's own way.
 *
 * What Node's `writeHead` does beside that is done here too: `Connection` and `Keep-Alive`, HTTP/1.0, `Date`, no body for
 * HEAD, 204 and 304, and the end of a connection whose client still waits for `100 Continue`. Whoever calls `send` has
 * checked names and values (`checkHeader`). Limits of requests per connection are not here: the server has none.
 */
export class SingleWriteResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  declare private _header: string | null;
  declare private _last: boolean;
  declare private _keepAliveTimeout: number;
  /** As it was asked for: middleware may have the others take it for a GET. */
  private readonly isHead = this.req.method === 'HEAD';
  /** The client waits for `100 Continue`: after another response nobody knows whether a body follows. */
  awaitsContinue = false;
  /** What of a large body was not handed to the socket yet. */
  unsentBytes = 0;
  /** Told how much of a large body its client has left to read for now. */
  onUnread: ((bytes: number) => void) | null = null;

  /** Whether this version of Node lets the head be set, nothing of it was sent yet, and no header was set another way. */
  get canSend(): boolean {
    return this._header === null && this.getHeaderNames().length === 0;
  }

  /** Whether the client was told that no request after this one is accepted. */
  get announcedClose(): boolean {
    return this.headersSent && (!this.shouldKeepAlive || this._last === true);
  }

  /** @param keepAliveMs - how long the connection is kept after this response, ms */
  announceKeepAlive(keepAliveMs: number): void {
    this._keepAliveTimeout = keepAliveMs;
  }

  override writeContinue(callback?: () => void): void {
    this.awaitsContinue = false;
    super.writeContinue(callback);
  }

  /**
   * Sends the response. Only while `canSend`.
   *
   * @param status - the status
   * @param headers - names and values in turn, valid by `checkHeader`. `Content-Length` is added where it is missing and
   * the status has a body
   * @param body - a string is sent as UTF-8, buffers one after another; left out of responses to HEAD, and of 204, 205 and 304
   */
  send(status: number, headers: readonly string[], body: string | Buffer | readonly Buffer[]): void {
    if (this.awaitsContinue) this.shouldKeepAlive = false;
    const hasContent = status !== 204 && status !== 205 && status !== 304;
    let head = statusLineOf(status);
    let connection = '';
    let hasLength = false;
    let hasDate = false;
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at] ?? '';
      const value = headers[at + 1] ?? '';
      switch (NEEDS_CARE.has(name.length) ? name.toLowerCase() : '') {
        case 'connection':
          connection = value;
          continue;
        // It has a length, and so neither of these.
        case 'transfer-encoding':
        case 'trailer':
          continue;
        case 'content-type':
          if (!hasContent) continue;
          break;
        case 'content-length':
          if (!hasContent) continue;
          hasLength = true;
          break;
        case 'date':
          hasDate = true;
      }
      head += `${name}: ${value}\r\n`;
    }
    if (hasContent && !hasLength) head += `Content-Length: ${sizeBytes(body)}\r\n`;
    if (status === 205) head += 'Content-Length: 0\r\n';
    if (!hasDate) head += `Date: ${httpDate()}\r\n`;
    // Node has set it where the client has ended its side already.
    this._last ||= !this.shouldKeepAlive || CLOSE.test(connection);
    this.statusCode = status;
    head += `${this._last ? CLOSE_LINE : keepAliveLines(this._keepAliveTimeout)}\r\n`;
    this.#write(head, hasContent && !this.isHead ? body : '');
  }

  #write(head: string, body: string | Buffer | readonly Buffer[]): void {
    if (typeof body === 'string' && body.length <= PIECE_BYTES && Buffer.byteLength(body) === body.length) {
      this._header = head + body;
      this.end();
      // Once it is written, nothing keeps the body in memory.
      this._header = head;
    } else {
      this._header = head;
      this.endInPieces(body);
    }
  }

  /**
   * Hands a large body to the socket as fast as its client reads. In one piece it would be in memory several times until
   * the last byte was read, and nobody could tell a slow client from one that does not read at all.
   *
   * @param content - all of the body, or what is left of it
   */
  endInPieces(content: string | Buffer | readonly Buffer[]): void {
    const pieces =
      typeof content === 'string' ? [Buffer.from(content)] : Buffer.isBuffer(content) ? [content] : content;
    let index = 0;
    let at = 0;
    let unsentBytes = sizeBytes(pieces);
    const next = (): void => {
      for (;;) {
        const piece = pieces[index]?.subarray(at, at + PIECE_BYTES) ?? Buffer.alloc(0);
        at += piece.length;
        if (at === pieces[index]?.length) {
          index++;
          at = 0;
        }
        unsentBytes -= piece.length;
        this.unsentBytes = unsentBytes;
        if (unsentBytes === 0) {
          this.end(piece);
          return;
        }
        if (!this.write(piece)) break;
      }
      this.once('drain', next);
    };
    next();
    if (this.unsentBytes > 0) this.onUnread?.(this.unsentBytes);
  }
}

function sizeBytes(body: string | Buffer | readonly Buffer[]): number {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return Buffer.byteLength(body);
  return body.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Checks a header that is not the service's own. A constant name and value need no check at each response.
 *
 * @throws TypeError where its name or value has a character that it may not have
 */
export function checkHeader(name: string, value: string): void {
  const lastValue = validHeaders.get(name);
  if (lastValue === value) return;
  if (lastValue === undefined && !TOKEN.test(name)) {
    throw new TypeError(`${JSON.stringify(name)} is not the name of a header`);
  }
  if (NOT_IN_VALUE.test(value)) throw new TypeError(`the header ${name} has a character that no header may have`);
  if (lastValue !== undefined || validHeaders.size < NAMES_LIMIT) validHeaders.set(name, value);
}

let keepAlive = { ms: 0, lines: 'Connection: keep-alive\r\n' };

/** The lines that say how long the connection is kept; there is one duration in a process. */
function keepAliveLines(ms: number): string {
  if (keepAlive.ms !== ms) {
    keepAlive = { ms, lines: `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(ms / 1000)}\r\n` };
  }
  return keepAlive.lines;
}

let date = { second: Number.NaN, text: '' };

/** The time as HTTP writes it (RFC 9110, section 5.6.7); responses of one second share the text. */
export function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second) date = { second, text: new Date(second * 1000).toUTCString() };
  return date.text;
}

function statusLineOf(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}
