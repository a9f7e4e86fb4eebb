import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { INITIALIZER_SCRIPT } from './initializer.js';

/** A file that the page loads. */
export interface Asset {
  readonly contentType: string;
  readonly content: string | Buffer;
  /** Changes with the content, and with nothing else: the page names it in the asset's URL. */
  readonly fingerprint: string;
}

export const ASSET_NAMES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'initializer.js', 'favicon-32x32.png'] as const;
export type AssetName = (typeof ASSET_NAMES)[number];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  png: 'image/png',
};
const FINGERPRINT_CHARACTERS = 12;

/**
 * A loader of the page's files, which reads each of them once: from the package swagger-ui-dist, except for the script
 * that starts it. Nothing is read before somebody looks at the page.
 */
export function createAssets(): (name: AssetName) => Promise<Asset> {
  const loaded = new Map<AssetName, Promise<Asset>>();
  return (name) => {
    const known = loaded.get(name);
    if (known) return known;
    const asset = load(name);
    loaded.set(name, asset);
    // A failed read must not stay: the next request tries again.
    asset.catch(() => loaded.delete(name));
    return asset;
  };
}

/** `npm run build` copies the files to `dist/docs-page`, so that the package they come from need not be installed. */
function pathOf(name: AssetName): string {
  const built = fileURLToPath(new URL(`../docs-page/${name}`, import.meta.url));
  return existsSync(built) ? built : createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
}

async function load(name: AssetName): Promise<Asset> {
  const content = name === 'initializer.js' ? INITIALIZER_SCRIPT : await readFile(pathOf(name));
  const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  const fingerprint = createHash('sha256').update(content).digest('hex').slice(0, FINGERPRINT_CHARACTERS);
  return { contentType, content, fingerprint };
}
