import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { ContractError } from './contract-error.js';
import type { Document } from './document.js';
import { documentFaults } from './document-faults.js';

/** A contract that was read and checked. */
export interface Contract {
  /** For people: the file and its folder, never the whole path of one machine. */
  readonly name: string;
  readonly document: Document;
}

/**
 * Reads a contract and checks it: YAML, then the structure of OpenAPI 3.0, then what the generator relies on.
 *
 * @param contractFile - path of an OpenAPI 3.0 document, YAML or JSON
 * @returns the contract, its document a plain JSON value
 * @throws ContractError naming every fault and its place
 */
export async function readContract(contractFile: string): Promise<Contract> {
  const name = `${basename(dirname(contractFile))}/${basename(contractFile)}`;
  const value = parseYaml(name, await readText(name, contractFile));
  const faults = await documentFaults(value);
  if (faults.length > 0) throw new ContractError(name, faults);
  return { name, document: value as Document };
}

async function readText(name: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const what =
      error instanceof Error && 'code' in error ? `cannot be read (${String(error.code)})` : 'cannot be read';
    throw new ContractError(name, [{ where: 'file', what }]);
  }
}

function parseYaml(name: string, text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: false });
  const faults = [...document.errors, ...document.warnings].map((fault) => {
    const { line, col } = lineCounter.linePos(fault.pos[0]);
    return { where: `line ${line}, column ${col}`, what: fault.message };
  });
  if (faults.length > 0) throw new ContractError(name, faults);
  return document.toJS();
}
