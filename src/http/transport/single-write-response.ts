import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';

/** Node's check of a header's value (RFC 9110, section 5.5). */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const CLOSE = /(?:^|\W)close(?:$|\W)/i;
/** By name, the last value found valid: most headers have the same value every time. */
const validHeaders = new Map<string, string>();
/** Larger responses are written in pieces of this size. */
const PIECE_BYTES = 64 * 1024;
/** The lengths of the names that need special treatment, to skip the others quickly. */
const NEEDS_CARE = new Set(
  ['connection', 'transfer-encoding', 'trailer', 'content-type', 'content-length', 'date'].map(({ length }) => length),
);

/**
 * A response that is sent in one write. Node composes the head header by header, hands head and body to the socket as
 * two chunks, and joins them again for the kernel, which is a fifth of the cost of a small response.
 *
 * It uses three long-standing private fields of Node: `_header`, the text that is sent first; `_last`, whether the
 * connection ends after this response; and `_keepAliveTimeout`, which is announced. Node does the rest, from pipelining
 * to `finish`. If a version of Node has no `_header`, `canSend` is false and Node writes the response.
 *
 * It also does what Node's `writeHead` does: `Connection` and `Keep-Alive`, HTTP/1.0, `Date`, no body for HEAD, 204 and
 * 304, and the end of a connection whose client still waits for `100 Continue`. Callers of `send` must have checked
 * values (`checkHeader`). The server has no limit of requests per connection.
 */
export class SingleWriteResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  declare private _header: string | null;
  declare private _last: boolean;
  declare private _keepAliveTimeout: number;
  /** The original method: middleware may pretend that HEAD is GET. */
  private readonly isHead = this.req.method === 'HEAD';
  /** The client waits for `100 Continue`: after another response the server cannot know whether a body follows. */
  awaitsContinue = false;
  /** Bytes of a large body that were not handed to the socket yet. */
  unsentBytes = 0;
  /** Called with the number of bytes of a large body that its client has not read yet. */
  onUnread: ((bytes: number) => void) | null = null;

  /** Whether this version of Node supports it, nothing was sent yet, and no header was set another way. */
  get canSend(): boolean {
    return this._header === null && this.getHeaderNames().length === 0;
  }

  /** Whether the client was told that no further request is accepted. */
  get announcedClose(): boolean {
    return this.headersSent && (!this.shouldKeepAlive || this._last === true);
  }

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
   * @param headers - names and values in turn, valid by `checkHeader`. A missing `Content-Length` is added if the
   *   status has a body
   * @param body - a string is sent as UTF-8, buffers one after another; omitted for HEAD, 204, 205 and 304
   */
  send(status: number, headers: readonly string[], body: string | Buffer | readonly Buffer[]): void {
    if (this.awaitsContinue) this.shouldKeepAlive = false;
    const hasContent = status !== 204 && status !== 205 && status !== 304;
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
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
        // The response has a length, and so neither of these.
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
    // Node sets it if the client has ended its side.
    this._last ||= !this.shouldKeepAlive || CLOSE.test(connection);
    this.statusCode = status;
    const keepAlive =
      this._keepAliveTimeout > 0 ? `Keep-Alive: timeout=${Math.floor(this._keepAliveTimeout / 1000)}\r\n` : '';
    head += this._last ? 'Connection: close\r\n\r\n' : `Connection: keep-alive\r\n${keepAlive}\r\n`;
    const content = hasContent && !this.isHead ? body : '';
    if (typeof content === 'string' && content.length <= PIECE_BYTES && Buffer.byteLength(content) === content.length) {
      this._header = head + content;
      this.end();
      // Frees the body once it is written.
      this._header = head;
    } else {
      this._header = head;
      this.endInPieces(content);
    }
  }

  /**
   * Hands a large body to the socket as fast as the client reads. In one piece it would be in memory several times
   * until the last byte was read, and a slow client would look like one that does not read at all.
   *
   * @param content - the whole body, or the rest of it
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

/** Checks the value of a header that is not one of the service's constants. Throws TypeError for an invalid character. */
export function checkHeader(name: string, value: string): void {
  if (validHeaders.get(name) === value) return;
  if (NOT_IN_VALUE.test(value)) throw new TypeError(`the header ${name} has an invalid character`);
  validHeaders.set(name, value);
}

let date = { second: Number.NaN, text: '' };

/** The time in HTTP's format (RFC 9110, section 5.6.7), cached for a second. */
export function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second) date = { second, text: new Date(second * 1000).toUTCString() };
  return date.text;
}
