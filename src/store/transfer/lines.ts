import { isUtf8 } from 'node:buffer';

/** A line of a text, or why it cannot be one. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string | null;
  /** Null where there is a text. */
  readonly error: string | null;
}

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Splits bytes into lines, holding no more than one line at a time.
 *
 * @param chunks - UTF-8 text, in whatever pieces
 * @param limitBytes - a longer line is passed over, and told as an error
 * @returns every line, the last one with or without an end
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Line> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 0;

  function take(): Line {
    number += 1;
    const isTooLong = length > limitBytes;
    const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    if (isTooLong) return { number, text: null, error: `is longer than ${limitBytes} bytes` };
    if (!isUtf8(bytes)) return { number, text: null, error: 'is not UTF-8' };
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return { number, text: number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text, error: null };
  }

  function keep(piece: Uint8Array): void {
    length += piece.length;
    if (length > limitBytes) pieces = [];
    else pieces.push(piece);
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
