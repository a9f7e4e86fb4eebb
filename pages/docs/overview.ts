import type { Contract } from './prepared.js';

/**
 * The first page: the contract's description, then each tag with links to its operations. Headings would be repeated among
 * the operations at the side.
 *
 * @returns Markdown, whose links are the routes of OpenAPI Explorer; a rule divides the two parts
 */
export function overview({ info, tags = [], paths }: Contract): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  );
  const sections = tags.map(({ name, description = '' }) => {
    const [introduction = ''] = description.split('\n\n');
    const links = operations
      .filter((operation) => operation.tags?.includes(name))
      .map(
        ({ summary, method, path }) =>
          `- [${summary ?? path}](#?route=${method}-${path}): \`${method.toUpperCase()} ${path}\``,
      );
    // A section without operations is one to read.
    const text = links.length === 0 ? firstHeadings(description) : introduction;
    return [`**[${name}](#?route=tag--${name})**`, text, links.join('\n')].join('\n\n');
  });
  return [info.description ?? '', '---', ...sections].join('\n\n');
}

function firstHeadings(description: string): string {
  const headings = Array.from(description.matchAll(/^## (.*)$/gm), ([, heading = '']) => heading);
  return `${headings.join(', ')}.`;
}
