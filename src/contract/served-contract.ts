import type { Document } from 'openapi-backend';
import type { CompiledContract } from './types.js';

/** The path segment of a contract that `--api-version` replaces. */
const VERSION_PREFIX = '/v1/';
/** How the URLs in a contract's examples begin. */
const EXAMPLE_ROOT = 'http://localhost:8080/v1/';

/**
 * A contract, under the version prefix and the URL that this service is configured with.
 *
 * @param apiVersion - first segment of the API's paths
 * @param externalUrl - how clients reach the service; becomes the contract's only server
 */
export function servedContract(
  contract: CompiledContract<Document>,
  apiVersion: string,
  externalUrl: string,
): CompiledContract<Document> {
  const exposed = (path: string) =>
    path.startsWith(VERSION_PREFIX) ? `/${apiVersion}/${path.slice(VERSION_PREFIX.length)}` : path;
  const written = withExamplesUnder(contract.definition, `${externalUrl}/${apiVersion}/`);
  return {
    ...contract,
    definition: Object.assign({}, written, {
      servers: [{ url: externalUrl }],
      paths: Object.fromEntries(Object.entries(written.paths ?? {}).map(([path, item]) => [exposed(path), item])),
    }),
    operations: contract.operations.map((operation) => ({ ...operation, path: exposed(operation.path) })),
  };
}

/** The contract with examples whose links are what this service would give. */
function withExamplesUnder(definition: Document, root: string): Document {
  if (root === EXAMPLE_ROOT) return definition;
  // A URL that was configured can hold what JSON escapes.
  const inJson = JSON.stringify(root).slice(1, -1);
  return JSON.parse(JSON.stringify(definition).replaceAll(EXAMPLE_ROOT, () => inJson));
}
