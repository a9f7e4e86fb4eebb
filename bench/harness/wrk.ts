import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { ORGANISATION_ID, paymentId } from '../load/payments.js';
import type { IdRange, Job, JobResult, Script } from '../load/protocol.js';
import type { Children } from './children.js';
import { MeasurementError } from './errors.js';
import { DATA_DIR } from './paths.js';

/** Payments that are updated in turn. Far more than connections, so that no payment is in flight twice. */
const UPDATED = 1_024;

export function hasWrk(): boolean {
  return spawnSync('wrk', ['--version']).error === undefined;
}

/**
 * Runs one turn of a closed loop with wrk, with one thread. wrk checks only statuses; the repository's own generator
 * checks bodies.
 *
 * @param core - taskset's list; null leaves it to the scheduler
 * @param job - its pace must be a number of seconds
 * @throws MeasurementError if wrk cannot run the job
 */
export async function runWrk(children: Children, core: string | null, job: Job): Promise<JobResult> {
  const { pace, port, connections, script } = job;
  if (pace.kind !== 'seconds') throw new MeasurementError('wrk has a closed loop only');
  mkdirSync(DATA_DIR, { recursive: true });
  const file = `${DATA_DIR}/wrk.lua`;
  writeFileSync(file, await luaOf(script, port));
  const pinned = core === null ? [] : ['taskset', '-c', core];
  const seconds = Math.max(1, Math.round(pace.seconds));
  const load = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '15s', '-s', file];
  const child = children.spawn(
    [...pinned, 'wrk', ...load, `http://127.0.0.1:${port}/v1/payments`],
    ['ignore', 'pipe', 'inherit'],
  );
  const exited = once(child, 'exit');
  const output = child.stdout === null ? '' : await text(child.stdout);
  await exited;
  return resultOf(output, seconds);
}

/** Parses the output of wrk. */
function resultOf(output: string, seconds: number): JobResult {
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? Number.NaN);
  if (!(rate > 0)) throw new MeasurementError(`wrk gave no rate: ${output.slice(0, 400)}`);
  const took = Number(/requests in ([\d.]+)s/.exec(output)?.[1] ?? seconds);
  const errors: Record<string, number> = {};
  const rejected = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0);
  if (rejected > 0) errors['status other than 2xx'] = rejected;
  const sockets = /Socket errors: (.+)/.exec(output)?.[1];
  if (sockets !== undefined) errors[`socket errors: ${sockets}`] = 1;
  return {
    requests: Number(/(\d+) requests in/.exec(output)?.[1] ?? 0),
    shed: 0,
    seconds: Number(/(\d+) requests in/.exec(output)?.[1] ?? 0) / rate || took,
    errors,
    generatorCpuShare: Number.NaN,
    latencyMs: null,
  };
}

/** Converts a script of our own generator to Lua for wrk. */
async function luaOf(script: Script, port: number): Promise<string> {
  const header = 'local json = { ["Content-Type"] = "application/json", ["Accept"] = "application/json" }';
  switch (script.kind) {
    case 'list':
      return `wrk.path = ${quoted(script.path)}\nwrk.headers["Accept"] = "application/json"\n`;
    case 'get':
      return [
        header,
        ...paths(script.ids, Math.min(script.ids.count, UPDATED)),
        'local at = 0',
        'function request()',
        '  at = at % #ids + 1',
        '  return wrk.format("GET", "/v1/payments/" .. ids[at], json)',
        'end',
      ].join('\n');
    case 'create':
      return [
        header,
        `local tail = ${quoted(tailOf(script.attributes))}`,
        // The first number scatters the ids, like those of real clients; the second makes them unique.
        `local suffix = ${quoted(`-8d0f-4b6a-9a55-${script.ids.namespace.toString(16).padStart(4, '0')}`)}`,
        'local count = 0',
        'function request()',
        '  count = count + 1',
        '  local scattered = (count * 2654435761) % 4294967296',
        '  local id = string.format("%08x", scattered) .. suffix .. string.format("%08d", count)',
        '  return wrk.format("POST", "/v1/payments", json, \'{"data":{"id":"\' .. id .. \'"\' .. tail)',
        'end',
      ].join('\n');
    case 'update': {
      const count = Math.min(script.ids.count, UPDATED);
      return [
        header,
        `local tail = ${quoted(tailOf(script.attributes))}`,
        ...paths(script.ids, count),
        `local versions = { ${(await versionsOf(script.ids, count, port)).join(', ')} }`,
        'local at = 0',
        'local isChecked = false',
        'function request()',
        // wrk builds one request to inspect it and does not send it: the version must not count as used.
        '  if not isChecked then isChecked = true return wrk.format("GET", "/health", json) end',
        '  at = at % #ids + 1',
        '  local version = versions[at]',
        '  versions[at] = version + 1',
        '  local body = \'{"data":{"id":"\' .. ids[at] .. \'","version":\' .. version .. tail',
        '  return wrk.format("PUT", "/v1/payments/" .. ids[at], json, body)',
        'end',
      ].join('\n');
    }
  }
}

function paths(ids: IdRange, count: number): string[] {
  const stride = Math.max(1, Math.floor(ids.count / count));
  const all = Array.from({ length: count }, (_, index) => quoted(idAt(ids, index * stride)));
  return [`local ids = { ${all.join(', ')} }`];
}

function idAt({ namespace, firstIndex, step = 1 }: IdRange, index: number): string {
  return paymentId(namespace, firstIndex + index * step);
}

async function versionsOf(ids: IdRange, count: number, port: number): Promise<number[]> {
  const stride = Math.max(1, Math.floor(ids.count / count));
  const versions: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/payments/${idAt(ids, index * stride)}`);
    const { data } = (await response.json()) as { data?: { version?: number } };
    if (data?.version === undefined) throw new MeasurementError('a payment is not there to be updated');
    versions.push(data.version);
  }
  return versions;
}

function tailOf(attributes: string): string {
  return `,"type":"Payment","organisation_id":"${ORGANISATION_ID}","attributes":${attributes}}}`;
}

/** A Lua string; JSON's escapes are Lua's for the characters that occur here. */
function quoted(value: string): string {
  return JSON.stringify(value);
}
