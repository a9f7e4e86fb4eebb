import type { Contract } from '../contract.js';
import { docComment } from './text.js';

/** The header of every generated file. */
export function banner({ name, document: { info } }: Contract): string {
  const lines = [
    `Generated from ${name} (${info.title} ${info.version}).`,
    'Do not edit: change the contract and run `npm run generate`.',
  ];
  return docComment({ description: lines.join('\n') });
}
