import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { ContractError } from '../generate/contract-error.js';
import { compareWithLastRelease, recordRelease } from './releases.js';

const usage = `usage: contract check|release [--contract FILE] [--released FOLDER]
  check    compares the contract with the last released one, and fails where its clients may
  release  keeps a copy of the contract under its version; a released one is never replaced`;

export interface Surroundings {
  readonly root: string;
  print(line: string): void;
  printError(line: string): void;
}

/**
 * The command `contract`: compares the contract with the last released one, or records it as released.
 *
 * @param argv - the command and its flags
 * @returns the exit code: 1 if clients may break or a contract is unusable, 2 for a wrong command line
 */
export async function contractCommand(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await command(argv, surroundings);
  } catch (error) {
    if (error instanceof ContractError) surroundings.printError(error.message);
    else if (error instanceof TypeError && 'code' in error) surroundings.printError(`${error.message}\n${usage}`);
    else throw error;
    return error instanceof ContractError ? 1 : 2;
  }
}

async function command(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { root, printError } = surroundings;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      contract: { type: 'string', default: join(root, 'api', 'openapi.yml') },
      released: { type: 'string', default: join(root, 'api', 'released') },
    },
  });
  const [name] = positionals;
  if (positionals.length === 1 && name === 'check') return await check(values.contract, values.released, surroundings);
  if (positionals.length === 1 && name === 'release')
    return await release(values.contract, values.released, surroundings);
  printError(usage);
  return 2;
}

async function check(contractFile: string, folder: string, { print, printError }: Surroundings): Promise<number> {
  const { released, current, breaks, isAllowed } = await compareWithLastRelease(contractFile, folder);
  const versions = `contract ${current} compared with the released ${released}`;
  for (const { where, what } of breaks) printError(`${where}: ${what}`);
  if (isAllowed) {
    print(breaks.length === 0 ? `${versions}: nothing breaks` : `${versions}: breaks, as its version says`);
    return 0;
  }
  if (breaks.length === 0) printError(`${versions}: a version must not decrease`);
  else
    printError(
      `${versions}: clients of ${released} may fail; take it back, or make it a new ${newPart(released)} version`,
    );
  return 1;
}

function newPart(released: string): string {
  return released.startsWith('0.') ? 'minor' : 'major';
}

async function release(contractFile: string, folder: string, { print }: Surroundings): Promise<number> {
  const { file, isNew } = await recordRelease(contractFile, folder);
  print(`${basename(file)}: ${isNew ? 'recorded; commit it' : 'is recorded already'}`);
  return 0;
}
