import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Where CPU time goes, in the order of the table. */
export const LAYERS = [
  'kernel: writing to sockets',
  'kernel: the rest, and libuv',
  'Node: HTTP, sockets, streams',
  'Node: the rest',
  'garbage collection',
  'Slonik and pg',
  'other packages',
  'service: HTTP, log, metrics',
  'service: contract',
  'service: store, with SQLite',
  'service: the rest',
] as const;
export type Layer = (typeof LAYERS)[number];

/** A profile as `node --cpu-prof` writes it; times in µs. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** Ids of the nodes that were running. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
}

const WRITES = /^(?:writev?|write(?:Latin1|Utf8|Ascii)String|writeBuffer|shutdown)$/;

/**
 * CPU time by layer. A native function counts for the layer that called it, except writes to sockets: V8 counts
 * SQLite's as time of the store itself.
 *
 * @param profile - the profile
 * @param from - start of the counted time, in µs
 * @param to - its end
 */
export function microsByLayer(profile: CpuProfile, from: number, to: number): Record<Layer, number> {
  const layers = layersOf(profile.nodes);
  const micros = Object.fromEntries(LAYERS.map((layer) => [layer, 0])) as Record<Layer, number>;
  let at = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    const layer = layers.get(id);
    if (at >= from && at <= to && layer !== undefined) micros[layer] += delta;
  }
  return micros;
}

/** @returns the layer of each node; none of an idle one */
function layersOf(nodes: readonly ProfileNode[]): ReadonlyMap<number, Layer> {
  const sources = createSources();
  const layers = new Map<number, Layer>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: ProfileNode, caller: Layer): void => {
    const layer = layerOf(node, caller, sources);
    if (layer !== null) layers.set(node.id, layer);
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child !== undefined) visit(child, layer ?? caller);
    }
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, 'kernel: the rest, and libuv');
  return layers;
}

function layerOf({ callFrame }: ProfileNode, caller: Layer, sourceOf: SourceOf): Layer | null {
  const { functionName, url } = callFrame;
  if (functionName === '(idle)') return null;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(program)' || functionName === '(root)') return 'kernel: the rest, and libuv';
  if (url === '') {
    return caller.startsWith('Node') && WRITES.test(functionName) ? 'kernel: writing to sockets' : caller;
  }
  if (url.startsWith('node:')) {
    return /http|net|stream/.test(url) ? 'Node: HTTP, sockets, streams' : 'Node: the rest';
  }
  const source = sourceOf(callFrame);
  const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1];
  if (name === 'better-sqlite3') return 'service: store, with SQLite';
  if (name !== undefined) return /^(?:pg|pg-.*|slonik|@slonik\/.*)$/.test(name) ? 'Slonik and pg' : 'other packages';
  const folder = /(?:src|peers)\/(\w+)/.exec(source)?.[1] ?? '';
  if (/^(?:http|observe)$/.test(folder)) return 'service: HTTP, log, metrics';
  if (/^(?:contract|generated)$/.test(folder)) return 'service: contract';
  if (/store/.test(source)) return 'service: store, with SQLite';
  return 'service: the rest';
}

type SourceOf = (frame: ProfileNode['callFrame']) => string;

/** Finds the file that a function of a bundle was written in. */
function createSources(): SourceOf {
  const maps = new Map<string, SourceMap | null>();
  return ({ url, lineNumber, columnNumber }) => {
    let map = maps.get(url);
    if (map === undefined) {
      map = readMap(url);
      maps.set(url, map);
    }
    const entry = map?.findEntry(lineNumber, columnNumber);
    return entry !== undefined && 'originalSource' in entry ? entry.originalSource : url;
  };
}

function readMap(url: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')) as SourceMapPayload);
  } catch {
    return null;
  }
}
