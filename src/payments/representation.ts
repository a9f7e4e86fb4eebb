import type { Schemas } from '../contract/contract.js';
import { type JsonText, jsonText } from '../contract/json-text.js';
import type { Change as StoredChange } from '../store/types.js';
import { type PaymentColumn, payments, type StoredPayment } from './resource.js';

export type Payment = Schemas['Payment'];
type PaymentReply = Schemas['PaymentReply'];
type PaymentList = Schemas['PaymentList'];
type Change = Schemas['Change'];
type ChangeList = Schemas['ChangeList'];

/** The constant every payment carries as its `type`. */
const TYPE = JSON.stringify(payments.constants.type);

/** A payment as clients see it. Put together as text, because its attributes are text already and must not change. */
function paymentJson(payment: StoredPayment): JsonText<Payment> {
  return jsonText(
    `{"id":${JSON.stringify(payment.id)},"version":${payment.version},"type":${TYPE},"organisation_id":` +
      `${JSON.stringify(payment.organisation_id)},"attributes":${payment.attributes}}`,
  );
}

/**
 * The envelope of a single payment.
 *
 * @param self - its absolute URL
 */
export function paymentReplyJson(payment: StoredPayment, self: string): JsonText<PaymentReply> {
  return jsonText(`{"data":${paymentJson(payment)},"links":{"self":${JSON.stringify(self)}}}`);
}

/**
 * The envelope of a page of payments.
 *
 * @param links - absolute URLs of this page and its neighbours
 */
export function paymentListJson(page: readonly StoredPayment[], links: PaymentList['links']): JsonText<PaymentList> {
  let data = '';
  for (const payment of page) data += data === '' ? paymentJson(payment) : `,${paymentJson(payment)}`;
  return jsonText(`{"data":[${data}],"links":${JSON.stringify(links)}}`);
}

/**
 * The envelope of a page of changes.
 *
 * @param links - absolute URLs of this page and the next
 * @param cursorOf - prints the position of a change as clients see it
 */
export function changeListJson(
  page: readonly StoredChange<PaymentColumn>[],
  links: ChangeList['links'],
  cursorOf: (position: string) => string,
): JsonText<ChangeList> {
  const data = page.map((change) => changeJson(change, cursorOf(change.position))).join(',');
  return jsonText(`{"data":[${data}],"links":${JSON.stringify(links)}}`);
}

function changeJson({ kind, at, row, isBaseline }: StoredChange<PaymentColumn>, position: string): JsonText<Change> {
  const baseline = isBaseline ? ',"baseline":true' : '';
  return jsonText(`{"position":"${position}","kind":"${kind}","at":"${at}"${baseline},"payment":${paymentJson(row)}}`);
}
