import type { Command as Program } from 'commander';
import { contract, servedContract } from '../contract/contract.js';
import { contractYaml } from '../http/browser-pages.js';
import { type Command, configOf } from './command-line.js';

const SCRIPTS: Readonly<Record<string, (program: Program) => string>> = { bash, zsh, fish };

/** `completion bash|zsh|fish`: prints a script that completes commands and flags. */
export const completion: Command = async (host, { operands: [shell = 'bash'], program }) => {
  const script = SCRIPTS[shell]?.(program);
  if (script !== undefined) host.print(script);
  return 0;
};

/** By name, with dashes, and its description. */
function flagsOf(program: Program): [flag: string, doc: string][] {
  return program.options.flatMap(({ long, hidden, description }) => (long && !hidden ? [[long, description]] : []));
}

/** What may follow the name of a command, besides settings. */
function wordsOf(command: Program): string[] {
  const operands = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  return [...operands, ...flagsOf(command).map(([flag]) => flag)];
}

function bash(program: Program): string {
  const name = program.name();
  const cases = program.commands.map((each) => `    ${each.name()}) words="$words ${wordsOf(each).join(' ')}" ;;`);
  const commands = program.commands.map((each) => each.name());
  return `# ${name} completion for bash: source <(${name} completion bash)
_${identifier(name)}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${wordsOf(program).join(' ')} --help"
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="$words ${commands.join(' ')} help"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${identifier(name)} ${name}`;
}

/** Zsh runs bash's completions. */
function zsh(program: Program): string {
  const load = `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit`;
  return `${load}\n${bash(program)}`;
}

function fish(program: Program): string {
  const complete = `complete -c ${program.name()}`;
  const lines = [
    `# ${program.name()} completion for fish: ${program.name()} completion fish | source`,
    ...program.commands.map(
      (each) => `${complete} -n __fish_use_subcommand -a ${each.name()} -d ${quote(each.description())}`,
    ),
    ...program.commands.flatMap((each) =>
      wordsOf(each).map((word) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
        return `${complete} -n '__fish_seen_subcommand_from ${each.name()}' ${what}`;
      }),
    ),
    ...flagsOf(program).map(([flag, doc]) => `${complete} -l ${flag.slice(2)} -d ${quote(doc)}`),
  ];
  return lines.join('\n');
}

function identifier(program: string): string {
  return program.replace(/\W/g, '_');
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `openapi`: prints the contract as it would be served, in YAML. */
export const openapi: Command = async (host, line) => {
  const { apiVersion, externalUrl } = configOf(host, line);
  host.print((await contractYaml(servedContract(contract, apiVersion, externalUrl).definition)).trimEnd());
  return 0;
};
