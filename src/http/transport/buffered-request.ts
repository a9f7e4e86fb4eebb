import { IncomingMessage } from 'node:http';
import type { ProblemError } from '../problems.js';

/** Beyond this nothing is read until the body is requested, as in Node. */
const READ_AHEAD_BYTES = 64 * 1024;
/** The meter counts bytes, but a smaller piece takes more memory than its bytes. So this many are joined into one. */
const SMALL_PIECE_BYTES = 1024;
const MAX_SMALL_PIECES = 128;
/** A read of 64 KiB can hold 10,000 chunks of one byte, which take 16 ms to parse. After this many pieces a body rests. */
const MAX_PIECES_BEFORE_REST = 1024;

/** Bodies that rest, in order. */
const resting: BufferedRequest[] = [];

/** Resumes one per event loop turn, so that many of them take no more of a turn than one. */
function resumeNext(): void {
  resting.shift()?.endRest();
  if (resting.length > 0) setImmediate(resumeNext);
}

interface Reader {
  readonly limitBytes: number;
  readonly resolve: (body: Buffer | null) => void;
  readonly reject: (error: unknown) => void;
}

/** Counts bodies in memory, over all connections of a server. */
export interface BodyMeter {
  /** @param bytes - received, or, negative, released */
  add(bytes: number): void;
  /** @throws ProblemError if bodies being processed take too much memory already */
  hold(bytes: number): void;
}

/**
 * A request whose body can be read as a whole. Node passes a body through a `Readable` piece by piece, which costs more
 * than parsing the request, even without a body. Here the pieces are kept as the parser delivers them, and `collect`
 * returns the whole body.
 *
 * It can still be read as a stream, by other middleware: the first read hands the pieces over, and the rest is Node's.
 *
 * `complete`, which is Node's, says whether all of the request was received.
 */
export class BufferedRequest extends IncomingMessage {
  /** Node's flag that the body need not be drained after the response. */
  declare private _consuming: boolean;
  /** The error of the request itself: it is rejected, whatever it asks for. */
  rejection: ProblemError | null = null;
  /** How long it waited before its handler was called. */
  waitedMs = 0;
  /** Whether it waited too long before it began; null if it began before all of it had arrived. */
  isLate: boolean | null = null;
  /** Counts the bytes of this body, if set. */
  meter: BodyMeter | null = null;
  /** Of the body. Only this class changes it. */
  receivedBytes = 0;
  private isStream = false;
  private isOver = false;
  private pieces: Buffer[] = [];
  /** The small ones at the end of `pieces`. */
  private smallPieces = 0;
  /** Since its last rest; null while it rests. */
  private newPieces: number | null = 0;
  private meteredBytes = 0;
  private heldBytes = 0;
  private reader: Reader | null = null;
  private error: Error | null = null;

  /** Whether `Content-Length` announces more than is read ahead. */
  get isLarge(): boolean {
    return Number(this.headers['content-length']) > READ_AHEAD_BYTES;
  }

  /**
   * Reads the whole body. May be called once.
   *
   * @param limitBytes - the largest accepted body
   * @returns null if it is larger; the rest of it is then read and dropped
   * @throws the error given to `fail`; Error if the client disconnected
   */
  collect(limitBytes: number): Promise<Buffer | null> {
    return new Promise((resolve, reject) => {
      this.reader = { limitBytes, resolve, reject };
      if (this.error) this.settle(null, this.error);
      else if (this.destroyed) this.settle(null, disconnectedError());
      else if (this.receivedBytes > limitBytes || Number(this.headers['content-length']) > limitBytes)
        this.settle(null);
      else if (this.isOver) this.settle(this.whole());
      else {
        // If the client asked whether to send the body (`Expect: 100-continue`), the server waits for this.
        if (this.headers.expect !== undefined) this.emit('resume');
        // Resumes reading.
        super._read(0);
      }
    });
  }

