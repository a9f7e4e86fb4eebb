import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { ROOT } from '../support/program.js';
import { read } from './markdown.js';
import { shellWords } from './shell-blocks.js';

/** Commands of the documentation that no test runs. */
interface NotRun {
  readonly commands: RegExp;
  /** The pages with the command; default all. */
  readonly pages?: RegExp;
  readonly why: string;
  /** An alternative check. @throws if the command could not work */
  instead(command: string, page: string): void;
}

/** The scripts of the page's package; the default is the main package. */
function scriptsFor(page: string): Record<string, string> {
  const own = join(dirname(page), 'package.json');
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    read(existsSync(join(ROOT, own)) ? own : 'package.json'),
  );
  return scripts;
}

function expectScript(command: string, page: string): void {
  const [, name = ''] = /npm (?:run )?(\S+)/.exec(command) ?? [];
  if (!['ci', 'install'].includes(name)) expect(scriptsFor(page), command).to.have.property(name);
}

function expectFiles(command: string): void {
  const files = shellWords(command).filter((word) => /^(api|bench|deploy|test)\//.test(word));
  expect(files, command).not.to.have.length(0);
  for (const file of files) expect(existsSync(join(ROOT, file)), file).to.equal(true);
}

export const NOT_RUN: readonly NotRun[] = [
  {
    commands: /^sysctl /,
    why: 'it changes a setting of the whole machine',
    instead(command) {
      const [, name = ''] = /^sysctl -w ([\w.]+)='\d+ \d+ \d+'$/.exec(command) ?? [];
      expect(name, command).not.to.equal('');
      const isThere = process.platform !== 'linux' || existsSync(`/proc/sys/${name.replaceAll('.', '/')}`);
      expect(isThere, command).to.equal(true);
    },
  },
  {
    commands: /--repo-read-uri postgres:/,
    why: 'it needs three database servers; test/fault/standby.test.ts runs a primary and a standby',
    instead: () => expect(read('test/fault/standby.test.ts')).to.include('--repo-read-uri'),
  },
  {
    commands: /^source <\(payments-api completion bash\)$/,
    why: 'it changes the shell that runs it; test/cli/completion.test.ts runs the script in one',
    instead() {
      expect(read('test/cli/completion.test.ts')).to.include('bash');
    },
  },
  {
    commands: /^npm (ci|test|run (lint|types|generate|contract:check))$/,
    pages: /^(README|CONTRIBUTING|docs\/(how-to|add-a-resource))\.md$/,
    why: 'the tests run inside of what these do; .ci/run does all of it before',
    instead(command) {
      const steps = read('.ci/run')
        .replaceAll(' --silent', '')
        .replaceAll(/^ *beside [\w-]+ |^ +| \| tee .*$/gm, '')
        .split('\n');
      // The scripts of packages run in the next step.
      const options = ['', ' -- --check', ' --ignore-scripts'];
      expect(steps).to.include.oneOf(options.map((each) => command + each));
    },
  },
  {
    commands: /^npm (install|test|run (generate|build))$/,
    pages: /^clients\//,
    why: 'the client is a package of its own, which .ci/run installs, tests and builds before',
    instead(command, page) {
      expectScript(command, page);
      expect(read('.ci/run'))
        .to.include('npm --prefix clients/typescript ci')
        .and.include('(cd clients/typescript && npm test && npm run --silent build)');
    },
  },
  {
    commands: /^npm install @payments-api\/client$/,
    why: 'it is ready to be published, and not published; its tests install it as it would be',
    instead: () => expect(JSON.parse(read('clients/typescript/package.json')).name).to.equal('@payments-api/client'),
  },
  {
    commands: /^(UPDATE_DOCS=1 )?npm test -- \S+$/,
    why: 'it runs tests, as this one is run',
    instead(command) {
      const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
      const part = command.split(' ').at(-1) ?? '';
      expect(
        files.filter((file) => file.endsWith('.test.ts') && file.includes(part)),
        command,
      ).not.to.have.length(0);
    },
  },
  {
    commands:
      /^(cp -r examples\/payees|git apply examples\/|npm test -- \S+ |npm --prefix \S+ run generate$|npm run generate -- --contract )/,
    pages: /^docs\/(how-to|add-a-resource)\.md$/,
    why: 'test/docs/how-to.test.ts runs it in a copy',
    instead: (_command, page) => expect(read('test/docs/how-to.test.ts')).to.include(page),
  },
  {
    commands: /^npm run (contract:release|test:soak)$/,
    why: 'it changes the repository, or takes too long; test/contract/released.test.ts, and the same tests in short',
    instead: expectScript,
  },
  {
    commands: /^npm run bench( |$)/,
    why: 'it measures for minutes, with packages of its own',
    instead(command, page) {
      expectScript(command, page);
      const files = readdirSync(join(ROOT, 'bench', 'harness')).filter((file) => file.endsWith('.ts'));
      const options = files.map((file) => read(join('bench', 'harness', file))).join('\n');
      for (const [, flag = ''] of command.matchAll(/ --([a-z-]+)/g))
        expect(options).to.match(new RegExp(`\\b${flag}\\b`));
    },
  },
  { commands: /^(SOAK=1 )?node --import tsx bench\//, why: 'it measures for minutes', instead: expectFiles },
  {
    commands: /^docker (build|run) /,
    why: 'it needs a Docker engine; test/deploy/image.test.ts reads the Dockerfile and runs its health check',
    instead(command) {
      expect(command).to.include(` payments-api:${JSON.parse(read('package.json')).version} `);
      expect(existsSync(join(ROOT, 'Dockerfile'))).to.equal(true);
    },
  },
  {
    commands: /^docker-compose /,
    why: 'it needs a Docker engine; test/deploy/compose.test.ts reads the file',
    instead(command) {
      const [, profile] = /--profile (\S+)/.exec(command) ?? [];
      const { services }: { services: Record<string, { profiles?: string[] }> } = parse(read('docker-compose.yml'));
      const profiles = Object.values(services).flatMap((service) => service.profiles ?? []);
      if (profile !== undefined) expect(profiles).to.include(profile);
    },
  },
  {
    commands: /^kubectl /,
    why: 'it needs kubectl, or a cluster; test/deploy/kubernetes-schemas.test.ts holds base and overlay against the schemas',
    instead(command) {
      if (command.includes('kustomize')) expectFiles(command);
      else expect(read('docs/deploy.md')).to.include('# kustomization.yaml');
    },
  },
  {
    commands: /^(java -jar openapi-generator-cli-|go run github\.com\/oapi-codegen\/)/,
    pages: /^docs\/clients\.md$/,
    why: 'it needs Java or Go; npm run test:sdks runs the same version with the same options where they are installed',
    instead(command) {
      expectFiles(command);
      const clients = read('test/sdks/clients.ts');
      const [, version = ''] = /(?:cli-|@v)(\d+\.\d+\.\d+)/.exec(command) ?? [];
      expect(clients).to.include(version);
      for (const [option] of command.matchAll(/--[\w-]+=\S+/g)) expect(clients).to.include(option);
    },
  },
  {
    commands: /^npm run test:node( |$)/,
    why: 'it installs another Node and compiles for it, which takes longer than .ci/run has',
    instead: expectScript,
  },
  {
    commands: /^npm run lint:prose( |$)/,
    why: 'it is a part of npm run lint, which .ci/run does before',
    instead: () => expect(scriptsFor('README.md').lint).to.include('npm run --silent lint:prose'),
  },
  {
    commands: /^npm run test:(schemathesis|sdks)( |$)/,
    why: 'it installs other programs',
    instead(command, page) {
      expectScript(command, page);
      const [, name = ''] = /npm run (\S+)/.exec(command) ?? [];
      expect(read('.ci/run')).to.include(name);
    },
  },
];
