import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { Document } from 'openapi-backend';
import { writeFolder } from '../../scripts/generate/folder.js';
import { generate } from '../../scripts/generator.js';
import { createApp } from '../../src/app.js';
import { createContractApi } from '../../src/contract/dispatch.js';
import type { AnyHandler, CompiledContract, CompiledOperation, RequestOf } from '../../src/contract/types.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { paymentBody } from '../support/checked-service.js';
import { configFrom } from '../support/config.js';
import { createClient, type HttpClient, type Problem } from '../support/http.js';
import type { LogLine } from '../support/service.js';

const contractFile = fileURLToPath(new URL('fixtures/refunds.yml', import.meta.url));

type Rest = Pick<CompiledContract, 'securitySchemes' | 'corsHeaders'>;

interface RefundOperation {
  parameters: { path: { id: string } };
  requestBody: { content: { 'application/json': { reason: string } } };
  responses: object;
}

describe('a second contract under /v2, next to the first', () => {
  const cleanUps: (() => unknown)[] = [];
  const lines: LogLine[] = [];
  let client: HttpClient;
  let metricsText: () => Promise<string>;

  /** Generates a contract into a temporary folder, and loads it. */
  async function loadContract(): Promise<CompiledContract<Document>> {
    const folder = await mkdtemp(join(tmpdir(), 'second-contract-'));
    cleanUps.push(() => rm(folder, { recursive: true }));
    await writeFolder(folder, await generate({ contractFile }));
    const load = (name: string) => import(pathToFileURL(join(folder, name)).href);
    const { definition }: Pick<CompiledContract<Document>, 'definition'> = await load('definition.ts');
    const { operations, ...rest }: { operations: Record<string, CompiledOperation> } & Rest =
      await load('operations.ts');
    return { ...rest, definition, operations: Object.values(operations) };
  }

  before(async () => {
    const putRefund = async ({ path, body }: RequestOf<RefundOperation>) => ({
      status: 200,
      body: { id: path.id, reason: body.reason },
    });
    const handlers: Record<string, AnyHandler> = {
      listPayments: async () => ({ status: 200, body: { items: ['from the second'] } }),
      putRefund: putRefund as AnyHandler,
    };
    const second = createContractApi({ contract: await loadContract(), handlers });

    const config = configFrom(['--reply-check', '1']);
    const metrics = createMetrics({ version: '0' });
    metricsText = () => metrics.text();
    const write = (text: string) => void lines.push(...text.split('\n').map((line) => JSON.parse(line)));
    const app = await createApp({
      ...{ config, metrics, version: 'test', primary: null, processFacts: process, otherApis: async () => [second] },
      logger: createLogger({
        level: 'info',
        sink: { write, flush: async () => {}, flushSync: () => {} },
      }),
    });
    const address = await app.servers.api?.listen({ host: '127.0.0.1', port: 0 });
    if (!address) throw new Error('there is no server');
    client = createClient(address.port);
    cleanUps.push(
      () => client.close(),
      () => app.drain({ graceMs: 0, deadlineMs: 1000 }),
    );
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
    expect(lines.filter(({ message }) => message === 'a reply violates the contract')).to.deep.equal([]);
  });

  it('serves its operations, even those with ids of the first', async () => {
    expect((await client.get('/v2/payments?page=1')).json()).to.deep.equal({ items: ['from the second'] });
    const put = await client.put('/v2/refunds/a%2Fb', { reason: 'why not' });
    expect([put.status, put.text]).to.deep.equal([200, '{"id":"a/b","reason":"why not"}']);
    expect((await client.head('/v2/payments')).status).to.equal(200);
  });

  it('validates with its own schemas', async () => {
    const list = await client.get('/v2/payments?size=5&page=0');
    const put = await client.put('/v2/refunds/123456', { other: 1 });
    const pointers = [list, put].map((reply) => reply.json<Problem>().errors?.map(({ pointer }) => pointer));
    expect(pointers[0]).to.have.members(['/query/size', '/query/page']);
    expect(pointers[1]).to.have.members(['/path/id', '/reason', '/other']);
    expect((await client.put('/v2/refunds/1', '{')).json()).to.include({ code: 'malformed_json' });
  });

  it('does not change the first contract', async () => {
    expect((await client.post('/v1/payments', paymentBody({ id: 'first' }))).status).to.equal(201);
    const list = (await client.get('/v1/payments?size=5')).json<{ data: readonly { id: string }[] }>();
    expect(list.data.map(({ id }) => id)).to.deep.equal(['first']);
    expect((await client.get('/v1/payments?page=1')).status).to.equal(400);
    expect((await client.put('/v1/refunds/1', { reason: '' })).status).to.equal(404);
    expect((await client.get('/health')).status).to.equal(200);
    const served = (await client.get('/openapi.json')).json<{ paths: object }>();
    expect(Object.keys(served.paths).filter((path) => path.startsWith('/v2'))).to.deep.equal([]);
  });

  it('has its own methods and paths', async () => {
    const reply = await client.send('DELETE', '/v2/payments');
    expect([reply.status, reply.headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    expect((await client.get('/v2/payments/first')).status).to.equal(404);
  });

  it('is logged and measured by its own routes', async () => {
    await client.put('/v2/refunds/x', { reason: 'r' }, { 'X-Request-Id': 'second' });
    while (!lines.some((line) => line.request_id === 'second')) await new Promise(setImmediate);
    expect(lines.find((line) => line.request_id === 'second')).to.include({
      route: '/v2/refunds/{id}',
      status: 200,
    });
    expect(await metricsText())
      .to.contain('route="/v2/refunds/{id}"')
      .and.contain('route="/v1/payments"');
  });
});
