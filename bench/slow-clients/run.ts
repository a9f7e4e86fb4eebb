/**
 * Many slow clients next to a polite one: `node --import tsx bench/slow-clients/run.ts [workers] [flags of the service]`,
 * on the loopback interface, after `npm run build`. It prints the resident memory of the service before and at its peak, and the
 * duration of the polite client's requests. It opens 11,000 connections: `ulimit -n` must allow that many, twice.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const SLOW = Number(process.env.SLOW ?? 10_000);
const UNREAD = 1000;
const POLITE_MS = 15_000;
const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
const [, , workers = '1', ...ownFlags] = process.argv;

async function start(): Promise<{ child: ChildProcess; port: number }> {
  const flags = [
    '--listen',
    '127.0.0.1:0',
    '--workers',
    workers,
    '--repo-uri',
    `/tmp/slow-clients-${process.pid}.sqlite`,
    ...ownFlags,
  ];
  const child = spawn(process.execPath, [MAIN, 'serve', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    lines.on('line', (line) => {
      const { message, port } = JSON.parse(line);
      if (message === 'listening') resolve({ child, port });
    });
  });
}

/** The process and its workers, MiB. */
function residentMib(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  let kib = 0;
  for (const one of [pid, ...children]) {
    if (one === '') continue;
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    kib += Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  }
  return kib / 1024;
}

async function request(port: number, agent: http.Agent, method: string, path: string, body?: string): Promise<number> {
  const headers = body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': body.length };
  const sent = http.request({ host: '127.0.0.1', port, agent, method, path, headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
}

const payment = (id: string, reference: string) =>
  JSON.stringify({
    data: { id, version: 0, type: 'Payment', organisation_id: 'bench', attributes: { amount: '1.00', reference } },
  });

const { child, port } = await start();
process.on('exit', () => child.kill('SIGKILL'));
const pid = child.pid ?? 0;
const agent = new http.Agent({ keepAlive: true });
const reference = 'x'.repeat(Number(process.env.REFERENCE_BYTES ?? 900 * 1024));
for (let at = 0; at < 20; at += 1) await request(port, agent, 'POST', '/v1/payments', payment(`large${at}`, reference));
await delay(3000);
const idleMib = residentMib(pid);
let peakMib = idleMib;
const watch = setInterval(() => {
  peakMib = Math.max(peakMib, residentMib(pid));
}, 100);

const head = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{';
async function open(count: number, sent: string): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    socket.write(sent);
    if (at % 50 === 49) await once(socket, 'connect').catch(() => {});
  }
}
await open(SLOW, head);
process.stdout.write(`${SLOW} slow senders: ${(peakMib - idleMib).toFixed()} MiB above ${idleMib.toFixed()} MiB\n`);
const flood = open(UNREAD, 'GET /v1/payments HTTP/1.1\r\nHost: a\r\n\r\n');

const tookMs: number[] = [];
const statuses = new Map<number, number>();
const endMs = performance.now() + POLITE_MS;
while (performance.now() < endMs) {
  const beganMs = performance.now();
  const body = payment(`polite${tookMs.length}`, 'polite');
  const status = await (tookMs.length % 2 === 0
    ? request(port, agent, 'GET', `/v1/payments/polite${Math.max(1, tookMs.length - 1)}`)
    : request(port, agent, 'POST', '/v1/payments', body));
  tookMs.push(performance.now() - beganMs);
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  await delay(Math.max(0, 100 - (performance.now() - beganMs)));
}
await flood;
clearInterval(watch);
tookMs.sort((one, other) => one - other);
const at = (share: number) => (tookMs[Math.floor(tookMs.length * share)] ?? 0).toFixed(1);
process.stdout.write(
  `${UNREAD} clients that do not read as well: ${(peakMib - idleMib).toFixed()} MiB above idle at most\n` +
    `polite client: ${tookMs.length} requests, median ${at(0.5)} ms, 99 % ${at(0.99)} ms, ${JSON.stringify([...statuses])}\n`,
);
child.kill('SIGKILL');
process.exit(0);
