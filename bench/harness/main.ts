import { readFlags, USAGE } from './flags.js';
import { renderPages } from './report/report.js';
import { run } from './run.js';

const flags = parse();
if (flags === 'help') process.stdout.write(`${USAGE}\n`);
else if (flags === 'render') process.stdout.write(`written: ${renderPages().join(', ')}\n`);
else process.exitCode = await run(flags);

function parse() {
  try {
    return readFlags(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n${USAGE}\n`);
    process.exit(2);
  }
}
