import { connect, type Socket } from 'node:net';

const READ_BUFFER_BYTES = 16 * 1024;
const LENGTH_HEADER = '\r\nContent-Length: ';

/** A keep-alive connection with one request in flight at a time, with minimal parsing of responses. */
export class FloodConnection {
  /** Resolves when it is usable, or gone. */
  readonly opened: Promise<unknown>;
  readonly #socket: Socket;
  #sentMs: number | null = null;
  #text = '';

  /**
   * @param port - of the service
   * @param onAnswered - called with each response, after which the connection is free
   * @param onLost - the connection ended; `wasBusy` if a request was in flight
   */
  constructor(
    port: number,
    onReply: (connection: FloodConnection, status: number, latencyMs: number) => void,
    onLost: (connection: FloodConnection, wasBusy: boolean) => void,
  ) {
    this.#socket = connect({
      host: '127.0.0.1',
      port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
        callback: (bytes, buffer) => {
          this.#text += Buffer.from(buffer.buffer, buffer.byteOffset, bytes).toString('latin1');
          const status = this.#takeResponse();
          if (status !== null && this.#sentMs !== null) {
            const latencyMs = performance.now() - this.#sentMs;
            this.#sentMs = null;
            onReply(this, status, latencyMs);
          }
          return true;
        },
      },
    });
    this.opened = new Promise((resolve) => this.#socket.once('connect', resolve).once('close', resolve));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => onLost(this, this.#sentMs !== null));
  }

  /** @param request - a whole request */
  send(request: string): void {
    this.#sentMs = performance.now();
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The status of a complete response, which is removed from the buffer. */
  #takeResponse(): number | null {
    const text = this.#text;
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd < 0) return null;
    const lengthAt = text.indexOf(LENGTH_HEADER);
    const length =
      lengthAt < 0 || lengthAt > headEnd
        ? 0
        : Number.parseInt(text.slice(lengthAt + LENGTH_HEADER.length, headEnd), 10);
    if (text.length < headEnd + 4 + length) return null;
    this.#text = '';
    return Number(text.slice(9, 12));
  }
}
