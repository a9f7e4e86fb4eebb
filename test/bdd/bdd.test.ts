import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningService, startService } from '../support/service.js';
import { features } from './features.js';
import { addFeatures } from './kit/suites.js';

describe('behaviour', function () {
  let service: RunningService;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'payments-bdd-'));
    // As in production: payments in a file, requests spread over processes.
    service = await startService(['--admin', '--metrics', '--workers', '2', '--repo-uri', join(folder, 'payments.db')]);
  });

  after(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  addFeatures(this, features, () => service.url);
});
