import { expect } from 'chai';
import { nameOf, readDocumentedReplies } from './documented-replies.js';
import { CONTRACT, runDredd } from './run-dredd.js';

describe('Dredd', () => {
  it('confirms every documented response of every operation', async () => {
    const documented = readDocumentedReplies(CONTRACT);
    const { exitCode, output, outcomes } = await runDredd(CONTRACT);

    expect(
      outcomes.filter(({ isValid }) => !isValid),
      output,
    ).to.deep.equal([]);
    expect(exitCode, output).to.equal(0);
    expect(output).to.include(
      `complete: ${documented.length} passing, 0 failing, 0 errors, 0 skipped, ${documented.length} total`,
    );
    // The actual responses, whatever Dredd expected.
    expect(
      outcomes.map(({ name, actualStatus, actualMediaType }) => ({ name, actualStatus, actualMediaType })),
    ).to.have.deep.members(
      documented.map((reply) => ({
        name: nameOf(reply),
        actualStatus: reply.status,
        actualMediaType: reply.mediaType,
      })),
    );
    // The responses that were compared with a schema; by default Dredd compares only examples.
    expect(outcomes.filter(({ hasSchema }) => hasSchema).map(({ name }) => name)).to.have.members(
      documented.filter(({ mediaType }) => mediaType?.endsWith('json')).map(nameOf),
    );
  });
});
