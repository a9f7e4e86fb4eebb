import type { World } from './world.js';

/** Something that a scenario does or looks at. */
export interface Step {
  readonly description: string;
  run(world: World): Promise<void> | void;
}

/** A readable example of behaviour. Each method gives a new scenario, with the steps put to its end. */
export interface Scenario {
  readonly title: string;
  /** What is so before. */
  given(...steps: readonly Step[]): Scenario;
  /** What happens. */
  when(...steps: readonly Step[]): Scenario;
  /** What is to be seen then; not called so, because an object with a `then` is taken for a promise. */
  expect(...steps: readonly Step[]): Scenario;
  /** @throws what the first step threw that failed, its message led by the step's own description */
  run(world: World): Promise<void>;
}

/** Scenarios that belong together. */
export interface Feature {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
}

/** The tag, in a title, of a scenario that is being worked on. */
export const WIP_TAG = '@wip';

/**
 * @param description - read after the word that names the step's place: "given", "when", "expect"
 * @param run - does it
 */
export function step(description: string, run: Step['run']): Step {
  return { description, run };
}

/** Several steps as one. */
export function steps(description: string, ...parts: readonly Step[]): Step {
  return step(description, async (world) => {
    for (const part of parts) await part.run(world);
  });
}

/** @param title - what it shows; may hold tags such as `@wip` */
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
