import { contract } from '../contract/contract.js';
import { servedContract } from '../contract/served-contract.js';
import { contractYaml } from '../http/pages/contract-yaml.js';
import { type CommandLine, configOf } from './command-line.js';
import type { Host } from './host.js';

/**
 * `openapi`: prints the contract as it would be served, in YAML.
 *
 * @param host - the process
 * @param line - settings
 * @returns the exit code
 */
export async function openapi(host: Host, line: CommandLine): Promise<number> {
  const { apiVersion, externalUrl } = configOf(host, line);
  host.print(contractYaml(servedContract(contract, apiVersion, externalUrl).definition).trimEnd());
  return 0;
}