  /**
   * Reports an error to the reader of the body, now or later: head and error may arrive in one packet, before it reads.
   */
  fail(error: Error): void {
    if (this.reader) this.settle(null, error);
    else if (this.listenerCount('error') > 0) this.emit('error', error);
    else {
      this.error = error;
      this.pieces = [];
      this.on('newListener', this.onNewListener);
    }
    this.release();
  }

  /**
   * The body is being processed. It counts until `free`, even if the client leaves.
   *
   * @param sizeBytes - of the body now, which may have been decompressed
   * @throws ProblemError if bodies being processed take too much memory already
   */
  hold(sizeBytes: number): void {
    const { meter } = this;
    meter?.hold(sizeBytes - this.heldBytes);
    this.heldBytes = sizeBytes;
    if (this.meteredBytes > 0) meter?.add(-this.meteredBytes);
    this.meteredBytes = 0;
  }

  /** The body is processed, and no longer counts. */
  free(): void {
    this.meter?.hold(-this.heldBytes);
    this.heldBytes = 0;
    this.meter = null;
  }

  /** The connection no longer needs the body. Unless it is being processed, it is no longer counted. */
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
      this.receivedBytes += chunk.length;
      if (this.meter !== null) {
        this.meteredBytes += chunk.length;
        this.meter.add(chunk.length);
      }
    }
    if (this.isStream) return super.push(chunk, encoding) && this.isWithinTurn();
    if (chunk === null) {
      this.isOver = true;
      // Nothing is left to drain.
      this._consuming = true;
      if (this.reader) this.settle(this.whole());
      return false;
    }
    const { reader } = this;
    if (reader === null || this.receivedBytes <= reader.limitBytes) {
      // The rest of a failed body is dropped.
      if (this.error === null) this.keep(chunk);
    } else {
      this.settle(null);
      this.release();
    }
    return (reader !== null || this.receivedBytes < READ_AHEAD_BYTES) && this.isWithinTurn();
  }

  /** Counts a piece. @returns whether to keep reading; if not, reading resumes after a rest */
  private isWithinTurn(): boolean {
    if (this.newPieces === null) return false;
    this.newPieces += 1;
    if (this.newPieces < MAX_PIECES_BEFORE_REST) return true;
    this.newPieces = null;
    if (resting.push(this) === 1) setImmediate(resumeNext);
    return false;
  }

  /** Resumes reading, unless the body is complete or nothing more is read ahead. */
  endRest(): void {
    this.newPieces = 0;
    const isWanted = this.isStream || this.reader !== null || this.receivedBytes < READ_AHEAD_BYTES;
    if (isWanted && !this.isOver) super._read(0);
  }

  private keep(chunk: Buffer): void {
    this.pieces.push(chunk);
    this.smallPieces = chunk.length < SMALL_PIECE_BYTES ? this.smallPieces + 1 : 0;
    if (this.smallPieces < MAX_SMALL_PIECES) return;
    this.pieces.push(Buffer.concat(this.pieces.splice(-MAX_SMALL_PIECES)));
    this.smallPieces = 0;
  }

  /** Called when this is read as a stream, which it then is. */
  override _read(size: number): void {
    if (!this.isStream && this.reader === null) {
      this.isStream = true;
      for (const chunk of this.pieces) super.push(chunk);
      if (this.isOver) super.push(null);
      this.pieces = [];
    }
    super._read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.reader && !this.isOver) this.settle(null, disconnectedError());
    super._destroy(error, callback);
  }

  private whole(): Buffer {
    const [first, second] = this.pieces;
    return first && !second ? first : Buffer.concat(this.pieces);
  }

  /** Later calls have no effect: the promise is settled. */
  private settle(body: Buffer | null, error?: Error): void {
    this.pieces = [];
    if (error) this.reader?.reject(error);
    else this.reader?.resolve(body);
  }
}

function disconnectedError(): Error {
  return new Error('the client disconnected while it sent the body');
}
