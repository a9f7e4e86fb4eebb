import type { PeerOptions } from './options.js';
import { encodeCursor } from './requests.js';
import type { Attributes, StoredPage, StoredPayment } from './store.js';

/** The envelope as an object, for peers whose framework prints it. */
export function paymentBody(options: PeerOptions, payment: StoredPayment<Attributes>) {
  return { data: paymentData(payment), links: { self: paymentUrl(options, payment.id) } };
}

/** A page as an object. */
export function pageBody(options: PeerOptions, page: StoredPage<Attributes>, query: PageQuery, size: number) {
  return { data: page.payments.map(paymentData), links: pageLinks(options, page.last, query, size) };
}

export interface PageQuery {
  readonly after?: string | undefined;
  readonly size?: number | undefined;
}

export interface PageLinks {
  readonly self: string;
  readonly next: string;
}

/** The links of a page by cursor. */
export function pageLinks(options: PeerOptions, last: number, query: PageQuery, size: number): PageLinks {
  const base = `${options.externalUrl}/v1/payments`;
  return {
    self: `${base}?${query.after === undefined ? '' : `after=${query.after}&`}size=${size}`,
    next: `${base}?after=${encodeCursor(last)}&size=${size}`,
  };
}

/** The absolute URL of a payment. */
export function paymentUrl(options: PeerOptions, id: string): string {
  return `${options.externalUrl}/v1/payments/${encodeURIComponent(id)}`;
}

/** The envelope as text around the stored attributes, for peers that print it themselves. */
export function paymentText(options: PeerOptions, payment: StoredPayment<string>): string {
  return `{"data":${paymentDataText(payment)},"links":{"self":${JSON.stringify(paymentUrl(options, payment.id))}}}`;
}

/** A page as text. */
export function pageText(options: PeerOptions, page: StoredPage<string>, query: PageQuery, size: number): string {
  let data = '';
  for (const payment of page.payments) data += data === '' ? paymentDataText(payment) : `,${paymentDataText(payment)}`;
  return `{"data":[${data}],"links":${JSON.stringify(pageLinks(options, page.last, query, size))}}`;
}

function paymentData({ id, version, organisationId, attributes }: StoredPayment<Attributes>) {
  return { id, version, type: 'Payment', organisation_id: organisationId, attributes };
}

function paymentDataText({ id, version, organisationId, attributes }: StoredPayment<string>): string {
  const organisation = JSON.stringify(organisationId);
  return `{"id":${JSON.stringify(id)},"version":${version},"type":"Payment","organisation_id":${organisation},"attributes":${attributes}}`;
}
