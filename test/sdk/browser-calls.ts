/** What a page does with the client; bundled with it, and run in a browser by `client-in-browser.test.ts`. */
import { createPaymentsClient, PaymentsError, type Retry } from '../../clients/typescript/src/index.js';

const content = (amount: string) => ({ organisation_id: 'acme', attributes: { amount } });

export async function eachOperation(baseUrl: string) {
  const payments = createPaymentsClient({ baseUrl, retries: 0 });
  const created = await payments.create({ id: 'a/ü %2F', ...content('1') });
  const unchanged = await payments.getIfChanged(created);
  const { version } = await payments.update(created.id, () => content('2'));
  const conflict = await payments.delete(created).catch((error) => error);
  if (!(conflict instanceof PaymentsError)) throw new Error(`no conflict, but ${conflict}`);
  await payments.delete({ id: created.id, version });
  const versions: string[] = [];
  for await (const { kind } of payments.versions(created.id)) versions.push(kind);
  return { unchanged, version, code: conflict.code, hasRequestId: conflict.requestId !== '', versions };
}

/** Ends the second long poll when it was sent. */
export async function followAndLeave(baseUrl: string) {
  const leave = new AbortController();
  let polls = 0;
  const onRequest = () => {
    polls++;
    if (polls === 2) setTimeout(() => leave.abort(new Error('the page is left')));
  };
  const changes = createPaymentsClient({ baseUrl, hooks: { onRequest } }).changes({ wait: 30, signal: leave.signal });
  const first = changes.next();
  await createPaymentsClient({ baseUrl }).create({ id: 'followed', ...content('1') });
  const seen = (await first).value?.payment.id;
  const end = await changes.next().catch((error: Error) => error.message);
  return { seen, end };
}

/** More requests at once than the service allows in a second. */
export async function exceedTheLimit(baseUrl: string) {
  const delays: { code: string; delayMs: number }[] = [];
  const onRetry = ({ error: { code }, delayMs }: Retry) => delays.push({ code, delayMs });
  const payments = createPaymentsClient({ baseUrl, hooks: { onRetry }, retries: 20 });
  const pages = await Promise.all(Array.from({ length: 6 }, () => payments.page()));
  return { pages: pages.length, delays };
}
