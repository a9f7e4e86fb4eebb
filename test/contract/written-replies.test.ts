import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { parse, stringify } from 'yaml';
import { type Edits, edited } from './edits.js';
import { Workshop } from './kit.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HANDLERS = `${ROOT}src/payments/handlers.ts`;
const TYPES = `${ROOT}generated/types.ts`;

interface Contract {
  readonly components: { readonly schemas: Readonly<Record<string, { properties: object; required: string[] }>> };
}

/** Replies are composed as text: what differs would show only at a client. */
describe('a contract of which the service writes or stores something else', () => {
  const workshop = new Workshop();
  after(() => workshop.remove());
  let last: ts.Program | undefined;

  function errorsWith(types: string): string[] {
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile).config,
      ts.sys,
      ROOT,
    );
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    host.getSourceFile = (name, ...rest) =>
      (name === TYPES ? null : last?.getSourceFile(name)) ??
      (name === TYPES ? ts.createSourceFile(name, types, ts.ScriptTarget.ES2023) : getSourceFile(name, ...rest));
    const program = ts.createProgram([HANDLERS], { ...options, noEmit: true, incremental: false }, host, last);
    last = program;
    // Only the product's files: checking all their imports takes ten times as long.
    return program
      .getSourceFiles()
      .filter(({ fileName }) => fileName.startsWith(`${ROOT}src/payments/`))
      .flatMap((file) => program.getSemanticDiagnostics(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  }

  const contract = readFileSync(`${ROOT}api/openapi.yml`, 'utf8');

  /** The compile errors if each of these schemas has one more property, named after it. */
  async function errorsWithNotes(schemas: readonly string[], areRequired: boolean): Promise<string> {
    const changed: Contract = parse(contract);
    for (const name of schemas) {
      const { properties, required } = changed.components.schemas[name] ?? expect.fail(`there is no ${name}`);
      Object.assign(properties, { [`note${name}`]: { type: 'string' } });
      if (areRequired) required.push(`note${name}`);
    }
    return errorsIn(changed);
  }

  async function errorsIn(document: object): Promise<string> {
    const generated = await workshop.generate(stringify(document));
    if (!(generated instanceof Map)) throw new Error('the contract was rejected');
    return errorsWith(generated.get('types.ts')).join('\n');
  }

  it('compiles as it is', () => {
    expect(errorsWith(readFileSync(TYPES, 'utf8'))).to.deep.equal([]);
  });

  it('compiles if requests and replies have fewer values', async () => {
    const values = {
      '/PaymentInput/properties/organisation_id/enum': ['a'],
      '/Payment/properties/organisation_id/enum': ['a'],
    };
    const document = parse(contract);
    const schemas = edited(document.components.schemas, values);
    expect(await errorsIn({ ...document, components: { ...document.components, schemas } })).to.equal('');
  });

  // Several in one compilation, unless one is part of another: then the compiler names only the outer one.
  for (const names of [['PaymentReply', 'PaymentList', 'ChangeList', 'PageLinks'], ['Links', 'Change'], ['Payment']]) {
    it(`does not compile: ${names.join(', ')}`, async () => {
      const errors = await errorsWithNotes(names, true);
      for (const name of names) expect(errors).to.match(new RegExp(`Property '"?note${name}"?' is missing`));
    });
  }

  for (const names of [
    ['CreatePaymentRequest', 'UpdatePaymentRequest'],
    ['PaymentInput', 'Payment'],
  ]) {
    it(`does not compile: more in a request than is stored, ${names.join(', ')}`, async () => {
      const errors = await errorsWithNotes(names, false);
      for (const name of names) expect(errors).to.include(`Types of property 'note${name}' are incompatible`);
    });
  }

  const OTHER: Readonly<Record<string, Edits>> = {
    'a request may have any property': { '/PaymentInput/additionalProperties': undefined },
    'a body may have any property': { '/UpdatePaymentRequest/additionalProperties': undefined },
    'no links in a reply': { '/PaymentReply/required': ['data'], '/PaymentReply/properties/links': undefined },
    'no link to itself': { '/Links/required': [], '/Links/properties/self': undefined },
    'no link to the previous page': { '/PageLinks/properties/prev': undefined },
    'no link of a change to the next page': { '/ChangeLinks/required': [], '/ChangeLinks/properties/next': undefined },
    'no kind of change for deletes': { '/Change/properties/kind/enum': ['created', 'updated'] },
    'positions are numbers': { '/Change/properties/position/type': 'integer' },
    'attributes of replies have more': { '/Payment/properties/attributes': { type: 'object', required: ['currency'] } },
    'each change is a baseline': { '/Change/required/-': 'baseline' },
  };
  for (const [what, edits] of Object.entries(OTHER)) {
    it(`does not compile: ${what}`, async () => {
      const document = parse(contract);
      const schemas = edited(document.components.schemas, edits);
      expect(await errorsIn({ ...document, components: { ...document.components, schemas } })).not.to.equal('');
    });
  }

  it('does not compile: a list without the cursors of its links', async () => {
    expect(await errorsIn(edited(parse(contract), { '/paths/~1v1~1payments/get/parameters/3': undefined }))).to.include(
      `'"after"' is not assignable`,
    );
  });

  it('does not compile: another type of payment', async () => {
    const generated = await workshop.generate(contract.replaceAll('enum: [Payment]', 'enum: [Payment, Refund]'));
    if (!(generated instanceof Map)) throw new Error('the contract was rejected');
    expect(errorsWith(generated.get('types.ts')).join('\n')).to.match(/JsonText<WrittenReply>/);
  });

  it('does not compile: another type of payment in requests only, which would be dropped', async () => {
    const generated = await workshop.generate(contract.replace('enum: [Payment]', 'enum: [Payment, Refund]'));
    if (!(generated instanceof Map)) throw new Error('the contract was rejected');
    expect(errorsWith(generated.get('types.ts')).join('\n')).to.include('\'"Refund"\' is not assignable');
  });
});
