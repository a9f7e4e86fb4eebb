import { IncomingMessage } from 'node:http';
import type { ProblemError } from '../problems.js';

/** Beyond it nothing is read until somebody wants the body, as Node does it. */
const READ_AHEAD_BYTES = 64 * 1024;

interface Reader {
  readonly limitBytes: number;
  readonly resolve: (body: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Counts the bytes of bodies in memory, over all connections of a server. */
export interface BodyMeter {
  /** @param bytes - that came, or, negative, that are not needed any more */
  add(bytes: number): void;
  /**
   * @param bytes - of a complete body that somebody works on, or, negative, that are not needed any more
   * @throws ProblemError where such bodies take too much memory already
   */
  hold(bytes: number): void;
}

/**
 * A request whose body can be had as a whole. Node hands a body to a `Readable` piece by piece, whose buffers, flow and
 * events cost more than parsing the request, and which runs through all its states also where there is no body. Here
 * the pieces are kept as the parser gives them, and whoever wants the whole body gets it when the last one is there.
 *
 * Whoever reads it as a stream all the same (koa-body does, for multipart forms) finds a stream: the first read hands
 * the pieces over, and from there on everything is Node's.
 *
 * `complete`, which is Node's, says whether all of the request was received.
 */
export class BufferedRequest extends IncomingMessage {
  /** Node's note that it need not read the body away when the response is finished. */
  declare private _consuming: boolean;
  /** What is wrong with the request itself: it is to be rejected, whatever it asks for. */
  rejection: ProblemError | null = null;
  /** How long the service waited for it before it gave up, ms. */
  waitedMs = 0;
  /** Told of the bytes of this body; null where nobody counts them. */
  meter: BodyMeter | null = null;
  private isStream = false;
  private isOver = false;
  private first: Buffer | null = null;
  private more: Buffer[] | null = null;
  private sizeBytes = 0;
  private meteredBytes = 0;
  private heldBytes = 0;
  private reader: Reader | null = null;
  private error: Error | null = null;

  /** What was received of the body. */
  get receivedBytes(): number {
    return this.sizeBytes;
  }

  /**
   * The body, once all of it is there. To be called once.
   *
   * @param limitBytes - the largest body that is accepted
   * @returns null where it is larger; the rest of it is then read and dropped
   * @throws what `fail` was given; Error where the client disconnected
   */
  collect(limitBytes: number): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      this.reader = { limitBytes, resolve, reject };
      if (this.error) this.settle(null, this.error);
      else if (this.destroyed) this.settle(null, disconnectedError());
      else if (this.sizeBytes > limitBytes || Number(this.headers['content-length']) > limitBytes) this.settle(null);
      else if (this.isOver) this.settle(this.whole());
      else {
        // The server waits for this where the client asked whether it may send the body (`Expect: 100-continue`).
        if (this.headers.expect !== undefined) this.emit('resume');
        // Reading resumes where it had stopped.
        super._read(0);
      }
    });
  }

  /**
   * Tells whoever reads the body what is wrong with it. Head and error may come in one packet, before the handler has
   * begun to read: then the reader is told as soon as there is one.
   */
  fail(error: Error): void {
    if (this.reader) this.settle(null, error);
    else if (this.listenerCount('error') > 0) this.emit('error', error);
    else {
      this.error = error;
      this.first = this.more = null;
      this.on('newListener', this.onNewListener);
    }
    this.release();
  }

  /**
   * Somebody works on the body. It counts until `free`, also where the client has left by then.
   *
   * @param sizeBytes - of the body as it is now: it may have been decompressed
   * @throws ProblemError where bodies that are worked on take too much memory already
   */
  hold(sizeBytes: number): void {
    const { meter } = this;
    meter?.hold(sizeBytes - this.heldBytes);
    this.heldBytes = sizeBytes;
    if (this.meteredBytes > 0) meter?.add(-this.meteredBytes);
    this.meteredBytes = 0;
  }

  /** The work on the body is done: it counts no longer. */
  free(): void {
    this.meter?.hold(-this.heldBytes);
    this.heldBytes = 0;
    this.meter = null;
  }

  /** The connection does not need the body any more. Unless somebody works on it, it counts no longer. */
  release(): void {
    if (this.heldBytes > 0) return;
    if (this.meteredBytes > 0) this.meter?.add(-this.meteredBytes);
    this.meteredBytes = 0;
    this.meter = null;
  }

  private onNewListener(name: string | symbol): void {
    if (name !== 'error') return;
    this.off('newListener', this.onNewListener);
    queueMicrotask(() => this.emit('error', this.error));
  }

  /** Called by Node's parser with each piece, and with null after the last. */
  override push(chunk: Buffer | null, encoding?: BufferEncoding): boolean {
    if (chunk !== null) {
      this.sizeBytes += chunk.length;
      if (this.meter !== null) {
        this.meteredBytes += chunk.length;
        this.meter.add(chunk.length);
      }
    }
    if (this.isStream) return super.push(chunk, encoding);
    if (chunk === null) {
      this.isOver = true;
      if (this.reader) this.settle(this.whole());
      // Nothing is left to be read away.
      else if (this.sizeBytes === 0) this._consuming = true;
      return false;
    }
    const { reader } = this;
    if (reader === null || this.sizeBytes <= reader.limitBytes) this.keep(chunk);
    else {
      this.settle(null);
      this.release();
    }
    return reader !== null || this.sizeBytes < READ_AHEAD_BYTES;
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
    if (this.reader && !this.isOver) this.settle(null, disconnectedError());
    super._destroy(error, callback);
  }

  private keep(chunk: Buffer): void {
    // What failed is read away.
    if (this.error !== null) return;
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

function disconnectedError(): Error {
  return new Error('the client disconnected while it sent the body');
}
