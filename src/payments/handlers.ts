import type { Handlers, Reply, Request } from '../contract/contract.js';
import type { JsonDocument } from '../contract/json-document.js';
import { type JsonText, jsonText } from '../contract/json-text.js';
import { etagOf, ifMatchHolds, ifNoneMatchNames } from '../http/etag.js';
import { type ProblemReply, problem } from '../http/problems.js';
import { encodeCursor } from '../store/cursor.js';
import type { Page, PageRequest, Repo, StoredPayment } from '../store/repo.js';
import type { Links } from './links.js';
import { pageRequestOf, pageSize, withExactNumbers } from './page-request.js';
import { paymentListJson, paymentReplyJson } from './representation.js';

/** What the payment operations need. */
export interface PaymentDependencies {
  readonly repo: Repo;
  readonly links: Links;
  /** Default and greatest number of payments on a page. */
  readonly maxResults: number;
}

type PaymentOperation = 'listPayments' | 'createPayment' | 'getPayment' | 'updatePayment' | 'deletePayment';

/** Payments change at any time, so a cache keeps them but asks before it uses them (RFC 9111, section 5.2.2.4). */
const NO_CACHE = 'no-cache';

/**
 * The operations on payments.
 *
 * @param dependencies - where payments are kept, and how their URLs look
 */
export function paymentHandlers({ repo, links, maxResults }: PaymentDependencies): Pick<Handlers, PaymentOperation> {
  return {
    async createPayment({ body, document, call }): Promise<Reply<'createPayment'>> {
      const { id, organisation_id: organisationId } = body.data;
      const payment: StoredPayment = { id, version: 0, organisationId, attributes: attributesOf(document) };
      const { outcome } = await repo.createPayment(payment, call);
      if (outcome === 'exists') {
        return problem('payment_exists', 'A payment with this id exists, or existed: an id is never free again.');
      }
      const self = links.payment(id);
      return {
        status: 201,
        headers: { Location: self, ETag: etagOf(0), 'Cache-Control': NO_CACHE },
        body: paymentReplyJson(payment, self),
      };
    },

    async getPayment({ path, headers, call }): Promise<Reply<'getPayment'>> {
      const payment = await repo.findPayment(path.id, call);
      if (!payment) return notFound();
      const etag = etagOf(payment.version);
      const ifNoneMatch = headers['if-none-match'];
      if (ifNoneMatch !== undefined && ifNoneMatchNames(ifNoneMatch, payment.version)) {
        return { status: 304, headers: { ETag: etag, 'Cache-Control': NO_CACHE } };
      }
      return {
        status: 200,
        headers: { ETag: etag, 'Cache-Control': NO_CACHE },
        body: paymentReplyJson(payment, links.payment(payment.id)),
      };
    },

    async updatePayment({ path, headers, body, document, call }): Promise<Reply<'updatePayment'>> {
      const { version, organisation_id: organisationId } = body.data;
      const ifMatch = headers['if-match'];
      if (ifMatch !== undefined && !ifMatchHolds(ifMatch, version)) {
        return refuse(await storedVersion(path.id, call), version, ifMatch);
      }
      const change: StoredPayment = { id: path.id, version, organisationId, attributes: attributesOf(document) };
      const result = await repo.updatePayment(change, call);
      if (result.outcome === 'not_found') return notFound();
      if (result.outcome === 'version_conflict') return refuse(result.currentVersion, version, ifMatch);
      return {
        status: 200,
        headers: { ETag: etagOf(result.version), 'Cache-Control': NO_CACHE },
        body: paymentReplyJson({ ...change, version: result.version }, links.payment(path.id)),
      };
    },

    async deletePayment({ path, query, headers, call }): Promise<Reply<'deletePayment'>> {
      const ifMatch = headers['if-match'];
      if (ifMatch !== undefined && !ifMatchHolds(ifMatch, query.version)) {
        return refuse(await storedVersion(path.id, call), query.version, ifMatch);
      }
      const result = await repo.deletePayment(path.id, query.version, call);
      if (result.outcome === 'not_found') return notFound();
      if (result.outcome === 'version_conflict') return refuse(result.currentVersion, query.version, ifMatch);
      return { status: 204 };
    },

    async listPayments({ query: asked, call }): Promise<Reply<'listPayments'>> {
      const query = withExactNumbers(asked, maxResults);
      const request = pageRequestOf(query, maxResults);
      const page = await repo.listPayments(request, call);
      return {
        status: 200,
        headers: { 'Cache-Control': NO_CACHE },
        body: paymentListJson(page.payments, pageLinks(links, query, request, page, pageSize(query))),
      };
    },
  };

  async function storedVersion(id: string, call: Request<'getPayment'>['call']): Promise<number | null> {
    return (await repo.findPayment(id, call))?.version ?? null;
  }
}

/** The client's own text of the attributes: validated as part of the body, kept as it came. */
function attributesOf(document: JsonDocument): JsonText<unknown> {
  return jsonText(document.memberText('data', 'attributes') ?? '{}');
}

function notFound(): ProblemReply<'payment_not_found'> {
  return problem('payment_not_found', 'There is no payment with this id, or it was deleted.');
}

/**
 * Why a change was refused. The precondition comes before the version in the body or the query (RFC 9110, 13.2.1),
 * and before both comes that there is a payment at all.
 */
function refuse(
  storedVersion: number | null,
  version: number,
  ifMatch: string | undefined,
): ProblemReply<'payment_not_found'> | ProblemReply<'precondition_failed'> | ProblemReply<'version_conflict'> {
  if (storedVersion === null) return notFound();
  if (ifMatch !== undefined && !ifMatchHolds(ifMatch, storedVersion)) {
    return problem('precondition_failed', `If-Match does not hold: the payment's ETag is ${etagOf(storedVersion)}.`);
  }
  return problem('version_conflict', `The payment is at version ${storedVersion}, not ${version}.`);
}

/**
 * The links of a page. A walk that began with `from` goes on by offset; every other goes by cursor, whose cost does
 * not grow with depth. `next` is always there: behind the last payment is the place to look again later.
 */
function pageLinks(
  links: Links,
  query: Request<'listPayments'>['query'],
  request: PageRequest,
  page: Page,
  size: number | undefined,
): { self: string; next: string; prev?: string } {
  const self = links.page({ ...query });
  if (request.kind === 'offset') {
    const { from } = request;
    const next = links.page({ from: from + page.payments.length, size });
    if (from === 0) return { self, next };
    const before = Math.min(request.size, from);
    return { self, next, prev: links.page({ from: from - before, size: before }) };
  }
  const behind = page.last ?? edgeOf(request);
  const next = links.page({ after: encodeCursor({ kind: 'after', position: behind }), size });
  if (!page.hasEarlier) return { self, next };
  // An empty page has no first payment: what lies before it begins right behind the place it was asked from.
  const ahead = page.first ?? (request.kind === 'after' ? String(BigInt(request.position) + 1n) : request.position);
  return { self, next, prev: links.page({ after: encodeCursor({ kind: 'before', position: ahead }), size }) };
}

/** Where an empty page leaves a walk: at the place it was asked from, or right before it when walking back. */
function edgeOf(request: Extract<PageRequest, { position: string }>): string {
  if (request.kind === 'after') return request.position;
  const before = BigInt(request.position) - 1n;
  return String(before < 0n ? 0n : before);
}
