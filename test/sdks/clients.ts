import { join } from 'node:path';

/** The folders for the commands of a client. */
export interface Places {
  readonly contract: string;
  /** The client's own, with a copy of its files in `test/sdks`. The commands run in it. */
  readonly folder: string;
  /** Shared by several clients. */
  readonly cache: string;
}

export interface GeneratedClient {
  /** Also the folder of its program, here. */
  readonly name: string;
  /** Programs that must be on the PATH. */
  readonly programs: readonly string[];
  /** The folder that the generator writes, removed before each run. */
  readonly generated: string;
  /** Generate, compile, run. */
  commands(places: Places): readonly (readonly [program: string, ...argv: string[]])[];
}

const OAPI_CODEGEN = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';
const OPENAPI_GENERATOR = 'org.openapitools:openapi-generator-cli:7.25.0';
const GO_MODULE = [
  'sh',
  '-c',
  'test -f go.mod || go mod init journey >/dev/null 2>&1; go mod tidy >/dev/null 2>&1; go build -o journey-program .',
] as const;

/** Commands that generate a client with openapi-generator, which comes from Maven and runs on Java. */
function openapiGenerator(
  { contract, cache }: Places,
  language: string,
  output: string,
  options: readonly string[],
): (readonly [string, ...string[]])[] {
  const [, , version] = OPENAPI_GENERATOR.split(':');
  const jar = join(cache, `openapi-generator-cli-${version}.jar`);
  const copy = ['-q', '-B', 'dependency:copy', `-Dartifact=${OPENAPI_GENERATOR}`, `-DoutputDirectory=${cache}`];
  return [
    ['sh', '-c', 'test -f "$0" || mvn "$@"', jar, ...copy],
    ['java', '-jar', jar, 'generate', '-g', language, '-i', contract, '-o', output, ...options],
  ];
}

export const clients: readonly GeneratedClient[] = [
  {
    name: 'go-oapi-codegen',
    programs: ['go'],
    generated: 'payments',
    commands: ({ contract }) => [
      ['mkdir', '-p', 'payments'],
      [
        'go',
        'run',
        OAPI_CODEGEN,
        '-generate',
        'types,client',
        '-package',
        'payments',
        '-o',
        'payments/client.go',
        contract,
      ],
      GO_MODULE,
      ['./journey-program'],
    ],
  },
  {
    name: 'go-openapi-generator',
    programs: ['go', 'java', 'mvn'],
    generated: 'payments',
    commands: (places) => [
      ...openapiGenerator(places, 'go', 'payments', [
        '--package-name=payments',
        '--global-property=models,apis,supportingFiles,modelTests=false,apiTests=false',
        '--additional-properties=withGoMod=false',
      ]),
      GO_MODULE,
      ['./journey-program'],
    ],
  },
  {
    name: 'java',
    programs: ['java', 'javac', 'mvn'],
    generated: 'generated',
    commands: (places) => [
      ...openapiGenerator(places, 'java', 'generated', [
        '--library=native',
        '--invoker-package=payments.client',
        '--api-package=payments.client.api',
        '--model-package=payments.client.model',
        '--global-property=models,apis,supportingFiles,modelTests=false,apiTests=false',
        '--additional-properties=openApiNullable=false,hideGenerationTimestamp=true',
      ]),
      ['cp', 'Journey.java', 'generated/src/main/java/'],
      [
        ...['mvn', '-q', '-B', '-f', 'generated/pom.xml', '-Dmaven.test.skip=true', '-Dmaven.javadoc.skip=true'],
        ...['compile', 'dependency:build-classpath', '-Dmdep.outputFile=classpath.txt'],
      ] as const,
      ['sh', '-c', 'java -Dfile.encoding=UTF-8 -cp "generated/target/classes:$(cat generated/classpath.txt)" Journey'],
    ],
  },
  {
    name: 'python',
    programs: ['python3', 'java', 'mvn'],
    generated: 'generated',
    commands: (places) => [
      ...openapiGenerator(places, 'python', 'generated', [
        '--package-name=payments_client',
        '--global-property=models,apis,supportingFiles,modelTests=false,apiTests=false',
      ]),
      ['sh', '-c', 'test -d venv || python3 -m venv venv'],
      ['venv/bin/pip', 'install', '--quiet', './generated'],
      ['venv/bin/python', 'journey.py'],
    ],
  },
  {
    name: 'rust',
    programs: ['cargo', 'java', 'mvn'],
    generated: 'generated',
    commands: (places) => [
      ...openapiGenerator(places, 'rust', 'generated', [
        '--package-name=payments_client',
        '--library=reqwest',
        '--global-property=models,apis,supportingFiles,modelTests=false,apiTests=false',
        '--additional-properties=supportAsync=false',
      ]),
      ['cargo', 'run', '--quiet'],
    ],
  },
];
