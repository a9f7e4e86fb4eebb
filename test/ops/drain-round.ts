import { expect } from 'chai';
import { startService } from '../support/service.js';
import { type ClientReport, keepCreating, newReport } from './busy-client.js';
import { end, until } from './support.js';

const CLIENTS = 24;
const SHUTDOWN_SECONDS = 20;
const OUTAGE = /^HTTP\/1\.1 503 [\s\S]*"code":"(?:repository_unavailable|outcome_unknown)"}$/;

/** The configuration of the service in a round. */
export interface Layout {
  readonly workers: number;
  /** The repository, as flags. */
  readonly repo: readonly string[];
  /** The ids of all stored payments. */
  storedIds(): Promise<ReadonlySet<string>>;
}

/** @returns the time from SIGTERM to the exit, ms, and the number of created payments */
export type Round = { readonly tookMs: number; readonly created: number };

/** Starts a service, keeps it busy with 24 connections, and ends it with SIGTERM: no accepted request may be lost. */
export async function drainRound({ workers, repo, storedIds }: Layout): Promise<Round> {
  const times = ['--shutdown-timeout', String(SHUTDOWN_SECONDS), '--timeout', '10'];
  const service = await startService([...times, ...repo, '--workers', String(workers)]);
  try {
    const { port, exited, kill, log } = service;
    if (workers > 1) {
      await until(
        async () => log.filter(({ message }) => message === 'worker ready').length,
        (ready) => ready === workers,
      );
    }
    const reports = Array.from({ length: CLIENTS }, newReport);
    const clients = reports.map((report) => keepCreating(port, { stop: false }, report));
    await until(
      async () => reports.filter(({ created, errors }) => created.length > 0 || errors.length > 0).length,
      (busy) => busy === CLIENTS,
    );
    const signalledMs = performance.now();
    kill('SIGTERM');
    const { code, signal, stderr } = await exited;
    const tookMs = performance.now() - signalledMs;
    await Promise.all(clients);

    const created = createdBy(reports);
    // After a stall of Postgres there are responses that say so. None may be missing.
    const isOutage = (error: string) => repo.includes('postgres') && OUTAGE.test(error);
    expect(reports.flatMap(({ errors }) => errors.filter((error) => !isOutage(error)))).to.deep.equal([]);
    expect({ code, signal, stderr }).to.deep.equal({ code: 0, signal: null, stderr: '' });
    expect(tookMs).to.be.below(SHUTDOWN_SECONDS * 1000);
    const stored = await storedIds();
    expect(
      created.filter((id) => !stored.has(id)),
      'got a 201, and not stored',
    ).to.deep.equal([]);
    const lines = log.filter(({ message, status }) => message === 'request' && status === 201);
    expect(lines, 'every response is in the log').to.have.length(created.length);
    return { tookMs, created: created.length };
  } finally {
    await end(service);
  }
}

function createdBy(reports: readonly ClientReport[]): string[] {
  return reports.flatMap(({ created }) => created);
}
