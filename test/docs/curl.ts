import { request } from 'node:http';
import { shellWords } from './shell-blocks.js';

/** A `curl` command of the documentation, with the options that it uses. */
export interface CurlCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** `-i`: prints the head of the response too. */
  readonly showsHead: boolean;
}

/**
 * Parses a curl command, so that it can be tested without curl.
 *
 * @throws Error for an unsupported option
 */
export function parseCurl(command: string): CurlCall {
  const [program, ...words] = shellWords(command.replaceAll('\\\n', ' '));
  if (program !== 'curl') throw new Error(`not a curl command: ${command}`);
  const headers: Record<string, string> = {};
  let [url, method, body, showsHead]: [string, string | null, string | null, boolean] = ['', null, null, false];
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === '-i') showsHead = true;
    else if (word === '-X') method = words.shift() ?? '';
    else if (word === '-d') body = words.shift() ?? '';
    else if (word === '-H') {
      const [name = '', value = ''] = (words.shift() ?? '').split(/: (.*)/s);
      headers[name] = value;
    } else if (word.startsWith('-')) throw new Error(`an option of curl that is not known here: ${word}`);
    else url = word;
  }
  return { url, method: method ?? (body === null ? 'GET' : 'POST'), headers, body, showsHead };
}

/**
 * Makes the call, and returns the output of curl.
 *
 * @param port - of the service; replaces the written one
 */
export async function runCurl({ url, method, headers, body, showsHead }: CurlCall, port: number): Promise<string> {
  const target = new URL(url);
  const own = { ...headers, ...(body !== null && { 'Content-Length': String(Buffer.byteLength(body)) }) };
  return new Promise((resolve, reject) => {
    const sent = request(target, { method, headers: { Connection: 'keep-alive', ...own }, port, host: '127.0.0.1' });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      const { httpVersion, statusCode, statusMessage, rawHeaders } = response;
      const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage}`];
      for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
      const text = Buffer.concat(await response.toArray()).toString();
      resolve(showsHead ? `${lines.join('\n')}\n\n${text}` : text);
    });
    sent.end(body ?? undefined);
  });
}
