import type { Stored } from '../../src/app.js';
import { payments, resources } from '../../src/payments/resource.js';
import { followed } from '../../src/store/follow.js';
import { openStore } from '../../src/store/open-store.js';
import type { StoreOptions } from '../../src/store/tables.js';

/** Opens the configured database for an application, without metrics. */
export async function openParts(config: StoreOptions): Promise<Stored> {
  const store = await openStore(config, resources, {});
  const main = followed(store.resource(payments));
  return { store, resource: (description) => store.resource(description), resources: [main], payments: main };
}
