import type { ResourceDescription } from '../../src/store/types.js';

const rest = { name: 'shops', jsonColumns: [], filter: null, constants: {} } as const;

export const own: ResourceDescription<'places' | 'town'> = { ...rest, columns: ['places', 'town'] };
// @ts-expect-error a list on Postgres has a place for each row
export const placed: ResourceDescription<'place' | 'town'> = { ...rest, columns: ['place', 'town'] };
// @ts-expect-error a line of an archive has an order
export const ordered: ResourceDescription<'order'> = { ...rest, columns: ['order'] };
