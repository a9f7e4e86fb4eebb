import type { World } from './world.js';

/** An action or a check of a scenario. */
export interface Step {
  readonly description: string;
  run(world: World): Promise<void> | void;
}

/** A readable example of behaviour. Each method returns a new scenario with further steps. */
export interface Scenario {
  readonly title: string;
  /** The preconditions. */
  given(...steps: readonly Step[]): Scenario;
  /** The actions. */
  when(...steps: readonly Step[]): Scenario;
  /** The checks; not named `then`, because an object with a `then` is taken for a promise. */
  expect(...steps: readonly Step[]): Scenario;
  /** @throws the error of the first step that failed, with the step's description in its message */
  run(world: World): Promise<void>;
}

/** Scenarios that belong together. */
export interface Feature {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** The tag, in a title, of a scenario that is work in progress. */
export const WIP_TAG = '@wip';

/** @param description - follows "given", "when" or "expect" */
export function step(description: string, run: Step['run']): Step {
  return { description, run };
}

/** Several steps as one. */
export function steps(description: string, ...parts: readonly Step[]): Step {
  return step(description, async (world) => {
    for (const part of parts) await part.run(world);
  });
}

/** @param title - may contain tags such as `@wip` */
export function scenario(title: string): Scenario {
  return scenarioOf(title, []);
}

export function feature(title: string, ...scenarios: readonly Scenario[]): Feature {
  return { title, scenarios };
}

function scenarioOf(title: string, done: readonly Step[]): Scenario {
  const adding =
    (keyword: string) =>
    (...added: readonly Step[]) =>
      scenarioOf(title, [...done, ...added.map(({ description, run }) => step(`${keyword} ${description}`, run))]);
  return {
    title,
    given: adding('given'),
    when: adding('when'),
    expect: adding('expect'),
    async run(world) {
      for (const { description, run } of done) {
        try {
          await run(world);
        } catch (error) {
          if (error instanceof Error) error.message = `${description}: ${error.message}`;
          throw error;
        }
      }
    },
  };
}
