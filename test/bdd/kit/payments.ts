import { expect } from 'chai';
import type { RequestOptions } from './http-client.js';
import { type Step, step } from './scenario.js';
import type { World } from './world.js';

/** Properties of a payment as a client sends it. */
export interface PaymentProperties {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly version?: unknown;
  readonly organisation_id?: unknown;
  readonly attributes?: unknown;
}

const USUAL_ATTRIBUTES = { amount: '100.21', currency: 'GBP' };

/** A stored payment. */
export function aPayment(name: string, properties: PaymentProperties = {}): Step {
  return step(`a payment ${name}`, async (world) => {
    await create(world, name, properties);
    expect(world.reply.status, world.reply.text).to.equal(201);
  });
}

/** A payment that was deleted. */
export function aDeletedPayment(name: string): Step {
  return step(`a deleted payment ${name}`, async (world) => {
    await aPayment(name).run(world);
    await deleting(name).run(world);
    expect(world.reply.status, world.reply.text).to.equal(204);
  });
}

export function creating(name: string, properties: PaymentProperties = {}): Step {
  return step(`creating ${name}`, (world) => create(world, name, properties));
}

export function creatingAtOnce(name: string, times: number): Step {
  return step(`creating ${name} ${times} times at once`, async (world) => {
    const body = { data: sent(world, name, {}) };
    world.heard(
      ...(await Promise.all(Array.from({ length: times }, () => world.http.send('POST', '/v1/payments', { body })))),
    );
  });
}

export function reading(name: string, headers: RequestOptions['headers'] = {}): Step {
  return sendingTo(`reading ${name}`, (world) => ['GET', world.targetOf(name), { headers }]);
}

/** An update of the version that the scenario knows, unless `properties` has another. */
export function updating(
  name: string,
  properties: PaymentProperties = {},
  headers: RequestOptions['headers'] = {},
): Step {
  return step(`updating ${name}`, async (world) => {
    const body = { data: changed(world, name, properties) };
    world.heard(await world.http.send('PUT', world.targetOf(name), { headers, body }));
    noteData(world, name);
  });
}

export function updatingAtOnce(name: string, times: number): Step {
  return step(`updating ${name} ${times} times at once`, async (world) => {
    const update = (amount: string) =>
      world.http.send('PUT', world.targetOf(name), {
        body: { data: changed(world, name, { attributes: { amount } }) },
      });
    world.heard(...(await Promise.all(Array.from({ length: times }, (_, index) => update(`${index + 1}`)))));
  });
}

/** A delete of the version that the scenario knows, unless the query has another. */
export function deleting(name: string, query?: string, headers: RequestOptions['headers'] = {}): Step {
  return sendingTo(`deleting ${name}`, (world) => {
    const target = `${world.targetOf(name)}${query ?? `?version=${world.payment(name).version}`}`;
    return ['DELETE', target, { headers }];
  });
}

/** @param query - with its question mark */
export function listing(query = ''): Step {
  return sending('GET', `/v1/payments${query}`);
}

/** Follows a link of the last page on the server under test, whatever its external URL is. */
export function following(link: 'self' | 'next' | 'prev'): Step {
  return sendingTo(`following ${link}`, ({ pageLinks }) => {
    const { pathname, search } = new URL(pageLinks[link] ?? 'the page has no such link');
    return ['GET', pathname + search];
  });
}

export function sending(method: string, target: string, options: RequestOptions = {}): Step {
  return sendingTo(`sending ${method} ${target}`, () => [method, target, options]);
}

function sendingTo(
  description: string,
  request: (world: World) => [method: string, target: string, options?: RequestOptions],
): Step {
  return step(description, async (world) => world.heard(await world.http.send(...request(world))));
}

async function create(world: World, name: string, properties: PaymentProperties): Promise<void> {
  world.heard(await world.http.send('POST', '/v1/payments', { body: { data: sent(world, name, properties) } }));
  noteData(world, name);
}

function sent(world: World, name: string, properties: PaymentProperties): object {
  return {
    id: world.idOf(name),
    type: 'Payment',
    organisation_id: 'the organisation',
    attributes: USUAL_ATTRIBUTES,
    ...properties,
  };
}

function changed(world: World, name: string, properties: PaymentProperties): object {
  return { ...world.payment(name), ...properties };
}

function noteData(world: World, name: string): void {
  if (world.reply.status >= 300) return;
  const { data } = world.body;
  if (data && 'id' in data) world.remember(name, data);
}
