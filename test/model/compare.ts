import { expect } from 'chai';
import { CHANGES_URL, type Expected, PAYMENTS_URL, type PageQuery } from './model.js';
import type { Reply } from './subject.js';

const CURSOR = /^[ab]\d+-[0-9a-z]{7}$/;

/** The parts of a request that its response depends on. */
export interface Asked {
  readonly isHead: boolean;
  /** The URL of the request, or of the link to the same page. */
  readonly url: string;
  readonly requestId: string;
  readonly wantsProblemJson: boolean;
}

/**
 * Compares a whole response with the model's: status, all headers, the body byte for byte. Opaque values and texts for
 * people are taken from the response, after their format was checked.
 *
 * @throws AssertionError if they differ
 */
export function expectReply(reply: Reply, expected: Expected, asked: Asked): void {
  const text = bodyText(reply, expected, asked);
  const headers: Record<string, string> = {
    'x-request-id': asked.requestId,
    'x-content-type-options': 'nosniff',
    ...expected.headers,
  };
  if (expected.body.kind !== 'empty') {
    const isProblemJson = expected.body.kind === 'problem' && asked.wantsProblemJson;
    headers['content-type'] = isProblemJson ? 'application/problem+json' : 'application/json';
    // Without a body only the service knows the lengths of its texts and cursors.
    headers['content-length'] = text === null ? lengthOf(reply) : String(Buffer.byteLength(text));
  }
  expect(reply).to.deep.equal({ status: expected.status, headers, body: asked.isHead ? '' : (text ?? '') });
}

function lengthOf({ headers }: Reply): string {
  expect(headers['content-length']).to.match(/^[1-9]\d*$/);
  return headers['content-length'] ?? '';
}

function bodyText(reply: Reply, { status, body }: Expected, { isHead, url, requestId }: Asked): string | null {
  if (body.kind === 'empty') return '';
  if (body.kind === 'text') return body.text;
  if (isHead) return null;
  const sent = JSON.parse(reply.body);
  if (body.kind === 'page') {
    const links = { self: url, next: expectLink(sent.links.next, body.next), ...prevLink(sent.links.prev, body.prev) };
    return `{"data":[${withPositions(body.data, sent.data)}],"links":${JSON.stringify(links)}}`;
  }
  const { title, detail, errors } = sent;
  expect(title).to.be.a('string').that.is.not.empty;
  expect(detail).to.be.a('string').that.is.not.empty;
  const pointers = [...new Set((errors ?? []).map(({ pointer }: { pointer: string }) => pointer))];
  expect(pointers, reply.body).to.have.members([...body.pointers]);
  const type = `urn:problem:payments-api:${body.code}`;
  return JSON.stringify({
    type,
    title,
    status,
    detail,
    instance: requestId,
    code: body.code,
    ...(errors && { errors }),
  });
}

/** Inserts the service's positions and times into changes, after their format and order were checked. */
function withPositions(data: string, sent: readonly { readonly position?: string; readonly at?: string }[]): string {
  let lastAt = '';
  return data.replace(/\{(position|at) (\d+)\}/g, (_, name, index) => {
    const { position = '', at = '' } = sent[index] ?? {};
    expect(position).to.match(CURSOR);
    expect(at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(at >= lastAt, `${at} after ${lastAt}`).to.equal(true);
    lastAt = at;
    return name === 'at' ? at : position;
  });
}

function prevLink(link: unknown, query: PageQuery | null): { prev?: string } {
  return query === null ? {} : { prev: expectLink(link, query) };
}

function expectLink(link: unknown, query: PageQuery): string {
  const filter = 'organisation' in query && query.organisation !== null ? query.organisation : null;
  const organisation = filter === null ? '' : `&organisation_id=${encodeURIComponent(filter)}`;
  const size = query.size === null ? '' : `&size=${query.size}`;
  if (query.kind === 'offset') return `${PAYMENTS_URL}?from=${query.from}${size}${organisation}`;
  const cursor = /[?&]after=([\w-]{1,128})(?:&|$)/.exec(String(link))?.[1] ?? '(a cursor)';
  expect(cursor).to.match(CURSOR);
  const isList = query.kind === 'after' || query.kind === 'before';
  const path = isList
    ? PAYMENTS_URL
    : query.kind === 'changes'
      ? CHANGES_URL
      : `${PAYMENTS_URL}/${encodeURIComponent(query.id)}/versions`;
  return `${path}?after=${cursor}${size}${organisation}`;
}

/** A response without what may differ between the databases: cursors, and lengths that depend on them. */
export function withoutCursors({ status, headers, body }: Reply): Reply {
  const isPage = /[?&]after=/.test(body) || (body === '' && status === 200);
  const { 'content-length': length = '', ...others } = headers;
  return {
    status,
    headers: isPage ? others : { ...others, 'content-length': length },
    body: body
      .replaceAll(/([?&])after=[\w-]+/g, '$1after=…')
      .replaceAll(/"position":"[\w-]+","kind":"(\w+)","at":"[^"]+"/g, '"position":"…","kind":"$1","at":"…"'),
  };
}
