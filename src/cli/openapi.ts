import { loadConfig } from '../config/config.js';
import { contract } from '../contract/contract.js';
import { servedContract } from '../contract/served-contract.js';
import { contractYaml } from '../http/pages/contract-yaml.js';
import type { Host } from './host.js';

/**
 * `openapi`: prints the contract as it would be served, in YAML.
 *
 * @param host - the process
 * @param argv - flags
 * @returns the exit code
 */
export async function openapi(host: Host, argv: readonly string[]): Promise<number> {
  const { env, cwd, packageRoot } = host;
  const { apiVersion, externalUrl } = loadConfig({ argv, env, cwd, packageRoot });
  host.print(contractYaml(servedContract(contract, apiVersion, externalUrl).definition).trimEnd());
  return 0;
}
