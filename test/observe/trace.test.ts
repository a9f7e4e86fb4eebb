import { expect } from 'chai';
import { parseTraceparent } from '../../src/observe/facts.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('traceparent', () => {
  it('returns trace, parent and the sampled flag', () => {
    const expected = { traceId: TRACE, parentId: SPAN, sampled: true };
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).to.deep.equal(expected);
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).to.deep.equal({ ...expected, sampled: false });
    expect(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)).to.deep.equal(expected);
  });

  it('reads later versions as version 00', () => {
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-brings`)).to.have.property('traceId', TRACE);
    expect(parseTraceparent(`cc-${TRACE}-${SPAN}-01`)).to.have.property('parentId', SPAN);
  });

  const malformed: Record<string, string> = {
    'an empty one': '',
    'two of them': `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
    'version ff': `ff-${TRACE}-${SPAN}-01`,
    'a trace id of zeros': `00-${'0'.repeat(32)}-${SPAN}-01`,
    'a parent id of zeros': `00-${TRACE}-${'0'.repeat(16)}-01`,
    'capital letters': `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    'a longer version 00': `00-${TRACE}-${SPAN}-01-more`,
    'a later version without its dash': `01-${TRACE}-${SPAN}-01more`,
    'a short trace id': `00-${TRACE.slice(1)}-${SPAN}-01`,
    'a letter beyond f': `00-${TRACE.slice(1)}g-${SPAN}-01`,
    'a line feed at its end': `00-${TRACE}-${SPAN}-01\n`,
    'a very long one': `01-${TRACE}-${SPAN}-01-${'x'.repeat(1000)}`,
  };
  for (const [name, header] of Object.entries(malformed)) {
    it(`ignores: ${name}`, () => {
      expect(parseTraceparent(header)).to.equal(null);
    });
  }
});
