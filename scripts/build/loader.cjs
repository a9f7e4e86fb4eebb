#!/usr/bin/env node
'use strict';
/**
 * `dist/src/main.js`: loads the bundle with V8's code cache from the build, because compiling takes a quarter of the start.
 * The cache is only for the Node that built it: V8 itself compares no more of its version than its four numbers, and
 * another Node 20 crashed. V8 rejects a cache from other flags, and compiles again. Node 20 itself caches no code.
 */
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join, resolve } = require('node:path');
const { Script } = require('node:vm');

const MAIN = join(__dirname, '../chunks/main.js');

const modules = new Map();
const cacheOf = (filename) => `${filename}.${process.arch}-${process.version}.cache`;
/** The compiled script of each loaded file. */
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
  const cache = cacheOf(filename);
  return new Script(source, { filename, cachedData: existsSync(cache) ? readFileSync(cache) : undefined });
}

// Node maps stack traces to the sources only for modules that it loads itself.
const start = () => (process.sourceMapsEnabled ? require(MAIN) : load(MAIN));

if (require.main === module) start();
else module.exports = { start, scripts, compile, cacheOf };
