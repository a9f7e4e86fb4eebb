import { exitCodeOf } from './command-line.js';
import type { Host } from './host.js';
import { parseCommandLine } from './program.js';

/** Runs what the command line asks for. It never throws: an error becomes one line and an exit code. */
export async function run(host: Host): Promise<void> {
  try {
    const parsed = parseCommandLine(host, host.argv);
    const command = await parsed?.command.load();
    const code = parsed && command ? await command(host, parsed.line) : 0;
    if (code !== null) host.exit(code);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    host.printError(`${host.product.serviceName}: ${message.replace(/\s*\n\s*/g, ' ')}`);
    host.exit(exitCodeOf(error));
  }
}
