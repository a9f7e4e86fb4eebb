import { FloodConnection } from './flood-connection.js';
import type { FloodPlan, FloodResult } from './flood-plan.js';

/** How often due requests are sent. */
const TICK_MS = 1;
const OPENED_TOGETHER = 16;

process.once('message', (plan: FloodPlan) => {
  void flood(plan, (result) => process.send?.(result, () => process.exit(0)));
});
process.once('disconnect', () => process.exit(0));

async function flood(
  { port, work, ratePerSecond, connections, durationMs, clientTimeoutMs }: FloodPlan,
  done: (result: FloodResult) => void,
): Promise<void> {
  const all = new Set<FloodConnection>();
  const free: FloodConnection[] = [];
  const latencies: number[] = [];
  const wanted = work === 'create' ? 201 : 200;
  const listText =
    work === 'create' ? '' : `GET /v1/payments?size=1&from=${work.listFrom} HTTP/1.1\r\nHost: flood\r\n\r\n`;
  const prefix = `${process.pid}-${Date.now()}`;
  let unsent = 0;
  let due = 0;
  let sent = 0;
  let shed = 0;
  let late = 0;
  let failed = 0;
  let isOver = false;

  function onReply(connection: FloodConnection, status: number, latencyMs: number): void {
    if (isOver) return;
    if (status === 503) shed += 1;
    else if (status !== wanted) failed += 1;
    else if (latencyMs > clientTimeoutMs) late += 1;
    else latencies.push(latencyMs);
    if (ratePerSecond === null) request(connection);
    else free.push(connection);
  }

  function onLost(connection: FloodConnection, wasBusy: boolean): void {
    all.delete(connection);
    const at = free.indexOf(connection);
    if (at >= 0) free.splice(at, 1);
    if (wasBusy && !isOver) failed += 1;
  }

  function request(connection: FloodConnection): void {
    if (ratePerSecond === null) due += 1;
    sent += 1;
    connection.send(work === 'create' ? createText(`${prefix}-${sent}`) : listText);
  }

  function open(): FloodConnection {
    const connection = new FloodConnection(port, onReply, onLost);
    all.add(connection);
    return connection;
  }

  function tick(rate: number): void {
    const nowMs = performance.now();
    const dueByNow = Math.floor(((nowMs - beganMs) / 1000) * rate);
    for (; due < dueByNow; due += 1) {
      const connection = free.pop();
      if (connection) request(connection);
      else unsent += 1;
    }
  }

  function end(): void {
    isOver = true;
    if (timer) clearInterval(timer);
    for (const connection of all) connection.close();
    const good = latencies.length;
    latencies.sort((one, other) => one - other);
    const quantile = (share: number) => latencies[Math.min(good - 1, Math.floor(good * share))] ?? 0;
    done({
      due,
      good,
      shed,
      late,
      failed,
      unsent,
      pending: due - good - shed - late - failed - unsent,
      goodPerSecond: (good / durationMs) * 1000,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
    });
  }

  // Connections are opened in advance, a few at a time: a flood of new ones would be another test.
  while (all.size < connections) await Promise.all(Array.from({ length: OPENED_TOGETHER }, () => open().opened));
  process.send?.('began');
  const beganMs = performance.now();
  let timer: NodeJS.Timeout | null = null;
  if (ratePerSecond === null) for (const connection of all) request(connection);
  else {
    free.push(...all);
    timer = setInterval(tick, TICK_MS, ratePerSecond);
  }
  setTimeout(end, durationMs);
}

function createText(id: string): string {
  const body = `{"data":{"id":"${id}","type":"Payment","organisation_id":"flood","attributes":{"amount":"100.21","currency":"GBP"}}}`;
  const head = `POST /v1/payments HTTP/1.1\r\nHost: flood\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  return `${head}\r\n\r\n${body}`;
}
