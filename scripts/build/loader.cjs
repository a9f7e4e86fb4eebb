#!/usr/bin/env node
'use strict';
/**
 * `dist/src/main.js`: loads the bundle with what V8 compiled when it was built, since compiling takes a quarter of the start. V8 rejects
 * code of another version of itself, or made with other flags, and compiles again. Node 20 does this neither for CommonJS
 * nor for ES modules.
 */
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { Script } = require('node:vm');

const MAIN = join(__dirname, '../chunks/main.js');

const modules = new Map();
/** Each file that was loaded, compiled. */
const scripts = new Map();

function load(filename) {
  const known = modules.get(filename);
  if (known) return known.exports;
  const module = { exports: {} };
  modules.set(filename, module);
  const folder = dirname(filename);
  const requireHere = (name) => (name.startsWith('.') ? load(resolve(folder, name)) : require(name));
  const script = compile(filename);
  scripts.set(filename, script);
  script.runInThisContext()(module.exports, requireHere, module, filename, folder);
  return module.exports;
}

function compile(filename) {
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(filename, 'utf8')}\n})`;
  const cache = `${filename}.cache`;
  return new Script(source, { filename, cachedData: existsSync(cache) ? readFileSync(cache) : undefined });
}

// Node maps the stack traces of modules alone.
const start = () => (process.sourceMapsEnabled ? require(MAIN) : load(MAIN));

if (require.main === module) start();
else module.exports = { start, scripts, compile };
