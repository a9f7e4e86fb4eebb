import { expect } from 'chai';
import fc from 'fast-check';
import type { RequestFacts } from '../../src/observe/facts.js';
import { createAccessLog, createLogger, type LogLevel } from '../../src/observe/logger.js';
import { anyCharacter } from '../support/any-character.js';
import { createLinesSink } from './lines.js';

const FACTS: RequestFacts = {
  method: 'GET',
  route: '/v1/payments/{id}',
  path: '/v1/payments/p1',
  status: 200,
  startedAt: 0,
  durationMs: 12.34,
  bytes: 412,
  requestId: 'r-1',
  client: '127.0.0.1',
  userAgent: 'curl/8',
  trace: null,
  errorCode: null,
  stage: null,
};

function lineOf(facts: Partial<RequestFacts>, level: LogLevel = 'info'): string | undefined {
  const sink = createLinesSink();
  const accessLog = createAccessLog(createLogger({ level, sink }));
  accessLog({ ...FACTS, ...facts });
  expect(sink.lines.length).to.be.at.most(1);
  return sink.lines[0];
}

function parsed(facts: Partial<RequestFacts>): Record<string, unknown> {
  return JSON.parse(lineOf(facts) ?? 'null');
}

describe('access log', () => {
  it('has one line with every field', () => {
    const { timestamp, ...rest } = parsed({});
    expect(timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).to.deep.equal({
      level: 'info',
      message: 'request',
      request_id: 'r-1',
      method: 'GET',
      route: '/v1/payments/{id}',
      path: '/v1/payments/p1',
      status: 200,
      duration_ms: 12.34,
      bytes: 412,
      client: '127.0.0.1',
      user_agent: 'curl/8',
    });
  });

  it('has trace, error code and stage if there are any', () => {
    const trace = { traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: true };
    const line = parsed({ trace, errorCode: 'deadline_exceeded', stage: 'handling', status: 503 });
    expect(line).to.include({ trace_id: trace.traceId, error_code: 'deadline_exceeded', stage: 'handling' });
  });

  it("has the cause of a 503, and the database's own code if that was the cause", () => {
    expect(parsed({ errorCode: 'repository_unavailable', cause: '53100', status: 503 }).cause).to.equal('53100');
    expect(parsed({ errorCode: 'overloaded', status: 503 }).cause).to.equal('overloaded');
    expect(parsed({ errorCode: 'not_found', status: 404 })).not.to.have.property('cause');
  });

  it('warns of failures, and respects the level', () => {
    expect(parsed({ status: 499 }).level).to.equal('info');
    expect(parsed({ status: 500 }).level).to.equal('warn');
    expect(lineOf({ status: 404 }, 'warn')).to.equal(undefined);
    expect(lineOf({ status: 503 }, 'warn')).to.be.a('string');
    expect(lineOf({ status: 503 }, 'error')).to.equal(undefined);
  });

  it('writes durations with three decimals', () => {
    const cases: [number, string][] = [
      [0, '0.000'],
      [0.0004, '0.000'],
      [0.0999, '0.100'],
      [999.9999, '1000.000'],
      [60_000.5, '60000.500'],
    ];
    for (const [durationMs, text] of cases) expect(lineOf({ durationMs })).to.include(`"duration_ms":${text},`);
  });

  it('truncates long values', () => {
    const line = parsed({ path: `/${'p'.repeat(9000)}`, userAgent: 'u'.repeat(9000) });
    expect(line.path).to.have.length(512);
    expect(line.user_agent).to.have.length(256);
  });

  it('is one line of valid JSON whatever a client sends', () => {
    const text = fc.oneof(fc.string({ unit: anyCharacter, maxLength: 200 }), fc.string({ unit: 'grapheme' }));
    const hostile = fc.stringMatching(/^[\p{Cc}"\\\ud800-\udfff\u2028 a]{0,50}$/u);
    fc.assert(
      fc.property(fc.oneof(text, hostile), fc.oneof(text, hostile), (userAgent, requestId) => {
        const line = lineOf({ userAgent, requestId }) ?? '';
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        expect(line).not.to.match(/[\u0000-\u001f\u007f-\u009f]/);
        expect(JSON.parse(line)).to.deep.include({
          user_agent: userAgent.slice(0, 256),
          request_id: requestId.slice(0, 128),
        });
      }),
    );
  });

  it('escapes lone surrogates', () => {
    expect(lineOf({ userAgent: 'a\ud800b' })).to.include('"a\\ud800b"');
    expect(lineOf({ userAgent: 'smile 😀' })).to.include('"smile 😀"');
  });
});
