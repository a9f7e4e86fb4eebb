import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createClient } from '../support/http.js';
import { sharedPostgres } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { startService } from '../support/service.js';
import { openProxy } from './proxy.js';

const HOUR_MS = 3_600_000;

/** Debian's libfaketime, for programs with threads. */
function faketimeLibrary(): string {
  const paths = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'faketime/libfaketimeMT.so.1'));
  return paths.find(existsSync) ?? expect.fail('faketime is there without its library');
}

const suite = describe('The clock', () => {
  it('is set back by an hour while the circuit breaker is open: service resumes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'payments-clock-'));
    const clock = join(folder, 'clock');
    writeFileSync(clock, '+0');
    const proxy = await openProxy(await (await sharedPostgres()).createDatabase());
    // Setting the time does not change the kernel's monotonic clock, so libfaketime does not either.
    const service = await startService(['--repo', 'postgres', '--repo-uri', proxy.uri], {
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    const client = createClient(service.port);
    try {
      await proxy.refuse();
      while (!service.log.some(({ message, state }) => message === 'circuit breaker' && state === 'open')) {
        expect((await client.get('/v1/payments')).status).to.equal(503);
      }
      writeFileSync(clock, '-1h');
      await proxy.mend();
      // By the clock that was set back, it would take an hour.
      while ((await client.get('/v1/payments')).status !== 200) await delay(20);
      const { timestamp } = await service.logged(({ status }) => status === 200);
      expect(Date.parse(String(timestamp))).to.be.below(Date.now() - HOUR_MS / 2);
    } finally {
      client.close();
      await service.stop();
      await proxy.close();
      rmSync(folder, { recursive: true });
    }
  });
});
needsPrograms(['faketime'], suite);
