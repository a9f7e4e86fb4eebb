import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';

/** A browser on this machine, and its environment variables. */
interface Installation {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** For its start, and for each step: Playwright's own limit of 30 s is short for a busy machine. */
export const BROWSER_LIMIT_MS = 120_000;

const FONT_SETTINGS = 'fonts.conf';

/** Headless, without a sandbox (tests may run as root), and offline: only this machine is resolved. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/**
 * Starts a headless Chromium with an empty profile: that of `CHROMIUM_PATH`, or one on the PATH, or Playwright's own,
 * or that of the package @sparticuz/chromium.
 *
 * @throws Error with advice if there is none
 */
export async function launchChromium(): Promise<Browser> {
  const { executablePath, env } = await findChromium();
  return chromium.launch({
    ...{ executablePath, headless: true, args: ARGUMENTS, env: { ...process.env, ...env } },
    timeout: BROWSER_LIMIT_MS,
  });
}

async function findChromium(): Promise<Installation> {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (await isExecutable(named)) return { executablePath: named, env: {} };
    throw new Error(`CHROMIUM_PATH is ${named}, which cannot be executed.`);
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const executablePath of [...candidates, chromium.executablePath()]) {
    if (await isExecutable(executablePath)) return { executablePath, env: {} };
  }
  try {
    return await packagedChromium();
  } catch (cause) {
    throw new Error('No Chromium found: install one (chromium, google-chrome) or name one in CHROMIUM_PATH.', {
      cause,
    });
  }
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * The Chromium of the package, unpacked once into `node_modules/.cache` together with its shared libraries. It is
 * unpacked by a separate process, because the package reads the target from the environment.
 */
async function packagedChromium(): Promise<Installation> {
  const packageEntry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const nodeModules = packageEntry.slice(0, packageEntry.indexOf(join('@sparticuz', 'chromium')));
  const folder = join(nodeModules, '.cache', 'chromium');
  const executablePath = join(folder, 'chromium');
  if (!(await isExecutable(executablePath))) await unpack(folder);
  return {
    executablePath,
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_FILE: join(folder, FONT_SETTINGS) },
  };
}

/** Settings for fontconfig with a single folder of fonts. */
function fontSettings(fonts: string, cache: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${fonts}</dir><cachedir>${cache}</cachedir></fontconfig>
`;
}

async function unpack(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  const script = `await (await import('@sparticuz/chromium')).default.executablePath()`;
  // This value makes the package unpack the shared libraries too.
  const env = { ...process.env, TMPDIR: unfinished, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs20.x' };
  const cwd = dirname(fileURLToPath(import.meta.url));
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env, cwd });
  // The package's own settings have the wrong font folder, and a page without fonts crashes.
  await writeFile(join(unfinished, FONT_SETTINGS), fontSettings(join(folder, 'fonts'), join(folder, 'fonts-cache')));
  await rename(unfinished, folder).catch(async (error) => {
    await rm(unfinished, { recursive: true });
    // Another process has unpacked it.
    if (!(await isExecutable(join(folder, 'chromium')))) throw error;
  });
}
