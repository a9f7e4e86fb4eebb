import { contract } from '../contract/contract.js';
import { servedContract } from '../contract/served-contract.js';
import { contractYaml } from '../http/pages/pages.js';
import { type Command, configOf } from './command-line.js';

/** `openapi`: prints the contract as it would be served, in YAML. */
export const openapi: Command = async (host, line) => {
  const { apiVersion, externalUrl } = configOf(host, line);
  host.print((await contractYaml(servedContract(contract, apiVersion, externalUrl).definition)).trimEnd());
  return 0;
};
