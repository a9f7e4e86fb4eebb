export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}

/**
 * The doc comment of a part of a contract, with a line break; empty without a description.
 *
 * @param part - with `description`, `deprecated` and others of OpenAPI
 */
export function docComment(part: Readonly<Record<string, unknown>>): string {
  const { summary, description, deprecated, default: value } = part;
  const lines = [summary, description]
    .filter((text) => typeof text === 'string')
    .flatMap((text) => text.trimEnd().replaceAll('*/', '*\\/').split('\n'));
  if (value !== undefined) lines.push(`@default ${JSON.stringify(value).replaceAll('*/', '*\\/')}`);
  if (deprecated === true) lines.push('@deprecated');
  if (lines.length === 0) return '';
  return lines.length === 1
    ? `/** ${lines[0]} */\n`
    : `/**\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`;
}
