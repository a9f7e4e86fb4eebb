import type { Contract } from '../contract.js';

/**
 * The head of every generated file.
 *
 * @param contract - where the file comes from
 */
export function banner(contract: Contract): string {
  return [
    '/**',
    ` * Generated from ${contract.name} (${contract.document.info.title} ${contract.document.info.version}).`,
    ' * Do not edit: change the contract and run `npm run generate`.',
    ' */',
    '',
  ].join('\n');
}
