import type { Contract, Described } from './prepared.js';

/**
 * The first page: the contract's description, a horizontal rule, and each tag with links to its operations. It has no
 * headings, because OpenAPI Explorer would repeat them in the navigation.
 *
 * @returns Markdown; its links are routes of OpenAPI Explorer
 */
export function overview({ info, tags = [] }: Contract, operations: readonly Described[]): string {
  const sections = tags.map(({ name, description = '' }) => {
    const [introduction = ''] = description.split('\n\n');
    const links = operations
      .filter((operation) => operation.tags?.includes(name))
      .map(
        ({ summary, method, path }) =>
          `- [${summary ?? path}](#?route=${method}-${path}): \`${method.toUpperCase()} ${path}\``,
      );
    // A tag without operations has only text: its headings stand for it.
    const text = links.length === 0 ? firstHeadings(description) : introduction;
    return [`**[${name}](#?route=tag--${name})**`, text, links.join('\n')].join('\n\n');
  });
  return [info.description ?? '', '---', ...sections].join('\n\n');
}

function firstHeadings(description: string): string {
  const headings = Array.from(description.matchAll(/^## (.*)$/gm), ([, heading = '']) => heading);
  return `${headings.join(', ')}.`;
}
