import type { Contract } from '../contract.js';

/** The header of every generated file. */
export function banner(contract: Contract): string {
  return [
    '/**',
    ` * Generated from ${contract.name} (${contract.document.info.title} ${contract.document.info.version}).`,
    ' * Do not edit: change the contract and run `npm run generate`.',
    ' */',
    '',
  ].join('\n');
}
