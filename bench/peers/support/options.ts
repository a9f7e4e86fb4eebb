import { parseArgs } from 'node:util';

/** What every peer takes on its command line; the names are those of the service under test. */
export interface PeerOptions {
  readonly host: string;
  readonly port: number;
  readonly repo: 'sqlite3' | 'postgres';
  readonly repoUri: string;
  readonly externalUrl: string;
}

/** The greatest request body, as the service's own default. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/** Default and greatest size of a page. */
export const MAX_RESULTS = 20;

/** Counted for each client address, and never reached: what is measured is the counting. */
export const LIMIT_PER_SECOND = 1_000_000_000;

/** The OpenAPI document of the service, which the contract-first peers enforce as it is. */
export const CONTRACT_PATH = new URL('../../../../api/openapi.yml', import.meta.url).pathname;

/**
 * Reads a peer's command line.
 *
 * @param argv - the arguments after the program's name
 * @throws TypeError for an unknown flag or a missing value
 */
export function readOptions(argv: readonly string[] = process.argv.slice(2)): PeerOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      listen: { type: 'string', default: '127.0.0.1:8080' },
      repo: { type: 'string', default: 'sqlite3' },
      'repo-uri': { type: 'string', default: ':memory:' },
    },
  });
  const { repo } = values;
  if (repo !== 'sqlite3' && repo !== 'postgres') throw new TypeError(`--repo is sqlite3 or postgres, not ${repo}`);
  const colon = values.listen.lastIndexOf(':');
  const host = values.listen.slice(0, colon);
  const port = Number(values.listen.slice(colon + 1));
  return { host, port, repo, repoUri: values['repo-uri'], externalUrl: `http://${host}:${port}` };
}
