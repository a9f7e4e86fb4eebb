import { expect } from 'chai';
import { Progress } from '../../src/cli/transfer/progress.js';

function recorder(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { written, target: { isTTY, columns, write: (text: string) => written.push(text) } };
}

describe('the progress bar', () => {
  it('redraws itself on a terminal, at most ten times a second, and is removed at the end', () => {
    const { target, written } = recorder(true);
    let nowMs = 0;
    const progress = new Progress({ stderr: () => target, now: () => nowMs }, 'payments', 2000);
    progress.report(0);
    nowMs = 99;
    progress.report(10);
    nowMs = 1000;
    progress.report(1000);
    progress.end();
    progress.end();
    expect(written).to.deep.equal([
      `\r\u001b[K[${' '.repeat(24)}]   0 %  0 payments  0/s`,
      `\r\u001b[K[${'='.repeat(12)}${' '.repeat(12)}]  50 %  1,000 payments  1,000/s`,
      '\r\u001b[K',
    ]);
  });

  it('has no percentage if the total is unknown, fits the terminal, and stays below messages', () => {
    const { target, written } = recorder(true, 12);
    const progress = new Progress({ stderr: () => target, now: () => 0 }, 'payments', null);
    progress.report(5);
    progress.say('line 3: no');
    expect(written).to.deep.equal(['\r\u001b[K5 payments ', '\r\u001b[Kline 3: no\n5 payments ']);
  });

  it('takes a terminal of unknown width for 80 columns', () => {
    const { target, written } = recorder(true, 0);
    new Progress({ stderr: () => target, now: () => 0 }, 'payments', null).report(5);
    expect(written).to.deep.equal(['\r\u001b[K5 payments  5,000/s']);
  });

  it('is not drawn in a pipe, which gets only the messages', () => {
    const { target, written } = recorder(false);
    const progress = new Progress({ stderr: () => target, now: () => 0 }, 'payments', 10);
    progress.report(5);
    progress.say('line 3: no');
    progress.end();
    expect(written).to.deep.equal(['line 3: no\n']);
  });
});
