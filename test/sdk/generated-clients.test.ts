import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'esbuild';
import { typeErrors } from '../support/compiler.js';
import { ROOT } from '../support/program.js';
import { type RunningService, startAtItsUrl } from '../support/service.js';
import type { Driver, DriverModule } from './driver.js';

const run = promisify(execFile);

/**
 * By name: the program that generates the client, and its arguments. By file, because two packages name theirs
 * `openapi`.
 */
const GENERATORS: Record<string, (contract: string, output: string) => [string, ...string[]]> = {
  'openapi-fetch': (contract, output) => ['openapi-typescript/bin/cli.js', contract, '-o', join(output, 'types.ts')],
  'hey-api': (contract, output) => [
    '@hey-api/openapi-ts/bin/run.js',
    ...['-i', contract, '-o', output, '-p', '@hey-api/client-fetch', '@hey-api/sdk', '@hey-api/typescript', 'zod'],
  ],
  oazapfts: (contract, output) => ['oazapfts/dist/cli.js', contract, join(output, 'client.ts')],
  'openapi-typescript-codegen': (contract, output) => [
    'openapi-typescript-codegen/bin/index.js',
    ...['--input', contract, '--output', output, '--useOptions', '--useUnionTypes'],
  ],
};

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2022', 'DOM', 'DOM.Iterable'],
  module: 'ESNext',
  moduleResolution: 'bundler',
  types: [],
};

/**
 * The files in `clients/` use the generated clients as a person would, with the expected names and types: compiling
 * them is the proof. They end in `.txt` because their imports exist only while this test runs.
 */
describe('clients generated from the served contract', () => {
  let service: RunningService;
  let folder: string;

  before(async () => {
    service = await startAtItsUrl();
    await mkdir(join(ROOT, '.tmp'), { recursive: true });
    folder = await mkdtemp(join(ROOT, '.tmp', 'sdk-'));
    const contract = join(folder, 'openapi.json');
    await writeFile(contract, await (await fetch(`${service.url}/openapi.json`)).text());
    await copyFile(join(ROOT, 'test/sdk/driver.ts'), join(folder, 'driver.ts'));
    for (const [name, command] of Object.entries(GENERATORS)) {
      const output = join(folder, name, 'generated');
      await mkdir(output, { recursive: true });
      await execute(folder, command(contract, output));
      await copyFile(join(ROOT, `test/sdk/clients/${name}.ts.txt`), join(folder, name, 'index.ts'));
    }
  });

  after(async () => {
    await service?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  it('compile strictly, with natural names and types', () => {
    expect(typeErrors(folder, COMPILER_OPTIONS)).to.deep.equal([]);
  });

  for (const name of Object.keys(GENERATORS)) {
    it(`${name}: create, read, list, update, version conflict, delete`, async () => {
      await journey(await load(name), `${name} 1/ü`);
    });
  }

  async function load(name: string): Promise<Driver> {
    const outfile = join(folder, name, 'bundle.mjs');
    const entryPoints = [join(folder, name, 'index.ts')];
    await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' });
    const { connect }: DriverModule = await import(pathToFileURL(outfile).href);
    return connect(service.url);
  }
});

/** Runs an installed program, without this project's configuration files, and shows its output if it fails. */
async function execute(cwd: string, [program, ...args]: [string, ...string[]]): Promise<void> {
  await run(process.execPath, [join(ROOT, 'node_modules', program), ...args], { cwd }).catch((error) => {
    throw new Error(`${program} failed:\n${error.stdout}\n${error.stderr}`);
  });
}

async function journey(client: Driver, id: string): Promise<void> {
  const created = await client.create(id, '100.21');
  expect(created.status).to.equal(201);
  expect(created.body).to.have.nested.property('data.version', 0);
  expect(await client.create(id, '100.21')).to.nested.include({ status: 409, 'body.code': 'payment_exists' });
  expect(await client.create('', '-1')).to.nested.include({ status: 400, 'body.code': 'validation_failed' });

  const read = await client.read(id);
  expect(read).to.nested.include({ status: 200, 'body.data.id': id, 'body.data.attributes.currency': 'GBP' });

  const list = await client.list(20);
  expect(list.status).to.equal(200);
  expect(list.body)
    .to.have.property('data')
    .that.deep.includes({
      id,
      version: 0,
      type: 'Payment',
      organisation_id: 'acme',
      attributes: { amount: '100.21', currency: 'GBP' },
    });
  expect(list.body).to.have.nested.property('links.next').that.is.a('string');

  expect(await client.update(id, 0, '0.01')).to.nested.include({ status: 200, 'body.data.version': 1 });
  expect(await client.update(id, 0, '5')).to.nested.include({ status: 409, 'body.code': 'version_conflict' });

  expect(await client.remove(id, 0)).to.nested.include({ status: 409, 'body.code': 'version_conflict' });
  expect(await client.remove(id, 1)).to.include({ status: 204 });
  expect(await client.read(id)).to.nested.include({ status: 404, 'body.code': 'payment_not_found' });
}
