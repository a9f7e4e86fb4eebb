import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { API, type Diagnostic, type Program, type Snapshot } from 'typescript-7/unstable/sync';
import { parse } from 'yaml';
import { documentErrors } from '../../scripts/generate/contract.js';
import { typesFile } from '../../scripts/generate/emit/types.js';
import type { Document } from '../../scripts/generate/model/document.js';
import { operationModels } from '../../scripts/generate/model/operations.js';
import { ROOT } from '../support/program.js';
import { type Edits, edited } from './edits.js';

const HANDLERS = `${ROOT}src/payments/handlers.ts`;
const RULES = `${ROOT}src/payments/rules.ts`;
const OPERATORS = `${ROOT}src/operators/handlers.ts`;
const USED = `${ROOT}test/contract/used.ts`;
const TYPES = `${ROOT}generated/types.ts`;

// Only the product's files: checking all their imports takes ten times as long.
const isBuilt = (file: string) => file.startsWith(`${ROOT}src/payments/`) || file === OPERATORS;
const isUsed = (file: string) => file === USED;

/** Replies are composed as text: what differs would show only at a client. */
describe('a contract of which the service writes or stores something else', () => {
  let folder: string;
  let compiler: API;
  let snapshot: Snapshot | null = null;
  let lastTypes = readFileSync(TYPES, 'utf8');

  before('a compiler that keeps what it knows about the other files', () => {
    mkdirSync(`${ROOT}.tmp`, { recursive: true });
    folder = mkdtempSync(`${ROOT}.tmp/replies-`);
    const project = { extends: '../../tsconfig.json', files: [HANDLERS, RULES, OPERATORS, USED], include: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project));
    compiler = new API({ cwd: ROOT, fs: { readFile: (name) => (name === TYPES ? lastTypes : undefined) } });
  });
  after(() => {
    compiler?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The program with these types; the same one for checks of different files one after another. */
  function programWith(types: string): Program {
    if (snapshot === null || types !== lastTypes) {
      lastTypes = types;
      const openProjects = snapshot === null ? [join(folder, 'tsconfig.json')] : [];
      const next = compiler.updateSnapshot({ openProjects, fileChanges: { changed: [TYPES] } });
      snapshot?.dispose();
      snapshot = next;
    }
    return snapshot.getProjects()[0]?.program ?? expect.fail('there is no project');
  }

  function errorsWith(types: string, isChecked = isBuilt): string[] {
    const program = programWith(types);
    const files = program.getSourceFileNames().filter(isChecked);
    expect(files).to.not.have.length(0);
    return files.flatMap((file) => program.getSemanticDiagnostics(file)).map(textOf);
  }

  const contract: Document = parse(readFileSync(`${ROOT}api/openapi.yml`, 'utf8'));

  /** The compile errors if each of these schemas has one more property, named after it. */
  function errorsWithNotes(schemas: readonly string[], areRequired: boolean, isChecked = isBuilt): string {
    const notes = schemas.flatMap((name): [string, unknown][] => [
      [`/${name}/properties/note${name}`, { type: 'string' }],
      ...(areRequired ? [[`/${name}/required/-`, `note${name}`] as [string, unknown]] : []),
    ]);
    return errorsInSchemas(Object.fromEntries(notes), isChecked);
  }

  function errorsInSchemas(edits: Edits, isChecked = isBuilt): string {
    return errorsIn(edited(contract, prefixed('/components/schemas', edits)), isChecked);
  }

  /** The compile errors of the service with the types of another contract. */
  function errorsIn(document: Document, isChecked = isBuilt): string {
    expect(documentErrors(document)).to.deep.equal([]);
    const reject = () => expect.fail('it was rejected');
    const types = typesFile({ name: 'openapi.yml', document, reject }, operationModels(document));
    return errorsWith(types, isChecked).join('\n');
  }

  it('compiles as it is', () => {
    const types = readFileSync(TYPES, 'utf8');
    expect([...errorsWith(types), ...errorsWith(types, isUsed)]).to.deep.equal([]);
  });

  it('compiles if requests and replies have fewer values', () => {
    const values = {
      '/PaymentInput/properties/organisation_id/enum': ['a'],
      '/Payment/properties/organisation_id/enum': ['a'],
    };
    expect(errorsInSchemas(values)).to.equal('');
  });

  // Several in one compilation, unless one is part of another: then the compiler names only the outer one.
  for (const names of [['PaymentReply', 'PaymentList', 'ChangeList', 'PageLinks'], ['Links', 'Change'], ['Payment']]) {
    it(`does not compile: ${names.join(', ')}`, () => {
      const errors = errorsWithNotes(names, true);
      for (const name of names) expect(errors).to.match(new RegExp(`Property '"?note${name}"?' is missing`));
    });
  }

  for (const names of [
    ['PaymentReply', 'PaymentList', 'ChangeList', 'Change'],
    ['Links', 'PageLinks', 'ChangeLinks', 'RepoInfo'],
    ['Health', 'Problem', 'Fault'],
  ]) {
    it(`is built, but fails the check of types: an optional property that nothing sends, ${names.join(', ')}`, () => {
      expect(errorsWithNotes(names, false)).to.equal('');
      const errors = errorsWithNotes(names, false, isUsed);
      for (const name of names) expect(errors).to.include(`${name}.note${name}`);
    });
  }

  it('is built, but fails the check of types: a property of payments that neither clients nor the service send', () => {
    const note = { '/Payment/properties/note': { type: 'string', readOnly: true } };
    expect(errorsInSchemas(note)).to.equal('');
    expect(errorsInSchemas(note, isUsed)).to.include(`Property '"Payment.note"' is missing`);
  });

  it('compiles if replies may have any other property', () => {
    const edits = { '/PaymentReply/additionalProperties': true, '/Health/additionalProperties': { type: 'string' } };
    expect(errorsInSchemas(edits)).to.equal('');
  });

  for (const names of [
    ['CreatePaymentRequest', 'UpdatePaymentRequest'],
    ['PaymentInput', 'Payment'],
  ]) {
    it(`does not compile: more in a request than is stored, ${names.join(', ')}`, () => {
      const errors = errorsWithNotes(names, false);
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
    it(`does not compile: ${what}`, () => {
      expect(errorsInSchemas(edits)).not.to.equal('');
    });
  }

  it('does not compile: a list without the cursors of its links', () => {
    const edits = { '/paths/~1v1~1payments/get/parameters/3': undefined };
    expect(errorsIn(edited(contract, edits))).to.include(`'"after"' is not assignable`);
  });

  // Not all in one compilation: of many missing properties the compiler names only the first.
  for (const parameters of [
    [
      ['v1~1payments/get', 'query', 'listPayments'],
      ['v1~1payments/post', 'header', 'createPayment'],
      ['v1~1payments~1{id}/get', 'cookie', 'getPayment'],
      ['v1~1payments~1{id}/delete', 'query', 'deletePayment'],
    ],
    [
      ['v1~1changes/get', 'query', 'listChanges'],
      ['admin~1repo/get', 'query', 'getRepo'],
      ['health/get', 'header', 'getHealth'],
    ],
  ] as const) {
    it(`is built, but fails the check of types: parameters that nothing reads, ${parameters.map(([operation, place]) => `${operation} in ${place}`).join(', ')}`, () => {
      const edits = parameters.map(([operation, place]) => ({
        [`/paths/~1${operation}/parameters/-`]: { name: 'note', in: place, schema: { type: 'string' } },
        [`/paths/~1${operation}/responses/400`]: { $ref: '#/components/responses/BadRequest' },
      }));
      const changed = edited(contract, Object.assign({}, ...edits));
      expect(errorsIn(changed)).to.equal('');
      const errors = errorsIn(changed, isUsed);
      for (const [, , id] of parameters) expect(errors).to.include(`"${id}.note"`);
    });
  }

  for (const [what, error, edits] of [
    [
      'a header of requests that another one replaces',
      "''x-request-id'' does not exist",
      { '/parameters/RequestId/name': 'X-Trace' },
    ],
    [
      'no token of requests',
      "''consistency-token'' does not exist",
      { '/parameters/ConsistencyToken/name': 'X-Token' },
    ],
    [
      'a header of responses that nothing sends',
      'Property \'"x-hint"\' is missing',
      { '/responses/Changes/headers/X-Hint': { schema: { type: 'string' } } },
    ],
  ] as const) {
    it(`is built, but fails the check of types: ${what}`, () => {
      const changed = edited(contract, prefixed('/components', edits));
      expect(errorsIn(changed)).to.equal('');
      expect(errorsIn(changed, isUsed)).to.include(error);
    });
  }

  it('compiles whatever the letter case of headers that the service itself sends', () => {
    const headers = { 'x-request-id': { required: true, schema: { type: 'string' } } };
    expect(errorsIn(edited(contract, { '/components/responses/PaymentNotFound/headers': headers }))).to.equal('');
  });

  it('compiles if a payment may lack its type, which is always sent', () => {
    const required = ['id', 'organisation_id', 'attributes'];
    const edits = { '/PaymentInput/required': required, '/Payment/required': [...required, 'version'] };
    expect(errorsInSchemas(edits)).to.equal('');
  });

  it('compiles with defaults of all properties that are stored', () => {
    const edits = {
      '/PaymentInput/required': ['id', 'type'],
      '/PaymentInput/properties/organisation_id/default': 'a',
      '/PaymentInput/properties/attributes': {
        allOf: [{ $ref: '#/components/schemas/PaymentAttributes' }],
        default: { amount: '1' },
      },
    };
    expect(errorsInSchemas(edits)).to.equal('');
  });

  it('does not compile: replies without a schema, whose text would be sent as a string', () => {
    const edits = { '/components/responses/Changes/content/application~1json': {} };
    expect(errorsIn(edited(contract, edits))).to.match(/JsonText<.* is not assignable to type '.*NotJsonText/);
  });

  it('does not compile: a payment without attributes', () => {
    expect(errorsInSchemas({ '/PaymentInput/required': ['id', 'type', 'organisation_id'] })).not.to.equal('');
  });

  const TYPES_OF_PAYMENTS = ['Payment', 'Refund'];

  it('does not compile: another type of payment', () => {
    const edits = {
      '/PaymentInput/properties/type/enum': TYPES_OF_PAYMENTS,
      '/Payment/properties/type/enum': TYPES_OF_PAYMENTS,
    };
    expect(errorsInSchemas(edits)).to.match(/JsonText<WrittenReply>/);
  });

  it('does not compile: another type of payment in requests only, which would be dropped', () => {
    expect(errorsInSchemas({ '/PaymentInput/properties/type/enum': TYPES_OF_PAYMENTS })).to.include(
      '\'"Refund"\' is not assignable',
    );
  });
});

/** An error with its reasons. */
function textOf({ text, messageChain = [] }: Diagnostic): string {
  return [text, ...messageChain.map(textOf)].join(' ');
}

/** Edits of a part of a document, by its pointer. */
function prefixed(part: string, edits: Edits): Edits {
  return Object.fromEntries(Object.entries(edits).map(([pointer, value]) => [part + pointer, value]));
}
