
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
const file = fileURLToPath(new URL('service.cjs', import.meta.url));
const source = '(function (exports, require, module, __filename, __dirname, BUNDLE_URL) {' + readFileSync(file, 'latin1') + '\n})';
const cacheFile = file + '.cache';
const cachedData = existsSync(cacheFile) && !process.env.NOCACHE ? readFileSync(cacheFile) : undefined;
const script = new vm.Script(source, { filename: file, cachedData, importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER });
if (cachedData && script.cachedDataRejected) console.error('rejected');
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file, file, import.meta.url);
if (process.env.MAKECACHE) setTimeout(() => { writeFileSync(cacheFile, script.createCachedData()); console.error('made'); process.exit(0) }, 3000);
