import { connect, type Socket } from 'node:net';

const READ_BUFFER_BYTES = 16 * 1024;
const LENGTH_HEADER = '\r\nContent-Length: ';

/** A keep-alive connection with one request in flight at a time, which parses no more of a response than it must. */
export class FloodConnection {
  /** Resolves when it can be used, or is gone. */
  readonly opened: Promise<unknown>;
  readonly #socket: Socket;
  #sentMs: number | null = null;
  #text = '';

  /**
   * @param port - of the service
   * @param onAnswered - told of each response; the connection is free again
   * @param onLost - the connection ended; `wasBusy` where a request was in flight
   */
  constructor(
    port: number,
    onAnswered: (connection: FloodConnection, status: number, latencyMs: number) => void,
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
            onAnswered(this, status, latencyMs);
          }
          return true;
        },
      },
    });
    this.opened = new Promise((resolve) => this.#socket.once('connect', resolve).once('close', resolve));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => onLost(this, this.#sentMs !== null));
  }

  /**
   * @param request - a whole request
   */
  send(request: string): void {
    this.#sentMs = performance.now();
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The status of a response that has come completely, which is then forgotten. */
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
