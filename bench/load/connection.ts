import { connect, type Socket } from 'node:net';

/** Called with each response: its status, its head, and the part of the body in the same packet. */
export interface ResponseListener {
  onResponse(connection: Connection, status: number, text: string, headLength: number, bodyLength: number): void;
  onLost(connection: Connection, reason: string): void;
}

const READ_BUFFER_BYTES = 64 * 1024;

/**
 * A cheap keep-alive HTTP/1.1 connection: requests are prepared texts, reads use one buffer, and only the status and
 * Content-Length of a response are parsed. One request is in flight at a time.
 */
export class Connection {
  readonly index: number;
  readonly #socket: Socket;
  readonly #listener: ResponseListener;
  #text = '';
  #headLength = 0;
  #bodyLength = 0;
  #missingBytes = 0;
  #isClosed = false;
  /** Servers write the name in one of two ways, always the same. */
  #lengthHeader = '\r\nContent-Length: ';

  private constructor(index: number, port: number, listener: ResponseListener, opened: (error: Error | null) => void) {
    this.index = index;
    this.#listener = listener;
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
        callback: (bytes, buffer) => {
          this.#read(bytes, Buffer.isBuffer(buffer) ? buffer : Buffer.from(buffer.buffer));
          return true;
        },
      },
    });
    this.#socket.once('connect', () => opened(null));
    this.#socket.on('error', (error) => {
      opened(error);
      this.#lose(error.message);
    });
    this.#socket.on('close', () => this.#lose('connection closed by the server'));
  }

  /** @throws the socket's error if the server is unreachable */
  static open(index: number, port: number, listener: ResponseListener): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(index, port, listener, (error) =>
        error === null ? resolve(connection) : reject(error),
      );
    });
  }

  /** @param request - a whole request, in ASCII */
  send(request: string): void {
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #lose(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.onLost(this, reason);
  }

  #read(bytes: number, buffer: Buffer): void {
    if (this.#missingBytes > 0) {
      this.#missingBytes -= bytes;
    } else {
      this.#text += buffer.toString('latin1', 0, bytes);
      const headEnd = this.#text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      this.#headLength = headEnd + 4;
      this.#bodyLength = this.#contentLength(headEnd);
      if (this.#bodyLength === -1) {
        this.#lose('response without Content-Length');
        this.#socket.destroy();
        return;
      }
      this.#missingBytes = this.#headLength + this.#bodyLength - this.#text.length;
    }
    if (this.#missingBytes > 0) return;
    const text = this.#text;
    this.#text = '';
    const status = (text.charCodeAt(9) - 48) * 100 + (text.charCodeAt(10) - 48) * 10 + (text.charCodeAt(11) - 48);
    this.#listener.onResponse(this, status, text, this.#headLength, this.#bodyLength);
  }

  #contentLength(headEnd: number): number {
    let at = this.#text.indexOf(this.#lengthHeader);
    if (at === -1 || at > headEnd) {
      const match = /\r\ncontent-length: /i.exec(this.#text);
      if (match === null || match.index > headEnd) return -1;
      this.#lengthHeader = match[0];
      at = match.index;
    }
    let length = 0;
    for (let i = at + 18; ; i += 1) {
      const digit = this.#text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return length;
      length = length * 10 + digit;
    }
  }
}
