import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { type RunningService, startService } from '../support/service.js';
import { features } from './features.js';
import { addFeatures } from './kit/suites.js';

for (const name of DATABASES) {
  describe(`behaviour on ${name}`, function () {
    let service: RunningService;
    let database: TestDatabase;

    before(async () => {
      database = await createDatabase(name);
      // As in production: requests are spread over processes.
      service = await startService(['--admin', '--metrics', '--workers', '2', ...database.flags]);
    });

    after(async () => {
      await service.stop();
      database.dispose();
    });

    addFeatures(this, features, () => service.url);
  });
}
