import { access, copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Contract, readContract } from '../generate/contract.js';
import { ContractError } from '../generate/contract-error.js';
import { contractBreaks } from './contracts.js';
import type { Break } from './schemas.js';
import { compareVersions, isNewContract, parseVersion } from './version.js';

export interface Comparison {
  readonly released: string;
  readonly current: string;
  readonly breaks: readonly Break[];
  /** Whether the contract is allowed: nothing breaks, or its version permits it. */
  readonly isAllowed: boolean;
}

/**
 * Compares a contract with the last released one.
 *
 * @param folder - the released contracts, in files named by version
 * @throws ContractError if one of them cannot be read, or none was released
 */
export async function compareWithLastRelease(contractFile: string, folder: string): Promise<Comparison> {
  const { document } = await readVersioned(contractFile);
  const last = await lastRelease(folder);
  if (last === null)
    throw new ContractError([{ file: 'released', line: 1, pointer: '#', what: 'no contract has been released' }]);
  const breaks = contractBreaks(last.document, document);
  const [released, current] = [last.document.info.version, document.info.version];
  const isAllowed =
    compareVersions(current, released) >= 0 && (breaks.length === 0 || isNewContract(released, current));
  return { released, current, breaks, isAllowed };
}

/**
 * Stores a copy of the contract under its version.
 *
 * @param folder - of the released contracts; created if missing
 * @returns the file, and whether it is new
 * @throws ContractError if another contract was released under this version
 */
export async function recordRelease(contractFile: string, folder: string): Promise<{ file: string; isNew: boolean }> {
  const contract = await readVersioned(contractFile);
  const file = join(folder, `${contract.document.info.version}.yml`);
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    await copyFile(contractFile, file);
    return { file, isNew: true };
  }
  if (isDeepStrictEqual((await readVersioned(file)).document, contract.document)) return { file, isNew: false };
  const what = `another contract was released as ${contract.document.info.version}: this one needs a new version`;
  throw new ContractError([contract.reject(['info', 'version'], what)]);
}

async function lastRelease(folder: string): Promise<Contract | null> {
  const names = await readdir(folder).catch(() => []);
  const versions = names.filter((name) => name.endsWith('.yml')).map((name) => name.slice(0, -'.yml'.length));
  const last = versions.sort(compareVersions).at(-1);
  if (last === undefined) return null;
  const contract = await readVersioned(join(folder, `${last}.yml`));
  if (contract.document.info.version === last) return contract;
  const what = `is ${contract.document.info.version}, and the file's name says ${last}`;
  throw new ContractError([contract.reject(['info', 'version'], what)]);
}

async function readVersioned(file: string): Promise<Contract> {
  const contract = await readContract(file);
  if (parseVersion(contract.document.info.version) !== null) return contract;
  throw new ContractError([contract.reject(['info', 'version'], 'must be like 1.2.3')]);
}
