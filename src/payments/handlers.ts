import type { Handlers, Reply, Request, Schemas } from '../contract/contract.js';
import type { JsonDocument } from '../contract/json/json-document.js';
import { etagOf, ifMatchHolds, ifNoneMatchNames } from '../http/etag.js';
import { idempotencyOf, REPLAYED, replayReply } from '../http/idempotency.js';
import { type ProblemReply, problem } from '../http/problems.js';
import type { FollowedStore } from '../store/follow.js';
import { NO_VERSION, type Rejection } from '../store/types.js';
import {
  exactNumbers,
  type Links,
  linkTo,
  type PaymentCursors,
  pageLinks,
  pageRequestOf,
  positionAfter,
} from './pages.js';
import { type PaymentProblem, paymentProblem } from './problems.js';
import { changeListJson, type Payment, paymentListJson, paymentReplyJson } from './representation.js';
import type { PaymentColumn, StoredPayment } from './resource.js';

/** The use cases of payments. Each is atomic, and a write is durable before its promise resolves. */
export type Repo = FollowedStore<PaymentColumn>;

export interface PaymentDependencies {
  readonly repo: Repo;
  readonly links: Links;
  readonly cursors: PaymentCursors;
  /** The default and maximum page size. */
  readonly maxResults: number;
}

type Changes = Awaited<ReturnType<Repo['changes']>>;
type ChangesQuery = Pick<Request<'listPaymentVersions'>, 'query' | 'queryText' | 'call'>;

/** Payments change at any time, so caches must revalidate them (RFC 9111, section 5.2.2.4). */
const NO_CACHE = 'no-cache';

/** A request that waits for changes ends this long before its deadline, so that its page is sent in time. */
const WAIT_MARGIN_MS = 250;

export function paymentHandlers({ repo, links, cursors, maxResults }: PaymentDependencies) {
  return {
    async createPayment({ headers, body, document, call }): Promise<Reply<'createPayment'>> {
      const payment = { ...paymentOf(body, document), version: 0 };
      const idempotency = idempotencyOf(headers['idempotency-key'], ['createPayment'], document.text);
      const result = await repo.create(payment, call, idempotency);
      switch (result.outcome) {
        case 'created':
          return created(payment);
        case 'exists':
          return paymentProblem('payment_exists', 'A payment with this id exists, or existed. Ids are never reused.');
        case 'rejected':
          throw new Error(`payments have no guard, and one rejected this: ${result.verdict}`);
        default:
          return replayReply(result, ({ row }) => created(row, REPLAYED));
      }
    },

    async getPayment({ path, headers, call }): Promise<Reply<'getPayment'>> {
      const payment = await repo.find(path.id, call);
      if (!payment) return notFound();
      const ifNoneMatch = headers['if-none-match'];
      if (ifNoneMatch !== undefined && ifNoneMatchNames(ifNoneMatch, payment.version)) {
        return { status: 304, headers: { ETag: etagOf(payment.version), 'Cache-Control': NO_CACHE } };
      }
      return current(payment);
    },

    async updatePayment({ path, headers, body, document, call }): Promise<Reply<'updatePayment'>> {
      const { version } = body.data;
      const ifMatch = headers['if-match'];
      const idempotency = idempotencyOf(headers['idempotency-key'], ['updatePayment', path.id], document.text);
      const payment = { ...paymentOf(body, document), version: expectedVersion(version, ifMatch) };
      const result = await repo.update(payment, call, idempotency);
      switch (result.outcome) {
        case 'updated':
          return current({ ...payment, version: result.version });
        case 'not_found':
        case 'version_conflict':
          return rejected(result, version, ifMatch);
        default:
          return replayReply(result, ({ row }) => current(row, REPLAYED));
      }
    },

    async deletePayment({ path, query, headers, call }): Promise<Reply<'deletePayment'>> {
      const { id } = path;
      const { version } = query;
      const ifMatch = headers['if-match'];
      const idempotency = idempotencyOf(headers['idempotency-key'], ['deletePayment', id, version], '');
      const result = await repo.delete(id, expectedVersion(version, ifMatch), call, idempotency);
      switch (result.outcome) {
        case 'deleted':
          return { status: 204 };
        case 'not_found':
        case 'version_conflict':
          return rejected(result, version, ifMatch);
        default:
          return replayReply(result, () => ({ status: 204 as const, headers: REPLAYED }));
      }
    },

    async listPayments({ query, queryText, call }): Promise<Reply<'listPayments'>> {
      const own = cursors.list(query.organisation_id);
      const request = pageRequestOf(query, maxResults, own);
      const page = await repo.list(request, call);
      return {
        status: 200,
        headers: { 'Cache-Control': NO_CACHE },
        body: paymentListJson(page.rows, {
          links: pageLinks(links.payments, queryText, query, request, page, own),
          rowsAt: repo.rowsAt,
          call,
        }),
      };
    },

    async listChanges({ query, queryText, call }): Promise<Reply<'listChanges'>> {
      const { organisation_id: filter, wait = 0 } = query;
      const size = Math.min(query.size ?? maxResults, maxResults);
      const after = positionAfter(query.after, cursors.changes);
      const untilMs = wait === 0 ? 0 : Math.min(performance.now() + wait * 1000, call.deadline - WAIT_MARGIN_MS);
      const changes = await repo.follow({ after, size, filter }, untilMs, call);
      const next = cursorOf(changes.at(-1)?.position ?? after);
      return changePage(changes, { url: links.changes, query, queryText, size, next, call });
    },

    async listPaymentVersions({ path, query, queryText, call }): Promise<Reply<'listPaymentVersions'>> {
      const { id } = path;
      const own = cursors.versions(id);
      const size = Math.min(query.size ?? maxResults, maxResults);
      const after = positionAfter(query.after, own);
      const changes = await repo.versions(id, { after, size }, call);
      if (changes === null) return notFound();
      const next = own.encode({ kind: 'after', position: changes.at(-1)?.position ?? after });
      return changePage(changes, { url: links.versions(id), query, queryText, size, next, call });
    },
  } satisfies Partial<Handlers>;

  function cursorOf(position: string): string {
    return cursors.changes.encode({ kind: 'after', position });
  }

  /** `next`: the cursor of the next page. */
  function changePage(
    changes: Changes,
    { url, query, queryText, size, next, call }: { url: string; size: number; next: string } & ChangesQuery,
  ) {
    const exact = exactNumbers(query, size);
    const pageOf: Schemas['ChangeLinks'] = {
      self: linkTo(url, queryText, exact),
      next: linkTo(url, queryText, { after: next, ...exact }),
    };
    return {
      status: 200 as const,
      headers: { 'Cache-Control': NO_CACHE } as const,
      body: changeListJson(changes, cursorOf, { links: pageOf, rowsAt: repo.rowsAt, call }),
    };
  }

  function created(payment: StoredPayment, more: Partial<typeof REPLAYED> = {}) {
    const self = links.payment(payment.id);
    return {
      status: 201 as const,
      headers: { Location: self, ETag: etagOf(payment.version), 'Cache-Control': NO_CACHE, ...more } as const,
      body: paymentReplyJson(payment, self),
    };
  }

  function current(payment: StoredPayment, more: Partial<typeof REPLAYED> = {}) {
    return {
      status: 200 as const,
      headers: { ETag: etagOf(payment.version), 'Cache-Control': NO_CACHE, ...more } as const,
      body: paymentReplyJson(payment, links.payment(payment.id)),
    };
  }
}

