import { fileURLToPath } from 'node:url';
import { contractCommand } from './compatibility/command.js';

process.exitCode = await contractCommand(process.argv.slice(2), {
  root: fileURLToPath(new URL('..', import.meta.url)),
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
});
