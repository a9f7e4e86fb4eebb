import { expect } from 'chai';
import { type Step, step } from './scenario.js';

/** Forgets everything that the service has, which is what the admin endpoints are for. */
export function anEmptyRepository(): Step {
  return step('an empty repository', async ({ http }) => {
    const { status, text } = await http.send('DELETE', '/admin/repo');
    expect(status, text).to.equal(204);
  });
}
