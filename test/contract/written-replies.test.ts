import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { parse, stringify } from 'yaml';
import { Workshop } from './kit.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HANDLERS = `${ROOT}src/payments/handlers.ts`;
const TYPES = `${ROOT}generated/types.ts`;

interface Contract {
  readonly components: { readonly schemas: Readonly<Record<string, { properties: object; required: string[] }>> };
}

/** Replies are put together as text: what they lack would not show before a client misses it. */
describe('a contract that requires more of a reply than the service writes', () => {
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
    last = ts.createProgram([HANDLERS], { ...options, noEmit: true, incremental: false }, host, last);
    return ts.getPreEmitDiagnostics(last).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
  }

  const contract = readFileSync(`${ROOT}api/openapi.yml`, 'utf8');

  it('compiles as it is', () => {
    expect(errorsWith(readFileSync(TYPES, 'utf8'))).to.deep.equal([]);
  });

  for (const name of ['Payment', 'PaymentReply', 'Links', 'PaymentList', 'PageLinks', 'Change', 'ChangeList']) {
    it(`does not compile: ${name}`, async () => {
      const edited: Contract = parse(contract);
      const schema = edited.components.schemas[name];
      Object.assign(schema?.properties ?? {}, { note: { type: 'string' } });
      schema?.required.push('note');
      const generated = await workshop.generate(stringify(edited));
      if (!(generated instanceof Map)) throw new Error('the contract was rejected');
      expect(errorsWith(generated.get('types.ts')).join('\n')).to.match(/Property '"?note"?' is missing/);
    });
  }

  for (const name of ['NewPayment', 'Payment', 'CreatePaymentRequest', 'UpdatePaymentRequest']) {
    it(`does not compile: more in a request than is kept, ${name}`, async () => {
      const edited: Contract = parse(contract);
      Object.assign(edited.components.schemas[name]?.properties ?? {}, { note: { type: 'string' } });
      const generated = await workshop.generate(stringify(edited));
      if (!(generated instanceof Map)) throw new Error('the contract was rejected');
      expect(errorsWith(generated.get('types.ts')).join('\n')).to.match(/note/);
    });
  }

  it('does not compile: another type of payment', async () => {
    const generated = await workshop.generate(contract.replaceAll('enum: [Payment]', 'enum: [Payment, Refund]'));
    if (!(generated instanceof Map)) throw new Error('the contract was rejected');
    expect(errorsWith(generated.get('types.ts')).join('\n')).to.match(/JsonText<WrittenReply>/);
  });
});
