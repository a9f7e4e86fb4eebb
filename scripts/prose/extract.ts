import ts from 'typescript';
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';

/** The keys of an OpenAPI document with prose. */
const READ = ['description', 'summary', 'title', 'x-detail'];

/** Puts texts at their original lines, and leaves the other lines empty. */
function atLines(count: number, texts: Iterable<readonly [line: number, text: string]>): string {
  const lines = Array.from({ length: count }, () => '');
  for (const [first, text] of texts) {
    for (const [index, line] of text.split('\n').entries()) {
      const at = first + index;
      if (at < lines.length) lines[at] = lines[at] ? `${lines[at]} ${line}` : line;
    }
  }
  return lines.join('\n');
}

/** The comments of a TypeScript file, as Markdown. */
export function commentsOf(path: string, text: string): string {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const comments = new Map<number, string>();
  const add = (ranges: readonly ts.CommentRange[] | undefined): void => {
    for (const { pos, end } of ranges ?? []) {
      const inside = text.slice(pos, end).replace(/^\/\*+|^\/\/|\*\/$/g, '');
      const { line } = tree.getLineAndCharacterOfPosition(pos);
      comments.set(line, inside.replaceAll(/^\s*\*? ?(?:@\w+ )?/gm, ''));
    }
  };
  const walk = (node: ts.Node): void => {
    add(ts.getLeadingCommentRanges(text, node.getFullStart()));
    add(ts.getTrailingCommentRanges(text, node.getEnd()));
    for (const child of node.getChildren(tree)) walk(child);
  };
  walk(tree);
  return atLines(text.split('\n').length, comments);
}

/** The texts that `read` finds in the nodes of a TypeScript file, at the line of the node that it returns with each. */
function textsOf(
  path: string,
  text: string,
  read: (node: ts.Node, tree: ts.SourceFile) => readonly [ts.Node, string] | null,
): string {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: [number, string][] = [];
  const walk = (node: ts.Node): void => {
    const [place, words = ''] = read(node, tree) ?? [];
    if (place) found.push([tree.getLineAndCharacterOfPosition(place.getStart(tree)).line, words]);
    node.forEachChild(walk);
  };
  walk(tree);
  return atLines(text.split('\n').length, found);
}

/** The messages of a TypeScript file: quoted texts of several words. */
export function messagesOf(path: string, text: string): string {
  return textsOf(path, text, (node) => {
    if (!(ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)))
      return null;
    const isMessage = /\w \w/.test(node.text) && !/\b(SELECT|INSERT|UPDATE|CREATE|DELETE|WITH) /.test(node.text);
    return isMessage ? [node, node.text] : null;
  });
}

/** The titles of a TypeScript file's tests. */
export function titlesOf(path: string, text: string): string {
  return textsOf(path, text, (node, tree) => {
    if (!ts.isCallExpression(node)) return null;
    const [title] = node.arguments;
    const isTitled = /^(describe|it|scenario)(\.\w+)?$/.test(node.expression.getText(tree));
    if (!isTitled || !title || !(ts.isStringLiteralLike(title) || ts.isTemplateExpression(title))) return null;
    return [
      title,
      title
        .getText(tree)
        .slice(1, -1)
        .replaceAll(/\$\{[^}]*\}/g, '…'),
    ];
  });
}

/**
 * The descriptions in an OpenAPI document.
 *
 * @param text - YAML
 */
export function descriptionsOf(text: string): string {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const descriptions: [number, string][] = [];
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !isScalar(value) || !READ.includes(String(key.value))) return;
      const isBlock = value.type === 'BLOCK_LITERAL' || value.type === 'BLOCK_FOLDED';
      const line = counter.linePos(value.range?.[0] ?? 0).line - 1;
      descriptions.push([isBlock ? line + 1 : line, String(value.value)]);
    },
  });
  return atLines(text.split('\n').length, descriptions);
}
