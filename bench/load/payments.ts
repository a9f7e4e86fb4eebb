/**
 * The id of the payment with this number. All ids look like UUIDs, and consecutive numbers have scattered ids, like
 * those of real clients: the multiplier is odd, so the ids are distinct.
 *
 * @param namespace - separates the ids of different jobs; 0 for seeded ones
 * @param index - less than 2^32
 */
export function paymentId(namespace: number, index: number): string {
  const scattered = (Math.imul(index, 2654435761) >>> 0).toString(16).padStart(8, '0');
  return `${scattered}-8d0f-4b6a-9a55-${namespace.toString(16).padStart(12, '0')}`;
}

/** The same id as an SQL expression over the column `i`, for SQLite. */
export const SQLITE_PAYMENT_ID = "printf('%08x-8d0f-4b6a-9a55-000000000000', (i * 2654435761) & 4294967295)";

/** The same id as an SQL expression over the column `i`, for Postgres. */
export const POSTGRES_PAYMENT_ID =
  "lpad(to_hex((i::bigint * 2654435761) & 4294967295), 8, '0') || '-8d0f-4b6a-9a55-000000000000'";

export const ORGANISATION_ID = '743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb';

/** The attributes of an ordinary payment, about 900 bytes. */
export const ORDINARY_ATTRIBUTES = JSON.stringify({
  amount: '100.21',
  currency: 'GBP',
  payment_scheme: 'FPS',
  payment_type: 'Credit',
  payment_purpose: 'Paying for goods and services',
  processing_date: '2024-01-18',
  reference: 'Payment for the piano lessons of January',
  end_to_end_reference: 'Piano lessons, family Brown',
  numeric_reference: '1002001',
  scheme_payment_type: 'ImmediatePayment',
  scheme_payment_sub_type: 'InternetBanking',
  beneficiary_party: {
    account_name: 'W Owens',
    account_number: '31926819',
    account_number_code: 'BBAN',
    account_type: 0,
    address: '1 The Beneficiary Localtown SE2',
    bank_id: '403000',
    bank_id_code: 'GBDSC',
    name: 'Wilfred Jeremiah Owens',
  },
  debtor_party: {
    account_name: 'EJ Brown Black',
    account_number: 'GB29XABC10161234567801',
    account_number_code: 'IBAN',
    address: '10 Debtor Crescent Sourcetown NE1',
    bank_id: '203301',
    bank_id_code: 'GBDSC',
    name: 'Emelia Jane Brown',
  },
  charges: {
    bearer: 'SHAR',
    sender: [
      { amount: '5.00', currency: 'GBP' },
      { amount: '10.00', currency: 'USD' },
    ],
  },
  fx: { contract_reference: 'FX123', exchange_rate: '2.00000', original_amount: '200.42', original_currency: 'USD' },
});

/**
 * Attributes of a given size: an ordinary payment with lines of a remittance.
 *
 * @param sizeBytes - the size of the JSON text, at least that of an ordinary payment's
 */
export function attributesOfSize(sizeBytes: number): string {
  const base = `${ORDINARY_ATTRIBUTES.slice(0, -1)},"remittance":[`;
  const line = '{"number":"2024-0001","amount":"12.50","text":"Lesson of sixty minutes, at home"}';
  let text = base;
  while (text.length + line.length + 20 <= sizeBytes) text += text === base ? line : `,${line}`;
  text += '],"note":"';
  return `${text + 'x'.repeat(Math.max(0, sizeBytes - text.length - 2))}"}`;
}
