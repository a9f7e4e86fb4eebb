import { expect } from 'chai';
import { Progress } from '../../src/cli/transfer/progress.js';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, target: { isTTY, write: (text: string) => written.push(text) } };
}

describe('the progress of a command', () => {
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
    expect(written).to.deep.equal(['\r\u001b[K0 of 2,000 payments', '\r\u001b[K1,000 of 2,000 payments', '\r\u001b[K']);
  });

  it('names no total if that is unknown, and stays below messages', () => {
    const { target, written } = recorder(true);
    const progress = new Progress({ stderr: () => target, now: () => 0 }, 'payments', null);
    progress.report(5);
    progress.say('line 3: no');
    expect(written).to.deep.equal(['\r\u001b[K5 payments', '\r\u001b[Kline 3: no\n5 payments']);
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
