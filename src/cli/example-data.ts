import { IN_MEMORY } from '../config/config.js';
import { environmentName } from '../config/settings.js';
import type { NewPayment, PaymentColumn } from '../payments/resource.js';
import type { Call, ResourceStore } from '../store/types.js';
import type { Command } from './command-line.js';
import { serveWith } from './serve.js';

const ORGANISATIONS = ['743d5b63-8e6f-432e-a8fa-c5d8d2ee5fcb', '1f0c3a52-6d0e-4a7b-9b51-0d8a6c2f4e11'] as const;
const PARTIES = ['Emelia Jane Brown', 'Zoë Müller', 'Åsa Øvergård', '田中 花子', 'Wilfred Jeremiah Owens'] as const;
const CURRENCIES = ['GBP', 'EUR', 'USD', 'JPY'] as const;
const PURPOSES = ['Paying for goods', 'Rent', 'Salary', 'Invoice 4711', 'Refund'] as const;

/** More than a default page holds, so that there is a second page. */
const COUNT = 25;

const TIMEOUT_MS = 30_000;

/** Always the same: several scripts, amounts with and without decimals, nested attributes, an inexact number. */
function examplePayments(): NewPayment[] {
  return Array.from({ length: COUNT }, (_, index) => {
    const currency = CURRENCIES[index % CURRENCIES.length];
    const attributes = {
      amount:
        currency === 'JPY'
          ? String(1000 + index * 137)
          : `${10 + index * 7}.${String((index * 21) % 100).padStart(2, '0')}`,
      currency,
      payment_purpose: PURPOSES[index % PURPOSES.length],
      processing_date: `2024-03-${String(index + 1).padStart(2, '0')}`,
      beneficiary_party: { name: PARTIES[index % PARTIES.length], account_number: String(31_926_819 + index) },
      debtor_party: {
        name: PARTIES[(index + 2) % PARTIES.length],
        account_number: `GB29XABC1016123480${1000 + index}`,
      },
    };
    const numericReference = `${index + 1}2345678901234567890`;
    return {
      id: `4ee3a8d8-ca7b-4290-a52c-${String(index + 1).padStart(12, '0')}`,
      organisation_id: ORGANISATIONS[index % ORGANISATIONS.length] ?? ORGANISATIONS[0],
      attributes: `${JSON.stringify(attributes).slice(0, -1)},"numeric_reference":${numericReference}}`,
    };
  });
}

/** Adds them to an empty store, and updates one, so that it has versions. Processes may do it concurrently. */
async function addExamplePayments(store: ResourceStore<PaymentColumn>): Promise<void> {
  if ((await store.count(callOf())) > 0) return;
  // One after another: the list is in order of creation.
  for (const payment of examplePayments()) await store.create(payment, callOf());
  const [first] = examplePayments();
  if (first) await store.update({ ...first, version: 0 }, callOf());
}

function callOf(): Call {
  return { deadline: performance.now() + TIMEOUT_MS, abandoned: false, pendingWrites: 0 };
}

/** The settings of a mock. Flags and the environment override them. */
const SWITCHED_ON = ['admin', 'metrics', 'cors'];

/** `mock`: serves example data from memory, for client developers. It is the real service, so it responds like one. */
export const mock: Command = (host, line) => {
  const defaults = Object.fromEntries(SWITCHED_ON.map((name) => [environmentName(host.product, name), 'true']));
  // As a flag, so that a database in the environment is not filled with examples.
  const settings = new Map([['repo', 'sqlite3'], ['repo-uri', IN_MEMORY], ...line.settings]);
  return serveWith({ ...host, env: { ...defaults, ...host.env } }, { ...line, settings }, addExamplePayments);
};