/** The version that the row must have; one that no row has, if precondition and version contradict each other. */
function expectedVersion(version: number, ifMatch: string | undefined): number {
  return ifMatch === undefined || ifMatchHolds(ifMatch, version) ? version : NO_VERSION;
}

type Only<Sent, Names extends string> = Sent & Readonly<Record<Exclude<keyof Sent, Names>, never>>;

/**
 * The stored properties. Attributes are the client's own text, validated as part of the body. A contract that accepts
 * more properties does not compile, because they would be dropped.
 */
function paymentOf<
  Body extends { readonly data: Omit<Payment, 'version' | 'attributes'> & { readonly attributes: unknown } },
>(
  {
    data: { id, organisation_id, attributes },
  }: Only<Body, 'data' | 'links'> & { readonly data: Only<Body['data'], keyof StoredPayment | 'type'> },
  document: JsonDocument,
): Omit<StoredPayment, 'version'> {
  return { id, organisation_id, attributes: document.memberText('data', 'attributes') ?? JSON.stringify(attributes) };
}

function notFound(): PaymentProblem<'payment_not_found'> {
  return paymentProblem('payment_not_found', 'There is no payment with this id, or it was deleted.');
}

/** The existence of the payment comes first, then the precondition (RFC 9110, 13.2.1), then the version. */
function rejected(
  rejection: Rejection,
  version: number,
  ifMatch: string | undefined,
): PaymentProblem<'payment_not_found'> | ProblemReply<'precondition_failed'> | PaymentProblem<'version_conflict'> {
  if (rejection.outcome === 'not_found') return notFound();
  const { currentVersion } = rejection;
  if (ifMatch !== undefined && !ifMatchHolds(ifMatch, currentVersion)) {
    return problem('precondition_failed', `If-Match does not match: the payment's ETag is ${etagOf(currentVersion)}.`);
  }
  return paymentProblem('version_conflict', `The payment is at version ${currentVersion}, not ${version}.`);
}
