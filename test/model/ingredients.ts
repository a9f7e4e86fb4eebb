/** A part of a request: how it is sent, and the pointers of its errors. */
export interface Piece<T> {
  /** Null if it is omitted. */
  readonly sent: string | null;
  /** Its meaning to the service, if it is valid. */
  readonly value: T;
  readonly errors: readonly string[];
}

function good<T>(sent: string | null, value: T): Piece<T> {
  return { sent, value, errors: [] };
}

function bad<T>(sent: string | null, value: T, ...errors: readonly string[]): Piece<T> {
  return { sent, value, errors };
}

/** Few, so that requests collide; some layer could confuse or reject each of them. */
const IDS: readonly string[] = [
  'a',
  'A',
  'é',
  'e\u0301',
  ' a',
  'a/b?c#d%25&e',
  '__proto__',
  '"\\\u2028\ufeff',
  '日本語'.repeat(85),
  '💶'.repeat(255),
];

/** Ids in a path; the value is what the service compares with the body. */
export const GOOD_PATH_IDS: readonly Piece<string>[] = IDS.map((id) => good(encodeURIComponent(id), id));
export const BAD_PATH_IDS: readonly Piece<string>[] = [
  bad('%E0%A4%A', '%E0%A4%A', '/path/id'),
  bad('%00', '\0', '/path/id'),
  bad('%20%E3%80%80', ' \u3000', '/path/id'),
  bad('%C2%85x', '\u0085x', '/path/id'),
  bad('x'.repeat(256), 'x'.repeat(256), '/path/id'),
];

export const GOOD_BODY_IDS: readonly Piece<string | null>[] = IDS.map((id) => good(JSON.stringify(id), id));
export const BAD_BODY_IDS: readonly Piece<string | null>[] = [
  bad(null, null, '/data/id'),
  bad('7', null, '/data/id'),
  bad('null', null, '/data/id'),
  bad('""', '', '/data/id'),
  bad('"\\u0000"', '\0', '/data/id'),
  bad('"\\ud800"', '\ud800', '/data/id'),
  bad(`"${'💶'.repeat(256)}"`, '💶'.repeat(256), '/data/id'),
];

export const GOOD_ORGANISATIONS: readonly Piece<string>[] = [
  good('"o"', 'o'),
  good('"\\u00e9\\ud83d\\udcb6\\/"', 'é💶/'),
  good('"\'; DROP TABLE payments; --"', "'; DROP TABLE payments; --"),
  good(`"${'ü'.repeat(255)}"`, 'ü'.repeat(255)),
];
export const BAD_ORGANISATIONS: readonly Piece<string>[] = [
  bad(null, '', '/data/organisation_id'),
  bad('false', '', '/data/organisation_id'),
  bad('" \\t"', '', '/data/organisation_id'),
  bad(`"${'o'.repeat(256)}"`, '', '/data/organisation_id'),
];

/** The value is the expected text: unchanged except for white space between tokens. */
export const GOOD_ATTRIBUTES: readonly Piece<string>[] = [
  good('{"amount":"100.21"}', '{"amount":"100.21"}'),
  good('{"amount":"007.50","n":12345678901234567890.10}', '{"amount":"007.50","n":12345678901234567890.10}'),
  good(
    ' { "z" : [ 1 , -0.0, 1e400 ] , "amount" : "0.01", "a b" : " \\" " }\r\n',
    '{"z":[1,-0.0,1e400],"amount":"0.01","a b":" \\" "}',
  ),
  good(
    '{"amount":"1","__proto__":{"amount":"2"},"2":0,"1":0}',
    '{"amount":"1","__proto__":{"amount":"2"},"2":0,"1":0}',
  ),
  good(
    '{"amount":"1","nul":"\\u0000","half":"\\ud800","":null}',
    '{"amount":"1","nul":"\\u0000","half":"\\ud800","":null}',
  ),
  good(
    `{"amount":"${'9'.repeat(64)}","deep":${'['.repeat(40)}${']'.repeat(40)}}`,
    `{"amount":"${'9'.repeat(64)}","deep":${'['.repeat(40)}${']'.repeat(40)}}`,
  ),
];
export const BAD_ATTRIBUTES: readonly Piece<string>[] = [
  bad(null, '', '/data/attributes'),
  bad('[]', '', '/data/attributes'),
  bad('{}', '', '/data/attributes/amount'),
  bad('{"amount":100.21}', '', '/data/attributes/amount'),
  ...['0', '0.00', '-1', '+1', '1e3', '.5', '5.', '1,5', ' 1', '', '1'.repeat(65)].map((amount) =>
    bad(`{"amount":"${amount}"}`, '', '/data/attributes/amount'),
  ),
];

