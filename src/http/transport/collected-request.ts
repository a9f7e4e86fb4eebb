import { IncomingMessage } from 'node:http';

/** Beyond it nothing is read until somebody wants the body, as Node does it. */
const WAITING_LIMIT_BYTES = 64 * 1024;

interface Reader {
  readonly limitBytes: number;
  readonly resolve: (body: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A request whose body can be had as a whole. Node hands a body to a `Readable` piece by piece, whose buffers, flow and
 * events cost more than parsing the request, and which runs through all its states also where there is no body. Here
 * the pieces are kept as the parser gives them, and whoever wants the whole body gets it when the last one is there.
 *
 * Whoever reads it as a stream all the same (koa-body does, for compressed bodies) finds a stream: the first read hands
 * the pieces over, and from there on everything is Node's.
 */
export class CollectedRequest extends IncomingMessage {
  /** Node's note that it need not read the body away when the answer is finished. */
  declare private _consuming: boolean;
  private isStream = false;
  private isOver = false;
  private first: Buffer | null = null;
  private more: Buffer[] | null = null;
  private sizeBytes = 0;
  private reader: Reader | null = null;
  private fault: Error | null = null;

  /**
   * The body, once all of it is there. To be called once.
   *
   * @param limitBytes - the largest body that is taken
   * @returns null where it is larger; the rest of it is then read and dropped
   * @throws what `fail` was given; Error where the client went away
   */
  collect(limitBytes: number): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      this.reader = { limitBytes, resolve, reject };
      if (this.fault) this.settle(null, this.fault);
      else if (this.destroyed) this.settle(null, goneError());
      else if (this.sizeBytes > limitBytes || Number(this.headers['content-length']) > limitBytes) this.settle(null);
      else if (this.isOver) this.settle(this.whole());
      else {
        // The server waits for this where the client asked whether it may send the body (`Expect: 100-continue`).
        if (this.headers.expect !== undefined) this.emit('resume');
        // Reading goes on where it had stopped.
        super._read(0);
      }
    });
  }

  /**
   * Tells whoever reads the body what is wrong with it. Head and fault may come in one packet, before the handler has
   * begun to read: then the reader is told as soon as there is one.
   */
  fail(fault: Error): void {
    if (this.reader) this.settle(null, fault);
    else if (this.listenerCount('error') > 0) this.emit('error', fault);
    else {
      this.fault = fault;
      this.on('newListener', this.onNewListener);
    }
  }

  private onNewListener(name: string | symbol): void {
    if (name !== 'error') return;
    this.off('newListener', this.onNewListener);
    queueMicrotask(() => this.emit('error', this.fault));
  }

  /** Called by Node's parser with each piece, and with null behind the last. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (this.isStream) return super.push(chunk, encoding);
    if (chunk === null) {
      this.isOver = true;
      if (this.reader) this.settle(this.whole());
      // Nothing is left to be read away.
      else if (this.sizeBytes === 0) this._consuming = true;
      return false;
    }
    this.sizeBytes += chunk.length;
    const { reader } = this;
    if (reader === null || this.sizeBytes <= reader.limitBytes) this.keep(chunk);
    else this.settle(null);
    return reader !== null || this.sizeBytes < WAITING_LIMIT_BYTES;
  }

  /** Called where somebody reads this as a stream: from here on it is one. */
  override _read(size: number): void {
    if (!this.isStream && this.reader === null) {
      this.isStream = true;
      if (this.first) super.push(this.first);
      for (const chunk of this.more ?? []) super.push(chunk);
      if (this.isOver) super.push(null);
      this.first = this.more = null;
    }
    super._read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.reader && !this.isOver) this.settle(null, goneError());
    super._destroy(error, callback);
  }

  private keep(chunk: Buffer): void {
    if (this.first === null) this.first = chunk;
    else if (this.more === null) this.more = [chunk];
    else this.more.push(chunk);
  }

  private whole(): Buffer {
    const { first, more } = this;
    if (first === null) return Buffer.alloc(0);
    return more === null ? first : Buffer.concat([first, ...more]);
  }

  /** What comes after the first call has no effect, as the promise has its outcome. */
  private settle(body: Buffer | null, error?: Error): void {
    this.first = this.more = null;
    if (error) this.reader?.reject(error);
    else this.reader?.resolve(body);
  }
}

function goneError(): Error {
  return new Error('the client went away while sending the body');
}
