import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import type { Document } from 'openapi-backend';
import { stringify } from 'yaml';
import { ContractError, type Rejection } from '../../scripts/generate/contract-error.js';
import { generate } from '../../scripts/generator.js';
import { type ContractApi, type ContractApiOptions, createContractApi } from '../../src/contract/dispatch.js';
import type {
  AnyHandler,
  AnyReply,
  AnyRequest,
  CompiledContract,
  CompiledOperation,
} from '../../src/contract/types.js';
import { Application } from '../../src/http/application.js';
import { authentication } from '../../src/http/middleware/authentication.js';
import { body, unpacking } from '../../src/http/middleware/body.js';
import { contract } from '../../src/http/middleware/contract.js';
import { errorBoundary } from '../../src/http/middleware/error-boundary.js';
import { requestContext } from '../../src/http/middleware/request-context.js';
import { routing } from '../../src/http/middleware/routing.js';
import { ENGINE_PROBLEMS, ProblemFormat } from '../../src/http/problems.js';
import { respond } from '../../src/http/respond.js';
import { createHttpServer } from '../../src/http/transport/server.js';
import { createClient, type HttpClient } from '../support/http.js';

/** A contract as an object. */
export function contractOf(paths: object, rest: object = {}): object {
  return { openapi: '3.0.3', info: { title: 'Things', version: '1.0.0' }, paths, ...rest };
}

/** Responses of an operation that accepts anything: 200 with any JSON, and the service's own errors. */
export const RESPONSES = {
  200: { description: 'Fine.', content: { 'application/json': {} } },
  400: { description: 'The request is wrong.', content: { 'application/json': {} } },
};

/** An operation `echo`, with further parts. */
export function echo(parts: object = {}): object {
  return { operationId: 'echo', responses: RESPONSES, ...parts };
}

/** Generated files, by name. */
export type Generated = ReadonlyMap<string, string>;

/** Generates contracts in a temporary folder. */
export class Workshop {
  readonly #folder = mkdtemp(join(tmpdir(), 'contract-kit-'));
  #count = 0;

  /** Generates from a document, or returns the errors. */
  async generate(document: object | string): Promise<Generated | readonly Rejection[]> {
    const file = join(await this.#folder, `contract-${++this.#count}.yml`);
    await writeFile(
      file,
      typeof document === 'string' ? document : stringify(document, { aliasDuplicateObjects: false }),
    );
    try {
      return await generate({ contractFile: file });
    } catch (error) {
      if (error instanceof ContractError) return error.rejections;
      throw error;
    }
  }

  /** Writes another file next to the contracts. */
  async write(name: string, content: object): Promise<void> {
    await writeFile(join(await this.#folder, name), stringify(content));
  }

  /** Loads generated files. */
  async load(generated: Generated): Promise<CompiledContract<Document>> {
    const folder = join(await this.#folder, `generated-${++this.#count}`);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const name of ['definition.ts', 'operations.ts', 'validators.ts']) {
      const { code } = await transform(generated.get(name) ?? '', { loader: 'ts' });
      await writeFile(join(folder, name.replace('.ts', '.js')), code);
    }
    const load = (name: string) => import(pathToFileURL(join(folder, name)).href);
    const { definition }: { definition: Document } = await load('definition.js');
    const {
      operations,
      securitySchemes,
      corsHeaders,
    }: CompiledContract & { operations: Record<string, CompiledOperation> } = await load('operations.js');
    return { definition, operations: Object.values(operations), securitySchemes, corsHeaders };
  }

  async remove(): Promise<void> {
    await rm(await this.#folder, { recursive: true });
  }
}

/** A request as its handler sees it, for a JSON reply. */
export function seen({ path, query, cookies, principals, contentType, body: content }: AnyRequest): object {
  return { path, query, cookies, principals, contentType, body: content };
}

const echoHandler: AnyHandler = async (request) => ({
  status: 200,
  contentType: 'application/json',
  body: seen(request),
});

/** A server for one contract at a time, with the service's middleware. */
export interface Bench extends HttpClient {
  readonly workshop: Workshop;
  /** Errors that became a 500. */
  readonly failures: unknown[];
  /** Serves a contract; missing handlers return what they see. */
  serve(
    document: object | string,
    options?: Partial<Pick<ContractApiOptions, 'authenticators' | 'handlers' | 'checkReply'>>,
  ): Promise<ContractApi>;
  /** Serves generated files. */
  serveGenerated(generated: Generated, options?: Partial<ContractApiOptions>): Promise<ContractApi>;
  stop(): Promise<void>;
}

const LIMIT_BYTES = 100_000;

export async function startBench(): Promise<Bench> {
  const workshop = new Workshop();
  const apis: ContractApi[] = [];
  const failures: unknown[] = [];
  const app = new Application(new ProblemFormat('test', ENGINE_PROBLEMS));
  app.use(requestContext({ timeoutMs: 10_000, trustProxy: false }));
  app.use(respond((_call, error) => void failures.push(error)));
  app.use(errorBoundary((_call, error) => void failures.push(error)));
  app.use(routing(apis));
  app.use(authentication());
  app.use(body(LIMIT_BYTES));
  app.use(unpacking(LIMIT_BYTES));
  app.use(contract());
  const server = createHttpServer({
    handler: app.callback(),
    requestTimeoutMs: 10_000,
  });
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
  const client = createClient(port);

  async function serveGenerated(generated: Generated, options: Partial<ContractApiOptions> = {}): Promise<ContractApi> {
    const loaded = await workshop.load(generated);
    const echoes = Object.fromEntries(loaded.operations.map(({ operationId }) => [operationId, echoHandler]));
    const api = createContractApi({ contract: loaded, ...options, handlers: { ...echoes, ...options.handlers } });
    apis.splice(0, 1, api);
    return api;
  }

  return {
    ...client,
    workshop,
    failures,
    serveGenerated,
    async serve(document, options) {
      const generated = await workshop.generate(document);
      if (!(generated instanceof Map)) throw new ContractError(generated as readonly Rejection[]);
      return serveGenerated(generated, options);
    },
    async stop() {
      client.close();
      await server.drain({ graceMs: 0, deadlineMs: 1000 });
      await workshop.remove();
    },
  };
}

export type { AnyReply };
