'use strict';
/**
 * Run by the build, in its unfinished `dist/`: starts the service once, and stores the code that V8 compiled. Its argument
 * is the folder's path once it is complete: stack traces and profiles have the names that a cache was compiled with.
 */
const { once } = require('node:events');
const { readdirSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:net');
const { relative, resolve } = require('node:path');
const vm = require('node:vm');

const [, , published] = process.argv;

vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, { ...options, filename: resolve(published, relative('.', options.filename)) });
  }
};

async function main() {
  const main = resolve('src/main.js');
  const address = await freeAddress();
  process.argv = [process.execPath, main, '--listen', address, '--log-level', 'warn'];
  const { start, scripts, compile, cacheOf } = require(main);
  start();
  while (!(await isUp(`http://${address}/health`)));
  for (const name of readdirSync('chunks').filter((file) => file.endsWith('.js'))) {
    const path = resolve('chunks', name);
    writeFileSync(cacheOf(path), (scripts.get(path) ?? compile(path)).createCachedData());
  }
  process.exit(0);
}

async function freeAddress() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address();
  server.close();
  return `${address}:${port}`;
}

function isUp(url) {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

void main();
