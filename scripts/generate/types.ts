import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { banner } from './banner.js';
import type { Contract } from './contract.js';
import { inlineHeaders } from './headers.js';

/**
 * The TypeScript types of a contract, by openapi-typescript.
 *
 * @param contract - a checked contract
 * @returns the text of `types.ts`
 */
export async function typesFile(contract: Contract): Promise<string> {
  const nodes = await openapiTS(JSON.stringify(inlineHeaders(contract.document)), {
    immutable: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
  });
  return `${banner(contract)}\n${astToString(nodes.map(withoutHeaderIndex))}`;
}

/**
 * openapi-typescript ends every set of response headers with `[name: string]: unknown`, under which a missing required
 * header goes unnoticed. Removed, so that required headers are required.
 */
function withoutHeaderIndex(node: ts.Node): ts.Node {
  const visit = (context: ts.TransformationContext) => (root: ts.Node) => {
    const step = (current: ts.Node): ts.Node => {
      if (
        ts.isPropertySignature(current) &&
        isNamedHeaders(current) &&
        current.type &&
        ts.isTypeLiteralNode(current.type)
      ) {
        const members = current.type.members.filter((member) => !isNameIndex(member));
        const type = ts.factory.createTypeLiteralNode(members);
        return ts.factory.createPropertySignature(current.modifiers, current.name, current.questionToken, type);
      }
      return ts.visitEachChild(current, step, context);
    };
    return step(root);
  };
  return ts.transform(node, [visit]).transformed[0] ?? node;
}

function isNamedHeaders(property: ts.PropertySignature): boolean {
  return ts.isIdentifier(property.name) && property.name.text === 'headers';
}

/** `[name: string]: unknown`; the index of a schema's own additional properties is called `key`. */
function isNameIndex(member: ts.TypeElement): boolean {
  const parameter = ts.isIndexSignatureDeclaration(member) ? member.parameters[0]?.name : undefined;
  return parameter !== undefined && ts.isIdentifier(parameter) && parameter.text === 'name';
}
