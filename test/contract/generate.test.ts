import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import type { Validators } from '../../generated/validators.js';
import { ContractError } from '../../scripts/generate/contract-error.js';
import { folderDifferences, writeFolder } from '../../scripts/generate/folder.js';
import { generate } from '../../scripts/generator.js';
import { ROOT } from '../support/program.js';

const contractFile = join(ROOT, 'api', 'openapi.yml');
const fileNames = ['definition.ts', 'operations.ts', 'types.ts', 'validators.ts'];

/** A contract of one operation, in which lines are replaced by wrong ones. */
const smallContract = `openapi: 3.0.3
info:
  title: Things
  version: 2.0.0
paths:
  /things/{name}:
    parameters:
      - name: name
        in: path
        required: true
        schema:
          type: string
    get:
      operationId: getThing
      parameters:
        - name: limit
          in: query
          schema:
            type: number
            minimum: 0
            exclusiveMinimum: true
      responses:
        '200':
          description: A thing.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/Thing'
        '400':
          description: The request is wrong.
          content:
            application/json: {}
components:
  schemas:
    Thing:
      type: object
      required: [example]
      properties:
        example:
          type: string
          nullable: true
          description: A property with the name of a keyword.
`;

describe('generate', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'generate-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Runs the command; returns its exit code and its output. */
  function run(...argv: string[]): Promise<{ code: number; output: string }> {
    const args = ['--import', 'tsx', join(ROOT, 'scripts', 'generate.ts'), ...argv];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: ROOT }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
      });
    });
  }

  /** Writes a contract and generates from it. */
  async function generateFrom(text: string): Promise<Map<string, string>> {
    const file = join(folder, 'small.yml');
    await writeFile(file, text);
    return generate({ contractFile: file });
  }

  it('writes the same bytes every time', async () => {
    const first = await generate({ contractFile });
    const second = await generate({ contractFile });
    expect([...first.keys()]).to.deep.equal(fileNames);
    for (const name of fileNames) expect(first.get(name) === second.get(name), name).to.equal(true);
  });

  it('marks each file as generated, and names no folder of this machine', async () => {
    for (const [name, text] of await generate({ contractFile })) {
      expect(text.slice(0, 400), name).to.include('Do not edit');
      expect(text, name).not.to.include(ROOT);
    }
  });

  it('leaves no imports at run time in the validators', async () => {
    const text = (await generate({ contractFile })).get('validators.ts') ?? '';
    expect(text.match(/^import .*$/gm)).to.equal(null);
    expect(text.match(/[^_\w."']require\(/g)).to.equal(null);
  });

  it('shows which properties a request has, and that it may have others', async () => {
    const schema = '{type: object, properties: {a: {type: string}}, allOf: [{type: object, required: [b]}]}';
    const contract = (await readFile(contractFile, 'utf8')).replace('    NewPayment:\n', `    Note: ${schema}\n$&`);
    const [, requests = ''] = (await generateFrom(contract)).get('types.ts')?.split('readonly requests: ') ?? [];
    expect(requests.replace(/\s+/g, ' ')).to.match(
      /"Note": .*"a"\?: string; \} & \{ readonly \[key: string\]: unknown \}.* & .*"b": unknown;/,
    );
  });

  it('makes a required header required, and an optional one optional', async () => {
    const types = (await generate({ contractFile })).get('types.ts') ?? '';
    expect(types).to.include('readonly "Location": string;');
    expect(types).to.include('readonly "RateLimit-Policy"?: string;');
    expect(types).not.to.include('[name: string]: unknown');
  });

  it('makes valid files of any text', async () => {
    const odd = '*/ "a" \'b\' `\u0024{c}` \\ \u2028 // </script>\n@d /* é';
    const name = odd.replace('\n', ' ');
    const schema = {
      ...{ description: odd, type: 'object', required: [odd], additionalProperties: false },
      properties: {
        [odd]: { type: 'string', description: odd, enum: [odd, 'a'] },
        b: { type: 'string', default: odd },
      },
    };
    const get = {
      ...{ operationId: 'a', summary: odd, description: odd, tags: [odd] },
      parameters: [{ name, in: 'query', description: odd, schema: { ...schema.properties[odd], default: odd } }],
      responses: {
        200: { description: odd, content: { 'application/json': { schema } } },
        400: { description: odd, content: { 'application/json': {} } },
      },
    };
    const document = {
      openapi: '3.0.3',
      info: { title: odd, version: odd },
      tags: [{ name: odd }],
      paths: { '/a': { get } },
    };
    for (const [file, text] of await generateFrom(JSON.stringify(document))) {
      const { diagnostics = [] } = ts.transpileModule(text, { fileName: file, reportDiagnostics: true });
      expect(
        diagnostics.map(({ start = 0 }) => text.slice(start - 40, start + 40)),
        file,
      ).to.deep.equal([]);
    }
  });

  describe('the folder', () => {
    it('is current after it was written', async () => {
      const wanted = await generateFrom(smallContract);
      await writeFolder(join(folder, 'out'), wanted);
      expect(await folderDifferences(join(folder, 'out'), wanted)).to.deep.equal([]);
    });

    it('is stale while it does not exist', async () => {
      const wanted = await generateFrom(smallContract);
      expect(await folderDifferences(join(folder, 'out'), wanted)).to.deep.equal(
        fileNames.map((name) => `missing: ${name}`),
      );
    });

    it('is stale if the contract changed', async () => {
      await writeFolder(join(folder, 'out'), await generateFrom(smallContract));
      const changed = await generateFrom(smallContract.replace('required: [example]', 'required: []'));
      expect(await folderDifferences(join(folder, 'out'), changed)).to.deep.equal([
        'stale: definition.ts',
        'stale: types.ts',
        'stale: validators.ts',
      ]);
    });

    it('loses files that do not belong there', async () => {
      const wanted = await generateFrom(smallContract);
      const out = join(folder, 'out');
      await writeFolder(out, new Map([...wanted, ['left-over.ts', '']]));
      expect(await folderDifferences(out, wanted)).to.deep.equal(['surplus: left-over.ts']);
      await writeFolder(out, wanted);
      expect((await readdir(out)).sort()).to.deep.equal(fileNames);
    });
  });

  describe('--check', () => {
    it('passes on what was just generated, names what is stale, and changes nothing', async () => {
      const wanted = await generate({ contractFile });
      await writeFolder(folder, wanted);
      expect(await run('--check', '--output', folder)).to.deep.equal({ code: 0, output: '' });
      await appendFile(join(folder, 'types.ts'), '// edited by hand\n');
      await rm(join(folder, 'operations.ts'));
      await writeFile(join(folder, 'left-over.ts'), '');
      const { code, output } = await run('--check', '--output', folder);
      expect(code).to.equal(1);
      expect(output.split('\n').slice(0, 3)).to.deep.equal([
        'missing: operations.ts',
        'stale: types.ts',
        'surplus: left-over.ts',
      ]);
      expect(await readFile(join(folder, 'types.ts'), 'utf8')).to.include('edited by hand');
    });
  });

  describe('a second, small contract', () => {
    it('gets its own validators', async () => {
      for (const [name, text] of await generateFrom(smallContract)) await writeFile(join(folder, name), text);
      await writeFile(join(folder, 'package.json'), '{"type": "module"}');
      const loaded: { validators: Pick<Record<string, Validators['getPayment']>, 'getThing'> } = await import(
        pathToFileURL(join(folder, 'validators.ts')).href
      );
      const thing = loaded.validators.getThing;
      const reply = thing?.reply[200]?.content['application/json'];
      expect(thing?.path?.({ name: 'a' })).to.equal(true);
      expect(thing?.path?.({})).to.equal(false);
      expect(thing?.query?.({ limit: 0.5 })).to.equal(true);
      expect(thing?.query?.({ limit: 0 })).to.equal(false);
      expect(thing?.query?.({ unknown: 1 })).to.equal(false);
      expect(reply?.({ example: null })).to.equal(true);
      expect(reply?.({ example: 1 })).to.equal(false);
      expect(reply?.({})).to.equal(false);
    });
  });

  describe('an invalid contract', () => {
    const cases: { given: string; change: [string, string]; where: string; what: string }[] = [
      { given: 'broken YAML', change: ['paths:', 'paths: ['], where: '#', what: 'flow sequence' },
      {
        given: 'a repeated key',
        change: ['  title: Things', '  title: A\n  title: B'],
        where: '#',
        what: 'unique',
      },
      {
        given: 'another OpenAPI',
        change: ['openapi: 3.0.3', 'openapi: 3.1.0'],
        where: '#/openapi',
        what: '3.0.0 to 3.0.3',
      },
      { given: 'no title', change: ['  title: Things\n', ''], where: '#/info', what: 'title' },
      {
        given: 'a dangling reference',
        change: ['schemas/Thing', 'schemas/Thin'],
        where: '/200/',
        what: 'does not exist',
      },
      {
        given: 'no operationId',
        change: ['operationId: getThing', 'deprecated: true'],
        where: 'get',
        what: 'operationId',
      },
      { given: 'a status that is none', change: ["'200'", "'2000'"], where: 'responses/2000', what: 'three digits' },
      { given: 'an undescribed parameter', change: ['/{name}', '/{name}/{other}'], where: 'get', what: 'other' },
      {
        given: 'a parameter of no path',
        change: ['/{name}', ''],
        where: 'parameters/0',
        what: 'name is not in the path',
      },
      {
        given: 'an unknown property',
        change: ['in: query', 'in: query\n          colour: red'],
        where: '#',
        what: 'colour',
      },
      {
        given: 'an unknown format',
        change: ['nullable', 'format: postcode\n          nullable'],
        where: '#/components/schemas/Thing/properties/example/format',
        what: 'postcode',
      },
      {
        given: 'a broken pattern',
        change: ['nullable', "pattern: '('\n          nullable"],
        where: '#/components/schemas/Thing/properties/example/pattern',
        what: 'regular expression',
      },
    ];
    for (const { given, change, where, what } of cases) {
      it(`is reported with place and reason: ${given}`, async () => {
        const text = smallContract.replace(...change);
        expect(text).not.to.equal(smallContract);
        const error: unknown = await generateFrom(text).catch((reason: unknown) => reason);
        if (!(error instanceof ContractError)) throw new Error('generated from it', { cause: error });
        expect(error.message).to.include('small.yml');
        expect(error.rejections[0]?.pointer).to.include(where);
        expect(error.rejections[0]?.what).to.include(what);
      });
    }

    it('names two operations with one id', async () => {
      const twice = smallContract.replace(
        '    get:',
        '    head:\n      operationId: getThing\n      responses:\n        "204":\n          description: None.\n    get:',
      );
      const error: unknown = await generateFrom(twice).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(ContractError);
      expect(String(error)).to.include('getThing is already that of');
    });

    it('ends the command with exit code 1 and no stack', async () => {
      const file = join(folder, 'bad.yml');
      await writeFile(file, smallContract.replace('schemas/Thing', 'schemas/Thin'));
      const { code, output } = await run('--contract', file, '--output', join(folder, 'out'));
      expect(code).to.equal(1);
      expect(output).to.match(/bad\.yml:\d+: #\/paths\/~1things~1\{name\}\/get\/.*does not exist\n$/);
      expect(output).not.to.match(/^ {4}at /m);
    });

    it('is reported if it cannot be read', async () => {
      const error: unknown = await generate({ contractFile: join(folder, 'absent.yml') }).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(ContractError);
      expect(String(error)).to.include('absent.yml').and.include('ENOENT');
    });
  });
});
