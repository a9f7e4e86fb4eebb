/** A command of a page. */
export interface ShellCommand {
  /** With continued lines joined, and without a comment. */
  readonly text: string;
  /** Its output, in a text block directly after; null if there is none. */
  readonly output: string | null;
}

/** A shell block, and a text block directly after it. */
const BLOCK = /^```(?:sh|bash|shell|console)\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?/gms;

/** The commands of a page's shell blocks, in order; those joined by `&&` are split. */
export function shellCommands(markdown: string): readonly ShellCommand[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, block = '', output = null]) => {
    const commands = commandsOf(block);
    return commands.map((text, index) => ({ text, output: index === commands.length - 1 ? output : null }));
  });
}

function commandsOf(block: string): string[] {
  const commands: string[] = [];
  let open = '';
  for (const line of block.replaceAll('\\\n', ' ').split('\n')) {
    open = open === '' ? line : `${open}\n${line}`;
    // A quoted text may span lines.
    if (open.split("'").length % 2 === 0) continue;
    commands.push(...withoutComment(open).split(' && '));
    open = '';
  }
  return commands.map((command) => command.replace(/^\$ /, '').trim()).filter((command) => command !== '');
}

function withoutComment(command: string): string {
  const [kept = ''] = /^(?:'[^']*'|(?!\s#)[^'])*/.exec(command) ?? [];
  return kept.startsWith('#') ? '' : kept.trim();
}

/**
 * The words of a command, for a POSIX shell's plain and single-quoted text.
 *
 * @param command - on one line
 */
export function shellWords(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