export const GOOD_TYPES: readonly Piece<null>[] = [good('"Payment"', null)];
export const BAD_TYPES: readonly Piece<null>[] = [bad(null, null, '/data/type'), bad('"payment"', null, '/data/type')];

/** Further properties of `data` and of the body. */
export const GOOD_EXTRAS: readonly Piece<null>[] = [
  good(null, null),
  good('},"links":{"self":"x","n":1', null),
  good('},"links":{', null),
];
export const BAD_EXTRAS: readonly Piece<null>[] = [
  bad(',"extra":1', null, '/data/extra'),
  bad(',"a/b~":1', null, '/data/a~1b~0'),
  bad('},"extra":{', null, '/extra'),
  bad('},"links":[],"x":{', null, '/links', '/x'),
];

/** Invalid versions in a body; valid ones depend on the stored data. */
export const BAD_BODY_VERSIONS: readonly Piece<number>[] = [
  '"0"',
  '0.5',
  '-1',
  'null',
  '9007199254740993',
  '1e400',
].map((sent) => bad(sent, 0, '/data/version'));

/** Invalid versions in a query. */
export const BAD_QUERY_VERSIONS: readonly Piece<number>[] = [
  bad(null, 0, '/query/version'),
  bad('version=0&version=0', 0, '/query/version'),
  bad('version=0&verson=0', 0, '/query/verson'),
  ...['', '1e0', '0x0', '%200', '-1', '+0', '0.0', '9007199254740993', '%E0'].map((text) =>
    bad(`version=${text}`, 0, '/query/version'),
  ),
];

/** Accepted media types, and others. */
export const GOOD_MEDIA: readonly (string | null)[] = [
  'application/json',
  'Application/JSON; charset="UTF-8"',
  'application/vnd.api+json',
];
export const BAD_MEDIA: readonly (string | null)[] = [null, 'text/plain', 'application/json; charset=latin1', 'json'];

/** A body that is invalid as a whole. */
export interface BrokenBody {
  readonly body: string | Buffer;
  readonly code: 'malformed_json' | 'validation_failed' | 'body_too_large';
  readonly errors: readonly string[];
}

export const BODY_LIMIT_BYTES = 8192;

const MEMBERS = ['id', 'type', 'organisation_id', 'attributes'].map((name) => `/data/${name}`);

/**
 * @param isUpdate - whether a version is required
 * @returns bodies that are invalid as a whole
 */
export function brokenBodies(isUpdate: boolean): readonly BrokenBody[] {
  const all = isUpdate ? [...MEMBERS, '/data/version'] : MEMBERS;
  return [
    { body: '', code: 'malformed_json', errors: [''] },
    { body: '{"data":{"id":"a"', code: 'malformed_json', errors: [''] },
    { body: '{"data":{"id":"a","id":"b"}}', code: 'malformed_json', errors: ['/data/id'] },
    { body: '['.repeat(600) + ']'.repeat(600), code: 'malformed_json', errors: [''] },
    { body: '[]', code: 'validation_failed', errors: [''] },
    { body: 'null', code: 'validation_failed', errors: [''] },
    { body: '{}', code: 'validation_failed', errors: ['/data'] },
    { body: '{"data":{},"__proto__":{}}', code: 'validation_failed', errors: [...all, '/__proto__'] },
    { body: ' '.repeat(BODY_LIMIT_BYTES + 1), code: 'body_too_large', errors: [] },
  ];
}

/** Not UTF-8, which is detected before all other errors. */
export const NOT_UTF8 = Buffer.from('{"data":"\xff"}', 'latin1');
