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

/** More than a page holds by default, so that there is a second one to go to. */
const COUNT = 25;

const PATIENCE_MS = 30_000;

/**
 * Example payments, the same each time: names in several scripts, amounts with and without decimals, attributes of
 * several levels, and a number that a double cannot hold.
 */
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

/**
 * Puts the example payments into a store that holds none; one of them is updated once, so that versions can be
 * seen. Several processes may do it at once.
 *
 * @throws what the store throws
 */
async function addExamplePayments(store: ResourceStore<PaymentColumn>): Promise<void> {
  if ((await store.count(callOf())) > 0) return;
  // One after the other: the list is in order of creation.
  for (const payment of examplePayments()) await store.create(payment, callOf());
  const [first] = examplePayments();
  if (first) await store.update({ ...first, version: 0 }, callOf());
}

function callOf(): Call {
  return { deadline: performance.now() + PATIENCE_MS, abandoned: false, pendingWrites: 0 };
}

/** What a mock switches on; what the user sets anywhere but in a file wins. */
const SWITCHED_ON = ['admin', 'metrics', 'cors'];

/**
 * `mock`: serves example data from memory, for those who write a client before anything is deployed. It is the service
 * itself, so it responds as that does. Settings that are given override those of a mock.
 */
export const mock: Command = (host, line) => {
  const defaults = Object.fromEntries(SWITCHED_ON.map((name) => [environmentName(host.product, name), 'true']));
  // As a flag, so that a database which the environment names for another purpose is not filled with examples.
  const settings = new Map([['repo', 'sqlite3'], ['repo-uri', IN_MEMORY], ...line.settings]);
  return serveWith({ ...host, env: { ...defaults, ...host.env } }, { ...line, settings }, addExamplePayments);
};
