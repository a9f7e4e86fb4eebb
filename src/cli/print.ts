import { contract, servedContract } from '../contract/contract.js';
import { contractYaml } from '../http/browser-pages.js';
import { type Command, configOf } from './command-line.js';

interface Words {
  readonly program: string;
  readonly commands: readonly { readonly name: string; readonly doc: string; readonly words: readonly string[] }[];
  readonly flags: readonly { readonly name: string; readonly doc: string }[];
}

const SCRIPTS: Readonly<Record<string, (words: Words) => string>> = { bash, zsh, fish };

/** `completion bash|zsh|fish`: prints a script that completes commands and flags. */
export const completion: Command = async (host, line) => {
  const { program } = line;
  const [shell = 'bash'] = line.operands;
  const script = SCRIPTS[shell]?.({
    program: host.product.serviceName,
    commands: program.commands.map((command) => ({
      name: command.name(),
      doc: command.description(),
      words: [
        ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
        ...command.options.flatMap(({ long }) => (long ? [long] : [])),
      ],
    })),
    flags: program.options.flatMap(({ long, hidden, description }) =>
      long && !hidden ? [{ name: long, doc: description }] : [],
    ),
  });
  if (script !== undefined) host.print(script);
  return 0;
};

function bash({ program, commands, flags }: Words): string {
  const cases = commands.map(({ name, words }) => `    ${name}) words="$words ${words.join(' ')}" ;;`);
  return `# ${program} completion for bash: source <(${program} completion bash)
_${identifier(program)}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="${flags.map(({ name }) => name).join(' ')} --help"
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words="$words ${commands.map(({ name }) => name).join(' ')} help"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${identifier(program)} ${program}`;
}

/** Zsh runs bash's completions. */
function zsh(words: Words): string {
  const load = `autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit`;
  return `${load}\n${bash(words)}`;
}

function fish({ program, commands, flags }: Words): string {
  const lines = [
    `# ${program} completion for fish: ${program} completion fish | source`,
    ...commands.map(({ name, doc }) => `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quote(doc)}`),
    ...commands.flatMap(({ name, words }) =>
      words.map((word) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
        return `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' ${what}`;
      }),
    ),
    ...flags.map(({ name, doc }) => `complete -c ${program} -l ${name.slice(2)} -d ${quote(doc)}`),
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
