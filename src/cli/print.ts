import type { Command as Program } from 'commander';
import { type Product, settingsOf } from '../config/settings.js';
import { contract, servedContract } from '../contract/contract.js';
import { contractYaml } from '../http/browser-pages.js';
import { type Command, configOf } from './command-line.js';

const SCRIPTS: Readonly<Record<string, (program: Program, values: Values) => string>> = { bash, zsh, fish };

/** `completion bash|zsh|fish`: prints a script that completes commands, flags and values. */
export const completion: Command = async (host, { operands: [shell = 'bash'], program }) => {
  const script = SCRIPTS[shell]?.(program, valuesOf(host.product));
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

/** The words that a flag takes, by flag, without placeholders such as the `n` of `n|auto`. */
type Values = ReadonlyMap<string, string>;

function valuesOf(product: Product): Values {
  const values = settingsOf(product).map(({ name, format: { hint, parse } }): [string, string] => {
    const words = hint.split('|').filter((word) => word !== hint && parse(word) !== undefined);
    return [`--${name}`, words.join(' ')];
  });
  return new Map(values.filter(([, words]) => words !== ''));
}

function bash(program: Program, values: Values): string {
  const name = program.name();
  const complete = `_${name.replace(/\W/g, '_')}`;
  const cases = program.commands.map((each) => `    ${each.name()}) words="$words ${wordsOf(each).join(' ')}" ;;`);
  const commands = program.commands.map((each) => each.name());
  const words = Array.from(values, ([flag, offered]) => `    ${flag}) words="${offered}" ;;`);
  return `# ${name} completion for bash: source <(${name} completion bash)
${complete}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${wordsOf(program).join(' ')} --help"
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="$words ${commands.join(' ')} help"; fi
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F ${complete} ${name}`;
}

/** Zsh runs bash's completions. */
function zsh(program: Program, values: Values): string {
  const load = `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit`;
  return `${load}\n${bash(program, values)}`;
}

function fish(program: Program, values: Values): string {
  const complete = `complete -c ${program.name()}`;
  const offer = (words?: string) => (words === undefined ? '' : `-x -a '${words}' `);
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
    ...flagsOf(program).map(
      ([flag, doc]) => `${complete} -l ${flag.slice(2)} ${offer(values.get(flag))}-d ${quote(doc)}`,
    ),
  ];
  return lines.join('\n');
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
