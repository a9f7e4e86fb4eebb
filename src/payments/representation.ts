import type { Schemas } from '../contract/contract.js';
import { type JsonText, jsonText } from '../contract/json-text.js';
import type { StoredPayment } from '../store/repo.js';

export type Payment = Schemas['Payment'];
type PaymentReply = Schemas['PaymentReply'];
type PaymentList = Schemas['PaymentList'];

/** The constant every payment carries as its `type`. */
export const PAYMENT_TYPE: Payment['type'] = 'Payment';

/**
 * A payment as clients see it. Put together as text, because its attributes are text already and must not change.
 *
 * @param payment - the payment as it is stored
 */
export function paymentJson(payment: StoredPayment): JsonText<Payment> {
  return jsonText(
    `{"id":${JSON.stringify(payment.id)},"version":${payment.version},"type":"${PAYMENT_TYPE}","organisation_id":` +
      `${JSON.stringify(payment.organisationId)},"attributes":${payment.attributes}}`,
  );
}

/**
 * The envelope of a single payment.
 *
 * @param payment - the payment as it is stored
 * @param self - its absolute URL
 */
export function paymentReplyJson(payment: StoredPayment, self: string): JsonText<PaymentReply> {
  return jsonText(`{"data":${paymentJson(payment)},"links":{"self":${JSON.stringify(self)}}}`);
}

/**
 * The envelope of a page of payments.
 *
 * @param payments - the page, in order
 * @param links - absolute URLs of this page and its neighbours
 */
export function paymentListJson(
  payments: readonly StoredPayment[],
  links: PaymentList['links'],
): JsonText<PaymentList> {
  let data = '';
  for (const payment of payments) data += data === '' ? paymentJson(payment) : `,${paymentJson(payment)}`;
  return jsonText(`{"data":[${data}],"links":${JSON.stringify(links)}}`);
}
