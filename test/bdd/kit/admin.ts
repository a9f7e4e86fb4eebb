import { expect } from 'chai';
import { type Step, step } from './scenario.js';

/** Deletes everything in the service, through the admin endpoint. */
export function anEmptyRepository(): Step {
  return step('an empty repository', async ({ http }) => {
    const { status, text } = await http.send('DELETE', '/admin/repo');
    expect(status, text).to.equal(204);
  });
}
